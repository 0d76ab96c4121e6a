"""Prepare: the stages of cleaning up as a pipeline, with the page before and after each of them."""

from __future__ import annotations

import itertools
from typing import Any

import streamlit as st

from ocr.app import bench, option_widgets, pictures, progress, viewer
from ocr.app.texts import plain
from ocr.engine.inference_cache import digest
from ocr.errors import OcrError
from ocr.prepare import STAGES, Pipeline, Prepared, Step
from ocr.prepare import settings as presets
from ocr.prepare.quality import Quality, measure
from ocr.prepare.stage import Image

_STATE = "stages"
#: Widgets of a preset that is loaded are new ones, so that they take its values.
_numbers = itertools.count()
#: A page after each stage, the untouched one first, with its figures.
_Trace = list[tuple[Prepared, Quality]]


def show() -> None:
    """Draw the page."""
    with st.sidebar:
        pictures.intake()
        picture = pictures.choose()
        st.divider()
        pipeline = _build()
        _presets(pipeline)
    st.session_state["pipeline"] = pipeline
    st.title("Prepare pages")
    if picture is None:
        st.write("Take in a picture on the left, or an example, to see what each stage makes of it.")
        pictures.offer_examples("Prepare", "prepare-example")
        return
    pages = pictures.pages_of(picture)
    if pages is None:
        return
    number = 0
    if len(pages) > 1:
        number = st.pagination(len(pages), key=f"prepare-page-{picture.sha256}") - 1
    image = pages[number].image
    trace = progress.soon("prepare", (digest(image), pipeline), lambda job: _trace(image, pipeline))
    if trace is not None:
        _compare(pipeline, trace, picture.sha256)


def _trace(image: Image, pipeline: Pipeline) -> _Trace:
    memory = bench.get().memory
    key = ("trace", digest(image), pipeline)
    trace: _Trace | None = memory.get(key)
    if trace is None:
        states = [Prepared.untouched(image), *pipeline.states(image)]
        trace = [(state, measure(state.image)) for state in states]
        memory.put(key, trace, sum(state.image.nbytes for state in states))
    return trace


def _fresh(pipeline: Pipeline) -> list[dict[str, Any]]:
    """The stages of a pipeline, switched on, before all others, switched off."""
    chosen = [
        {"id": next(_numbers), "name": step.name, "on": True, "parameters": step.parameters}
        for step in pipeline.steps
    ]
    used = {step.name for step in pipeline.steps}
    rest = [
        {"id": next(_numbers), "name": name, "on": False, "parameters": stage.parameters()}
        for name, stage in STAGES.items()
        if name not in used
    ]
    return [*chosen, *rest]


def _build() -> Pipeline:
    """The stages with their switches, order and parameters."""
    if _STATE not in st.session_state:
        st.session_state[_STATE] = _fresh(Pipeline())
    stages: list[dict[str, Any]] = st.session_state[_STATE]
    st.markdown("**Stages**, in the order they run")
    for place, stage in enumerate(stages):
        key = f"stage-{stage['id']}"
        switch, up, down = st.columns([6, 1, 1], vertical_alignment="center", gap="small")
        stage["on"] = switch.toggle(stage["name"].capitalize(), value=stage["on"], key=f"{key}-on")
        if up.button(
            "↑",
            key=f"{key}-up",
            disabled=place == 0,
            type="tertiary",
            help=f"Run {stage['name']} earlier",
        ):
            stages.insert(place - 1, stages.pop(place))
            st.rerun()
        if down.button(
            "↓",
            key=f"{key}-down",
            disabled=place == len(stages) - 1,
            type="tertiary",
            help=f"Run {stage['name']} later",
        ):
            stages.insert(place + 1, stages.pop(place))
            st.rerun()
        if stage["on"]:
            with st.expander(f"{stage['name'].capitalize()} parameters"):
                stage["parameters"] = _parameters(stage, key)
    return Pipeline(tuple(Step(stage["name"], stage["parameters"]) for stage in stages if stage["on"]))


def _parameters(stage: dict[str, Any], key: str) -> Any:
    record = STAGES[stage["name"]].parameters
    values = stage["parameters"].to_dict()
    return record(
        **{name: option_widgets.field(record, name, value, f"{key}-{name}") for name, value in values.items()}
    )


def _presets(pipeline: Pipeline) -> None:
    st.divider()
    st.download_button(
        "Save preset",
        presets.dumps(pipeline),
        "prepare.yaml",
        "application/yaml",
        key="preset-save",
        on_click="ignore",
        width="stretch",
        help="A file for `ocr read --prepare prepare.yaml`.",
    )
    turn = st.session_state.setdefault("preset-turn", 0)
    file = st.file_uploader("Load preset", ["yaml", "yml", "json"], key=f"preset-load-{turn}")
    if file is not None:
        st.session_state["preset-turn"] = turn + 1
        try:
            text = file.getvalue().decode("utf-8")
            loaded = presets.loads(text, file.name)
            st.session_state[_STATE] = _fresh(loaded)
            # Other pages offer it by its name from now on.
            st.session_state.setdefault("presets", {})[pictures.plain_name(file.name)] = loaded
        except UnicodeDecodeError:
            st.session_state["preset-fault"] = f"{file.name} is not text in UTF-8"
        except OcrError as error:
            st.session_state["preset-fault"] = str(error)
        st.rerun()
    sentence = st.session_state.pop("preset-fault", None)
    if sentence is not None:
        st.error(plain(sentence))


def _compare(pipeline: Pipeline, trace: _Trace, sha256: str) -> None:
    names = ["page as it came in", *(step.name for step in pipeline.steps)]
    st.dataframe(
        [_figures(name, quality) for name, (_, quality) in zip(names, trace, strict=True)],
        width="stretch",
        column_config={
            "sharpness": st.column_config.NumberColumn(format="%.3f"),
            "contrast": st.column_config.NumberColumn(format="%.0f"),
            "skew, degrees": st.column_config.NumberColumn(format="%.2f"),
            "text height, pixels": st.column_config.NumberColumn(format="%.1f"),
            "noise": st.column_config.NumberColumn(format="%.1f"),
        },
    )
    if not pipeline.steps:
        st.caption("Switch on a stage on the left to see the page before and after it.")
        viewer.show(f"viewer-prepare-{sha256[:12]}", viewer.View(trace[0][0].image, height=520))
        return
    steps = len(pipeline.steps)
    chosen = st.segmented_control(
        "Before and after",
        range(steps + 1),
        default=0,
        format_func=lambda k: f"{k} {names[k]}" if k else "all stages",
        key=f"prepare-step-{steps}",
    )
    before, after = (chosen - 1, chosen) if chosen else (0, steps)
    left, right = st.columns(2)
    for column, k, title in ((left, before, "Before"), (right, after, "After")):
        with column:
            size = trace[k][0].image.shape
            st.caption(f"{title}: {size[1]} × {size[0]} pixels")
            viewer.show(f"viewer-prepare-{title}-{sha256[:12]}", viewer.View(trace[k][0].image, height=470))
    measured = {
        name.split(".", 1)[1]: round(value, 3)
        for name, value in trace[after][0].figures.items()
        if name.startswith(f"{names[after]}.")
    }
    if measured:
        figures = ", ".join(f"{key} {value:g}" for key, value in measured.items())
        st.caption(plain(f"{names[after]} measured: {figures}"))


def _figures(name: str, quality: Quality) -> dict[str, Any]:
    return {
        "after": name,
        "sharpness": quality.sharpness,
        "contrast": quality.contrast,
        "skew, degrees": quality.skew,
        "text height, pixels": quality.text_height,
        "noise": quality.noise,
    }
