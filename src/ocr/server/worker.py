"""One process that answers requests: ``python -m ocr.server.worker``, started by `ocr.server.supervisor`."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import threading
import time

from ocr.server.settings import ServeSettings

#: Environment variables by which the supervisor tells a worker its socket and settings.
SOCKET_VARIABLE, SETTINGS_VARIABLE = "OCR_WORKER_SOCKET", "OCR_WORKER_SETTINGS"
#: Seconds between two looks at whether the supervisor lives.
_PARENT_CHECK = 0.5


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
        timeout_keep_alive=5,
        timeout_graceful_shutdown=int(settings.deadline) + 5,
        lifespan="on",
        backlog=2048,
    )
    draining_server(config).run([listening])


def _end_with(parent: int) -> None:
    """End this process as SIGTERM does once its supervisor is gone: it would hold the socket of the next one."""
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Serve with the socket and settings of the environment."""
    threading.Thread(target=_end_with, args=(os.getppid(),), name="ocr-parent", daemon=True).start()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="ocr: %(levelname)s: %(message)s")
    listening = socket.socket(fileno=int(os.environ.pop(SOCKET_VARIABLE)))
    serve(ServeSettings(**json.loads(os.environ.pop(SETTINGS_VARIABLE))), listening)


if __name__ == "__main__":
    main()
