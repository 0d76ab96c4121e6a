"""Train: choose, check and start a run, follow it, stop it, take it up again, and hold runs against each other."""

from __future__ import annotations

import re
import shlex
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import streamlit as st

from ocr.app import charts, found, progress, settings, trying, viewer
from ocr.app.texts import plain
from ocr.errors import MissingExtra, OcrError
from ocr.training import process
from ocr.training import runs as history
from ocr.training.run import TASKS
from ocr.training.runs import Run

#: What a folder of a run may be called; it becomes part of a command.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
#: Groups that matter to everybody; the others are behind a fold.
_FIRST = ("encoder", "decoder", "recognizer", "data", "hardware")


def show() -> None:
    """Draw the page."""
    st.title("Train")
    if find_spec("hydra") is None:
        raise MissingExtra("training needs packages that are not installed; pip install 'receipt-ocr[train]'")
    with st.sidebar:
        task, overrides = _choose()
    # Before the tabs are drawn: what they show cannot be set afterwards.
    if st.session_state.pop("train-go", False):
        st.session_state["train-tab"] = "Follow"
    # Only the tab that is open is computed; a tab that the page itself opens has to be known to the server.
    follow, new, compare = st.tabs(
        ["Follow", "Start", "Compare runs"], key="train-tab", default="Start", on_change="rerun"
    )
    runs = history.find(settings.current().root)
    if new.open:
        with new:
            _start(task, overrides)
    if follow.open:
        with follow:
            _follow(runs)
    if compare.open:
        with compare:
            _compare(runs)


@lru_cache(256)
def _checked(task: str, overrides: tuple[str, ...]) -> tuple[str, str]:
    """The command of a run, or why there is none: putting a configuration together takes longer than a page."""
    from ocr.training import choices

    try:
        return choices.command(task, overrides), ""
    except OcrError as error:
        return "", str(error)


@lru_cache(256)
def _missing(task: str, overrides: tuple[str, ...]) -> tuple[str, ...]:
    from ocr.training.choices import missing

    return missing(task, overrides)


def _choose() -> tuple[str, list[str]]:
    """The choices of a run as overrides of its configuration."""
    from ocr.training import choices

    task = st.selectbox("Experiment", TASKS, key="train-task", persist_state="session") or TASKS[0]
    overrides: list[str] = []
    groups = [
        (group.name, group.options, group.default) for group in choices.groups(task) if len(group.options) > 1
    ]
    for name, options, default in (group for group in groups if group[0] in _FIRST):
        overrides += _group(task, name, options, default)
    for key in _missing(task, tuple(overrides)):
        name = key.removeprefix("data.train.sources.").replace(".", " ")
        if key.endswith("path"):
            found.pick(f"{name}, found below the root", f"train-{task}-{key}")
        value = st.text_input(
            name,
            key=f"train-{task}-{key}",
            persist_state="session",
            placeholder="a folder below the root",
            help=f"`{key}`",
        )
        overrides += _path(key, value)
    found.pick("validation data, found below the root", f"train-{task}-validation")
    overrides += _path(
        "data.validation.path",
        st.text_input(
            "validation data", key=f"train-{task}-validation", persist_state="session", placeholder="none"
        ),
    )
    with st.expander("Budget", expanded=True):
        for name, label, least, usual in (
            ("steps", "Steps", 1, 1000),
            ("epoch_steps", "Steps an epoch", 1, 200),
            ("seed", "Seed", 0, 0),
        ):
            number = st.number_input(
                label, least, 10_000_000, usual, key=f"train-{task}-{name}", persist_state="session"
            )
            overrides.append(f"{name}={int(number)}")
    with st.expander("More"):
        for name, options, default in (group for group in groups if group[0] not in _FIRST):
            overrides += _group(task, name, options, default)
        extra = st.text_area(
            "Other overrides",
            key=f"train-{task}-extra",
            persist_state="session",
            placeholder="optimizer.lr=0.001 ema=0.999",
        )
        try:
            overrides += shlex.split(extra or "")
        except ValueError as error:
            st.error(plain(f"the overrides cannot be read: {error}"))
    return task, overrides


def _group(task: str, name: str, options: tuple[str, ...], default: str) -> list[str]:
    chosen = st.selectbox(
        name.replace("_", " ").capitalize(),
        options,
        options.index(default),
        format_func=lambda option: option or "none",
        key=f"train-{task}-group-{name}",
        persist_state="session",
    )
    return [] if chosen in (None, default) else [f"{name}={chosen}"]


def _path(key: str, value: str | None) -> list[str]:
    if not value or not value.strip():
        return []
    try:
        path = settings.current().inside(value)
    except OcrError as error:
        st.error(plain(str(error)))
        return []
    return [f"{key}={process.quoted(path)}"]


def _start(task: str, overrides: list[str]) -> None:
    name = (
        st.text_input("Name of the run", f"{task}-1", key=f"train-{task}-name", persist_state="session") or ""
    )
    if not _NAME.fullmatch(name):
        st.error("A name has letters, digits, dots, dashes and underscores, at most 61 of them.")
        return
    folder = settings.current().root / "runs" / name
    command, reason = _checked(task, (*overrides, f"output={folder}"))
    if reason:
        st.warning(plain(reason))
        return
    st.caption("The command, checked against the configuration; paste it into a terminal or start it here.")
    st.code(command, language="bash", wrap_lines=True)
    if not settings.current().may_change:
        st.button("Start", disabled=True, help="This workbench was started without changes.")
        return
    there = (folder / history.SETTINGS).is_file()
    if there:
        st.caption("There is a run of this name; it goes on where it stopped.")
    if st.button("Go on" if there else "Start", key="train-start", type="primary"):
        process.start(task, overrides, folder, settings.current().root)
        st.session_state["train-run"] = str(folder)
        st.session_state["train-go"] = True
        st.rerun()


