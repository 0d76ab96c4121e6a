"""Documents as one HTML page that needs nothing else: receipts, the picture with its lines, the rows as a table.

What is pointed at is marked in the picture, in the text and among the fields. The page loads nothing: its policy allows
its own style, its one script and pictures inside the file.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocr.writers import facts
from ocr.writers.markup import shown

if TYPE_CHECKING:
    from ocr.document import Document, Page
    from ocr.receipt import Field, Receipt
    from ocr.writers.pictures import Picture, Pictures

#: Lines below this confidence are shown as doubtful.
_SURE = 0.8
_SIGNS = {"passed": "✓", "failed": "✗", "not_possible": "–"}


def to_html(document: Document, pictures: Pictures | None = None) -> str:
    """A document as a page.

    Args:
        document: what was read.
        pictures: of its pages, put into the file; without them the page shows outlines and text alone.
    """
    return "".join(f"{line}\n" for line in _page(document, pictures))


@cache
def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8").strip()


def _page(document: Document, pictures: Pictures | None) -> Iterator[str]:
    title = shown(facts.title(document))
    style, script = _asset("page.css"), _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield '<head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>"
    yield f"<style>{style}</style></head>"
    yield f"<body><main><h1>{title}</h1>"
    yield f'<p class="soft">{_counts(document)}</p>'
    for number, receipt in enumerate(document.receipts, start=1):
        yield from _receipt(receipt, number, len(document.receipts))
    for number, page in enumerate(document.pages):
        picture = None if pictures is None else pictures.pages[number]
        yield from _text(page, number, picture, several=len(document.pages) > 1)
    if document.warnings:
        yield '<section class="card"><h2>Warnings</h2><ul>'
        for warning in document.warnings:
            yield f"<li>{shown(warning.code)}: {shown(warning.message)}</li>"
        yield "</ul></section>"
    yield "</main>"
    yield f"<script>{script}</script>"
    yield "</body></html>"


def _counts(document: Document) -> str:
    pages, lines = len(document.pages), len(document.lines)
    return f"{pages} page{'' if pages == 1 else 's'}, {lines} line{'' if lines == 1 else 's'}"


def _receipt(receipt: Receipt, number: int, count: int) -> Iterator[str]:
    name = shown(facts.heading(receipt, number, count))
    yield f'<section class="card receipt"><h2{_lines_of(receipt.merchant.name)}>{name}</h2>'
    known = facts.facts(receipt)
    if known:
        yield "<dl>"
        for label, value, field in known:
            yield f"<dt>{label}</dt><dd{_lines_of(field)}>{shown(value)}</dd>"
        yield "</dl>"
    columns, rows = facts.items(receipt)
    if rows:
        yield '<div class="scroll"><table class="items"><thead><tr>'
        yield "".join(f"<th{_number(column)}>{column}</th>" for column in columns)
        yield "</tr></thead><tbody>"
        for row, item in zip(rows, receipt.items, strict=True):
            cells = zip(columns, row, strict=True)
            inside = "".join(
                f"<td{_number(column)}><span{_lines_of(cell.field)}>{shown(cell.text)}</span></td>"
                for column, cell in cells
            )
            yield f"<tr{' class=void' if item.void else ''}>{inside}</tr>"
        yield "</tbody></table></div>"
    sums = facts.sums(receipt)
    if sums:
        yield '<div class="scroll"><table class="sums"><tbody>'
        for label, value, field in sums:
            kind = ' class="total"' if field is not None and field is receipt.total else ""
            yield (
                f"<tr{kind}><td>{shown(label)}</td>"
                f'<td class="number"><span{_lines_of(field)}>{shown(value)}</span></td></tr>'
            )
        yield "</tbody></table></div>"
    yield '<ul class="checks">'
    for check_name, status, message, code in facts.checks(receipt):
        outcome = f": {shown(message)}" if message else f": {status}"
        yield f'<li><span class="{code}">{_SIGNS[code]}</span> {shown(check_name)}{outcome}</li>'
    yield "</ul></section>"


def _text(page: Page, number: int, picture: Picture | None, *, several: bool) -> Iterator[str]:
    heading = f"Page {number + 1}" if several else "Text"
    kind = "page" if page.lines or picture is not None else "page alone"
    yield f'<section class="card"><h2>{heading}</h2><div class="{kind}">'
    yield from _drawing(page, number, picture)
    yield '<div class="scroll"><table class="rows"><tbody>'
    for part, table in enumerate(facts.cells(page)):
        for position, row in enumerate(table):
            inside = "".join(f"<td>{_span(page, number, index)}</td>" for index in row)
            begins = ' class="part"' if part and not position else ""
            yield f"<tr{begins}>{inside}</tr>"
    yield "</tbody></table></div></div></section>"


def _drawing(page: Page, number: int, picture: Picture | None) -> Iterator[str]:
    yield f'<div class="picture"><svg viewBox="0 0 {page.width} {page.height}" role="img" aria-label="The page">'
    if picture is not None:
        data = base64.b64encode(picture.jpeg).decode()
        size = f'width="{page.width}" height="{page.height}" preserveAspectRatio="none"'
        yield f'<image {size} href="data:image/jpeg;base64,{data}"/>'
    for index, line in enumerate(page.lines):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in line.polygon.tolist())
        kind = "" if line.confidence >= _SURE else ' class="unsure"'
        label = f"{shown(line.text)} ({line.confidence:.2f})"
        yield f'<polygon points="{points}" data-lines="{number}-{index}"{kind}><title>{label}</title></polygon>'
    yield "</svg></div>"


def _span(page: Page, number: int, index: int | None) -> str:
    if index is None:
        return ""
    line = page.lines[index]
    kind = "" if line.confidence >= _SURE else ' class="unsure"'
    title = f"confidence {line.confidence:.2f}"
    return f'<span data-lines="{number}-{index}" tabindex="0" title="{title}"{kind}>{shown(line.text)}</span>'


def _number(column: str) -> str:
    return ' class="number"' if column in facts.NUMBERS else ""


def _lines_of(field: Field[Any] | None) -> str:
    """An attribute with the lines that a field was read from."""
    return "" if field is None or not field.lines else f' data-lines="{_names(field.lines)}"'


def _names(places: Iterable[tuple[int, int]]) -> str:
    return " ".join(f"{page}-{line}" for page, line in places)
