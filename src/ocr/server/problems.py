"""Errors as ``application/problem+json`` (RFC 9457) with the stable ``code`` of the library."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from ocr.errors import OcrError

MEDIA_TYPE = "application/problem+json"


class HttpError(OcrError):
    """An error that only HTTP knows, such as a missing key.

    Args:
        status: HTTP status.
        code: stable identifier.
        message: what came, what was expected, what to do.
        headers: added to the answer.
    """

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.http_status = status
        self.code = code
        self.headers = headers or {}


def problem(error: BaseException) -> dict[str, Any]:
    """An error as the members of a problem document; what is no `OcrError` tells nothing of its inside."""
    known = isinstance(error, OcrError)
    status = status_of(error)
    code = error.code if isinstance(error, OcrError) else OcrError.code
    return {
        "type": "about:blank",
        "title": phrase(status),
        "status": status,
        "code": code,
        "detail": str(error) if known else "an internal fault; the log of the server says more",
    }


def status_of(error: BaseException) -> int:
    """The HTTP status of an error; 500 where it has none."""
    status = error.http_status if isinstance(error, OcrError) else None
    return status or 500


def phrase(status: int) -> str:
    """The words of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Client Closed Request" if status == 499 else "Error"


def headers_of(error: BaseException, retry_after: int | None = None) -> dict[str, str]:
    """Headers that go with an error: ``Retry-After`` where the server is busy."""
    headers = dict(error.headers) if isinstance(error, HttpError) else {}
    if retry_after is not None and status_of(error) == 503:
        headers["Retry-After"] = str(retry_after)
    return headers


def body(error: BaseException) -> bytes:
    """A problem document as UTF-8 JSON."""
    return json.dumps(problem(error), ensure_ascii=False).encode("utf-8", "backslashreplace")
