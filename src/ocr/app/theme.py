"""The style sheet of the workbench, beside Streamlit's own theme; its colours are set in `ocr.app.launch`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st


@cache
def _style() -> str:
    return f"<style>{Path(__file__).with_name('theme.css').read_text('utf-8')}</style>"


def apply() -> None:
    """Put the style sheet on the page."""
    st.html(_style())
