"""Foreign text where Streamlit would take it for Markdown."""

from __future__ import annotations

import re

from ocr.writers.text import escape

#: Everything that Streamlit's Markdown gives a meaning: emphasis, links, HTML, colours, emoji, formulas.
_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=@/])")


def plain(text: str) -> str:
    """Text that shows as it is: control characters visible, every mark of Markdown escaped."""
    return _MARKS.sub(r"\\\1", escape(text)).replace("\n", "  \n")
