"""Compare: two or more ways to read the same pictures, side by side, with speed, figures and a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from ocr.app import bench, charts, options, pictures, progress, truths, viewer
from ocr.app.bench import Outcome, Setup
from ocr.app.jobs import Job
from ocr.app.pictures import Picture
from ocr.app.texts import plain
from ocr.app.viewer import Column, Row, View
from ocr.datasets import Sample
from ocr.errors import OcrError
from ocr.metrics import Prediction, Reading, Report
from ocr.metrics.differences import Pair, pairs
from ocr.metrics.evaluate import evaluate
from ocr.writers import csv

_NAMES = "ABCDEF"
#: What a sweep can move, with the range that makes sense.
_SWEPT: dict[str, tuple[str, float, float]] = {
    "box_threshold": ("Box threshold", 0.0, 1.0),
    "threshold": ("Probability threshold", 0.05, 0.95),
    "unclip_ratio": ("Unclip ratio", 0.05, 1.5),
    "short_side": ("Short side", 320.0, 1280.0),
    "min_confidence": ("Least confidence", 0.0, 1.0),
}


@dataclass(frozen=True, eq=False)
class Run:
    """What one setup made of all pictures.

    Attributes:
        outcomes: by hash of the picture; an error in place of what could not be read.
        report: figures over the pictures whose text is known, if there are any.
    """

    outcomes: dict[str, Outcome | OcrError]
    report: Report | None

    def row(self) -> dict[str, Any]:
        """Its figures as a row of a table."""
        read = [outcome for outcome in self.outcomes.values() if isinstance(outcome, Outcome)]
        lines = [line for outcome in read for line in outcome.document.lines]
        seconds = sorted(outcome.seconds for outcome in read)
        figures: dict[str, Any] = {
            "pictures": len(read),
            "lines": len(lines),
            "mean confidence": sum(line.confidence for line in lines) / len(lines) if lines else None,
            "median seconds": seconds[len(seconds) // 2] if seconds else None,
        }
        return figures | (_figures(self.report) if self.report is not None else {})


def show() -> None:
    """Draw the page."""
    with st.sidebar:
        pictures.intake()
        picture = pictures.choose()
        st.divider()
        setups = _setups()
    st.title("Compare")
    if picture is None:
        st.write(
            "Take in pictures on the left; then each of the setups below them reads all of them. Examples have "
            "a known text, which figures are measured against."
        )
        pictures.offer_examples("Take", "compare-example")
        return
    held = list(pictures.held().values())
    wanted = (tuple(one.sha256 for one in held), tuple(setups))
    known = st.session_state.get("compare")
    if known is None or known[0] != wanted:
        left, right = st.columns([5, 2], vertical_alignment="center")
        left.markdown(f"**{len(setups)}** setups will read **{len(held)}** pictures.")
        if right.button("Compare", key="compare-start", type="primary", width="stretch"):
            if known is not None:
                known[1].cancel()
            work = len(held) * len(setups)
            job = bench.get().long_job(lambda job: [_run(held, one, job) for one in setups], work)
            known = st.session_state["compare"] = (wanted, job)
            job.wait(1.5)
    if known is None:
        return
    (_, done), job = known
    if not job.finished:
        progress.watch("compare", job, "Reading")
        return
    if job.error is not None:
        st.error(plain(str(job.error)))
        return
    runs: list[Run] = job.result
    _table(done, runs)
    if picture.sha256 in runs[0].outcomes:
        _differences(picture, runs, setups)
    _sweep(held, setups)


def _setups() -> list[Setup]:
    count = st.session_state.setdefault("compare-count", 2)
    more, fewer = st.columns(2)
    if more.button("One more", key="compare-more", disabled=count >= len(_NAMES), width="stretch"):
        st.session_state["compare-count"] = count = count + 1
    if fewer.button("One fewer", key="compare-fewer", disabled=count <= 2, width="stretch"):
        st.session_state["compare-count"] = count = count - 1
    setups = []
    for name, tab in zip(_NAMES, st.tabs([f"Setup {name}" for name in _NAMES[:count]]), strict=False):
        with tab:
            setups.append(options.setup(f"compare-{name}", st.session_state.get("pipeline")))
    return setups


def _run(held: Sequence[Picture], setup: Setup, job: Job[Any] | None = None, *, timed: bool = True) -> Run:
    shared = bench.get()
    outcomes: dict[str, Outcome | OcrError] = {}
    for picture in held:
        try:
            outcomes[picture.sha256] = shared.read(picture.sha256, picture.data, setup, timed=timed)
        except OcrError as error:
            outcomes[picture.sha256] = error
        if job is not None:
            job.step(picture.name)
    known = truths.of_examples()
    samples = [
        known[key] for key, outcome in outcomes.items() if key in known and isinstance(outcome, Outcome)
    ]
    by_name = {known[key].name: outcome for key, outcome in outcomes.items() if key in known}

    def reading(sample: Sample) -> Reading:
        outcome = by_name[sample.name]
        assert isinstance(outcome, Outcome)
        page = outcome.document.pages[0]
        lines = tuple(Prediction(line.polygon, line.text, line.confidence) for line in page.lines)
        return Reading(lines, page.width, page.height)

    return Run(outcomes, evaluate(samples, reading) if samples else None)


def _figures(report: Report) -> dict[str, float | None]:
    detection, iou = report.cleval_detection, report.iou
    end, lines, tokens = report.cleval_end_to_end, report.lines, report.tokens
    return {
        "CLEval detection": None if detection is None else detection.hmean,
        "CLEval end to end": None if end is None else end.hmean,
        "IoU 0.5": None if iou is None else iou.hmean,
        "CER": None if lines is None else lines.matched.cer,
        "token F1": None if tokens is None else tokens.score.hmean,
    }


def _table(setups: Sequence[Setup], runs: Sequence[Run]) -> None:
    rows = [
        {"setup": name, "differs by": options.described(setup), **run.row()}
        for name, setup, run in zip(_NAMES, setups, runs, strict=False)
    ]
    _dataframe(rows)
    _download(rows, "compare.csv")


def _dataframe(rows: list[dict[str, Any]]) -> None:
    numbers = {name for row in rows for name, value in row.items() if isinstance(value, float)}
    st.dataframe(
        rows,
        width="stretch",
        hide_index=True,
        column_config={name: st.column_config.NumberColumn(format="%.4f") for name in numbers},
    )


def _download(rows: list[dict[str, Any]], name: str) -> None:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    st.download_button(
        "Table as CSV",
        csv.table(columns, ([row.get(column) for column in columns] for row in rows)),
        name,
        "text/csv",
        key=f"download-{name}",
        on_click="ignore",
    )


def _differences(picture: Picture, runs: Sequence[Run], setups: Sequence[Setup]) -> None:
    names = list(_NAMES[: len(runs)])
    one, other, how, hide, lay = st.columns([2, 2, 4, 3, 3], vertical_alignment="bottom")
    first = one.selectbox("First", names, 0, key="compare-first", persist_state="session") or "A"
    second = other.selectbox("Second", names, 1, key="compare-second", persist_state="session") or "B"
    layout = how.segmented_control(
        "Pictures",
        ["Overlaid", "Side by side"],
        default="Overlaid",
        key="compare-layout",
        persist_state="session",
    )
    alike = hide.toggle("Differences only", value=True, key="compare-alike", persist_state="session")
    heat = lay.toggle(
        "Probability map",
        key="compare-heat",
        persist_state="session",
        help="What the detection network of the first setup sees, laid over the page.",
    )
    chosen = [runs[names.index(name)].outcomes[picture.sha256] for name in (first, second)]
    for name, outcome in zip((first, second), chosen, strict=True):
        if isinstance(outcome, OcrError):
            st.error(plain(f"{name}: {outcome.code}: {outcome}"))
            return
    a, b = (outcome.document for outcome in chosen if isinstance(outcome, Outcome))
    number = 0
    if len(a.pages) > 1:
        number = st.pagination(len(a.pages), key=f"compare-page-{picture.sha256}") - 1
    image = picture.pages()[number].image
    map_ = None
    if heat:
        setup = setups[names.index(first)]
        map_ = bench.get().reader(setup).probability(image, setup.options(), longest=1200)
    line_pairs = pairs(a.pages[number].lines, b.pages[number].lines)
    differing = [pair for pair in line_pairs if not pair.same]
    st.caption(
        f"{len(line_pairs) - len(differing)} lines are the same, {len(differing)} differ: in boxes "
        f"{sum(pair.one is None or pair.other is None for pair in line_pairs)}, in text "
        f"{sum(pair.one is not None and pair.other is not None for pair in differing)}."
    )
    shown = differing if alike else line_pairs
    if layout == "Side by side":
        for column, name, pick in zip(st.columns(2), (first, second), (0, 1), strict=True):
            with column:
                st.caption(name)
                rows = [Row((), _shapes(pair, pick)) for pair in shown]
                viewer.show(f"viewer-compare-{name}-{pick}", View(image, rows=rows, height=520))
        return
    rows = [
        Row(
            (
                k,
                pair.one.text if pair.one else "–",
                pair.other.text if pair.other else "–",
                pair.parts(),
            ),
            _shapes(pair, 0) + _shapes(pair, 1),
        )
        for k, pair in enumerate(shown, start=1)
    ]
    columns = (Column("#", "number"), Column(first), Column(second), Column("Difference", "parts"))
    legend: tuple[tuple[viewer.Kind, str], ...] = (
        ("both", "in both"),
        ("first", f"only in {first}"),
        ("second", f"only in {second}"),
    )
    view = View(image, columns, rows, heat=map_, legend=legend, empty="There is no difference.", height=520)
    viewer.show("viewer-compare", view)


def _shapes(pair: Pair, pick: int) -> tuple[tuple[viewer.Kind, Any], ...]:
    line = (pair.one, pair.other)[pick]
    if line is None:
        return ()
    alone: viewer.Kind = "first" if pick == 0 else "second"
    return (("both" if pair.one is not None and pair.other is not None else alone, line.polygon),)


def _sweep(held: Sequence[Picture], setups: Sequence[Setup]) -> None:
    """One parameter through a range, with what comes of it."""
    st.header("Sweep")
    what, base, low, high, steps, go = st.columns([3, 1, 2, 2, 2, 2], vertical_alignment="bottom")
    name = what.selectbox(
        "Parameter",
        list(_SWEPT),
        format_func=lambda key: _SWEPT[key][0],
        key="sweep-name",
        persist_state="session",
    )
    name = name or "box_threshold"
    _, least, most = _SWEPT[name]
    setup = (
        base.selectbox("Setup", list(_NAMES[: len(setups)]), key="sweep-setup", persist_state="session")
        or "A"
    )
    start = low.number_input("From", least, most, least, key=f"sweep-low-{name}", persist_state="session")
    end = high.number_input("To", least, most, most, key=f"sweep-high-{name}", persist_state="session")
    count = int(steps.number_input("Steps", 2, 30, 9, key="sweep-steps", persist_state="session"))
    values = [round(start + (end - start) * k / (count - 1), 4) for k in range(count)]
    wanted = (tuple(one.sha256 for one in held), setups[_NAMES.index(setup)], name, tuple(values))
    known = st.session_state.get("sweep")
    if go.button("Sweep", key="sweep-start", width="stretch"):
        if known is not None:
            known[1].cancel()
        job = bench.get().long_job(
            lambda job: _swept(held, wanted[1], name, values, job), len(values) * len(held)
        )
        known = st.session_state["sweep"] = (wanted, job)
        job.wait(1.5)
    if known is None:
        return
    (_, _, swept, _), job = known
    if not job.finished:
        progress.watch("sweep", job, "Sweeping")
        return
    if job.error is not None:
        st.error(plain(str(job.error)))
        return
    rows: list[dict[str, Any]] = job.result
    chart, table = st.columns([3, 2])
    with chart:
        _sweep_chart(rows, swept)
    with table:
        _dataframe(rows)
        _download(rows, "sweep.csv")


def _sweep_chart(rows: list[dict[str, Any]], swept: str) -> None:
    """Figures against the known text; without one the number of lines, which says nothing about their worth."""
    measured = ["CLEval detection", "CLEval end to end", "IoU 0.5", "token F1"]
    chosen = [name for name in measured if any(row.get(name) is not None for row in rows)]
    if not chosen:
        st.caption(
            "The text of these pictures is not known, so nothing here says which value is best: a mean confidence "
            "rises when hard lines are left out. The examples have a known text; datasets are measured on Evaluate."
        )
    charts.lines(rows, swept, chosen or ["lines"], 320)


def _swept(
    held: Sequence[Picture], setup: Setup, name: str, values: Sequence[float], job: Job[Any]
) -> list[dict[str, Any]]:
    rows = []
    for value in values:
        if name == "min_confidence":
            changed = replace(setup, min_confidence=value)
        elif name == "short_side":
            changed = replace(setup, sizing=(*_without(setup.sizing, name), (name, int(value))))
        else:
            # At both ends of its range a probability decides nothing.
            value = min(max(value, 0.01), 0.99) if name == "threshold" else value
            changed = replace(setup, decoding=(*_without(setup.decoding, name), (name, value)))
        rows.append({name: value, **_run(held, changed, job, timed=False).row()})
    return rows


def _without(pairs_: tuple[tuple[str, Any], ...], name: str) -> tuple[tuple[str, Any], ...]:
    return tuple(pair for pair in pairs_ if pair[0] != name)
