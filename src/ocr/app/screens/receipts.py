"""Receipts: where they are read and corrected, which is the review page."""

from __future__ import annotations

import streamlit as st

from ocr.app import review_server, settings
from ocr.app.texts import plain

_FOLDER = ".ocr-review"


def show() -> None:
    """Draw the page."""
    st.title("Receipts")
    st.write(
        "Receipts are read and corrected on the review page: drop pictures or PDFs there, go through what is doubtful, "
        "export tables, searchable PDFs, or a dataset of the corrections for *Train*. It keeps everything, also "
        "when this page is closed."
    )
    if settings.current().may_change:
        known = st.session_state.get("review-address")
        if known is None and st.button("Start the review page", key="review-start", type="primary"):
            with st.spinner("Starting …"):
                known = review_server.address(settings.current().root / _FOLDER)
            st.session_state["review-address"] = known
        if known is not None:
            st.link_button("Open the review page", known, type="primary")
            st.caption(plain(f"{known}, on this machine; kept in {settings.current().root / _FOLDER}"))
    st.caption("From a terminal, for a folder of pictures:")
    st.code("ocr review FOLDER", language="bash")
    st.write(
        "This workbench is for people who train and compare models: **Prepare** cleans pages up, **Compare** holds "
        "models and settings against each other, **Evaluate** measures them on a dataset, **Train** makes new ones."
    )
