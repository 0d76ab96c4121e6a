"""Pipelines: configurations, their faults, and the one way back through all stages."""

from __future__ import annotations

import builtins
import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr import polygons
from ocr.errors import BadConfiguration, InputNotFound, InputUnreadable, MissingExtra
from ocr.prepare import STAGES, Pipeline, Prepared, Result, Step
from ocr.prepare.deskew import Deskew
from ocr.prepare.settings import parse
from ocr.prepare.shadow import Shadow
from tests.prepare import pages

_PAGE = np.zeros((600, 400, 3), np.uint8)


@st.composite
def _matrices(draw: st.DrawFn) -> np.ndarray:
    """Turns, scales, shifts and gentle perspectives such as stages make."""
    numbers = st.floats(-1, 1, allow_nan=False)
    a, scale, dx, dy, p, q = (draw(numbers) for _ in range(6))
    matrix = pages.rotation(180 * a) * 2.0**scale
    matrix[2] = (p * 2e-4, q * 2e-4, 1)
    return pages.shift(300 * dx, 300 * dy) @ matrix


@given(
    st.lists(_matrices(), max_size=5), st.lists(st.tuples(st.floats(0, 400), st.floats(0, 600)), min_size=1)
)
@settings(max_examples=150, deadline=None)
def test_matrices_compose_and_their_inverse_is_exact(matrices: list[np.ndarray], places: list[Any]) -> None:
    points = np.array(places)
    state, stepped, depth = Prepared.untouched(_PAGE), np.column_stack([points, np.ones(len(points))]), 1.0
    for matrix in matrices:
        state = state.then("any", Result(_PAGE, matrix))
        stepped = stepped @ matrix.T
        depth = min(depth, float((stepped[:, 2] / np.abs(stepped).max(axis=1).clip(1)).min()))
    if depth < 1e-4:  # behind the eye: no stage shows that
        return
    there = polygons.transform(points, state.matrix)
    np.testing.assert_allclose(there, stepped[:, :2] / stepped[:, 2:], rtol=1e-4, atol=0.05)
    if np.abs(there).max() < 20_000:
        back = polygons.transform(there, np.linalg.inv(state.matrix))
        assert np.abs(back - points).max() < 0.5


@given(_matrices())
@settings(max_examples=50, deadline=None)
def test_quads_come_back_with_their_first_corner(matrix: np.ndarray) -> None:
    quad = np.array([[50, 80], [300, 95], [298, 130], [48, 115]], np.float32)
    state = Prepared.untouched(_PAGE).then("any", Result(_PAGE, matrix))
    back = state.back(polygons.transform(quad, state.matrix))
    assert back is not None
    np.testing.assert_allclose(back, quad, atol=0.1)


def test_what_lies_beside_the_page_is_clipped_or_dropped() -> None:
    state = Prepared.untouched(_PAGE).then("any", Result(_PAGE, pages.shift(100, 0)))
    assert state.back([[10, 10], [60, 10], [60, 30], [10, 30]]) is None
    # A line that reaches out to the left, upside-down: it begins at its right end still.
    clipped = state.back([[300, 30], [80, 32], [80, 8], [300, 10]])
    assert clipped is not None
    assert clipped.shape == (4, 2)
    assert np.linalg.norm(clipped[0] - (200, 30)) < 5
    assert clipped[:, 0].min() >= 0


def test_configurations() -> None:
    mapping = Pipeline.from_config({"deskew": {"max_angle": 10}, "shadow": None})
    listed = Pipeline.from_config([{"deskew": {"max_angle": 10.0}}, "shadow"])
    by_hand = Pipeline((Step("deskew", Deskew(max_angle=10)), Step("shadow", Shadow())))
    assert mapping == listed == by_hand
    assert Pipeline.from_config({}) == Pipeline.of() == Pipeline()
    assert [step.name for step in Pipeline.of(*STAGES).steps] == list(STAGES)


@pytest.mark.parametrize(
    ("config", "hint"),
    [
        ({"deskow": {}}, "did you mean 'deskew'"),
        (["shadows"], "did you mean 'shadow'"),
        ([7], "no stage '7'"),
        ({"xyz": {}}, "stages are perspective, background"),
        ({"deskew": {"max_angel": 3}}, "unknown parameter 'max_angel' of deskew; did you mean 'max_angle'"),
        ({"deskew": {"max_angle": 90}}, "max_angle of deskew is 90; expected a number from 0.5 to 30"),
        ({"deskew": {"max_angle": float("nan")}}, "expected a number"),
        ({"deskew": {"max_angle": True}}, "expected a number"),
        ({"deskew": {"max_angle": "10"}}, "expected a number"),
        ({"contrast": {"tiles": 4.5}}, "expected a whole number"),
        ({"denoise": {"method": "magic"}}, "expected 'bilateral' or 'nlmeans'"),
        ({"deskew": 3}, "parameters of deskew are 3"),
        ("deskew", "given as str"),
        (3, "given as int"),
        (None, "given as NoneType"),
    ],
)
def test_bad_configurations_name_the_right_one(config: Any, hint: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        Pipeline.from_config(config)
    assert hint in str(caught.value)
    assert caught.value.exit_status == 2


def test_a_step_takes_its_own_parameters_only() -> None:
    with pytest.raises(BadConfiguration, match="expected Deskew"):
        Step("deskew", Shadow())


def test_settings_from_names_and_files(tmp_path: Path) -> None:
    expected = Pipeline.from_config({"deskew": {}, "shadow": {}})
    assert parse("deskew, shadow") == expected
    file = tmp_path / "stages.json"
    file.write_text(json.dumps({"deskew": {}, "shadow": {}}))
    assert parse(str(file)) == expected
    file.write_text("{")
    with pytest.raises(BadConfiguration, match="not JSON"):
        parse(str(file))
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadConfiguration, match="UTF-8"):
        parse(str(file))
    with pytest.raises(InputNotFound):
        parse(str(tmp_path / "other.json"))
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(InputUnreadable):
        parse(str(tmp_path / "folder.json"))
    for empty in ("", " , "):
        with pytest.raises(BadConfiguration, match="no stages"):
            parse(empty)


def test_settings_from_yaml(tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    file = tmp_path / "stages.yaml"
    file.write_text("deskew: {max_angle: 10}\nshadow:\n")
    assert parse(str(file)) == Pipeline.from_config({"deskew": {"max_angle": 10}, "shadow": {}})
    file.write_text("a: [")
    with pytest.raises(BadConfiguration, match="not YAML"):
        parse(str(file))


def test_yaml_without_its_package_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "stages.yml"
    file.write_text("deskew: {}\n")
    real = importlib.import_module

    def without(name: str, *rest: Any) -> Any:
        if name == "yaml":
            raise builtins.ModuleNotFoundError(name)
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(MissingExtra, match="pip install pyyaml"):
        parse(str(file))
