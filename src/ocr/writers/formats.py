"""The output formats by name: what the command line, `Document.save`, the workbench and a service offer.

Looking a format up imports none of the libraries that only some formats need; they come along when one is written.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, NamedTuple

from ocr.errors import BadConfiguration

if TYPE_CHECKING:
    from ocr.document import Document
    from ocr.writers.pictures import Pictures

#: How several documents share one output: with a heading each, one after the other, a line each, as rows of one table,
#: in one file made at the end, or not at all.
Several = Literal["headed", "appended", "lines", "table", "collected", "alone"]


class Format(NamedTuple):
    """One output format.

    Attributes:
        name: as it is given to ``--format``.
        suffixes: endings of file names; the first is the one that is written.
        media_type: for HTTP.
        help: what a file of it holds.
        write: makes a file of one document. The pictures of its pages are ``None`` where they are not asked for.
        pictures: whether pages are shown: never, where they are at hand, or always.
        several: how several documents share one output.
        package: what must be installed for it beyond this distribution, from the extra ``[formats]``.
    """

    name: str
    suffixes: tuple[str, ...]
    media_type: str
    help: str
    write: Callable[[Document, Pictures | None], str | bytes]
    pictures: Literal["unused", "used", "needed"] = "unused"
    several: Several = "alone"
    package: str | None = None

    def require(self) -> None:
        """See to it that the format can be written.

        Raises:
            MissingExtra: its package is not installed; the message says how to install it.
        """
        if self.package is not None:
            from ocr.writers import extras

            extras.load(self.package, "formats", f"the format {self.name}")

    @property
    def binary(self) -> bool:
        """Whether files of the format are bytes, not text."""
        return self.name in _BINARY


_BINARY = frozenset({"xlsx", "pdf", "png"})


def _text(document: Document, pictures: Pictures | None) -> str:
    from ocr.writers.text import to_text

    return to_text(document)


def _json(document: Document, pictures: Pictures | None) -> str:
    from ocr.writers import json

    return json.to_file_text(document)


def _summary(document: Document, pictures: Pictures | None) -> str:
    from ocr.writers.summary import to_summary

    return to_summary(document)


def _csv(level: str) -> Callable[[Document, Pictures | None], str]:
    def write(document: Document, pictures: Pictures | None) -> str:
        from ocr.writers.csv import to_csv

        return to_csv([(document.source or "", document)], level)

    return write


def _xlsx(document: Document, pictures: Pictures | None) -> bytes:
    from ocr.writers.xlsx import to_xlsx

    return to_xlsx([(document.source or "", document)])


def _markdown(document: Document, pictures: Pictures | None) -> str:
    from ocr.writers.markdown import to_markdown

    return to_markdown(document)


def _html(document: Document, pictures: Pictures | None) -> str:
    from ocr.writers.html import to_html

    return to_html(document, pictures)


def _hocr(document: Document, pictures: Pictures | None) -> str:
    from ocr.writers.hocr import to_hocr

    return to_hocr(document)


def _alto(document: Document, pictures: Pictures | None) -> str:
    from ocr.writers.alto import to_alto

    return to_alto(document)


def _pdf(document: Document, pictures: Pictures | None) -> bytes:
    from ocr.writers.pdf import to_pdf

    return to_pdf(document, _needed(pictures))


def _png(document: Document, pictures: Pictures | None) -> bytes:
    from ocr.writers import overlay

    return overlay.pages_to_png(document, _needed(pictures))


def _beancount(document: Document, pictures: Pictures | None) -> str:
    from ocr.writers.beancount import to_beancount

    return to_beancount(document)


def _needed(pictures: Pictures | None) -> Pictures:
    if pictures is None:
        raise BadConfiguration(
            "this format shows the pages: it needs the pictures that the document was read from"
        )
    return pictures


_FORMATS = (
    Format("text", (".txt",), "text/plain", "the text, a row of the page a line", _text, several="headed"),
    Format("json", (".json",), "application/json", "everything that was read", _json, several="lines"),
    Format("receipt", (".receipt.txt",), "text/plain", "a short summary", _summary, several="headed"),
    Format("csv", (".csv",), "text/csv", "an item a row", _csv("items"), several="table"),
    Format(
        "csv-receipts", (".receipts.csv",), "text/csv", "a receipt a row", _csv("receipts"), several="table"
    ),
    Format("csv-lines", (".lines.csv",), "text/csv", "a line of text a row", _csv("lines"), several="table"),
    Format(
        "xlsx",
        (".xlsx",),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "a workbook of receipts, items, checks and lines",
        _xlsx,
        several="collected",
        package="xlsxwriter",
    ),
    Format(
        "markdown",
        (".md", ".markdown"),
        "text/markdown",
        "headings and tables",
        _markdown,
        several="appended",
    ),
    Format("html", (".html", ".htm"), "text/html", "a page with picture and text", _html, "used"),
    Format("hocr", (".hocr",), "text/vnd.hocr+html", "words with places, hOCR 1.2", _hocr),
    Format("alto", (".xml", ".alto"), "application/xml", "words with places, ALTO 4", _alto),
    Format(
        "pdf",
        (".pdf",),
        "application/pdf",
        "the pages with a text layer",
        _pdf,
        "needed",
        package="pikepdf",
    ),
    Format("png", (".png",), "image/png", "the pages with the lines drawn", _png, "needed"),
    Format(
        "beancount",
        (".beancount", ".bean"),
        "text/x-beancount",
        "a transaction a receipt",
        _beancount,
        several="appended",
    ),
)
FORMATS: dict[str, Format] = {one.name: one for one in _FORMATS}
_BY_SUFFIX = {suffix: one for one in _FORMATS for suffix in one.suffixes}


def by_name(name: str) -> Format:
    """The format of a name, or of a suffix without its point.

    Raises:
        BadConfiguration: there is none; the message names the nearest one.
    """
    output_format = FORMATS.get(name) or _BY_SUFFIX.get(f".{name}")
    if output_format is None:
        from ocr.runtime.suggestions import did_you_mean

        raise BadConfiguration(
            f"there is no output format {name!r}; {did_you_mean(name, FORMATS, 'formats')}"
        )
    return output_format


def by_path(path: str | PurePath) -> Format:
    """The format that the name of a file asks for by its longest known suffix, in any case of letters.

    Raises:
        BadConfiguration: no format has this suffix.
    """
    name = PurePath(path).name.lower()
    for start in range(1, len(name)):
        if name[start] == "." and name[start:] in _BY_SUFFIX:
            return _BY_SUFFIX[name[start:]]
    suffix = PurePath(name).suffix
    from ocr.runtime.suggestions import did_you_mean

    hint = did_you_mean(suffix, _BY_SUFFIX, "suffixes")
    raise BadConfiguration(f"no output format has the suffix {suffix!r}; {hint}")


def by_names(names: str) -> tuple[Format, ...]:
    """The formats of a list such as ``"json,pdf"``, each once.

    Raises:
        BadConfiguration: there is no such format, or the list is empty.
    """
    formats = dict.fromkeys(by_name(name.strip()) for name in names.split(",") if name.strip())
    if not formats:
        raise BadConfiguration(f"no output format is named in {names!r}; formats are {', '.join(FORMATS)}")
    return tuple(formats)


def by_accept(accept: str) -> Format | None:
    """The format that an HTTP ``Accept`` header prefers (RFC 9110, 12.5.1); ``None`` where it takes none of them.

    Of formats with one media type the first counts; without a preference that is JSON.
    """
    ranges = []
    for position, part in enumerate(accept.split(",")):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights = [piece[2:] for piece in parameters if piece.startswith("q=")]
        try:
            quality = float(weights[0]) if weights else 1.0
        except ValueError:
            quality = 0.0
        if kind and 0 < quality <= 1:
            ranges.append((-quality, position, kind))
    for _, _, kind in sorted(ranges):
        for one in (FORMATS["json"], *_FORMATS):
            if kind in ("*/*", one.media_type, f"{one.media_type.split('/')[0]}/*"):
                return one
    return None
