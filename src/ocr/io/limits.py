"""What is read at most."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.runtime.options import Flag, Number, OptionRecord, Whole, setting


@dataclass(frozen=True)
class Limits(OptionRecord):
    """What is read at most; an input beyond a limit is refused before it costs memory."""

    option_name = "limit"

    max_pixels: int = setting(
        100_000_000, Whole(1), "width × height of one page (100 megapixels take 300 MB)", usual=(1e6, 1e8)
    )
    max_aspect: float = setting(50.0, Number(1), "longer side over shorter side")
    max_pages: int = setting(
        100,
        Whole(1),
        "pages of a PDF (more are refused) and of a multi-page TIFF (more are left out, with a warning)",
    )
    max_frames: int = setting(
        10, Whole(1), "frames of an animated picture; the rest is left out, with a warning"
    )
    max_bytes: int = setting(512 * 1024 * 1024, Whole(1), "size of a file in bytes")
    pdf_dpi: float = setting(200.0, Number(1, 2400), "resolution at which PDF pages are rendered")
    pdf_pixels: int = setting(
        25_000_000, Whole(1), "PDF pages that would have more pixels are rendered at a lower resolution"
    )
    max_seconds: float = setting(
        10.0, Number(0.1, 3600), "computing time that PDFium may take for a file, in seconds"
    )
    max_memory: int = setting(
        512 * 1024 * 1024, Whole(64 * 1024 * 1024), "memory that PDFium may take for a file, in bytes"
    )
    strict: bool = setting(
        False,
        Flag(),
        "refuse an input of which a part is missing (no end marker, a damaged page) instead of warning",
    )
