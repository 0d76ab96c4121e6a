"""Borders of table cells that are read as bars at the ends of a line: ``18,50|``, ``|4,00% |``."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.layout.merging import Fragment
from ocr.recognition.alternatives import Alternatives

_BAR = "|"


def without_borders(fragments: Sequence[Fragment]) -> list[Fragment]:
    """The lines without bars at their ends.

    A line with a further bar among its words is left as it is: there, bars separate what is written. So is one of bars
    alone.
    """
    return [_trimmed(one) if _BAR in (one.text[:1], one.text[-1:]) else one for one in fragments]


def _trimmed(line: Fragment) -> Fragment:
    text = line.text.strip(f"{_BAR} ")
    if not text or _BAR in text:
        return line
    words = [word._replace(text=word.text.strip(_BAR)) for word in line.words]
    return line._replace(
        text=text,
        words=tuple(word for word in words if word.text),
        alternatives=_alternatives(line.alternatives, text),
    )


def _alternatives(known: Alternatives, text: str) -> Alternatives:
    """The other readings of a line that differ without the bars as well, each once."""
    found: dict[str, float] = {}
    for other, ratio in known:
        other = other.strip(f"{_BAR} ")
        if other and other != text:
            found.setdefault(other, ratio)
    return tuple(found.items())
