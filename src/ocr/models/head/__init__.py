"""Heads: a decoder's map to what a loss compares and what is decoded to polygons."""

from ocr.models.head.db import DbHead, DbOutput

__all__ = ["DbHead", "DbOutput"]
