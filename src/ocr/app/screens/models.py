"""Models: the catalogue with cards and figures; promoting and rolling back, each after a second question."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from ocr.app import bench, settings
from ocr.app.texts import plain
from ocr.engine import catalogue_changes as changes
from ocr.engine.catalogue import Catalogue, Entry, shipped_slots
from ocr.engine.catalogue_facts import details, facts
from ocr.engine.stamp import Stamp
from ocr.errors import OcrError
from ocr.pipeline.smoke_test import smoke_test


def show() -> None:
    """Draw the page."""
    st.title("Models")
    catalogue = Catalogue()
    known = [_remembered("facts", entry, partial(facts, entry)) for entry in catalogue.entries()]
    with st.sidebar:
        names = [model["name"] for model in known]
        name = st.selectbox("Model", names, key="models-name", persist_state="session") or names[0]
        st.caption("Models are added with `ocr models add FILE`, removed with `ocr models remove NAME`.")
    said = st.session_state.get("models-said")
    if said is not None:
        st.success(plain(said))
    failed = st.session_state.pop("models-failed", None)
    if failed is not None:
        st.error(plain(failed))
    _defaults(catalogue)
    st.dataframe(
        [
            {
                "name": model["name"],
                "task": model["task"],
                "default": model["default"],
                "size, MB": None if model["bytes"] is None else model["bytes"] / 1e6,
                "added": model["added"] or "shipped",
                "SHA-256": (model["sha256"] or "")[:12],
                "error": model["error"] or "",
            }
            for model in known
        ],
        width="stretch",
        height=min(300, 40 + 35 * len(known)),
        column_config={"size, MB": st.column_config.NumberColumn(format="%.1f")},
    )
    model = next(model for model in known if model["name"] == name)
    if model["error"] is not None:
        st.error(plain(model["error"]))
        return
    if not model["default"]:
        _promote(catalogue, model)
    entry = catalogue.get(name)
    properties = _remembered("details", entry, partial(details, catalogue, entry))
    _model(properties | {"history": [vars(event) for event in catalogue.history(name)]})


def _remembered(what: str, entry: Entry, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is known of a model, made again where a file was replaced: reading it takes longer than a page."""
    try:
        stamps = tuple(Stamp.of(path) for path in (entry.path, entry.path.with_suffix(".md")))
    except OSError:
        return make()
    if not all(stamp.settled for stamp in stamps):
        return make()
    memory, key = bench.get().memory, (what, entry, stamps)
    properties: dict[str, Any] | None = memory.get(key)
    if properties is None:
        properties = make()
        memory.put(key, properties, 50_000)
    return properties


def _defaults(catalogue: Catalogue) -> None:
    """What readers take that are told nothing else, and what rolling back leads to."""
    slots = shipped_slots()
    for column, task in zip(st.columns(len(slots)), slots, strict=True):
        with column, st.container(border=True):
            back = catalogue.rollback_targets(task)
            st.caption(f"Default for {task}")
            st.markdown(f"**{plain(catalogue.default(task).name)}**")
            if not back:
                st.caption("Nothing was promoted; there is nothing to roll back to.")
                continue
            st.caption(plain(f"Rollback targets: {' → '.join(back)}"))
            _confirmed_button(
                f"rollback-{task}",
                f"Roll back to {back[0]}",
                f"All readers that name no {task} model will use {back[0]}.",
                partial(_roll_back, catalogue, task),
            )


def _roll_back(catalogue: Catalogue, task: str) -> str:
    return f"rolled back to {changes.rollback(catalogue, task, check=smoke_test).name}"


def _promote(catalogue: Catalogue, model: dict[str, Any]) -> None:
    name, task = model["name"], model["task"]
    _confirmed_button(
        f"promote-{name}",
        f"Promote {name}",
        f"{name} is run on noise first and then becomes the default for {task}; {catalogue.default(task).name} "
        "becomes its rollback target.",
        lambda: f"promoted {changes.promote(catalogue, name, check=smoke_test).name}, default for {task}",
    )


def _confirmed_button(key: str, label: str, meaning: str, act: Callable[[], str]) -> None:
    """A button that acts after a second question."""
    if not settings.current().may_change:
        st.button(plain(label), key=key, disabled=True, help="This workbench was started without changes.")
        return
    # What a click does is done before the page is drawn: it then shows what became of it, at once.
    if st.session_state.get("models-asked") != key:
        st.button(plain(label), key=key, on_click=_ask, args=(key,))
        return
    st.warning(plain(meaning))
    yes, no, _ = st.columns([2, 1, 4])
    no.button("No", key=f"{key}-no", width="stretch", on_click=_ask, args=(None,))
    yes.button(
        plain(f"Yes, {label[0].lower()}{label[1:]}"),
        key=f"{key}-yes",
        type="primary",
        width="stretch",
        on_click=_act,
        args=(act,),
    )


def _ask(key: str | None) -> None:
    st.session_state["models-asked"] = key
    st.session_state["models-said"] = None


def _act(act: Callable[[], str]) -> None:
    _ask(None)
    try:
        st.session_state["models-said"] = act()
    except OcrError as error:
        st.session_state["models-failed"] = f"{error.code}: {error}"


def _model(properties: dict[str, Any]) -> None:
    left, right = st.columns(2)
    with left:
        st.header("Figures")
        figures = [{"figure": name, "value": _short(value)} for name, value in properties["figures"].items()]
        if figures:
            st.dataframe(figures, width="stretch", height=min(420, 40 + 35 * len(figures)))
        else:
            st.caption("The model carries no figures.")
        st.header("History")
        if properties["history"]:
            st.dataframe(properties["history"], width="stretch")
        else:
            st.caption(
                "It came with the package." if properties["shipped"] else "Nothing happened to it yet."
            )
    with right:
        st.header("How it is used")
        for key in ("preprocess", "postprocess", "provenance"):
            if properties[key]:
                st.caption(key)
                st.code(
                    json.dumps(properties[key], ensure_ascii=False, indent=1), language="json", height=150
                )
        if properties["charset"]:
            st.caption(f"charset of {len(properties['charset'])} characters")
            st.code(properties["charset"].replace("\n", " "), language=None, wrap_lines=True)
    # A card comes with the file and is as little to be trusted: it is shown as the text it is.
    with st.expander("Card", expanded=bool(properties["card"])):
        st.code(properties["card"] or "The model has no card.", language=None, wrap_lines=True)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
