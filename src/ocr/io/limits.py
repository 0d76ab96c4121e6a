"""How much of an input is read at most."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What is read at most; an input beyond a limit is refused before it costs memory.

    Attributes:
        max_pixels: width × height of one page (100 megapixels take 300 MB).
        max_aspect: longer side over shorter side.
        max_pages: pages of a PDF (more are refused) and of a multi-page TIFF (more are left out, with a
            warning).
        max_frames: frames of an animated picture; the rest is left out, with a warning.
        max_bytes: size of a file.
        pdf_dpi: resolution PDF pages are rendered at.
        pdf_pixels: PDF pages that would have more pixels are rendered at a lower resolution.
    """

    max_pixels: int = 100_000_000
    max_aspect: float = 50.0
    max_pages: int = 100
    max_frames: int = 10
    max_bytes: int = 512 * 1024 * 1024
    pdf_dpi: float = 200.0
    pdf_pixels: int = 25_000_000
