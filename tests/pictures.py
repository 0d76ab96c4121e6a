"""Pictures and PDFs in every kind of bytes that tests need."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont


def encoded(picture: Image.Image | npt.NDArray[Any], kind: str, **options: Any) -> bytes:
    """A picture as the bytes of a file."""
    if not isinstance(picture, Image.Image):
        picture = Image.fromarray(picture)
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def packed_zeros(size: int) -> bytes:
    """A zlib stream of so many zero bytes, a thousandth of their size; made at once whatever the size."""
    piece = 1 << 20

    def packed(count: int) -> bytes:
        packer = zlib.compressobj(9, wbits=-15)
        return packer.compress(bytes(count)) + packer.flush(zlib.Z_FULL_FLUSH)

    # After a full flush a block refers to nothing before it, so that one serves as every further one.
    body = packed(piece) * (size // piece) + packed(size % piece) + b"\x03\0"
    return b"\x78\xda" + body + struct.pack(">HH", size % 65521, 1)


def png_header(width: int, height: int) -> bytes:
    """A valid PNG of a given size whose pixels, all zero, are packed a thousandfold: a decompression bomb."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    body = packed_zeros((1 + width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pdf(pages: list[npt.NDArray[np.uint8]], dpi: float = 200.0) -> bytes:
    """A PDF with a picture a page, stored without loss."""
    first, *rest = [Image.fromarray(page).convert("L").convert("P") for page in pages]
    file = io.BytesIO()
    first.save(file, "PDF", resolution=dpi, save_all=True, append_images=rest)
    return file.getvalue()


def encrypted_pdf(data: bytes, password: str) -> bytes:
    """The PDF behind a password."""
    import pypdf

    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(data)))
    writer.encrypt(password, algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def pdf_with_box(width: float, height: float) -> bytes:
    """An empty PDF page of a size in points."""
    import pypdf

    writer = pypdf.PdfWriter()
    writer.add_blank_page(width, height)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def printed(lines: Sequence[str], family: str = "noto-sans") -> npt.NDArray[np.uint8]:
    """A page with lines in the first font of a family that has their letters; the test is skipped without fonts."""
    pytest.importorskip("fontpkg_noto_sans", reason="needs the extra [synth]")
    from ocr.datasets.synthetic.fonts import load_fonts

    letters = "".join(lines).replace(" ", "")
    face = next(face for face in load_fonts().faces if face.family == family and face.covers(letters))
    page = Image.new("RGB", (560, 60 + 50 * len(lines)), "white")
    font = ImageFont.truetype(str(face.path), 28)
    for k, line in enumerate(lines):
        ImageDraw.Draw(page).text((40, 40 + 50 * k), line, fill=10, font=font)
    return np.asarray(page)


#: Lines of a receipt in scripts that no shipped model reads, and a family of fonts for them.
SCRIPTS_THAT_NO_MODEL_READS = {
    "Devanagari": (
        "noto-sans",
        "रसीद कर चालान|ताज़ी रोटी और दूध|चावल पाँच किलो|धन्यवाद फिर आइए|नकद भुगतान|कुल राशि देय",
    ),
    "Thai": ("kanit", "ใบเสร็จรับเงิน|ขนมปังโฮลวีต|นมสดพาสเจอร์ไรส์|ขอบคุณที่ใช้บริการ|ชำระเงินสด|ยอดรวมทั้งสิ้น"),
}


def in_a_script_that_no_model_reads(script: str) -> bytes:
    """A PNG of a page in one of `SCRIPTS_THAT_NO_MODEL_READS`."""
    family, text = SCRIPTS_THAT_NO_MODEL_READS[script]
    return encoded(printed(text.split("|"), family), "PNG")
