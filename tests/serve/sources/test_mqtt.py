"""MQTT with a real mosquitto: what was published with QoS 1 is kept once, whoever is killed."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.control_room import wait_for
from matts.domain import BadInputError
from matts.serve.live.reading import Reading
from matts.serve.service.journal import Journal
from matts.serve.sources.mqtt import Mqtt, _client
from matts.serve.sources.settings import MqttSettings
from tests.serve.sources.conftest import Broker, Keeper, needs_broker

Running = Callable[[Mqtt, Keeper], Event]
TOPIC = "matts/mill/reading"

LISTENER = """
import sys
from pathlib import Path
from threading import Event
from matts.serve.service.journal import Journal
from matts.serve.sources.mqtt import Mqtt
from matts.serve.sources.source import Accepted

journal = Journal(Path(sys.argv[1]), durable=False)

class Sink:
    def accept(self, readings):
        new = journal.append(readings)
        return Accepted(new.count(True), new.count(False), 0, [])

source = Mqtt(sys.argv[2], batch=5)
source.run(Sink(), Event())
"""


class Publisher:
    """A plant's device: it keeps what the broker has not acknowledged, and sends it again."""

    def __init__(self, broker: Broker) -> None:
        self.client = paho.Client(CallbackAPIVersion.VERSION2, "device", clean_session=False)
        self.client.reconnect_delay_set(0.1, 0.5)  # type: ignore[arg-type]
        self.client.on_publish = lambda _client, _data, mid, *_: self.done.add(mid)
        self.sent: list[tuple[float, int]] = []
        self.done: set[int] = set()
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()

    def publish(self, number: float) -> None:
        """Send a reading, or let it wait until the broker is back."""
        body = json.dumps({"time": number, "values": {"force": number}})
        self.sent.append((number, self.client.publish(TOPIC, body, qos=1).mid))

    def send(self, payload: bytes, topic: str = TOPIC) -> None:
        self.client.publish(topic, payload, qos=1).wait_for_publish(5)

    def acknowledged(self) -> list[float]:
        return [number for number, mid in self.sent if mid in self.done]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def publisher(broker: Broker) -> object:
    publisher = Publisher(broker)
    yield publisher
    publisher.close()


def listening(source: Mqtt) -> None:
    wait_for(lambda: source.tally.state == "running")


@needs_broker
def test_what_is_published_is_kept_once_though_the_broker_restarts(
    broker: Broker, publisher: Publisher, keeper: Keeper, running: Running
) -> None:
    source = Mqtt(broker.url, backoff=0.5)
    running(source, keeper)
    listening(source)
    for number in range(1, 201):
        publisher.publish(float(number))
        if number == 100:
            broker.stop()
            wait_for(lambda: source.tally.state == "waiting")
            broker.start()
    wait_for(lambda: len(publisher.acknowledged()) == 200)
    wait_for(lambda: len(keeper.kept()) == 200)
    assert sorted(keeper.kept()) == [float(number) for number in range(1, 201)]
    assert "Connection" in source.tally.error


@needs_broker
def test_what_is_acknowledged_is_kept_once_though_the_service_is_killed(
    broker: Broker, publisher: Publisher, tmp_path: Path
) -> None:
    store = tmp_path / "killed.db"
    command = [sys.executable, "-c", LISTENER, str(store), broker.url]
    first = subprocess.Popen(command)
    wait_for(store.exists, 20)
    time.sleep(0.5)  # it subscribes: from now on the broker keeps what it misses
    for number in range(1, 301):
        publisher.publish(float(number))
        if number == 150:
            wait_for(lambda: len(publisher.acknowledged()) > 100)
            first.kill()
            first.wait()
    second = subprocess.Popen(command)
    wait_for(lambda: len(publisher.acknowledged()) == 300)
    time.sleep(2.5)
    second.kill()
    second.wait()
    journal = Journal(store, durable=False)
    times = [each.what.time for each in journal.after(0, 1000) if isinstance(each.what, Reading)]
    journal.close()
    assert sorted(times) == [float(number) for number in range(1, 301)]


@needs_broker
def test_what_is_no_reading_is_counted_and_harms_nothing(
    broker: Broker, publisher: Publisher, keeper: Keeper, running: Running
) -> None:
    source = Mqtt(broker.url, MqttSettings(topics=("matts/#",)), backoff=0.5)
    running(source, keeper)
    listening(source)
    hostile = [
        b"\xff\xfe not JSON",
        b"[" * 100_000,
        b'{"values": {"force": NaN}}',
        b'{"values": {"force": 1e999}}',
        b'{"values": {}}',
        b'{"metrics": 3}',
        b'{"metrics": [{"value": 1}]}',
        b'{"values": {"force": 1}, "time": 1e12}',
        b'"<script>"',
        b" " * 10_000_000,
        b"",
    ]
    for payload in hostile:
        publisher.send(payload)
    publisher.send(
        b'{"values": {"force": 1}, "time": 5, "asset": "m\'; DROP TABLE journal"}', "matts/x"
    )
    publisher.publish(7.0)
    wait_for(lambda: keeper.kept() == [7.0])
    assert source.tally.refused == len(hostile)
    assert keeper.kept("m'; DROP TABLE journal") == [5.0]


@needs_broker
def test_a_busy_service_is_waited_for_and_the_broker_holds_the_rest(
    broker: Broker, publisher: Publisher, keeper: Keeper, running: Running
) -> None:
    keeper.busy = 5
    source = Mqtt(broker.url, batch=3, backoff=0.5)
    running(source, keeper)
    listening(source)
    for number in range(1, 51):
        publisher.publish(float(number))
    wait_for(lambda: len(keeper.kept()) == 50)
    assert keeper.busy == 0
    assert max(keeper.groups) <= 3
    assert source.tally.accepted == 50


@needs_broker
def test_sparkplug_metrics_are_readings(
    broker: Broker, publisher: Publisher, keeper: Keeper, running: Running
) -> None:
    source = Mqtt(broker.url, MqttSettings(topics=("spBv1.0/+/DDATA/+/+",)), backoff=0.5)
    running(source, keeper)
    listening(source)
    metrics = [{"name": "force", "value": 3, "timestamp": 61_000}, {"name": "on", "value": "yes"}]
    publisher.send(
        json.dumps({"timestamp": 60_000, "metrics": metrics}).encode(),
        "spBv1.0/plant/DDATA/edge/m1",
    )
    wait_for(lambda: keeper.kept("m1") == [61.0])
    assert keeper.journal.after(0, 9)[0].what.values == {"force": 3.0}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://host", "mqtt://host:1883"),
        ("mqtt://", "mqtt://host:1883"),
        ("mqtt://me:secret@host", "MATTS_MQTT_PASSWORD"),
    ],
)
def test_an_address_that_is_none_is_refused(url: str, told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        Mqtt(url)


def test_tls_and_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATTS_MQTT_USER", "operator")
    monkeypatch.setenv("MATTS_MQTT_PASSWORD", "secret")
    client = _client(Mqtt("mqtts://host"))
    assert client.username == "operator"
    assert client._password == b"secret"
    assert client._ssl
