"""Imports the other pages in the background after the first one is shown, so that switching to them is quick."""

from __future__ import annotations

import gc
import importlib
import threading
from collections.abc import Iterable
from importlib.util import find_spec

_lock = threading.Lock()
_started = False


def start(screens: Iterable[str]) -> None:
    """Import the pages and what they draw with, on the first call, beside the page."""
    global _started
    with _lock:
        if _started:
            return
        _started = True
    threading.Thread(target=_fetch, args=(tuple(screens),), daemon=True).start()


def _fetch(screens: tuple[str, ...]) -> None:
    # Streamlit imports these where the first table and the first chart are drawn.
    for name in (*(f"ocr.app.screens.{screen}" for screen in screens), "pandas", "pyarrow", "altair"):
        importlib.import_module(name)
    if find_spec("hydra") is not None:
        choices = importlib.import_module("ocr.training.choices")
        for task in choices.TASKS:
            choices.groups(task)
    # Streamlit collects garbage after every run of a page; what is here now stays for good and need not be looked at.
    gc.collect()
    gc.freeze()
