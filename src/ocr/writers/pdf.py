"""Documents as searchable PDF: the pages as they look, and under them the text, unseen, at the place of each word."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

import ocr
from ocr.errors import ImageDecodeFailed, PdfEncrypted
from ocr.polygons import to_quad
from ocr.writers import extras, facts, glyphless
from ocr.writers.words import words_of

if TYPE_CHECKING:
    from ocr.document import Document, Line, Page
    from ocr.records import Polygon
    from ocr.writers.pictures import Pictures

#: Resolution that a picture is taken to have: its file seldom says, and says it wrong where it does.
_DPI = 200.0
#: Points that a side of a page has at least and at most (PDF 32000-1, annex C.2).
_MIN_POINTS, _MAX_POINTS = 3.0, 14_400.0
#: Spaces are at least this part of the letters' height wide, so that words do not run together.
_MIN_SPACE = 0.05
Place = Callable[[Any], tuple[float, float]]


def to_pdf(document: Document, pictures: Pictures) -> bytes:
    """A document as one PDF with a text layer.

    The pages of an input that is a PDF are kept as they are, with links, annotations and outlines. Other pages are made
    of their pictures.

    Raises:
        MissingExtra: pikepdf is not installed (extra ``[formats]``).
        PdfEncrypted, ImageDecodeFailed: the PDF cannot be opened, or some of its pages could not be read, so that text
            and pages do not belong together.
    """
    pikepdf = extras.load("pikepdf", "formats", "the format pdf")
    pdf = _new(pikepdf, document, pictures) if pictures.pdf is None else _opened(pikepdf, pictures)
    _check(pdf, document)
    _add_text(pikepdf, pdf, document)
    return _saved(pdf)


def to_text_layer(document: Document, dpi: float, font_name: str | None = None) -> bytes:
    """The text of a document alone as a PDF, unseen, on empty pages as large as those of the document.

    Args:
        document: what was read.
        dpi: resolution of its pages in pixels an inch.
        font_name: what the pages call the font, for programs that look for a certain name.

    Raises:
        MissingExtra: pikepdf is not installed (extra ``[formats]``).
    """
    pikepdf = extras.load("pikepdf", "formats", "the format pdf")
    pdf = pikepdf.new()
    for page in document.pages:
        pdf.add_blank_page(page_size=(page.width * 72 / dpi, page.height * 72 / dpi))
    _add_text(pikepdf, pdf, document, font_name)
    for target in pdf.pages:
        # Programs that lift the text out of a page expect one stream.
        target.contents_coalesce()
    return _saved(pdf)


def _check(pdf: Any, document: Document) -> None:
    if len(pdf.pages) != len(document.pages):
        raise ImageDecodeFailed(
            f"the PDF has {len(pdf.pages)} pages, of which {len(document.pages)} could be read: no text layer can be "
            "put under the others"
        )


def _add_text(pikepdf: Any, pdf: Any, document: Document, font_name: str | None = None) -> None:
    """Put the text of each page of a document under the page of a PDF."""
    codes = _codes(document)
    font = _font(pikepdf, pdf, list(codes))
    for page, target in zip(document.pages, pdf.pages, strict=True):
        layer = "".join(_layer(page, _placer(page, target), codes))
        if not layer:
            continue
        free = pikepdf.Name(font_name or _free_name(target, "/Font"))
        name = target.add_resource(font, pikepdf.Name.Font, free)
        # Before all else, where no state is set yet. Mode 3 paints nothing.
        target.contents_add(
            f"q BT 3 Tr {layer.replace('/F ', f'{name} ')}ET Q\n".encode("ascii"), prepend=True
        )


def _saved(pdf: Any) -> bytes:
    file = io.BytesIO()
    pdf.save(file, deterministic_id=True)
    return file.getvalue()


def _opened(pikepdf: Any, pictures: Pictures) -> Any:
    try:
        pdf = pikepdf.open(io.BytesIO(pictures.pdf or b""), password=pictures.password or "")
        # Resources may stand in a node above the page: adding one to the page itself would hide those.
        for page in pdf.pages:
            if "/Resources" not in page.obj:
                page.obj.Resources = _inherited(page.obj) or pikepdf.Dictionary()
            # Pages may share one dictionary; each gets its own before a font is added.
            page.obj.Resources = pikepdf.Dictionary(page.obj.Resources)
            if "/Font" in page.obj.Resources:
                page.obj.Resources.Font = pikepdf.Dictionary(page.obj.Resources.Font)
        return pdf
    except pikepdf.PasswordError as error:
        raise PdfEncrypted("the PDF is encrypted; give its password") from error
    except pikepdf.PdfError as error:
        raise ImageDecodeFailed(f"the PDF cannot be opened for writing: {error}") from error


def _free_name(target: Any, kind: str) -> str:
    """A name that no other resource of a kind on the page has."""
    taken = set(target.obj.Resources.get(kind, {}).keys())
    return next(name for k in range(len(taken) + 1) if (name := f"/Text{k}") not in taken)


def _inherited(node: Any) -> Any:
    for _ in range(64):
        node = node.get("/Parent")
        if node is None:
            return None
        if "/Resources" in node:
            return node.Resources
    return None


def _new(pikepdf: Any, document: Document, pictures: Pictures) -> Any:
    pdf = pikepdf.new()
    for page, picture in zip(document.pages, pictures.pages, strict=True):
        least = _MIN_POINTS / min(page.width, page.height)
        scale = min(max(72 / _DPI, least), _MAX_POINTS / max(page.width, page.height))
        width, height = page.width * scale, page.height * scale
        stream = pikepdf.Stream(pdf, picture.jpeg)
        stream.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=picture.width,
            Height=picture.height,
            ColorSpace=pikepdf.Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )
        target = pdf.add_blank_page(page_size=(width, height))
        name = target.add_resource(stream, pikepdf.Name.XObject, pikepdf.Name("/Page"))
        target.contents_add(f"q {width:.4f} 0 0 {height:.4f} 0 0 cm {name} Do Q\n".encode("ascii"))
    pdf.docinfo["/Title"] = facts.title(document)
    pdf.docinfo["/Creator"] = f"receipt-ocr {ocr.__version__}"
    return pdf


def _codes(document: Document) -> dict[str, int]:
    """The letters of the document, each with its code from 1."""
    letters = {letter for line in document.lines for text, _, _ in words_of(line) for letter in text}
    return {letter: code for code, letter in enumerate(sorted(letters | {" "}), start=1)}


def _font(pikepdf: Any, pdf: Any, letters: list[str]) -> Any:
    """A Type 0 font whose codes are those of `_codes` (PDF 32000-1, 9.7)."""
    name = pikepdf.Name("/GlyphLess")
    file = glyphless.truetype()
    descriptor = pikepdf.Dictionary(
        Type=pikepdf.Name.FontDescriptor,
        FontName=name,
        Flags=4,
        FontBBox=[0, glyphless.DESCENT, glyphless.ADVANCE, glyphless.ASCENT],
        ItalicAngle=0,
        Ascent=glyphless.ASCENT,
        Descent=glyphless.DESCENT,
        CapHeight=glyphless.ASCENT,
        StemV=80,
        FontFile2=pdf.make_indirect(pikepdf.Stream(pdf, file, Length1=len(file))),
    )
    # Every code shows glyph 1: glyph 0 stands for letters that a font lacks.
    glyphs = pikepdf.Stream(pdf, b"\0\1" * (len(letters) + 1))
    descendant = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=pikepdf.Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=glyphless.ADVANCE,
        CIDToGIDMap=pdf.make_indirect(glyphs),
    )
    return pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type0,
            BaseFont=name,
            Encoding=pikepdf.Name("/Identity-H"),
            DescendantFonts=[pdf.make_indirect(descendant)],
            ToUnicode=pdf.make_indirect(pikepdf.Stream(pdf, glyphless.to_unicode(letters))),
        )
    )


def _placer(page: Page, target: Any) -> Place:
    """From pixels of the upright page to the coordinates of a PDF page, which may be cut to a box and turned."""
    x0, y0, x1, y1 = _visible(target)
    turn = _rotation(target.obj)

    def place(point: Any) -> tuple[float, float]:
        u, v = float(point[0]) / page.width, float(point[1]) / page.height
        if turn == 90:
            return x0 + v * (x1 - x0), y0 + u * (y1 - y0)
        if turn == 180:
            return x1 - u * (x1 - x0), y0 + v * (y1 - y0)
        if turn == 270:
            return x1 - v * (x1 - x0), y1 - u * (y1 - y0)
        return x0 + u * (x1 - x0), y1 - v * (y1 - y0)

    return place


def _visible(target: Any) -> tuple[float, float, float, float]:
    """The crop box inside the media box: what readers show, and what was read."""
    media, crop = (_corners(box) for box in (target.mediabox, target.cropbox))
    cut = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    return cut if cut[0] < cut[2] and cut[1] < cut[3] else media


def _corners(box: Any) -> tuple[float, float, float, float]:
    a, b, c, d = (float(value) for value in box)
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _rotation(node: Any) -> int:
    """The turn of a page in degrees clockwise, which may stand in a node above it."""
    for _ in range(64):
        if node is None:
            return 0
        if "/Rotate" in node:
            return int(node.Rotate) % 360
        node = node.get("/Parent")
    return 0


def _layer(page: Page, place: Place, codes: dict[str, int]) -> Iterator[str]:
    """Operators that show the words of a page, row by row."""
    for row in page.rows:
        for index in row:
            yield from _line(page.lines[index], place, codes)


def _line(line: Line, place: Place, codes: dict[str, int]) -> Iterator[str]:
    words = [(text, _frame(polygon, place)) for text, _, polygon in words_of(line)]
    for position, (text, (x, y, angle, width, size)) in enumerate(words):
        if width <= 0 or size <= 0:
            continue
        yield _show(text, x, y, angle, width, size, codes)
        if position + 1 < len(words):
            # A space of its own reaches to the next word: readers copy it, and a phrase is found across words.
            end_x, end_y = x + width * math.cos(angle), y + width * math.sin(angle)
            next_x, next_y = words[position + 1][1][:2]
            gap = (next_x - end_x) * math.cos(angle) + (next_y - end_y) * math.sin(angle)
            yield _show(" ", end_x, end_y, angle, max(gap, _MIN_SPACE * size), size, codes)


def _frame(polygon: Polygon, place: Place) -> tuple[float, float, float, float, float]:
    """Start of the baseline (x, y), its angle in radians, width and height of a word in units of the PDF page."""
    quad = np.array([place(corner) for corner in to_quad(polygon)])
    along = (quad[1] - quad[0] + quad[2] - quad[3]) / 2
    up = (quad[0] - quad[3] + quad[1] - quad[2]) / 2
    x, y = quad[3] - up * glyphless.DESCENT / glyphless.UNITS
    return float(x), float(y), math.atan2(along[1], along[0]), float(np.hypot(*along)), float(np.hypot(*up))


def _show(
    text: str, x: float, y: float, angle: float, width: float, size: float, codes: dict[str, int]
) -> str:
    """Operators that show a text from a point, stretched to a width."""
    natural = len(text) * size * glyphless.ADVANCE / glyphless.UNITS
    c, s = math.cos(angle), math.sin(angle)
    encoded = "".join(f"{codes[letter]:04x}" for letter in text)
    return (
        f"/F {size:.3f} Tf {100 * width / natural:.3f} Tz "
        f"{c:.5f} {s:.5f} {-s:.5f} {c:.5f} {x:.3f} {y:.3f} Tm <{encoded}> Tj\n"
    )
