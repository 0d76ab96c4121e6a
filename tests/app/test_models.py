"""The pages Models and System without a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import PATIENCE

pytest.importorskip("streamlit", reason="the extra [app] is not installed")


def _added(models: tuple[Path, Path]) -> None:
    from ocr.engine import catalogue_changes as changes
    from ocr.engine.catalogue import Catalogue
    from ocr.pipeline.smoke_test import smoke_test

    changes.add(Catalogue(), models[0], "bars", check=smoke_test)


def test_promoting_and_rolling_back_ask_first(screen: Callable[..., Any], models: tuple[Path, Path]) -> None:
    from ocr.engine.catalogue import Catalogue

    test = screen("models")
    _added(models)
    test.run()
    test.selectbox(key="models-name").set_value("bars").run()
    test.button(key="promote-bars").click().run()
    assert Catalogue().default("detection").name == "shipped-detection"
    test.button(key="promote-bars-no").click().run()
    assert Catalogue().default("detection").name == "shipped-detection"
    test.button(key="promote-bars").click().run()
    test.button(key="promote-bars-yes").click().run()
    assert not test.exception
    assert Catalogue().default("detection").name == "bars"
    assert "promoted bars" in test.success[0].value
    test.button(key="rollback-detection").click().run()
    test.button(key="rollback-detection-yes").click().run()
    assert Catalogue().default("detection").name == "shipped-detection"


def test_nothing_changes_where_changes_are_not_allowed(
    screen: Callable[..., Any], models: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ocr.app import settings

    screen("models")
    _added(models)
    monkeypatch.setattr(settings, "_current", settings.Settings(may_change=False))
    test = screen("models")
    test.selectbox(key="models-name").set_value("bars").run()
    assert test.button(key="promote-bars").disabled


def test_a_damaged_model_is_told(screen: Callable[..., Any], models: tuple[Path, Path]) -> None:
    from ocr.engine.catalogue import Catalogue

    screen("models")
    _added(models)
    Catalogue().get("bars").path.write_bytes(b"damaged")
    test = screen("models")
    test.selectbox(key="models-name").set_value("bars").run()
    assert not test.exception
    assert "cannot be used" in test.error[0].value


def test_the_card_is_shown_as_text(screen: Callable[..., Any]) -> None:
    test = screen("models")
    test.selectbox(key="models-name").set_value("shipped-detection").run()
    card = next(found for found in test.code if "SHA-256" in found.value)
    assert card.language in (None, "", "plaintext")


def test_the_system_is_examined(screen: Callable[..., Any]) -> None:
    test = screen("system")
    assert {found.label for found in test.metric} == {"Cores", "Quota", "Memory", "Free", "GPU"}
    test.session_state["job-doctor"][1].wait(PATIENCE)
    test.run()
    assert test.success[0].value == "Everything that was looked at works."
    assert "self-test" in list(test.dataframe[-1].value["what"])
    test.button(key="examine").click().run()
    assert not test.exception