def _label(folder: str) -> str:
    root = settings.current().root
    path = Path(folder)
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    state = " (running)" if process.running(path) else ""
    return f"{shown}{state}"


def _follow(runs: list[Run]) -> None:
    folders = [str(run.folder) for run in runs]
    begun = st.session_state.get("train-run")
    if begun and begun not in folders and process.running(Path(begun)):
        folders.insert(0, begun)
    if not folders:
        st.caption("There are no runs below the root yet.")
        return
    chosen = st.session_state.get("train-run")
    picked = st.selectbox(
        "Run",
        folders,
        folders.index(chosen) if chosen in folders else 0,
        format_func=_label,
        key=f"train-picked-{hash((tuple(folders), chosen))}",
    )
    if picked is None:
        return
    st.session_state["train-run"] = picked
    folder = Path(picked)
    if process.running(folder):
        st.fragment(_live, run_every=1.0)(folder, True)
    else:
        _live(folder, False)


def _live(folder: Path, was_running: bool) -> None:
    """Figures, pictures and log of a run; drawn again and again while it is under way."""
    running = process.running(folder) is not None
    if was_running and not running:
        st.rerun()
    run = Run(folder)
    rows = run.figures()
    last = rows[-1] if rows else {}
    state, stop = st.columns([5, 1], vertical_alignment="center")
    steps = f"step {int(last['step']) + 1}" if "step" in last else "no figures yet"
    state.markdown(f"**{'Running' if running else 'Stopped'}** · {steps}")
    if running and settings.current().may_change:
        if stop.button("Stop", key="train-stop", width="stretch"):
            process.stop(folder)
    elif settings.current().may_change:
        began = process.started_with(folder)
        if began is not None and stop.button("Go on", key="train-resume", width="stretch"):
            process.start(*began, folder, settings.current().root)
            st.rerun()
    if not running:
        _try(folder)
    _charts(rows)
    label, files = run.pictures()
    if files:
        st.caption(f"The worst pictures of the last validation, {label}: truth green, found red")
        for column, file in zip(st.columns(4), files, strict=False):
            column.image(viewer.url("image/jpeg", file.read_bytes()), plain(file.stem), width="stretch")
    with st.expander("Log", expanded=not rows):
        st.code(run.log() or "Nothing was said yet.", language=None, wrap_lines=True)


def _try(folder: Path) -> None:
    """The model of a run, ready to be compared with others."""
    if trying.checkpoint(folder) is None or not settings.current().may_change:
        return
    key = f"train-try-{folder}"
    if st.button("Try this model", key="train-try", help="Export it and add it to the catalogue."):
        st.session_state[key] = trying.begin(folder)
    job = st.session_state.get(key)
    if job is None:
        return
    if not job.finished:
        progress.watch("try", job, "Exporting")
        return
    if job.error is not None:
        st.error(plain(f"{job.error.code}: {job.error}"))
        return
    task, name = job.result
    st.session_state[f"compare-B-{task}"] = name
    st.success(plain(f"{name} is in the catalogue. Compare has it as setup B; Models can promote it."))


def _charts(rows: list[dict[str, float]]) -> None:
    if not rows:
        return
    names = sorted({name for row in rows for name in row} - {"step", "epoch"})
    losses = [name for name in names if "loss" in name or name.startswith("train/")]
    validated = [name for name in names if name.startswith("val/")]
    for column, title, chosen in zip(st.columns(2), ("Loss", "Validation"), (losses, validated), strict=True):
        with column:
            st.caption(title if chosen else f"{title}: no figures yet")
            if chosen:
                points = [row for row in rows if any(name in row for name in chosen)]
                charts.lines(points, "step", chosen, 240)


def _compare(runs: list[Run]) -> None:
    if not runs:
        st.caption("There are no runs below the root yet.")
        return
    by_folder = {str(run.folder): run for run in runs}
    chosen = st.multiselect(
        "Runs",
        list(by_folder),
        list(by_folder)[:2],
        format_func=_label,
        key=f"train-compared-{hash(tuple(by_folder))}",
    )
    tables = {folder: by_folder[folder].figures() for folder in chosen}
    names = sorted({name for rows in tables.values() for row in rows for name in row} - {"step", "epoch"})
    if not names:
        st.caption("These runs have no figures yet.")
        return
    first = next((name for name in names if name.startswith("val/")), names[0])
    name = (
        st.selectbox("Figure", names, names.index(first), key="train-figure", persist_state="session")
        or first
    )
    points = [
        {"step": row["step"], "run": _label(folder), name: row[name]}
        for folder, rows in tables.items()
        for row in rows
        if name in row
    ]
    charts.lines(points, "step", [name], 300, by="run")
    st.dataframe(
        [_summary(folder, rows) for folder, rows in tables.items()], width="stretch", hide_index=True
    )


def _summary(folder: str, rows: list[dict[str, float]]) -> dict[str, Any]:
    summary: dict[str, Any] = {"run": _label(folder)}
    for row in rows:
        summary |= {name: value for name, value in row.items() if name != "epoch"}
    chosen = Run(Path(folder)).settings()
    for key in ("encoder", "decoder"):
        target = chosen.get(key, {}).get("_target_") if isinstance(chosen.get(key), dict) else None
        if target:
            summary[key] = str(target).rpartition(".")[2]
    return summary
