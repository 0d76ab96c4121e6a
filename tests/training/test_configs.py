"""Every option of every configuration group composes and builds what it says."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("hydra")
pytest.importorskip("timm")

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
    assert used == {p.name for p in ROOT.iterdir() if p.is_dir() and any(p.glob("*.yaml"))}


def test_unknown_task_and_option_are_named():
    with pytest.raises(BadConfiguration, match="nonsense"):
        run.compose("nonsense", [])
    with pytest.raises(BadConfiguration, match="nonsense"):
        run.compose("detection", ["decoder=nonsense"])
