"""The page Prepare without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ocr.prepare import Pipeline, settings
from tests.app.conftest import example, holding
from tests.pictures import encoded, png_header

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
    test = screen("compare", pipeline=Pipeline.of("contrast"), **holding("scan.jpg"))
    test.selectbox(key="compare-A-prepare").set_value("the stages on Prepare").run()
    assert not test.exception
    assert test.selectbox(key="compare-A-prepare").value == "the stages on Prepare"


def _said(test: Any) -> str:
    return " ".join(found.value for found in (*test.markdown, *test.error, *test.caption)).replace("\\", "")


def test_a_file_that_is_no_picture_or_over_the_limits_is_told(
    screen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ocr.app import settings as allowed
    from ocr.io.limits import Limits

    small = allowed.Settings(max_pictures=1, limits=Limits(max_pixels=1_000_000, max_bytes=20_000))
    monkeypatch.setattr(allowed, "_current", small)
    pages = [encoded(np.full((40, 60 + k, 3), 255, np.uint8), "PNG") for k in range(2)]
    for files, sentence in (
        ([("notes.png", b"no picture at all")], "no known picture"),
        ([("large.png", png_header(2_000, 2_000))], "at most 1 megapixels"),
        ([("long.png", bytes(30_000))], "0.0 MB; at most"),
        ([(f"{k}.png", page) for k, page in enumerate(pages)], "there are 1 pictures already"),
    ):
        test = screen("prepare")
        test.file_uploader[0].set_value([(name, data, "image/png") for name, data in files]).run()
        assert not test.exception
        assert sentence in _said(test)


def test_two_people_see_only_their_own_pictures(screen: Callable[..., Any]) -> None:
    one, other = screen("prepare", **holding("scan.jpg")), screen("prepare")
    assert one.session_state["pictures"]
    assert not other.session_state["pictures"]


def test_a_threshold_decodes_again_without_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    from ocr.app import bench
    from ocr.app.bench import Setup
    from ocr.engine.runtime import Session

    picture = example("scan.jpg")
    runs: list[tuple[int, ...]] = []
    real = Session.run

    def counted(self: Session, batch: np.ndarray) -> np.ndarray:
        if self.model.task == "detection":
            runs.append(batch.shape)
        return real(self, batch)

    shared = bench.get()
    before = shared.read(picture.sha256, picture.data, Setup()).document
    monkeypatch.setattr(Session, "run", counted)
    strict = shared.read(picture.sha256, picture.data, Setup(decoding=(("box_threshold", 0.99),)))
    assert strict.document.lines != before.lines
    assert runs == []
    shared.read(picture.sha256, picture.data, Setup(sizing=(("short_side", 480),)))
    assert len(runs) == 1


def test_without_a_picture_an_example_is_offered(screen: Callable[..., Any]) -> None:
    test = screen("prepare")
    test.button(key="prepare-example-scan").click().run()
    assert not test.exception
    assert len(test.dataframe[0].value) == 1
