"""The settings that docs/training.md tells of are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("hydra")

from ocr.errors import BadConfiguration
from ocr.training import run

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text("utf-8")
_SETTING = re.compile(r"\+?[a-z_]+(\.[a-z_0-9]+)*=\S+")


def commands() -> list[tuple[str, list[str]]]:
    """The task and the overrides of each `ocr train`."""
    lines = [line.partition("   #")[0] for line in PAGE.replace("\\\n", " ").splitlines()]
    split = [shlex.split(line) for line in lines if line.startswith("    ocr train ")]
    return [(words[2], [word for word in words[3:] if word != "-m"]) for words in split]


def settings() -> list[list[str]]:
    """Settings within the text; those of one pair of backticks go together."""
    spans = [span.split() for span in re.findall(r"`([^`]+)`", re.sub(r"(?m)^    .*\n", "", PAGE))]
    return [
        # A word in capitals stands for a value.
        [re.sub(r"=[A-Z]+$", "=1", word) for word in words]
        for words in spans
        if all(_SETTING.fullmatch(word) for word in words)
    ]


def test_there_are_some() -> None:
    assert len(commands()) >= 3
    assert len(settings()) >= 15


@pytest.mark.parametrize(("task", "overrides"), commands(), ids=lambda value: " ".join(value)[:40])
def test_a_command_is_understood(task: str, overrides: list[str]) -> None:
    assert run.compose(task, overrides).task == task


@pytest.mark.parametrize("overrides", settings(), ids=lambda words: " ".join(words)[:60])
def test_a_setting_of_the_text_is_one_of_a_task(overrides: list[str]) -> None:
    refused = []
    for task in run.TASKS:
        try:
            run.compose(task, overrides)
        except BadConfiguration as error:
            refused.append(str(error))
    assert len(refused) < len(run.TASKS), refused
