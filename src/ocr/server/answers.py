"""Documents as answers, in the format that the caller asks for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ocr.errors import BadConfiguration
from ocr.server.problems import HttpError, problem

if TYPE_CHECKING:
    from ocr.document import Document

NDJSON = "application/x-ndjson"


class Format(NamedTuple):
    """What an answer is written as.

    Attributes:
        name: as in ``?format=``.
        media_type: as in ``Accept`` and ``Content-Type``.
    """

    name: str
    media_type: str


def formats() -> dict[str, Format]:
    """All formats by name: those of the writers, and JSON Lines."""
    found = {"json": Format("json", "application/json"), "text": Format("text", "text/plain; charset=utf-8")}
    found["ndjson"] = Format("ndjson", NDJSON)
    return found


def needs_images(chosen: Format) -> bool:
    """Whether a format shows the pictures of the pages."""
    return False


def written(document: Document, chosen: Format, images: Sequence[Any]) -> bytes:
    """A document in a format."""
    from ocr.writers.text import to_text

    return (document.to_json() if chosen.name == "json" else to_text(document)).encode(
        "utf-8", "backslashreplace"
    )


def negotiate(accept: str | None, name: str | None, count: int) -> Format:
    """The format of an answer.

    Args:
        accept: the header; ``None`` where it is missing.
        name: of the query, which wins.
        count: number of inputs; several are answered as JSON Lines.

    Raises:
        BadConfiguration: the query names no format.
        HttpError: nothing that the header names is written (406).
    """
    known = formats()
    if name is not None and name not in known:
        from ocr.runtime.suggestions import did_you_mean

        raise BadConfiguration(f"format is {name!r:.80}; {did_you_mean(name, known, 'formats')}")
    default = known["ndjson"] if count > 1 else known["json"]
    if name is not None:
        return known[name]
    for media_type in _by_preference(accept or "*/*"):
        if media_type in ("*/*", "application/*"):
            return default
        for one in known.values():
            if one.media_type.split(";")[0] == media_type:
                return one
    names = ", ".join(sorted({one.media_type.split(";")[0] for one in known.values()}))
    raise HttpError(406, "not_acceptable", f"none of {accept!r:.200} is written; media types are {names}")


def _by_preference(accept: str) -> list[str]:
    """The media types of an ``Accept`` header, the most wanted first (RFC 9110, section 12.5.1)."""
    weighted: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept.split(",")[:50]):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        if media_type and weight > 0:
            weighted.append((-weight, position, media_type))
    return [media_type for _, _, media_type in sorted(weighted)]


def page_lines(document: Document) -> bytes:
    """A page a line (JSON Lines): documents of one page each, with the receipts of that page."""
    from dataclasses import replace

    rows: list[str] = []
    for index in range(len(document.pages)):
        values = replace(document, pages=document.pages, receipts=()).to_dict()
        values["pages"] = [values["pages"][index]]
        values["page"] = index
        values["receipts"] = [
            one.to_dict() for one in document.receipts if one.pages and one.pages[0] == index
        ]
        values["warnings"] = [w.to_dict() for w in document.warnings if w.page in (None, index)]
        rows.append(json.dumps(values, ensure_ascii=False, allow_nan=False))
    return ("\n".join(rows) + "\n").encode("utf-8", "backslashreplace") if rows else b""


def result_lines(results: Sequence[Document | Exception], names: Iterable[str | None]) -> bytes:
    """A result a line (JSON Lines), in the order of the files: a document, or a problem document with ``source``."""
    rows: list[str] = []
    for result, name in zip(results, names, strict=True):
        if isinstance(result, Exception):
            rows.append(json.dumps({"source": name, **problem(result)}, ensure_ascii=False))
        else:
            rows.append(json.dumps({**result.to_dict(), "source": name}, ensure_ascii=False, allow_nan=False))
    return ("\n".join(rows) + "\n").encode("utf-8", "backslashreplace")
