"""What uvicorn lacks: connections that end where headers come too slowly, and an end that loses no caller."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol


def bounded_protocol(seconds: float) -> type[H11Protocol]:
    """A protocol class whose headers must be complete after a number of seconds."""

    class BoundedProtocol(H11Protocol):
        """uvicorn bounds only the time between two requests; a caller could hold a connection with half a header."""

        _headers_due: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._expect_headers()

        def connection_lost(self, exc: Exception | None) -> None:
            self._headers_arrived()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self.cycle is None or self.cycle.response_complete:
                self._expect_headers()
            super().data_received(data)

        def handle_events(self) -> None:
            super().handle_events()
            if self.cycle is not None and not self.cycle.response_complete:
                self._headers_arrived()

        def _expect_headers(self) -> None:
            if self._headers_due is None:
                self._headers_due = self.loop.call_later(seconds, self._close)

        def _headers_arrived(self) -> None:
            if self._headers_due is not None:
                self._headers_due.cancel()
                self._headers_due = None

        def _close(self) -> None:
            self._headers_due = None
            # Between two requests the keep-alive timer is the one that counts.
            waiting = self.cycle is not None and self.cycle.response_complete and self.timeout_keep_alive_task
            if not self.transport.is_closing() and not waiting:
                self.transport.close()

    return BoundedProtocol


#: Seconds for which a server that was told to stop still accepts: callers who connected before are not reset.
_GRACE = 0.5


def draining_server(config: uvicorn.Config) -> uvicorn.Server:
    """A server that accepts what waits in the socket's queue before it closes the socket."""

    class DrainingServer(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await asyncio.sleep(_GRACE)
            await super().shutdown(sockets)

    return DrainingServer(config)
