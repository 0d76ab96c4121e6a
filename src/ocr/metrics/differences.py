"""Differences between two readings of the same page: lines that only one has, and lines whose texts differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from ocr.document import Line
from ocr.metrics.matching import match_lines
from ocr.metrics.scores import Polygon, Prediction

#: Parts of two texts in order: in both, only in the first, only in the second.
Parts = list[tuple[Literal["same", "cut", "new"], str]]


@dataclass(frozen=True)
class Pair:
    """A line of one reading and the line of the other in the same place; one of them may be missing.

    Attributes:
        one: of the first reading.
        other: of the second.
    """

    one: Line | None
    other: Line | None

    @property
    def same(self) -> bool:
        """Whether both readings have the line with the same text."""
        return self.one is not None and self.other is not None and self.one.text == self.other.text

    def parts(self) -> Parts:
        """The differences between the texts."""
        return parts(self.one.text if self.one else "", self.other.text if self.other else "")


@dataclass(frozen=True, eq=False)
class _Place:
    polygon: Polygon
    text: str | None = ""
    ignore: bool = False


def pairs(one: Sequence[Line], other: Sequence[Line]) -> list[Pair]:
    """Lines matched one to one at an intersection over union of 0.5.

    Returns:
        In the order of ``one``, then the lines that only ``other`` has.
    """
    places = [_Place(line.polygon) for line in one]
    matched = dict(match_lines(places, [Prediction(line.polygon) for line in other]).pairs)
    result = [Pair(line, other[matched[k]] if k in matched else None) for k, line in enumerate(one)]
    taken = set(matched.values())
    return result + [Pair(None, line) for k, line in enumerate(other) if k not in taken]


def parts(one: str, other: str, *, ignore_case: bool = False) -> Parts:
    """The differences between two texts, as parts of both, of only the first, and of only the second.

    Args:
        one: the first text.
        other: the second text.
        ignore_case: letters that differ only in case count as the same, in the case of the second text.
    """
    if ignore_case and one.upper() == other.upper():
        return [("same", other)] if other else []
    return list(_parts(one, other, ignore_case))


def _parts(one: str, other: str, ignore_case: bool) -> Iterator[tuple[Literal["same", "cut", "new"], str]]:
    first, second = ([c.upper() if ignore_case else c for c in text] for text in (one, other))
    for kind, a0, a1, b0, b1 in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", other[b0:b1]
            continue
        if a1 > a0:
            yield "cut", one[a0:a1]
        if b1 > b0:
            yield "new", other[b0:b1]
