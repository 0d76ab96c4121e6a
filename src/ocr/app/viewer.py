"""The one picture viewer: a page with its lines drawn on it beside a table, each showing the other."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt
import streamlit as st

from ocr.app import bench
from ocr.errors import OcrError

#: How an outline is drawn: by how sure the reader is, by where it comes from, or by what became of it.
Kind = Literal["sure", "unsure", "truth", "missed", "extra", "first", "second", "both"]
#: A cell of a difference: parts of a text, each the same in both, only here, or only there.
Parts = list[tuple[Literal["same", "cut", "new"], str]]
_FOLDER = Path(__file__).parent
_HEIGHT = 588


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes:
        title: its heading.
        type: ``text``; ``share``, a number from 0 to 1; ``parts``, a text with its differences marked; ``number``.
    """

    title: str
    type: Literal["text", "share", "parts", "number"] = "text"


@dataclass(frozen=True)
class Row:
    """A row of the table with what is drawn for it.

    Attributes:
        cells: a value a column.
        shapes: (kind, points) with points (N, 2) in pixels of the page.
        note: a sentence below the crop.
    """

    cells: tuple[Any, ...]
    shapes: tuple[tuple[Kind, npt.NDArray[np.float32]], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class View:
    """What is shown.

    Attributes:
        image: RGB (H, W, 3) uint8 page.
        columns: of the table; none for a picture alone.
        rows: of the table, in the order shown.
        heat: (H', W') float32 in [0, 1] that covers the page, laid over it.
        legend: kinds of outlines with their meaning.
        empty: what stands in place of the table where there are no rows.
        height: in pixels of the screen.
    """

    image: npt.NDArray[np.uint8]
    columns: tuple[Column, ...] = ()
    rows: Sequence[Row] = ()
    heat: npt.NDArray[np.float32] | None = None
    legend: tuple[tuple[Kind, str], ...] = ()
    empty: str = "No lines of text were found."
    height: int = _HEIGHT


def _source(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


_component = st.components.v2.component(
    "ocr_viewer",
    css=_source("viewer.css"),
    js=_source("viewer.js"),
    html="<div class='viewer'></div>",
)


def show(key: str, view: View) -> None:
    """Show a page with its table.

    Args:
        key: of this viewer on its page.
        view: what is shown.
    """
    _component(key=key, data=_data(view, key), height=view.height)


def _data(view: View, key: str) -> dict[str, Any]:
    picture = bench.get().shown(view.image)
    return {
        # Selection and zoom are kept in the browser for as long as this stays the same.
        "id": f"{key}-{hashlib.sha256(picture).hexdigest()[:16]}",
        "image": url("image/jpeg", picture),
        "width": int(view.image.shape[1]),
        "height": int(view.image.shape[0]),
        "screen": view.height,
        "heat": None if view.heat is None else url("image/png", _heat(view.heat)),
        "columns": [asdict(column) for column in view.columns],
        "rows": [
            {
                "cells": list(row.cells),
                "shapes": [
                    {"kind": kind, "points": np.round(points.astype(float), 1).tolist()}
                    for kind, points in row.shapes
                ],
                "note": row.note,
            }
            for row in view.rows
        ],
        "legend": [list(entry) for entry in view.legend],
        "empty": view.empty,
    }


def url(kind: str, data: bytes) -> str:
    """A picture as an address of its own, which no later run of the page takes back while it is being fetched."""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _heat(values: npt.NDArray[np.float32]) -> bytes:
    """Probabilities as a PNG of one colour, the more opaque the more probable."""
    canvas = np.zeros((*values.shape, 4), np.uint8)
    # OpenCV writes BGRA.
    canvas[..., :3] = (160, 40, 200)
    canvas[..., 3] = np.clip(values * 200, 0, 255)
    fine, packed = cv2.imencode(".png", canvas, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not fine:
        raise OcrError("the probability map could not be encoded for the browser")
    return packed.tobytes()
