"""One evaluated picture: truth against prediction, on the picture and in text, with why each line was lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ocr.app import viewer
from ocr.app.results import Result
from ocr.app.texts import plain
from ocr.app.viewer import Column, Kind, Row, View
from ocr.datasets.sample import LineAnnotation
from ocr.metrics.differences import parts
from ocr.metrics.error_analysis import CAUSES, Miss
from ocr.metrics.matching import match_lines
from ocr.metrics.outcomes import Outcome, State
from ocr.metrics.saved import SavedImage
from ocr.metrics.scores import Prediction

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
#: Stands for an extra prediction of the other result: nothing is wrong with this one there.
_GONE = Outcome("ignored", None, None)


def _rows(result: Result, image: SavedImage, before: tuple[Result, SavedImage] | None) -> list[_Verdict]:
    """A row for each true line, then for each extra prediction: outcome, cause, whether the other differs, row.

    Extra predictions of the other result that this one does not have come last.
    """
    misses = {miss.line: miss for miss in image.misses or ()}
    earlier = None if before is None else _Earlier(result, image, before)
    verdicts: list[_Verdict] = []
    for number, one in enumerate(result.outcomes[image.name], start=1):
        miss = None if one.line is None else misses.get(one.line)
        truth = "" if one.line is None else image.truths[one.line].text
        read = "" if one.prediction is None else image.predictions[one.prediction].text
        cells: list[object] = [
            number,
            "unreadable" if truth is None else truth or "–",
            parts(truth or "", read, ignore_case=True),
        ]
        differs = False
        if earlier is not None:
            state, text = earlier.of(one)
            differs = state is not None and (state, text.upper()) != (one.state, read.upper())
            cells.append(parts(truth or "", text, ignore_case=True))
        cause = "" if miss is None else miss.cause
        cells.append(cause.replace("_", " ") or _SPOKEN[one.state])
        verdicts.append((one, cause, differs, Row(tuple(cells), _shapes(one, miss, image), _note(miss))))
    for prediction in () if earlier is None else earlier.gone():
        values: tuple[object, ...] = (len(verdicts) + 1, "–", [], parts("", prediction.text), "extra before")
        verdicts.append((_GONE, "", True, Row(values, (("extra", prediction.polygon),))))
    return verdicts


class _Earlier:
    """What another result made of the lines of a picture, and which of its extra predictions are those of this one."""

    def __init__(self, result: Result, image: SavedImage, before: tuple[Result, SavedImage]) -> None:
        self._predictions = before[1].predictions
        self._by_line: dict[int | None, Outcome] = {}
        self._extras: dict[int | None, int] = {}
        self._gone: list[int] = []
        if len(before[1].truths) != len(image.truths):
            self._known = False
            return
        self._known = True
        outcomes = before[0].outcomes[image.name]
        self._by_line = {one.line: one for one in outcomes if one.line is not None}
        old = [one.prediction for one in outcomes if one.line is None and one.prediction is not None]
        new = [one.prediction for one in result.outcomes[image.name] if one.line is None]
        matched = match_lines(
            [LineAnnotation(image.predictions[p].polygon, "") for p in new if p is not None],
            [self._predictions[p] for p in old],
        ).pairs
        self._extras = {new[k]: old[j] for k, j in matched}
        self._gone = [p for p in old if p not in self._extras.values()]

    def of(self, one: Outcome) -> tuple[State | None, str]:
        """What became of a line or an extra prediction there: its state, ``None`` where nothing is known; its text."""
        if not self._known:
            return None, ""
        if one.line is None:
            place = self._extras.get(one.prediction)
            return ("lost", "") if place is None else ("extra", self._predictions[place].text)
        old = self._by_line.get(one.line)
        if old is None or old.prediction is None:
            return (None if old is None else old.state), ""
        return old.state, self._predictions[old.prediction].text

    def gone(self) -> list[Prediction]:
        """Extra predictions that are there alone."""
        return [self._predictions[p] for p in self._gone]


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
    facts = [CAUSES.get(miss.cause, miss.cause)]
    if miss.score is not None:
        facts.append(f"score {miss.score:.2f}")
    if miss.probability is not None:
        facts.append(f"mean probability {miss.probability:.2f}")
    if miss.prediction is not None:
        facts.append(f"IoU {miss.iou:.2f}")
    return " · ".join(facts)
