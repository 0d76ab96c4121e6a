"""Documents as hOCR 1.2: HTML whose classes and titles say where text stands.

http://kba.github.io/hocr-spec/1.2/
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import ocr
from ocr.polygons import to_quad
from ocr.writers.markup import exact
from ocr.writers.words import bounds, words_of

if TYPE_CHECKING:
    from ocr.document import Document, Line, Page
    from ocr.records import Polygon

_CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf ocrp_poly"


def to_hocr(document: Document) -> str:
    """A document as one XHTML file: a page an ``ocr_page``, a receipt an ``ocr_carea``, a row an ``ocr_par``."""
    return "".join(f"{line}\n" for line in _lines(document))


def _lines(document: Document) -> Iterator[str]:
    name = exact(document.source or "")
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"'
    yield '    "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
    yield '<html xmlns="http://www.w3.org/1999/xhtml">'
    yield "<head>"
    yield f"<title>{name}</title>"
    yield '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>'
    yield f'<meta name="ocr-system" content="receipt-ocr {ocr.__version__}"/>'
    yield f'<meta name="ocr-capabilities" content="{_CAPABILITIES}"/>'
    yield f'<meta name="ocr-number-of-pages" content="{len(document.pages)}"/>'
    yield "</head>"
    yield "<body>"
    for number, page in enumerate(document.pages):
        # A quotation mark or backslash would end the name early.
        image = exact((document.source or "").replace("\\", "/").replace('"', "'"))
        place = f"image &quot;{image}&quot;; bbox 0 0 {page.width} {page.height}; ppageno {number}"
        yield f'<div class="ocr_page" id="page_{number + 1}" title="{place}">'
        yield from _areas(page, number + 1)
        yield "</div>"
    yield "</body>"
    yield "</html>"


def _areas(page: Page, number: int) -> Iterator[str]:
    for part, rows in enumerate(page.receipts, start=1):
        inside = [page.lines[line] for row in rows for line in page.rows[row]]
        place = _bbox([line.polygon for line in inside], page)
        yield f' <div class="ocr_carea" id="block_{number}_{part}" title="{place}">'
        for row in rows:
            members = page.rows[row]
            place = _bbox([page.lines[line].polygon for line in members], page)
            yield f'  <p class="ocr_par" id="par_{number}_{row + 1}" title="{place}">'
            for index in members:
                yield from _line(page.lines[index], page, f"{number}_{index + 1}")
            yield "  </p>"
        yield " </div>"


def _line(line: Line, page: Page, name: str) -> Iterator[str]:
    place = f"{_bbox([line.polygon], page)}; {_baseline(line.polygon)}; {_poly(line.polygon)}"
    yield f'   <span class="ocr_line" id="line_{name}" title="{place}">'
    for position, (text, confidence, polygon) in enumerate(words_of(line), start=1):
        # Confidences of hOCR are whole per cents; rounding down never makes a word surer.
        title = f"{_bbox([polygon], page)}; x_wconf {math.floor(100 * confidence)}; {_poly(polygon)}"
        yield f'    <span class="ocrx_word" id="word_{name}_{position}" title="{title}">{exact(text)}</span>'
    yield "   </span>"


def _bbox(polygons: Iterable[Polygon], page: Page) -> str:
    """Whole pixels on the page around all polygons."""
    sides = [bounds(polygon) for polygon in polygons]
    left, top = (max(0, math.floor(min(side[k] for side in sides))) for k in (0, 1))
    right, bottom = (math.ceil(max(side[k] for side in sides)) for k in (2, 3))
    width, height = page.width, page.height
    return f"bbox {min(left, width)} {min(top, height)} {max(0, min(right, width))} {max(0, min(bottom, height))}"


def _poly(polygon: Polygon) -> str:
    return "poly " + " ".join(str(max(0, round(float(value)))) for value in polygon.ravel())


def _baseline(polygon: Polygon) -> str:
    """The lower side of the text: slope, and distance from the bottom left corner of its box in whole pixels."""
    left, _, _, bottom = bounds(polygon)
    (x0, y0), (x1, y1) = (corner.tolist() for corner in to_quad(polygon)[[3, 2]])
    if abs(y1 - y0) > abs(x1 - x0):
        return f"textangle {round(-math.degrees(math.atan2(y1 - y0, x1 - x0))) % 360}"
    slope = (y1 - y0) / (x1 - x0)
    return f"baseline {slope:.4f} {round(y0 + slope * (left - x0) - bottom)}"
