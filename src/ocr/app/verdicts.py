"""One evaluated picture: truth against prediction, on the picture and in text, with why each line was lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ocr.app import viewer
from ocr.app.results import Result
from ocr.app.texts import plain
from ocr.app.viewer import Column, Kind, Row, View
from ocr.metrics.differences import parts
from ocr.metrics.error_analysis import CAUSES, Miss
from ocr.metrics.outcomes import Outcome, State
from ocr.metrics.saved import SavedImage

#: How a true line is drawn, by what became of it.
_KINDS: dict[State, Kind] = {
    "read": "truth",
    "misread": "unsure",
    "lost": "missed",
    "ignored": "both",
    "extra": "extra",
}
_LEGEND: tuple[tuple[Kind, str], ...] = (
    ("truth", "read rightly"),
    ("unsure", "misread"),
    ("missed", "not found"),
    ("first", "prediction"),
    ("extra", "prediction without a truth"),
)
#: Where there is no picture, its lines are drawn on paper.
_PAPER = 250
_SPOKEN: dict[State, str] = {
    "read": "",
    "misread": "misread",
    "lost": "not found",
    "extra": "extra",
    "ignored": "unreadable",
}


def show(
    result: Result,
    image: SavedImage,
    against: tuple[Result, SavedImage | None] | None,
    causes: Sequence[str] = (),
) -> None:
    """Draw a picture of a result, and beside it what another result made of it.

    Args:
        result: that the picture belongs to.
        image: the picture.
        against: another result with the same picture, ``None`` where it does not have it.
        causes: lost lines of other causes are left out.
    """
    if image.size is None:
        st.caption(
            "These figures were saved by an earlier version, without lines; measure again to see them."
        )
        return
    before = None if against is None or against[1] is None else (against[0], against[1])
    choices = ["Faults", "All lines"] if before is None else ["Differences", "Faults", "All lines"]
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.markdown(f"**{plain(image.name)}**")
    which = right.segmented_control(
        "Lines", choices, default=choices[0], key=f"evaluate-lines-{len(choices)}"
    )
    pixels = result.picture(image)
    if pixels is None:
        left.caption("The picture is not below the root of this start; its lines are drawn on paper.")
        width, height = image.size
        pixels = np.full((height, width, 3), _PAPER, np.uint8)
    rows = _rows(result, image, before)
    if which == "Faults":
        rows = [
            one
            for one in rows
            if one[0].state not in ("read", "ignored") and (not causes or one[1] in causes)
        ]
    elif which == "Differences":
        rows = [one for one in rows if one[2]]
    columns = (
        Column("#", "number"),
        Column("Truth"),
        Column("Read", "parts"),
        *(() if before is None else (Column("Before", "parts"),)),
        Column("Lost by"),
    )
    view = View(
        pixels, columns, [row for *_, row in rows], legend=_LEGEND, empty="No line is like that.", height=560
    )
    viewer.show("viewer-evaluate", view)


_Verdict = tuple[Outcome, str, bool, Row]


def _rows(result: Result, image: SavedImage, before: tuple[Result, SavedImage] | None) -> list[_Verdict]:
    """A row for each true line, then for each extra prediction: outcome, cause, whether the other differs, row."""
    misses = {miss.line: miss for miss in image.misses or ()}
    earlier: dict[int, Outcome] = {}
    if before is not None and len(before[1].truths) == len(image.truths):
        earlier = {one.line: one for one in before[0].outcomes[image.name] if one.line is not None}
    found: list[_Verdict] = []
    for number, one in enumerate(result.outcomes[image.name], start=1):
        miss = None if one.line is None else misses.get(one.line)
        truth = "" if one.line is None else image.truths[one.line].text
        read = "" if one.prediction is None else image.predictions[one.prediction].text
        cells: list[object] = [
            number,
            "unreadable" if truth is None else truth or "–",
            parts(truth or "", read),
        ]
        differs = False
        if before is not None:
            old = None if one.line is None else earlier.get(one.line)
            text = "" if old is None or old.prediction is None else before[1].predictions[old.prediction].text
            differs = old is not None and (old.state, text.upper()) != (one.state, read.upper())
            cells.append(parts(truth or "", text))
        cause = "" if miss is None else miss.cause
        cells.append(cause.replace("_", " ") or _SPOKEN[one.state])
        found.append((one, cause, differs, Row(tuple(cells), _shapes(one, miss, image), _note(miss))))
    return found


def _shapes(one: Outcome, miss: Miss | None, image: SavedImage) -> tuple[tuple[Kind, np.ndarray], ...]:
    shapes: list[tuple[Kind, np.ndarray]] = []
    if one.line is not None:
        shapes.append((_KINDS[one.state], image.truths[one.line].polygon))
    near = one.prediction if one.prediction is not None or miss is None else miss.prediction
    if near is not None:
        shapes.append(("extra" if one.state == "extra" else "first", image.predictions[near].polygon))
    return tuple(shapes)


def _note(miss: Miss | None) -> str:
    """What is known of a lost line, in a sentence."""
    if miss is None:
        return ""
    told = [CAUSES.get(miss.cause, miss.cause)]
    if miss.score is not None:
        told.append(f"score {miss.score:.2f}")
    if miss.probability is not None:
        told.append(f"mean probability {miss.probability:.2f}")
    if miss.prediction is not None:
        told.append(f"IoU {miss.iou:.2f}")
    return " · ".join(told)
