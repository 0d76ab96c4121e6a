"""The settings of reading in the side bar, the same on every page that reads."""

from __future__ import annotations

import streamlit as st

from ocr.app import bench
from ocr.app.bench import Setup
from ocr.app.option_widgets import slider
from ocr.app.texts import plain
from ocr.detection.decode import DecodeOptions
from ocr.detection.sizing import SizePolicy
from ocr.engine.catalogue import Catalogue
from ocr.errors import OcrError
from ocr.pipeline.options import ReadOptions
from ocr.prepare import Pipeline


def model_names(task: str) -> list[str]:
    """The models of a task, the default first."""
    entries = [entry for entry in Catalogue().entries() if entry.task == task]
    return [entry.name for entry in sorted(entries, key=lambda entry: not entry.default)]


def setup(key: str, prepare: Pipeline | None = None) -> Setup:
    """Draw the settings and give what is set.

    Args:
        key: of this group of settings.
        prepare: the stages that were built on the page about them, offered where there are some.
    """
    detection = _model("Detection model", "detection", key)
    recognition = _model("Recognition model", "recognition", key)
    cleaned = _prepared(prepare, key)
    reader = bench.get().reader(Setup(detection, recognition))
    own, size = reader.decoding, reader.sizing
    # What the two thresholds are called by the kind of the detector.
    pixel, region = ("low_text", "text_threshold") if own.kind == "craft" else ("threshold", "box_threshold")
    own_pixel, own_region = round(getattr(own, pixel), 2), round(getattr(own, region), 2)
    own_unclip = getattr(own, "unclip_ratio", None)
    with st.expander("Thresholds", expanded=True):
        threshold = slider(
            type(own), pixel, own_pixel, 0.01, f"{key}-threshold", label="Probability threshold"
        )
        box = slider(type(own), region, own_region, 0.01, f"{key}-box", label="Box threshold")
        unclip = slider(
            DecodeOptions,
            "unclip_ratio",
            float(own_unclip or 0.0),
            0.05,
            f"{key}-unclip",
            note=" At 0 the shrinking is inverted exactly, as the model does." if own_unclip is None else "",
            disabled=own.kind != "db",
        )
        min_confidence = slider(
            ReadOptions, "min_confidence", 0.0, 0.05, f"{key}-confidence", label="Least confidence"
        )
    with st.expander("Size and direction"):
        short_side = slider(SizePolicy, "short_side", size.short_side, 32, f"{key}-short")
        most = st.slider(
            "Maximum size, megapixels",
            0.5,
            20.0,
            round(size.max_pixels / 1e6, 1),
            0.1,
            key=f"{key}-area",
            persist_state="session",
            help="Larger pages are shrunk to this before the network sees them.",
        )
        turn = st.toggle(
            "Turn pages",
            value=True,
            key=f"{key}-turn",
            persist_state="session",
            help="Read pages that lie on their side or upside-down.",
        )
    decoding: list[tuple[str, float | None]] = []
    if threshold != own_pixel:
        decoding.append((pixel, threshold))
    if box != own_region:
        decoding.append((region, box))
    if unclip != float(own_unclip or 0.0):
        decoding.append(("unclip_ratio", unclip or None))
    sizing: list[tuple[str, float]] = []
    if short_side != size.short_side:
        sizing.append(("short_side", short_side))
    if most != round(size.max_pixels / 1e6, 1):
        sizing.append(("max_pixels", int(most * 1e6)))
    return Setup(detection, recognition, cleaned, tuple(decoding), tuple(sizing), turn, min_confidence)


def described(setup: Setup) -> str:
    """What a setup asks for beyond the defaults, in a few words."""
    parts = [
        *([f"detection {setup.detection}"] if setup.detection else []),
        *([f"recognition {setup.recognition}"] if setup.recognition else []),
        *(["prepare " + ", ".join(step.name for step in setup.prepare.steps)] if setup.prepare else []),
        *(f"{name} {value:g}" for name, value in (*setup.decoding, *setup.sizing) if value is not None),
        *([] if setup.turn else ["pages not turned"]),
        *([f"least confidence {setup.min_confidence:g}"] if setup.min_confidence else []),
    ]
    return "; ".join(parts) or "nothing"


def _prepared(pipeline: Pipeline | None, key: str) -> Pipeline | None:
    """The stages that pages go through first: those of the page Prepare, or a preset that was loaded there."""
    presets: dict[str, Pipeline] = dict(st.session_state.get("presets", {}))
    if pipeline is not None and pipeline.steps:
        presets = {"the stages on Prepare": pipeline, **presets}
    if not presets:
        return None
    chosen = st.selectbox(
        "Prepare pages first", ["no", *presets], key=f"{key}-prepare", persist_state="session"
    )
    return presets.get(str(chosen))


def _model(label: str, task: str, key: str) -> str | None:
    try:
        names = model_names(task)
    except OcrError as error:
        st.error(plain(str(error)))
        return None
    default = f"default ({names[0]})"
    choices = [default, *names]
    chosen = st.selectbox(label, choices, key=f"{key}-{task}", persist_state="session")
    return None if chosen in (None, default) else chosen
