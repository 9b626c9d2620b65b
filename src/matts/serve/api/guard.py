"""Who may ask, from where, how often and how much: checked before anything is read."""

import hmac
import json
from collections import OrderedDict
from ipaddress import ip_address
from time import monotonic
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matts.domain import BadInputError
from matts.serve.api.problems import TooLargeError, problem
from matts.serve.settings import ServiceSettings

CLIENTS = 10_000  # whose rates are remembered
ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 (to be told from others)
SAFE = ("GET", "HEAD", "OPTIONS")
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach that address.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_open_door(settings: ServiceSettings, token: str | None) -> None:
    """Beyond loopback nobody gets in without a token."""
    if not is_loopback(settings.host) and not token:
        msg = (
            f"to listen on {settings.host}, which others reach, the service needs a token: "
            "set MATTS_TOKEN"
        )
        raise BadInputError(msg)


class Bucket:
    """So many requests a second, and a burst; one that is full drips."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate, self.burst = rate, burst
        self.left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, now: float) -> bool:
        """Whether this client may ask now.

        >>> bucket = Bucket(1, 2)
        >>> [bucket.take("me", 0.0) for _ in range(3)], bucket.take("me", 1.0)
        ([True, True, False], True)
        """
        left, then = self.left.pop(client, (float(self.burst), now))
        left = min(left + (now - then) * self.rate, self.burst)
        allowed = left >= 1
        self.left[client] = (left - allowed, now)
        if len(self.left) > CLIENTS:
            self.left.popitem(last=False)
        return allowed


class Guard:
    """The door of the service, as pure ASGI: it does not stand in the way of a stream."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings, token: str | None) -> None:
        self.app, self.settings, self.token = app, settings, token
        self.bucket = Bucket(settings.requests_a_second, settings.burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with a limit on what comes and headers on what goes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refuse(scope, Headers(scope=scope))
        if refused:
            status, why = refused
            headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "1"}}
            answer = problem(status, why, **headers.get(status, {}))
            await answer(scope, receive, send_safely)
            return
        await self.app(scope, self._counting(receive), send_safely)

    def _refuse(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """Why not; None where all is well."""
        if wrong := self._stranger(scope, headers):
            return 403, wrong
        return None if scope["path"] == "/health" else self._too_much(scope, headers)

    def _too_much(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        client = (scope.get("client") or ("", 0))[0]
        length = headers.get("content-length", "0")
        refused = None
        if not self.bucket.take(client, monotonic()):
            rate = self.settings.requests_a_second
            refused = 429, f"a client may ask {rate:g} times a second: wait a little"
        elif self.token and _guarded(scope["path"]) and not self._knows(headers):
            refused = 401, "the service needs its token: send Authorization: Bearer <token>"
        elif length.isdigit() and int(length) > self.settings.body_bytes:
            refused = 413, self._too_large()
        return refused

    def _knows(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(
            given.strip().encode("latin-1"),
            (self.token or "").encode(),  # a header is latin-1
        )

    def _stranger(self, scope: Scope, headers: Headers) -> str:
        """A name that is not ours is DNS rebinding; another origin that writes is another site."""
        host = headers.get("host", "")
        if not self._ours(host):
            return f"the service is not called {json.dumps(host[:100])}: see service.hosts"
        origin = headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc != host
        crossed = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if scope["method"] not in SAFE and (foreign or crossed):
            return "another site may not write here"
        return ""

    def _ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        own = {*self.settings.hosts, self.settings.host} - set(ANYWHERE)
        if is_loopback(name) or name in own:
            return True
        return not is_loopback(self.settings.host) and not self.settings.hosts and _is_address(name)

    def _counting(self, receive: Receive) -> Receive:
        """Stop a body that says nothing of its length as soon as it is too large."""
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self.settings.body_bytes:
                raise TooLargeError(self._too_large())
            return message

        return counted

    def _too_large(self) -> str:
        return f"a body may have {self.settings.body_bytes} bytes, got more: send it in parts"


def _guarded(path: str) -> bool:
    """The page itself is no secret; all that it shows is."""
    return path.startswith("/api") or path in ("/metrics", "/ready")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
