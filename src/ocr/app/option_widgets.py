"""Widgets for settings: range and help come from the declaration of each; see `ocr.runtime.options`."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ocr.runtime.options import Choice, Number, OptionRecord, OrNone, Whole, setting_of


def label_of(name: str) -> str:
    """What a setting is called on a page."""
    return name.replace("_", " ").capitalize()


def slider(
    record: type[OptionRecord],
    name: str,
    value: float,
    step: float,
    key: str,
    *,
    label: str | None = None,
    note: str = "",
    disabled: bool = False,
) -> Any:
    """A slider over the usual range of a number.

    Args:
        record: that declares the setting.
        name: of the setting.
        value: where it stands at first; the range is widened to hold it.
        step: between two places.
        key: of the widget, kept for the session.
        label: above it; the name in plain words where ``None``.
        note: what is added to its help.
        disabled: whether it is only shown.
    """
    declared = setting_of(record, name)
    low, high = _range(declared.kind) if declared.usual is None else declared.usual
    cast = int if isinstance(_inner(declared.kind), Whole) else float
    return st.slider(
        label or label_of(name),
        cast(min(low, value)),
        cast(max(high, value)),
        cast(value),
        cast(step),
        key=key,
        disabled=disabled,
        persist_state="session",
        help=f"{declared.meaning[:1].upper()}{declared.meaning[1:]}.{note}",
    )


def field(record: type[OptionRecord], name: str, value: Any, key: str) -> Any:
    """An input for a setting: a list of words, or a number within its range."""
    declared = setting_of(record, name)
    kind, help_text = _inner(declared.kind), declared.help
    if isinstance(kind, Choice):
        return st.selectbox(label_of(name), kind.words, kind.words.index(value), key=key, help=help_text)
    low, high = _range(kind)
    cast = int if isinstance(kind, Whole) else float
    step = 1 if cast is int else None
    return st.number_input(
        label_of(name), cast(low), cast(high), cast(value), step=step, key=key, help=help_text
    )


def _inner(kind: Any) -> Any:
    return kind.kind if isinstance(kind, OrNone) else kind


def _range(kind: Any) -> tuple[float, float]:
    number = _inner(kind)
    assert isinstance(number, (Number, Whole))
    assert number.low is not None
    assert number.high is not None
    return number.low, number.high
