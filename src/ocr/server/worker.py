"""One process that answers requests: ``python -m ocr.server.worker``, started by `ocr.server.supervisor`."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys

from ocr.runtime.parent import end_with_parent
from ocr.server.settings import ServeSettings

#: Environment variables by which the supervisor tells a worker its socket and settings.
SOCKET_VARIABLE, SETTINGS_VARIABLE = "OCR_WORKER_SOCKET", "OCR_WORKER_SETTINGS"


def serve(settings: ServeSettings, listening: socket.socket) -> None:
    """Answer requests until SIGTERM or SIGINT, then finish those that were accepted.

    Args:
        settings: of the server.
        listening: bound socket, shared with the other workers.
    """
    import uvicorn

    from ocr.server.app import create_app
    from ocr.server.protocol import bounded_protocol, draining_server

    config = uvicorn.Config(
        create_app(settings),
        http=bounded_protocol(settings.body_timeout),
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        # Longer than clients and proxies keep a connection: ended as the next request is sent, it breaks that request.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(settings.deadline) + 5,
        lifespan="on",
        backlog=2048,
    )
    draining_server(config).run([listening])


def main() -> None:
    """Serve with the socket and settings of the environment."""
    # Alone it would hold the socket of the next supervisor.
    end_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="ocr: %(levelname)s: %(message)s")
    listening = socket.socket(fileno=int(os.environ.pop(SOCKET_VARIABLE)))
    serve(ServeSettings(**json.loads(os.environ.pop(SETTINGS_VARIABLE))), listening)


if __name__ == "__main__":
    main()
