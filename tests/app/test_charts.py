"""Charts of figures over a number."""

from __future__ import annotations

import json
from typing import Any

import pytest

testing = pytest.importorskip("streamlit.testing.v1", reason="the extra [app] is not installed")


def _drawn(rows: list[dict[str, Any]]) -> Any:
    # Run without the imports of this module.
    def script(rows: list) -> None:  # type: ignore[type-arg]
        from ocr.app import charts

        charts.lines(rows, "step", ["loss"], 200)

    test = testing.AppTest.from_function(script, args=(rows,)).run()
    assert not test.exception
    return test


def test_a_single_figure_is_a_point() -> None:
    (chart,) = _drawn([{"step": 0.0, "loss": 2.0}]).get("vega_lite_chart")
    assert json.loads(chart.proto.spec)["mark"] == {"type": "line", "point": True}
    (chart,) = _drawn([{"step": float(k), "loss": 2.0} for k in range(100)]).get("vega_lite_chart")
    assert json.loads(chart.proto.spec)["mark"] == {"type": "line", "point": False}


def test_no_figures_are_said() -> None:
    test = _drawn([{"step": 0.0, "loss": None}])
    assert not test.get("vega_lite_chart")
    assert test.caption[0].value == "No figures yet."
