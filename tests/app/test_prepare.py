"""The page Prepare without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ocr.prepare import Pipeline, settings
from tests.app.conftest import holding

pytest.importorskip("streamlit", reason="the extra [app] is not installed")


def _toggle(test: Any, label: str) -> Any:
    return next(found for found in test.toggle if found.label == label)


def test_stages_are_switched_ordered_and_set(screen: Callable[..., Any]) -> None:
    test = screen("prepare", **holding("photo.jpg"))
    assert test.session_state["pipeline"] == Pipeline()
    assert len(test.dataframe[0].value) == 1
    _toggle(test, "Deskew").set_value(True).run()
    _toggle(test, "Shadow").set_value(True).run()
    assert test.session_state["pipeline"] == Pipeline.of("deskew", "shadow")
    assert list(test.dataframe[0].value["after"]) == ["page as it came in", "deskew", "shadow"]
    angle = next(found for found in test.number_input if found.label == "Max angle")
    angle.set_value(7.5).run()
    stage = next(stage for stage in test.session_state["stages"] if stage["name"] == "shadow")
    test.button(key=f"stage-{stage['id']}-up").click().run()
    assert not test.exception
    expected = Pipeline.from_config([{"shadow": {}}, {"deskew": {"max_angle": 7.5}}])
    assert test.session_state["pipeline"] == expected
    # What is saved is what `ocr read --prepare` takes.
    assert settings.loads(settings.dumps(expected), "prepare.yaml") == expected


def test_a_preset_is_loaded_with_its_values(screen: Callable[..., Any]) -> None:
    test = screen("prepare", **holding("scan.jpg"))
    preset = b"- contrast: {low: 2.0}\n- deskew:\n    max_angle: 5\n- contrast: {}\n"
    test.file_uploader[-1].set_value(("mine.yaml", preset, "application/yaml")).run()
    assert not test.exception
    found = test.session_state["pipeline"]
    assert found == Pipeline.from_config(
        [{"contrast": {"low": 2.0}}, {"deskew": {"max_angle": 5}}, "contrast"]
    )


def test_a_preset_that_is_none_is_told(screen: Callable[..., Any]) -> None:
    test = screen("prepare", **holding("scan.jpg"))
    test.file_uploader[-1].set_value(("bad.yaml", b"- deskw: {}\n", "application/yaml")).run()
    assert "did you mean 'deskew'" in test.error[0].value.replace("\\", "")
    test.file_uploader[-1].set_value(("bad.yaml", b"\xff\xfe", "application/yaml")).run()
    assert "UTF-8" in test.error[0].value.replace("\\", "")


def test_what_was_prepared_is_offered_for_reading(screen: Callable[..., Any]) -> None:
    test = screen("read", pipeline=Pipeline.of("contrast"), **holding("scan.jpg"))
    test.selectbox(key="read-prepare").set_value("the stages on Prepare").run()
    assert not test.exception
    assert test.session_state["job-read"][0][1].prepare == Pipeline.of("contrast")


def test_without_a_picture_an_example_is_offered(screen: Callable[..., Any]) -> None:
    test = screen("prepare")
    test.button(key="prepare-example-scan").click().run()
    assert not test.exception
    assert len(test.dataframe[0].value) == 1
