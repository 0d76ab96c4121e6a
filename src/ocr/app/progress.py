"""Progress of background work on a page, with a button to cancel it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from ocr.app import bench
from ocr.app.jobs import Cancelled, Job
from ocr.app.texts import plain
from ocr.errors import OcrError

T = TypeVar("T")
#: Most results are there within this; nothing flickers then.
_PATIENCE = 1.5


def soon(name: str, wanted: object, work: Callable[[Job[T]], T]) -> T | None:
    """The result of a short piece of work, started where it is not under way.

    The page waits a moment for it; after that it shows that it is at work, with a way to call it off, and comes back
    when the result is there. What was wanted before and is not any more is called off.

    Args:
        name: of the work on its page.
        wanted: what tells this piece of work from another; comparable and hashable.
        work: gives the result; runs in a thread.

    Returns:
        The result; ``None`` where it is not there yet or failed, which the page then says.
    """
    slot = f"job-{name}"
    known = st.session_state.get(slot)
    if known is None or known[0] != wanted:
        if known is not None:
            known[1].cancel()
        known = st.session_state[slot] = (wanted, bench.get().job(work))
    job: Job[T] = known[1]
    if not job.wait(_PATIENCE):
        _watch(name, job, "Working …")
        return None
    try:
        return job.result
    except Cancelled:
        if st.button("Start again", key=f"again-{name}"):
            del st.session_state[slot]
            st.rerun()
    except OcrError as error:
        st.error(plain(f"{error.code}: {error}"))
    return None


def watch(name: str, job: Job[T], label: str) -> None:
    """Show the progress of long work until its end, then draw the page anew."""
    if not job.finished:
        _watch(name, job, label)


@st.fragment(run_every=0.4)
def _watch(name: str, job: Job[T], label: str) -> None:
    if job.finished:
        st.rerun()
    left, right = st.columns([6, 1], vertical_alignment="center")
    share = job.done / max(1, job.total)
    text = f"{label} {job.done} of {job.total}" if job.total > 1 else label
    left.progress(min(1.0, share) if job.total > 1 else 0.5, text=plain(f"{text} {job.note}".strip()))
    if right.button("Cancel", key=f"cancel-{name}", width="stretch"):
        job.cancel()
