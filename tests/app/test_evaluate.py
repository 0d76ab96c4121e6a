"""The page Evaluate without a browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.waiting import PATIENCE

pytest.importorskip("streamlit", reason="the extra [app] is not installed")


def _started(test: Any, path: str = "") -> Any:
    test.text_input(key="evaluate-path").set_value(path).run()
    test.button(key="evaluate-start").click().run()
    if "evaluate-job" in test.session_state:
        test.session_state["evaluate-job"][1].wait(PATIENCE)
        test.run()
    assert not test.exception, [found.value for found in test.exception]
    return test


def _figures(test: Any) -> dict[str, float]:
    return {one.label: float(one.value.removesuffix(" s")) for one in test.metric}


def _seen(test: Any, view: str) -> Any:
    test.button_group(key="evaluate-view").set_value(view).run()
    assert not test.exception, [found.value for found in test.exception]
    return test


def test_a_dataset_is_measured_and_held_against_another_setting(
    screen: Callable[..., Any], tmp_path: Path
) -> None:
    for end in ("jpg", "json"):
        shutil.copy(ROOT / "examples" / f"scan.{end}", tmp_path)
    test = _started(screen("evaluate"), "scan.json")
    first = _figures(test)
    assert first["IoU 0.5"] > 0.8
    assert first["token F1"] > 0.7
    assert list(test.dataframe[0].value["picture"]) == ["scan.jpg"]
    # Regions are refused now though they read surely, and the figures say that this did it.
    test.slider(key="evaluate-box").set_value(1.0).run()
    _started(test, "scan.json")
    second = _figures(test)
    assert second["IoU 0.5"] < first["IoU 0.5"]
    assert test.metric[2].delta == f"{second['IoU 0.5'] - first['IoU 0.5']:+.4f}"
    table = _seen(test, "Lost lines").dataframe[0].value.set_index("step")
    assert table.loc["box threshold", "lines"] > table.loc["box threshold", "before"]
    assert table["lines"].idxmax() == "box threshold"
    _seen(test, "Distributions")
    assert [found.value for found in test.caption if "Height" in found.value]


def test_figures_that_were_saved_are_opened_again(screen: Callable[..., Any], tmp_path: Path) -> None:
    for end in ("jpg", "json"):
        shutil.copy(ROOT / "examples" / f"scan.{end}", tmp_path)
    test = _started(screen("evaluate"), "scan.json")
    (result,) = test.session_state["evaluations"].values()
    saved = json.loads(result.text)
    assert saved["schema"] == "ocr.metrics.evaluation/1"
    (tmp_path / "kept.json").write_text(result.text)
    opened = _started(screen("evaluate"), "kept.json")
    assert _figures(opened) == _figures(test)
    (again,) = opened.session_state["evaluations"].values()
    assert again.picture(again.saved.images[0]).shape[:2][::-1] == again.saved.images[0].size
    # Without its dataset the figures and lines are still there.
    (tmp_path / "scan.jpg").unlink()
    (tmp_path / "scan.json").unlink()
    alone = _started(screen("evaluate"), "kept.json")
    assert _figures(alone) == _figures(test)
    assert any("drawn on paper" in found.value for found in alone.caption)


def test_nothing_outside_of_the_root_is_measured_or_shown(screen: Callable[..., Any], tmp_path: Path) -> None:
    assert "is outside of" in _started(screen("evaluate"), "../..").error[0].value.replace("\\", "")
    # An annotation below the root that names a picture beside it.
    beside = tmp_path.parent / f"{tmp_path.name}-beside.jpg"
    shutil.copy(ROOT / "examples" / "scan.jpg", beside)
    found = json.loads((ROOT / "examples" / "scan.json").read_text())
    text = json.dumps(found).replace("scan.jpg", f"../{beside.name}")
    (tmp_path / "scan.json").write_text(text)
    assert beside.name in text
    test = _started(screen("evaluate"), "scan.json")
    assert "is outside of" in test.error[0].value.replace("\\", "")
    assert not test.metric


def test_other_files_are_refused_with_a_sentence(screen: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "damaged.json").write_text('{"schema": "ocr.metrics.evaluation/1", "per_image": 7}')
    assert "damaged" in _started(screen("evaluate"), "damaged.json").error[0].value
    assert "input" in _started(screen("evaluate"), "nowhere").error[0].value


def test_the_empty_page_measures_the_examples(screen: Callable[..., Any]) -> None:
    test = screen("evaluate")
    test.button(key="evaluate-examples").click().run()
    test.session_state["evaluate-job"][1].wait(PATIENCE) if "evaluate-job" in test.session_state else None
    test.run()
    assert not test.exception, [found.value for found in test.exception]
    assert "scan.jpg" in list(test.dataframe[0].value["picture"])


def test_extra_predictions_of_either_result_are_differences() -> None:
    import numpy as np

    from ocr.app.results import Result
    from ocr.app.verdicts import _rows
    from ocr.datasets.sample import LineAnnotation
    from ocr.metrics import Prediction
    from ocr.metrics.saved import Saved, SavedImage

    def box(top: float) -> Any:
        return np.array([[0, top], [90, top], [90, top + 20], [0, top + 20]], np.float32)

    def result(*predictions: Prediction) -> tuple[Result, SavedImage]:
        image = SavedImage(
            "a.jpg",
            1.0,
            {"CER": 0.0},
            truths=(LineAnnotation(box(0), "TOTAL"),),
            predictions=predictions,
        )
        return Result(Saved({}, 1.0, (image,))), image

    now = result(Prediction(box(0), "Total"), Prediction(box(40), "noise"), Prediction(box(80), "new"))
    before = result(Prediction(box(0), "TOTAL"), Prediction(box(41), "NOISE"), Prediction(box(160), "gone"))
    rows = _rows(*now, before)
    assert [(one.state, differs) for one, _, differs, _ in rows] == [
        ("read", False),
        ("extra", False),
        ("extra", True),
        ("ignored", True),
    ]
    assert rows[0][3].cells[2] == [("same", "Total")]
    assert rows[3][3].cells[1:] == ("–", [], [("new", "gone")], "extra before")
