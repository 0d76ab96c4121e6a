"""System: what the machine gives, what is installed, what the engine keeps, and whether all of it works."""

from __future__ import annotations

import os
from typing import Any

import streamlit as st

from ocr.app import bench, progress, settings
from ocr.app.texts import plain
from ocr.bench import doctor
from ocr.bench.doctor import Check
from ocr.pipeline import reader_cache
from ocr.runtime import machine

_MARKS = {"ok": "✓", "note": "·", "fail": "✗"}


def show() -> None:
    """Draw the page."""
    st.title("System")
    with st.sidebar:
        if st.button("Examine again", key="examine", width="stretch"):
            st.session_state["doctor-turn"] = st.session_state.get("doctor-turn", 0) + 1
        if st.button(
            "Forget what is remembered",
            key="forget",
            width="stretch",
            help="Answers of networks and decoded pages are made anew.",
        ):
            bench.get().memory.clear()
    _machine()
    left, right = st.columns(2)
    with left:
        st.header("Engine")
        st.dataframe(_engine(), width="stretch", hide_index=True)
    with right:
        st.header("Limits")
        st.dataframe(_limits(), width="stretch", hide_index=True)
    st.header("Doctor")
    turn = st.session_state.setdefault("doctor-turn", 0)
    checks = progress.soon("doctor", turn, lambda job: doctor.examine())
    if checks is not None:
        _checks(checks)


def _machine() -> None:
    hardware = machine.look()
    figures = [
        ("Cores", f"{hardware.usable_cores} of {hardware.cores or '?'}"),
        ("Quota", "none" if hardware.core_quota is None else f"{hardware.core_quota:.2g} cores"),
        ("Memory", _size(hardware.memory if hardware.memory_limit is None else hardware.memory_limit)),
        ("Free", _size(hardware.free_memory)),
        ("GPU", ", ".join(machine.gpus()) or "none"),
    ]
    for column, (label, value) in zip(st.columns(len(figures)), figures, strict=True):
        column.metric(label, plain(value))


def _engine() -> list[dict[str, str]]:
    memory = bench.get().memory
    requests = memory.hits + memory.misses
    share = f" ({memory.hits / requests:.0%} remembered)" if requests else ""
    rows = [
        ("readers kept", f"{len(reader_cache.readers())} of {reader_cache.MAX_READERS}"),
        ("answers and pages remembered", f"{len(memory)}, {memory.size / 2**20:.1f} MB"),
        ("asked for", f"{requests}{share}"),
        ("threads for pictures", str(bench.get().threads)),
    ]
    for reader in reader_cache.readers():
        names = ", ".join(f"{model.name} {model.sha256[:8]}" for model in reader.models)
        rows.append(("reader", names))
    return [{"what": name, "value": value} for name, value in rows]


def _limits() -> list[dict[str, str]]:
    allowed = settings.current()
    rows = [
        ("size of a file", f"{allowed.limits.max_bytes / 2**20:g} MB"),
        ("size of a page", f"{allowed.limits.max_pixels / 1e6:g} megapixels"),
        ("pages of a file", str(allowed.limits.max_pages)),
        ("pictures a person", str(allowed.max_pictures)),
        ("folder", str(allowed.root)),
        ("promote and train", "allowed" if allowed.may_change else "not allowed"),
        ("process", str(os.getpid())),
    ]
    return [{"what": name, "value": value} for name, value in rows]


def _checks(checks: list[Check]) -> None:
    failed = [check for check in checks if check.status == "fail"]
    if failed:
        st.error(plain("; ".join(f"{check.name}: {check.message}" for check in failed)))
    else:
        st.success("Everything that was looked at works.")
    st.dataframe([_row(check) for check in checks], width="stretch", hide_index=True, height="content")


def _row(check: Check) -> dict[str, Any]:
    return {"": _MARKS[check.status], "what": check.name, "found": check.message}


def _size(size: int | None) -> str:
    return "?" if size is None else f"{size / 2**30:.1f} GiB"
