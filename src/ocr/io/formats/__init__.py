"""Picture formats looked at from their bytes alone: kind, size, pages, orientation, completeness; no pixels.

Decoders fill what is missing from a truncated file with grey, and allocate what a header asks for. So the
header is read and the structure is walked here first, one format a file; `ocr.io.images` decodes afterwards.
"""

from __future__ import annotations

from ocr.io.formats.header import Header, check, read_header, sniff

__all__ = ["Header", "check", "read_header", "sniff"]
