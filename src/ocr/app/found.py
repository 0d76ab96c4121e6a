"""Datasets and saved figures below the root of this start, as lists to choose a path from."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ocr.app import settings
from ocr.datasets import finding
from ocr.metrics.report import SCHEMA

#: Seconds for which a list stays as it is: the folder is not searched with every click.
_FRESH = 20


def pick(label: str, into: str, *, figures: bool = False) -> None:
    """A list of what is below the root, which fills in a field; nothing where there is nothing.

    Args:
        label: of the list.
        into: key of the text field, which is drawn after this.
        figures: offer files of `ocr eval --json` as well.
    """
    paths = _below(str(settings.current().root), figures)
    if not paths:
        return
    key = f"{into}-found"

    def chosen() -> None:
        if st.session_state.get(key):
            st.session_state[into] = st.session_state[key]

    st.selectbox(label, paths, index=None, key=key, placeholder="choose one below the root", on_change=chosen)


@st.cache_data(ttl=_FRESH, show_spinner=False)
def _below(root: str, figures: bool) -> list[str]:
    folder = Path(root)
    paths = [path.relative_to(folder).as_posix() for path in finding.below(folder)]
    if figures:
        paths += [
            path.relative_to(folder).as_posix() for path in sorted(folder.glob("*.json")) if _saved(path)
        ]
    return [path for path in paths if path != "."]


def _saved(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return SCHEMA.encode() in file.read(200)
    except OSError:
        return False
