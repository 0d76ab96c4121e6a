"""The command ``ocr``: a table of commands, each loaded only when it is called."""

from __future__ import annotations

from ocr.cli.app import main

__all__ = ["main"]
