"""PDFs made by hand: text, forms, and those that cost a renderer time, memory or its life."""

from __future__ import annotations

import zlib

from tests.pictures import packed_zeros

HEAD = b"<</Type/Catalog/Pages 2 0 R>>"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def pdf_of(objects: list[bytes]) -> bytes:
    """A file of numbered objects, the catalogue first."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, table, len(objects) + 1, len(data))
    )


def stream(body: bytes, about: bytes = b"", *, packed: bool = False) -> bytes:
    """An object with data."""
    if packed:
        body, about = zlib.compress(body, 9), about + b"/Filter/FlateDecode"
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (about, len(body), body)


def form(body: bytes, resources: bytes = b"", box: bytes = b"0 0 300 300") -> bytes:
    """A drawing that can be used on a page."""
    about = b"/Type/XObject/Subtype/Form/BBox[%s]/Resources<<%s>>" % (box, resources)
    return stream(body, about)


def one_page(content: bytes, resources: bytes, *others: bytes, box: bytes = b"0 0 300 300") -> bytes:
    """A page; its content is object 4, further objects follow from 5 on."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Resources<<%s>>/Contents 4 0 R>>" % (box, resources)
    return pdf_of([HEAD, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, content, *others])


def text_pages(texts: list[bytes | None], size: int = 24, box: bytes = b"0 0 300 300") -> bytes:
    """A page of one line for each text; ``None`` is a page that ends the renderer, a form that draws itself."""
    first = 3 + len(texts)
    pages, contents = [], []
    for number, text in enumerate(texts):
        resources = b"/Font<</F1 %d 0 R>>/XObject<</F %d 0 R>>" % (first + len(texts), first + len(texts) + 1)
        pages.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Resources<<%s>>/Contents %d 0 R>>"
            % (box, resources, first + number)
        )
        contents.append(
            stream(b"/F Do" if text is None else b"BT /F1 %d Tf 20 200 Td (%s) Tj ET" % (size, text))
        )
    kids = b" ".join(b"%d 0 R" % (3 + k) for k in range(len(texts)))
    itself = form(b"/F Do /F Do", b"/XObject<</F %d 0 R>>" % (first + len(texts) + 1))
    tree = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(texts))
    return pdf_of([HEAD, tree, *pages, *contents, FONT, itself])


def form_that_draws_itself() -> bytes:
    """About 600 bytes; the renderer runs out of memory."""
    return one_page(stream(b"/F Do"), b"/XObject<</F 5 0 R>>", form(b"/F Do /F Do", b"/XObject<</F 5 0 R>>"))


def nested_forms(depth: int = 12, times: int = 10, box: bytes = b"0 0 300 300") -> bytes:
    """Forms that each draw the next one several times."""
    forms = [
        form(b"/F%d Do " % (k + 1) * times, b"/XObject<</F%d %d 0 R>>" % (k + 1, 6 + k)) for k in range(depth)
    ]
    return one_page(stream(b"/F0 Do"), b"/XObject<</F0 5 0 R>>", *forms, form(b"0 0 10 10 re f"), box=box)


def inflating(size: int = 1 << 29) -> bytes:
    """A kilobyte that becomes so many bytes."""
    return one_page(stream(zlib.compress(packed_zeros(size), 9), b"/Filter[/FlateDecode/FlateDecode]"), b"")


def many_pictures(times: int = 3000) -> bytes:
    """One large picture, drawn over and over."""
    about = b"/Type/XObject/Subtype/Image/Width 3000/Height 3000/ColorSpace/DeviceRGB/BitsPerComponent 8"
    picture = stream(bytes(3000 * 3000 * 3), about, packed=True)
    return one_page(stream(b"q 300 0 0 300 0 0 cm /I Do Q " * times), b"/XObject<</I 5 0 R>>", picture)


def filled_form(*, appearance: bool, need: bool = False, box: bytes = b"0 0 300 300") -> bytes:
    """A form with a filled field, with or without the drawing of its value."""
    field = (
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(m)/V(HOTEL ASTORIA)/Rect[100 190 260 212]/F 4/DA(/Helv 12 Tf 0 g)"
        b"/P 3 0 R%s>>" % (b"/AP<</N 7 0 R>>" if appearance else b"")
    )
    drawing = form(
        b"/Tx BMC q BT /Helv 12 Tf 2 6 Td (HOTEL ASTORIA) Tj ET Q EMC", b"/Font<</Helv 5 0 R>>", b"0 0 160 22"
    )
    catalogue = (
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<<%s/Fields[6 0 R]/DR<</Font<</Helv 5 0 R>>>>/DA(/Helv 12 Tf 0 g)>>>>"
        % (b"/NeedAppearances true" if need else b"")
    )
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R/Annots[6 0 R]>>"
        % box
    )
    content = stream(b"BT /F1 12 Tf 20 196 Td (Merchant:) Tj ET")
    return pdf_of([catalogue, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, content, FONT, field, drawing])


def without_pages() -> bytes:
    """A whole PDF of no page."""
    return pdf_of([HEAD, b"<</Type/Pages/Kids[]/Count 0>>"])


def picture_page(jpeg: bytes, size: tuple[int, int], dpi: float) -> bytes:
    """A page that is one JPEG picture at a resolution."""
    width, height = (side * 72 / dpi for side in size)
    about = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"
        % size
    )
    content = stream(b"q %.4f 0 0 %.4f 0 0 cm /I Do Q" % (width, height))
    return one_page(
        content, b"/XObject<</I 5 0 R>>", stream(jpeg, about), box=b"0 0 %.4f %.4f" % (width, height)
    )
