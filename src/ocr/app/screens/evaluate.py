"""Evaluate: a dataset or saved figures, pictures worst first, why lines were lost, two results against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ocr.app import found, options, pictures, progress, results, verdicts
from ocr.app.bench import Setup
from ocr.app.jobs import Job
from ocr.app.results import Result
from ocr.app.texts import plain
from ocr.errors import OcrError
from ocr.metrics.error_analysis import CAUSES
from ocr.metrics.outcomes import EDGES, distribution
from ocr.metrics.saved import FIGURES, SavedImage

_VIEWS = ("Pictures", "Lost lines", "Distributions")
_NONE = "nothing"
_AXES = {
    "confidence": "Confidence of predictions",
    "height": "Height of true lines, px",
    "aspect": "Aspect of true lines, width over height",
}


def show() -> None:
    """Draw the page."""
    with st.sidebar:
        _source()
    st.title("Evaluate")
    _under_way()
    held = results.held()
    if not held:
        st.write(
            "Measure models on a dataset whose text is known, or open figures that `ocr eval --json FILE` wrote. "
            "Every lost line comes with the step that lost it."
        )
        if "evaluate-job" not in st.session_state and st.button(
            "Evaluate the examples", key="evaluate-examples"
        ):
            st.session_state["evaluate-job"] = _examples()
            st.rerun()
        return
    label, other = _choose(list(held))
    result, against = held[label], held.get(other)
    _figures(result, against)
    bar = st.columns([6, 3, 4, 2], vertical_alignment="center")
    view = bar[0].segmented_control(
        "View",
        _VIEWS,
        default=_VIEWS[0],
        key="evaluate-view",
        persist_state="session",
        label_visibility="collapsed",
    )
    if result.text:
        name = f"{label.partition(' · ')[2].replace('/', '-')[:60]}.json"
        bar[3].download_button(
            "Save figures",
            result.text,
            name,
            "application/json",
            key="evaluate-save",
            on_click="ignore",
            width="stretch",
        )
    if view == "Lost lines":
        _causes(result, against)
    elif view == "Distributions":
        _distributions(result)
    else:
        with bar[1]:
            name = _line("Name holds", "evaluate-filter", "name holds …")
        with bar[2]:
            causes = _several_causes()
        _pictures(label, result, other, against, name, causes)


def _line(label: str, key: str, hint: str) -> str:
    text = st.text_input(
        label, key=key, persist_state="session", placeholder=hint, label_visibility="collapsed"
    )
    return text or ""


def _several_causes() -> list[str]:
    return st.multiselect(
        "Lost by",
        list(CAUSES),
        key="evaluate-causes",
        persist_state="session",
        format_func=_spoken,
        placeholder="lost by any step",
        label_visibility="collapsed",
    )


def _source() -> None:
    """What is measured or opened, and how it is read."""
    turn = st.session_state.setdefault("evaluate-intake", 0)
    found.pick("Found below the root", "evaluate-path", figures=True)
    text = st.text_input(
        "Dataset or saved figures",
        key="evaluate-path",
        persist_state="session",
        placeholder="the examples",
        help="A path below the folder of this start: a dataset, or a file of `ocr eval --json`. The examples where "
        "it is empty.",
    )
    limit = int(
        st.number_input(
            "Pictures at most",
            1,
            100_000,
            100,
            key="evaluate-limit",
            persist_state="session",
            help="The first ones.",
        )
    )
    start = st.button("Evaluate", key="evaluate-start", type="primary", width="stretch")
    file = st.file_uploader(
        "Saved figures",
        type=["json"],
        key=f"evaluate-file-{turn}",
        help="What `ocr eval DATASET --json FILE` wrote.",
    )
    if file is not None:
        _open(file.getvalue(), file.name)
        # A fresh uploader; what came in is in the list of results.
        st.session_state["evaluate-intake"] = turn + 1
        st.rerun()
    said = st.session_state.pop("evaluate-refused", None)
    if said:
        st.error(plain(said))
    st.divider()
    setup = options.setup("evaluate", st.session_state.get("pipeline"))
    if start:
        try:
            result = results.from_root(text) if text and text.strip() else None
            if result is not None:
                results.keep(pictures.plain_name(text.strip()), result)
                return
            name, samples = results.opened(text or "", limit)
        except OcrError as error:
            st.error(plain(f"{error.code}: {error}"))
            return
        known = st.session_state.get("evaluate-job")
        if known is not None:
            known[1].cancel()
        job = results.measure(name, samples, setup)
        st.session_state["evaluate-job"] = (results.label(name, setup), job)
        job.wait(1.5)


def _examples() -> tuple[str, Job[Result]]:
    """The evaluation of the example receipts with the default setup: its label and its job."""
    name, samples = results.opened("", None)
    job = results.measure(name, samples, Setup())
    job.wait(1.5)
    return results.label(name, Setup()), job


def _open(data: bytes, name: str) -> None:
    try:
        results.keep(pictures.plain_name(name), results.load(data, name))
    except OcrError as error:
        st.session_state["evaluate-refused"] = f"{error.code}: {error}"


def _under_way() -> None:
    """The evaluation that runs, or what became of it."""
    known = st.session_state.get("evaluate-job")
    if known is None:
        return
    label, job = known
    if not job.finished:
        progress.watch("evaluate", job, "Evaluating")
        return
    del st.session_state["evaluate-job"]
    if job.error is not None:
        st.error(plain(f"{job.error.code}: {job.error}"))
        return
    results.keep(label, job.result)


def _choose(labels: list[str]) -> tuple[str, str]:
    """The result that is looked at, and the one that it is held against."""
    new = st.session_state.pop("evaluate-new", None)
    if new is not None:
        before = st.session_state.get("evaluate-result")
        st.session_state["evaluate-result"] = new
        # Against what was looked at before: that is what was changed.
        if before in labels and before != new:
            st.session_state["evaluate-other"] = before
    for key in ("evaluate-result", "evaluate-other"):
        if st.session_state.get(key) not in (None, *labels, _NONE):
            del st.session_state[key]
    left, right = st.columns(2)
    label = left.selectbox("Result", labels, key="evaluate-result", persist_state="session") or labels[-1]
    others = [_NONE, *(one for one in labels if one != label)]
    if st.session_state.get("evaluate-other") not in others:
        st.session_state["evaluate-other"] = _NONE
    other = right.selectbox(
        "Against", others, key="evaluate-other", persist_state="session", disabled=len(others) == 1
    )
    return label, other or _NONE


def _figures(result: Result, against: Result | None) -> None:
    saved = result.saved
    shown = {**saved.figures, "median seconds": saved.median_seconds}
    before: dict[str, float] = {}
    note = ""
    if against is not None and against.names == result.names:
        before = {**against.saved.figures, "median seconds": against.saved.median_seconds}
    elif against is not None:
        both = len(result.names & against.names)
        note = f". The other one is of other pictures: only the {both} in both are held against each other"
    for column, (name, value) in zip(st.columns(len(shown)), shown.items(), strict=True):
        better = name in FIGURES and FIGURES[name][2]
        column.metric(
            name,
            f"{value:.4f}" if name in FIGURES else f"{value:.2f} s",
            None if name not in before else f"{value - before[name]:+.4f}",
            delta_color="normal" if better else "inverse",
        )
    models = ", ".join(saved.models.values()) or "unknown models"
    dataset = saved.dataset or "an unknown dataset"
    st.caption(plain(f"{len(saved.images)} pictures of {dataset}, read by {models}{note}"))
    if saved.failures:
        with st.expander(f"{len(saved.failures)} pictures could not be measured"):
            st.dataframe([dict(failure) for failure in saved.failures], width="stretch", hide_index=True)


def _pictures(
    label: str, result: Result, other: str, against: Result | None, wanted: str, causes: list[str]
) -> None:
    """The table of pictures, the worst first, and the chosen one."""
    images = [
        image
        for image in result.saved.images
        if wanted.lower() in image.name.lower()
        and (not causes or any(miss.cause in causes for miss in image.misses or ()))
    ]
    if not images:
        st.caption("No picture is like that.")
        return
    known = {} if against is None else {image.name: image for image in against.saved.images}
    picked: Any = st.dataframe(
        [_row(image, known.get(image.name) if against else None) for image in images],
        width="stretch",
        height=min(214, 38 + 35 * len(images)),
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="%.3f") for name in (*FIGURES, "change", "seconds")
        },
        on_select="rerun",
        selection_mode="single-row",
        key=f"evaluate-table-{hash((label, other, wanted, tuple(causes)))}",
    )
    rows = picked["selection"]["rows"]
    image = images[rows[0]] if rows and rows[0] < len(images) else images[0]
    verdicts.show(result, image, None if against is None else (against, known.get(image.name)), causes)


def _row(image: SavedImage, before: SavedImage | None) -> dict[str, Any]:
    row: dict[str, Any] = {"picture": pictures.plain_name(image.name)}
    if before is not None:
        row["change"] = image.rank[0] - before.rank[0]
    row |= image.figures
    if image.misses is not None:
        row["lost"] = len(image.misses)
        counts = [miss.cause for miss in image.misses]
        row["mostly by"] = _spoken(max(counts, key=counts.count)) if counts else ""
    return row | {"seconds": image.seconds}


def _causes(result: Result, against: Result | None) -> None:
    """How many lines each step lost."""
    counts = result.saved.causes
    if counts is None:
        st.caption("Nobody asked why when these figures were made; `ocr eval` does unless told `--no-why`.")
        return
    before = None if against is None else against.saved.causes
    truths_ = sum(not truth.ignore for image in result.saved.images for truth in image.truths)
    total = sum(counts.values())
    st.markdown(f"**{total}** of **{truths_}** lines were not found or not read rightly.")
    rows = [
        {
            "step": _spoken(cause),
            "lines": counts.get(cause, 0),
            **({} if before is None else {"before": before.get(cause, 0)}),
            "what happened": meaning,
        }
        for cause, meaning in CAUSES.items()
    ]
    most = max([1, *counts.values()])
    st.dataframe(
        rows,
        width="stretch",
        hide_index=True,
        height="content",
        column_config={"lines": st.column_config.ProgressColumn(format="%d", min_value=0, max_value=most)},
    )


def _distributions(result: Result) -> None:
    images = [(image.truths, image.predictions, result.outcomes[image.name]) for image in result.saved.images]
    for column, trait in zip(st.columns(len(EDGES)), EDGES, strict=True):
        with column:
            st.caption(_AXES[trait])
            rows = distribution(trait, images)
            if not rows:
                st.caption("These figures were saved without lines.")
                continue
            states: Sequence[str] = [name for name in rows[0] if name != "range"]
            colours = {"read": "#1f9d66", "misread": "#d97706", "lost": "#c2410c", "extra": "#7c3aed"}
            st.bar_chart(
                rows,
                x="range",
                y=list(states),
                color=[colours[state] for state in states],
                sort=False,
                height=330,
            )


def _spoken(cause: str) -> str:
    return cause.replace("_", " ")
