"""Charts of figures over a number, readable from the first point on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

#: Series with fewer points show each of them: a line needs two.
_DOTTED = 40


def lines(
    rows: Sequence[Mapping[str, Any]], x: str, y: Sequence[str], height: int, *, by: str | None = None
) -> None:
    """Draw figures as lines with their points.

    Args:
        rows: with a value of ``x`` and any of ``y`` each; missing figures and ``None`` are left out.
        x: name of the number that is walked along.
        y: names of the figures, a line each.
        height: in pixels of the screen.
        by: name of the value that parts one figure into several lines.
    """
    points = [
        {"x": row[x], "value": row[name], "series": str(row[by]) if by else name}
        for row in rows
        for name in y
        if row.get(name) is not None
    ]
    if not points:
        st.caption("No figures yet.")
        return
    spec = {
        "mark": {"type": "line", "point": len(rows) <= _DOTTED},
        "height": height,
        "encoding": {
            "x": {
                "field": "x",
                "type": "quantitative",
                "title": x.replace("_", " "),
                "axis": {"format": "~g"},
                "scale": {"zero": False},
            },
            "y": {"field": "value", "type": "quantitative", "title": y[0] if len(y) == 1 else None},
            "color": {"field": "series", "type": "nominal", "title": None, "legend": {"orient": "bottom"}},
            "tooltip": [{"field": name} for name in ("series", "x", "value")],
        },
    }
    st.vega_lite_chart(points, spec, width="stretch")
