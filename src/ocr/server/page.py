"""The review page and its files: read once, served from memory under a strict policy."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Request, Response

from ocr.server.problems import HttpError

if TYPE_CHECKING:
    from fastapi import FastAPI

_FOLDER = Path(__file__).with_name("static")
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
#: Nothing from outside, no inline script or style.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def add_page(app: FastAPI) -> None:
    """Add ``GET /`` and the files of the page."""
    files = {path.name: path.read_bytes() for path in _FOLDER.iterdir() if path.suffix in _TYPES}
    tags = {name: f'"{hashlib.sha256(content).hexdigest()[:20]}"' for name, content in files.items()}

    def answer(name: str, request: Request) -> Response:
        if name not in files:
            raise HttpError(404, "not_found", f"there is no file {name[:80]!r}")
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache", "ETag": tags[name]}
        if request.headers.get("if-none-match") == tags[name]:
            return Response(status_code=304, headers=headers)
        return Response(files[name], media_type=_TYPES[Path(name).suffix], headers=headers)

    @app.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        return answer("index.html", request)

    @app.get("/static/{name}", include_in_schema=False)
    async def file(name: str, request: Request) -> Response:
        return answer(name, request)
