"""Every option of every configuration group composes and builds what it says."""

from __future__ import annotations

import contextlib
from importlib import resources
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("hydra")
pytest.importorskip("timm")

from tests.training.runs import overrides, write_pages

from ocr.errors import BadConfiguration
from ocr.training import run, tasks

ROOT = Path(str(resources.files("ocr.configs")))
#: Groups of the network: each option is built. Of the others each is composed.
PARTS = {"detection": ("encoder", "decoder", "head"), "recognition": ("recognizer",)}


def options(group: str) -> list[str]:
    return sorted(path.stem for path in (ROOT / group).glob("*.yaml"))


@pytest.mark.parametrize(("task", "group"), [(t, g) for t, groups in PARTS.items() for g in groups])
def test_every_part_builds_a_network(task, group):
    assert options(group)
    for option in options(group):
        network = tasks.build_network(run.compose(task, [f"{group}={option}"]))
        assert sum(p.numel() for p in network.parameters()) > 1000


def test_every_file_belongs_to_a_task_and_composes():
    used: set[str] = set()
    for task in run.TASKS:
        groups = [str(group) for group in run.compose(task, []) if (ROOT / str(group)).is_dir()]
        used |= set(groups)
    # An experiment has no key of its own: it changes those of others.
    used.add("experiment")
    assert used == {p.name for p in ROOT.iterdir() if p.is_dir() and any(p.glob("*.yaml"))}


def task_of(experiment: str) -> str:
    """The one task that an experiment fits."""
    fitting = []
    for task in run.TASKS:
        with contextlib.suppress(BadConfiguration):
            run.compose(task, [f"experiment={experiment}"])
            fitting.append(task)
    assert len(fitting) == 1, f"{experiment} fits {fitting}"
    return fitting[0]


@pytest.mark.parametrize("experiment", options("experiment"))
@pytest.mark.filterwarnings("ignore:.*does not have many workers", "ignore:.*lr_scheduler.step")
def test_every_experiment_trains(experiment, tmp_path):
    task = task_of(experiment)
    data = write_pages(tmp_path / "pages", 2)
    small = {
        "detection": ["encoder.stem=4", "encoder.channels=[16,16,16,16]", "encoder.blocks=[1,1,1,1]"],
        "recognition": ["+recognizer.channels=[16,16,16,16]", "+recognizer.blocks=[1,1,1,1]"],
    }[task]
    own = [
        o
        for o in overrides(task, data, tmp_path / "run")
        if not o.startswith(("encoder.", "recognizer.", "+recogn"))
    ]
    composed = run.compose(task, [f"experiment={experiment}"])
    more = [o for o in small if task == "recognition" or "stem" in composed.encoder]
    given = [
        f"experiment={experiment}",
        *own,
        *more,
        f"data.validation.path={data}",
        "+trainer.fast_dev_run=true",
    ]
    run.run(run.compose(task, given))


def test_every_experiment_says_what_it_changes_and_no_more():
    for experiment in options("experiment"):
        text = (ROOT / "experiment" / f"{experiment}.yaml").read_text("utf-8")
        assert text.startswith("# @package _global_\n# ")
        assert len(text.splitlines()) < 15


def test_a_loss_of_another_kind_is_refused(tmp_path):
    data = write_pages(tmp_path / "pages", 1)
    for task, change in (("detection", "head=craft"), ("recognition", "loss=attention")):
        with pytest.raises(BadConfiguration, match="loss=NAME"):
            run.run(run.compose(task, overrides(task, data, tmp_path / "run", change)))


def test_unknown_task_and_option_are_named():
    with pytest.raises(BadConfiguration, match="nonsense"):
        run.compose("nonsense", [])
    with pytest.raises(BadConfiguration, match="nonsense"):
        run.compose("detection", ["decoder=nonsense"])
