"""What Streamlit runs for every person and every click: theme, navigation, and the page that was chosen."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import streamlit as st

from ocr.app import prefetch, theme
from ocr.app.texts import plain
from ocr.errors import OcrError

#: Address, title, module of `ocr.app.screens`; modules are imported when their page is shown.
SCREENS = (
    ("receipts", "Receipts"),
    ("prepare", "Prepare"),
    ("compare", "Compare"),
    ("evaluate", "Evaluate"),
    ("train", "Train"),
    ("models", "Models"),
    ("system", "System"),
)


def _page(name: str) -> Callable[[], None]:
    def show() -> None:
        try:
            importlib.import_module(f"ocr.app.screens.{name}").show()
        except OcrError as error:
            st.error(plain(f"{error.code}: {error}"))

    # Streamlit tells pages apart by the names of their functions.
    show.__name__ = name
    return show


st.set_page_config(page_title="Receipt workbench", page_icon="🧾", layout="wide", initial_sidebar_state=300)
theme.apply()
st.navigation(
    [
        st.Page(_page(name), title=title, url_path=name, default=number == 0)
        for number, (name, title) in enumerate(SCREENS)
    ],
    position="top",
).run()
prefetch.start(name for name, _ in SCREENS)
