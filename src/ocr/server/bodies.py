"""The inputs of a request: files of a multipart form, or the raw body."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, NamedTuple

from ocr.errors import ImageEmpty
from ocr.server.problems import HttpError

if TYPE_CHECKING:
    from starlette.requests import Request

#: Name of the form field that holds files.
FIELD = "file"


class Upload(NamedTuple):
    """One input.

    Attributes:
        name: as the caller gave it; ``None`` for a raw body.
        data: the bytes, not empty.
    """

    name: str | None
    data: bytes


async def uploads(request: Request, max_files: int, max_body: int) -> list[Upload]:
    """Receive the body and take it apart; nothing is written to disk.

    Args:
        request: whose body has not been read.
        max_files: files at most.
        max_body: bytes at most, which `ocr.server.guard` has bounded the body to.

    Raises:
        ImageEmpty: there is no file, or one without bytes.
        HttpError: the form is damaged, or has too many files.
        BodyTooLarge: raised by the guard while the body arrives.
    """
    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/"):
        data = await request.body()
        if not data:
            raise ImageEmpty("the request has no body; expected a picture or a PDF")
        return [Upload(None, data)]
    return await _form(request, max_files, max_body)


async def _form(request: Request, max_files: int, max_body: int) -> list[Upload]:
    from starlette.datastructures import UploadFile
    from starlette.formparsers import MultiPartException, MultiPartParser

    class InMemory(MultiPartParser):
        spool_max_size = max_body + 1

    async def stream() -> AsyncIterator[bytes]:
        async for chunk in request.stream():
            yield chunk

    try:
        parser = InMemory(request.headers, stream(), max_files=max_files, max_fields=max_files)  # type: ignore[arg-type]
        form = await parser.parse()
    except MultiPartException as error:
        raise HttpError(400, "form_invalid", f"the multipart form cannot be read: {error.message}") from error
    uploads: list[Upload] = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            data = await value.read()
            await value.close()
            if not data:
                raise ImageEmpty(f"the file {value.filename!r:.100} is empty")
            uploads.append(Upload(value.filename or None, data))
        elif name == FIELD:
            raise HttpError(
                400, "form_invalid", f"the field {FIELD!r} is text; send it as a file with a file name"
            )
    if not uploads:
        raise ImageEmpty(f"the form has no file; send one or more in the field {FIELD!r}")
    return uploads
