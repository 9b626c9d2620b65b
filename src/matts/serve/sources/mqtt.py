"""Readings from an MQTT broker, none of which is acknowledged before the service has kept it.

The session outlives us, for the client's name is fixed: what is published with QoS 1 while we are
away waits at the broker, and so does what the service has no room for. MQTT 3.1.1, section 4.3.2.
"""

import os
from dataclasses import dataclass, field
from threading import Event
from time import monotonic, time
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from matts.domain import BadInputError
from matts.extras import extra
from matts.serve.live.reading import Reading
from matts.serve.sources.messages import read_message
from matts.serve.sources.settings import MqttSettings
from matts.serve.sources.source import Sink, Tally, hand_over, keep_trying

PORTS = {"mqtt": 1883, "mqtts": 8883}
USER, PASSWORD, AUTHORITY = "MATTS_MQTT_USER", "MATTS_MQTT_PASSWORD", "MATTS_MQTT_CA"
WAIT = 0.2  # seconds for the first message of a batch
ANSWER = 10.0  # seconds that a broker has for its first word


def read_url(url: str) -> SplitResult:
    """The address of a broker, as `mqtt://host:1883` or, with TLS, `mqtts://host`.

    Raises:
        BadInputError: it is none, or it has a password in it, which everybody could read.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        msg = f"a broker needs an address as mqtt://host:1883 or mqtts://host, got {url!r}"
        raise BadInputError(msg)
    if parts.password:
        msg = f"the password of a broker is read from {PASSWORD}, and not from its address"
        raise BadInputError(msg)
    return parts


@dataclass
class Mqtt:
    """What a broker tells about the topics of the settings."""

    url: str
    settings: MqttSettings = field(default_factory=MqttSettings)
    batch: int = 256
    backoff: float = 30.0  # seconds
    tally: Tally = field(default_factory=lambda: Tally("mqtt"))

    def __post_init__(self) -> None:
        self.parts = read_url(self.url)
        import_paho()

    def run(self, sink: Sink, stop: Event) -> None:
        """Listen until stopped; a connection that is lost is made again."""
        keep_trying(lambda: self._listen(sink, stop), stop, self.tally, self.backoff)

    def _listen(self, sink: Sink, stop: Event) -> None:
        """One connection, to its end."""
        session = Session(self)
        try:
            session.open()
            while not stop.is_set():
                batch = session.read()
                if batch.readings and not hand_over(sink, batch.readings, stop, self.tally):
                    return  # not acknowledged: the broker tells it again
                session.acknowledge(batch)
        finally:
            session.client.disconnect()


@dataclass
class Batch:
    """Readings, and the messages to acknowledge when they are kept."""

    readings: list[Reading] = field(default_factory=list)
    messages: list[tuple[int, int]] = field(default_factory=list)  # number, quality of service


class Session:
    """One connection to the broker, driven by hand: nothing is read that nobody waits for."""

    def __init__(self, source: Mqtt) -> None:
        self.source, self.held = source, Batch()
        self.client = _client(source)
        self.client.on_connect, self.client.on_message = self._greet, self._take

    def open(self) -> None:
        """Connect, and ask for our topics."""
        parts, settings = self.source.parts, self.source.settings
        port = parts.port or PORTS[parts.scheme]
        self.client.connect(str(parts.hostname), port, settings.keepalive)
        until = monotonic() + ANSWER
        while self.source.tally.state != "running":
            self._turn(WAIT)
            if monotonic() > until:
                msg = "the broker does not answer"
                raise TimeoutError(msg)

    def read(self) -> Batch:
        """What came within a moment; nothing more is read until it is acknowledged."""
        self._turn(WAIT)
        seen = 0
        while seen < len(self.held.messages) < self.source.batch:
            seen = len(self.held.messages)
            self._turn(0.0)
        batch, self.held = self.held, Batch()
        return batch

    def acknowledge(self, batch: Batch) -> None:
        """Tell the broker that it may forget these messages."""
        for number, quality in batch.messages:
            self.client.ack(number, quality)

    def _turn(self, wait: float) -> None:
        """Do what the connection needs; one that is gone is an error."""
        if code := self.client.loop(wait):
            msg = f"the connection to the broker is lost ({code.name})"
            raise ConnectionError(msg)

    def _greet(self, client: Any, *answer: Any) -> None:
        """Subscribe, unless the broker will not have us."""
        reason = answer[2]
        if reason.is_failure:
            msg = f"the broker at {self.source.parts.hostname} refuses us: {reason}"
            raise ConnectionRefusedError(msg)
        client.subscribe([(topic, 1) for topic in self.source.settings.topics])
        self.source.tally.state = "running"

    def _take(self, _client: Any, _data: Any, message: Any) -> None:
        """Read one message; what is no reading is counted, and acknowledged as the others."""
        self.held.messages.append((message.mid, message.qos))
        longest = self.source.settings.longest
        try:
            good, wrong = read_message(message.topic, message.payload, time(), longest)
        except (BadInputError, UnicodeDecodeError) as error:
            self.source.tally.refuse(str(error))
            return
        for each in wrong:
            self.source.tally.refuse(str(each))
        self.held.readings += [each._replace(source="mqtt") for each in good]


def _client(source: Mqtt) -> Any:
    """A client with our name, secrets from the environment, and TLS where the address says so."""
    paho = import_paho()
    client = paho.Client(
        paho.CallbackAPIVersion.VERSION2,
        client_id=source.settings.client,
        clean_session=False,
        manual_ack=True,
        reconnect_on_failure=False,
    )
    if user := unquote(source.parts.username or "") or os.environ.get(USER):
        client.username_pw_set(user, os.environ.get(PASSWORD))
    if source.parts.scheme == "mqtts":
        client.tls_set(ca_certs=os.environ.get(AUTHORITY))  # None: those that the system trusts
    return client


def import_paho() -> Any:
    """The client of MQTT; a BadInputError where it is not installed."""
    with extra("live", "MQTT needs paho-mqtt"):
        from paho.mqtt import client  # noqa: PLC0415
    return client
