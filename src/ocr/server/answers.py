"""Documents as answers, in the format that the caller asks for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ocr.errors import BadConfiguration
from ocr.server.problems import HttpError, problem

if TYPE_CHECKING:
    from ocr.document import Document
    from ocr.writers.pictures import Pictures

NDJSON = "application/x-ndjson"


class Format(NamedTuple):
    """What an answer is written as.

    Attributes:
        name: as in ``?format=``.
        media_type: as in ``Accept`` and ``Content-Type``.
        images: whether the pictures of the pages are needed.
    """

    name: str
    media_type: str
    images: bool


def formats() -> dict[str, Format]:
    """All formats by name: those of the writers, and JSON Lines."""
    from ocr.writers.formats import FORMATS

    listed = {
        one.name: Format(one.name, one.media_type, one.pictures != "unused") for one in FORMATS.values()
    }
    return {**listed, "ndjson": Format("ndjson", NDJSON, False)}


def written(document: Document, chosen: Format, pictures: Pictures | None) -> bytes:
    """A document in a format.

    Args:
        document: what was read.
        chosen: not ``ndjson``.
        pictures: of the pages, for formats that need them.

    Raises:
        MissingExtra: the format needs a package that is not installed here.
    """
    from ocr.writers.formats import by_name

    if chosen.name == "json":
        return document.to_json().encode("utf-8", "backslashreplace")
    content = by_name(chosen.name).write(document, pictures)
    return content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")


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
