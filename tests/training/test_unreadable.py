"""Broken pictures and annotations: named, counted and left out, or the end of the run; the same whatever loads."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("hydra")

from tests.training.runs import overrides, train, write_pages  # noqa: E402

from ocr.errors import BadConfiguration  # noqa: E402
from ocr.training import run, runs  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*lr_scheduler.step"),
]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Four pages, of which one picture is cut off, one is missing, and one annotation has a faulty line."""
    data = write_pages(tmp_path / "pages", 4)
    picture = data / "images" / "page0.png"
    picture.write_bytes(picture.read_bytes()[:200])
    (data / "images" / "page1.png").unlink()
    (data / "boxes" / "page2.txt").write_text("1,2,3,4,TOTAL\n", "utf-8")
    return data


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == "ocr.training.unreadable"]


@pytest.mark.parametrize("task", run.TASKS)
@pytest.mark.parametrize("workers", [0, 1])
def test_they_are_named_once_and_counted(task, workers, broken, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "ocr"):
        last = train(task, broken, tmp_path / "run", f"dataloader.workers={workers}")
    assert last["global_step"] == 6
    messages = told(caplog)
    assert len(messages) == len(set(messages)) == 3
    for part in ("page0: ", "page1", "page2.txt, line 1"):
        assert sum(part in message for message in messages) == 1, messages
    assert runs.Run(tmp_path / "run").figures()[-1]["data/unreadable"] == 3


@pytest.mark.parametrize("task", run.TASKS)
def test_what_is_drawn_does_not_depend_on_who_found_them(task, broken, tmp_path):
    alone = train(task, broken, tmp_path / "alone", "dataloader.workers=0")
    others = train(task, broken, tmp_path / "others", "dataloader.workers=2")
    for name, value in alone["state_dict"].items():
        assert torch.equal(value, others["state_dict"][name]), name


@pytest.mark.parametrize("task", run.TASKS)
def test_a_setting_makes_them_fatal(task, broken, tmp_path):
    for workers in (0, 1):
        with pytest.raises(BadConfiguration, match=r"page[012].*unreadable=skip") as error:
            train(task, broken, tmp_path / "run", "unreadable=fail", f"dataloader.workers={workers}")
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("task", run.TASKS)
def test_validation_leaves_them_out_too(task, broken, data, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "ocr"):
        train(task, data, tmp_path / "run", f"data.validation.path={broken}")
    messages = told(caplog)
    assert len(messages) == len(set(messages)) == 3
    with pytest.raises(BadConfiguration, match=r"page[012].*unreadable=skip"):
        train(task, data, tmp_path / "fatal", f"data.validation.path={broken}", "unreadable=fail")


@pytest.mark.parametrize("task", run.TASKS)
def test_nothing_readable_ends_the_run_with_the_reasons(task, broken, tmp_path):
    (broken / "boxes" / "page3.txt").write_text("nonsense\n", "utf-8")
    with pytest.raises(BadConfiguration, match=r"page[0123]"):
        train(task, broken, tmp_path / "run")


def test_another_policy_is_refused(data, tmp_path):
    with pytest.raises(BadConfiguration, match="unreadable is 'ignore'; expected skip or fail"):
        run.run(run.compose("detection", overrides("detection", data, tmp_path, "unreadable=ignore")))
