"""Documents as ALTO 4 (Analyzed Layout and Text Object, Library of Congress), measured in pixels.

https://www.loc.gov/standards/alto/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import ocr
from ocr.polygons import to_quad
from ocr.writers.markup import exact
from ocr.writers.words import bounds, words_of

if TYPE_CHECKING:
    from ocr.document import Document, Line
    from ocr.records import Polygon

_NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"


def to_alto(document: Document) -> str:
    """A document as one XML file: a receipt is a ``TextBlock``, its lines follow row by row, left to right."""
    return "".join(f"{line}\n" for line in _lines(document))


def _lines(document: Document) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<alto xmlns="{_NAMESPACE}" SCHEMAVERSION="4.4">'
    yield "<Description>"
    yield "<MeasurementUnit>pixel</MeasurementUnit>"
    if document.source is not None:
        name = exact(document.source)
        yield f"<sourceImageInformation><fileName>{name}</fileName></sourceImageInformation>"
    yield '<Processing ID="reading">'
    yield "<processingCategory>contentGeneration</processingCategory>"
    yield f"<processingSoftware><softwareName>receipt-ocr</softwareName><softwareVersion>{ocr.__version__}"
    yield "</softwareVersion></processingSoftware>"
    yield "</Processing>"
    yield "</Description>"
    yield "<Layout>"
    for number, page in enumerate(document.pages, start=1):
        yield f'<Page ID="page_{number}" PHYSICAL_IMG_NR="{number}" WIDTH="{page.width}" HEIGHT="{page.height}">'
        yield f'<PrintSpace HPOS="0" VPOS="0" WIDTH="{page.width}" HEIGHT="{page.height}">'
        for part, rows in enumerate(page.receipts, start=1):
            members = [line for row in rows for line in page.rows[row]]
            place = _place([page.lines[line].polygon for line in members])
            yield f'<TextBlock ID="block_{number}_{part}" {place}>'
            for index in members:
                yield from _line(page.lines[index], f"{number}_{index + 1}")
            yield "</TextBlock>"
        yield "</PrintSpace>"
        yield "</Page>"
    yield "</Layout>"
    yield "</alto>"


def _line(line: Line, name: str) -> Iterator[str]:
    baseline = to_quad(line.polygon)[[3, 2]]
    yield f'<TextLine ID="line_{name}" {_place([line.polygon])} BASELINE="{_points(baseline)}">'
    yield _shape(line.polygon)
    before: Polygon | None = None
    # A line without text has one empty string: the schema asks for one at least.
    for position, (text, confidence, polygon) in enumerate(
        words_of(line) or (("", line.confidence, line.polygon),), start=1
    ):
        if before is not None:
            yield _space(before, polygon)
        yield (
            f'<String ID="word_{name}_{position}" {_place([polygon])} WC="{confidence:.4f}" CONTENT="{exact(text)}">'
            f"{_shape(polygon)}</String>"
        )
        before = polygon
    yield "</TextLine>"


def _space(before: Polygon, after: Polygon) -> str:
    _, top, right, _ = bounds(before)
    left = bounds(after)[0]
    return f'<SP HPOS="{right:.2f}" VPOS="{top:.2f}" WIDTH="{max(left - right, 0):.2f}"/>'


def _shape(polygon: Polygon) -> str:
    return f'<Shape><Polygon POINTS="{_points(polygon)}"/></Shape>'


def _points(polygon: Polygon) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in polygon.tolist())


def _place(polygons: Iterable[Polygon]) -> str:
    sides = [bounds(polygon) for polygon in polygons]
    left, top = (min(side[k] for side in sides) for k in (0, 1))
    right, bottom = (max(side[k] for side in sides) for k in (2, 3))
    return f'HPOS="{left:.2f}" VPOS="{top:.2f}" WIDTH="{right - left:.2f}" HEIGHT="{bottom - top:.2f}"'
