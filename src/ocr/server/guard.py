"""What every request passes before the application sees it: host, key, rate, size of the body, time to send it."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ocr.errors import BodyTooLarge, OcrError
from ocr.server import problems
from ocr.server.keys import KeyFile
from ocr.server.problems import HttpError
from ocr.server.settings import ServeSettings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Answered without a key: whether the process lives and can take requests, and the page and its files.
OPEN_PATHS = frozenset({"/live", "/ready", "/"})
_OPEN_PREFIX = "/static/"
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_CONTENT_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
#: So many bytes of a refused body are received, for so many seconds.
_DRAINED_BYTES, _DRAINED_SECONDS = 8 * 1024 * 1024, 2.0
#: Callers whose rate is remembered.
_MAX_CALLERS = 10_000


class RateLimit:
    """A token bucket for each caller: so many requests a minute, and a burst of a sixth of that.

    Args:
        per_minute: 0 for no limit.
    """

    def __init__(self, per_minute: float) -> None:
        self._rate = per_minute / 60
        self._burst = max(1.0, per_minute / 6)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str, now: float | None = None) -> float:
        """Seconds until the caller may send again; 0 where this request may pass, which is then counted."""
        if self._rate <= 0:
            return 0.0
        now = time.monotonic() if now is None else now
        tokens, last = self._buckets.pop(caller, (self._burst, now))
        tokens = min(self._burst, tokens + (now - last) * self._rate)
        passed = tokens >= 1
        self._buckets[caller] = (tokens - 1 if passed else tokens, now)
        while len(self._buckets) > _MAX_CALLERS:
            self._buckets.popitem(last=False)
        return 0.0 if passed else (1 - tokens) / self._rate


class Guard:
    """ASGI middleware with the checks of this module; ``scope["ocr.owner"]`` is the name of the caller's key.

    Args:
        app: what answers requests that pass.
        settings: of the server.
        keys: where keys are looked up.
        count: called with the status of every answer that this guard gives itself.
    """

    def __init__(self, app: App, settings: ServeSettings, keys: KeyFile) -> None:
        self._app = app
        self._settings = settings
        self._keys = keys
        self._limit = RateLimit(settings.rate / settings.workers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message.get("headers", ())}
                extra = [pair for pair in (*_HEADERS, _CONTENT_POLICY) if pair[0] not in names]
                if b"cache-control" not in names:
                    extra.append((b"cache-control", b"no-store"))
                message = {**message, "headers": [*message.get("headers", ()), *extra]}
            await send(message)

        try:
            self._check(scope)
        except OcrError as error:
            await drained(receive)
            await _answer(error, send_with_headers)
            return
        await self._app(scope, _BoundedBody(receive, scope, self._settings), send_with_headers)

    def _check(self, scope: Scope) -> None:
        headers = {name.lower(): value for name, value in scope["headers"]}
        if self._settings.loopback:
            # A page of a stranger must not reach this server through a name that it lets point here (DNS rebinding).
            host = headers.get(b"host", b"").decode("latin-1").rsplit(":", 1)
            name = host[0] if len(host) == 2 and host[1].isdigit() else ":".join(host)
            if name.lower() not in _LOOPBACK_HOSTS and name != self._settings.host:
                raise HttpError(
                    421, "wrong_host", f"this server answers for localhost, not for {name[:100]!r}"
                )
        origin = headers.get(b"origin", b"").decode("latin-1")
        if scope["method"] not in ("GET", "HEAD") and origin and not _same_origin(origin, headers):
            raise HttpError(403, "cross_origin", f"requests from {origin[:100]!r} are not taken")
        client = scope.get("client") or ("unknown", 0)
        owner = f"address {client[0]}"
        open_to_all = scope["path"] in OPEN_PATHS or scope["path"].startswith(_OPEN_PREFIX)
        if self._keys.entries() and not open_to_all:
            owner = self._owner(headers)
        scope["ocr.owner"] = owner
        if not open_to_all:
            wait = self._limit.wait(owner)
            if wait > 0:
                raise HttpError(
                    429, "rate_limited", f"more than {self._settings.rate} requests a minute; wait {wait:.0f} s",
                    {"Retry-After": str(max(1, round(wait)))},
                )  # fmt: skip
        length = headers.get(b"content-length")
        if length is not None and length.isdigit() and int(length) > self._settings.max_body:
            raise BodyTooLarge(
                f"the request has {int(length)} bytes; at most {self._settings.max_body} are taken"
            )

    def _owner(self, headers: dict[bytes, bytes]) -> str:
        key = headers.get(b"x-api-key", b"").decode("latin-1")
        scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if not key and scheme.lower() == "bearer":
            key = token.strip()
        owner = self._keys.owner(key) if key else None
        if owner is None:
            what = "this key is not known" if key else "a key is needed"
            raise HttpError(
                401, "unauthorized", f"{what}: send 'Authorization: Bearer KEY'",
                {"WWW-Authenticate": 'Bearer realm="ocr"'},
            )  # fmt: skip
        return f"key {owner}"


def _same_origin(origin: str, headers: dict[bytes, bytes]) -> bool:
    return origin.split("://", 1)[-1].lower() == headers.get(b"host", b"").decode("latin-1").lower()


class _BoundedBody:
    """Receives a body: refuses bytes over the limit, and callers that take too long to send."""

    def __init__(self, receive: Receive, scope: Scope, settings: ServeSettings) -> None:
        self._receive = receive
        self._left = settings.max_body
        self._settings = settings
        self._until = time.monotonic() + settings.body_timeout
        self._complete = False

    async def __call__(self) -> Message:
        if self._complete:
            # What still comes is the caller hanging up.
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._until - time.monotonic()))
        except (asyncio.TimeoutError, TimeoutError) as error:
            raise HttpError(
                408, "body_timeout", f"the body did not arrive within {self._settings.body_timeout:g} s",
                {"Connection": "close"},
            ) from error  # fmt: skip
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise BodyTooLarge(f"the body is longer than {self._settings.max_body} bytes")
            self._complete = not message.get("more_body", False)
        return message


async def drained(receive: Receive) -> None:
    """Receive what a refused caller sends, up to a bound, and drop it.

    A connection that is closed with bytes unread is reset, and the caller then loses the answer.
    """
    left, until = _DRAINED_BYTES, time.monotonic() + _DRAINED_SECONDS
    more = True
    while more and left > 0:
        try:
            message = await asyncio.wait_for(receive(), max(0.0, until - time.monotonic()))
        except (asyncio.TimeoutError, TimeoutError, OcrError):
            return
        left -= len(message.get("body", b""))
        more = message["type"] == "http.request" and bool(message.get("more_body", False))


async def _answer(error: OcrError, send: Send) -> None:
    content = problems.body(error)
    headers = [
        (b"content-type", problems.MEDIA_TYPE.encode()),
        (b"content-length", str(len(content)).encode()),
        # What the caller still sends of a refused body is not read.
        (b"connection", b"close"),
        *((k.lower().encode(), v.encode()) for k, v in problems.headers_of(error).items()),
    ]
    await send({"type": "http.response.start", "status": problems.status_of(error), "headers": headers})
    await send({"type": "http.response.body", "body": content})
