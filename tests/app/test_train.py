"""The page Train without a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.training.runs import write_pages

pytest.importorskip("streamlit", reason="the extra [app] is not installed")
pytest.importorskip("hydra", reason="the extra [train] is not installed")


def test_a_command_grows_with_the_choices(screen: Callable[..., Any], tmp_path: Path) -> None:
    write_pages(tmp_path / "data")
    test = screen("train")
    assert "no value is given for data" in test.warning[0].value.replace("\\", "")
    test.text_input(key="train-detection-data.train.sources.real.data.path").set_value("data").run()
    test.selectbox(key="train-detection-group-decoder").set_value("unet").run()
    test.number_input(key="train-detection-steps").set_value(7).run()
    command = test.code[0].value
    assert command.startswith("ocr train detection decoder=unet")
    # As the shell and Hydra both take it, without quotes inside of quotes.
    assert f"data.train.sources.real.data.path={tmp_path / 'data'} " in command
    assert "steps=7" in command
    test.text_area(key="train-detection-extra").set_value("optimizer.lrr=1").run()
    assert "lrr" in test.warning[0].value
    test.selectbox(key="train-task").set_value("recognition").run()
    assert not test.exception
    assert "train-detection-group-decoder" not in {found.key for found in test.selectbox}


def test_quotes_of_the_command_are_not_doubled(screen: Callable[..., Any], tmp_path: Path) -> None:
    import shlex

    write_pages(tmp_path / "my data")
    test = screen("train")
    test.text_input(key="train-detection-data.train.sources.real.data.path").set_value("my data").run()
    command = test.code[0].value
    key = "data.train.sources.real.data.path"
    assert f"\"{key}='{tmp_path / 'my data'}'\"" in command
    assert f"{key}='{tmp_path / 'my data'}'" in shlex.split(command)


def test_a_path_out_of_the_root_is_refused(screen: Callable[..., Any]) -> None:
    test = screen("train")
    test.text_input(key="train-detection-validation").set_value("../../etc").run()
    assert "is outside of" in test.error[0].value.replace("\\", "")


def test_earlier_runs_are_held_against_each_other(screen: Callable[..., Any], tmp_path: Path) -> None:
    for name, loss in (("one", 2.0), ("two", 1.0)):
        table = tmp_path / "runs" / name / "logs" / "version_0" / "metrics.csv"
        table.parent.mkdir(parents=True)
        table.write_text(f"step,train/loss\n0,{loss}\n")
        (tmp_path / "runs" / name / "settings.yaml").write_text("encoder:\n  _target_: a.B\n")
    test = screen("train", **{"train-tab": "Compare runs"})
    table = test.dataframe[-1].value
    assert sorted(table["run"]) == ["runs/one", "runs/two"]
    assert sorted(table["train/loss"]) == [1.0, 2.0]
    assert list(table["encoder"]) == ["B", "B"]
