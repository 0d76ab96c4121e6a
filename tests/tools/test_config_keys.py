"""The check of the configuration finds planted faults, file and key, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("hydra")

from tools import config_keys

CODE = """
from dataclasses import dataclass
from hydra.utils import instantiate
from OWN import switches


class Network:
    def __init__(self, width, depth=2, part=None): ...


class Part:
    def __init__(self, size): ...


@dataclass
class Policy:
    side: int = 1
    limit: int = 2


def run(cfg):
    network = instantiate(cfg.network)
    policy = Policy(**cfg.policy)
    data = cfg.data
    switches.apply(network, cfg.hardware)
    return cfg.seed, data.path, data.get("limit"), cfg["early"]["patience"]
"""
SWITCHES = """
def apply(network, settings):
    return settings["memory"]
"""
FILES = {
    "train.yaml": "defaults:\n  - network: small\n  - hardware: cpu\n  - _self_\nseed: 0\nsteps: 5\n"
    "policy:\n  side: 3\ndata:\n  path: x\n  limit: null\nearly:\n  patience: null\n",
    "network/small.yaml": "_target_: OWN.Network\nwidth: ${steps}\npart:\n  _target_: OWN.Part\n  size: 1\n",
    "network/deep.yaml": "defaults:\n  - small\n  - _self_\ndepth: 9\n",
    "hardware/cpu.yaml": "memory: null\n",
}


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest):
    """Checks a package of its own, with some files changed."""
    own = f"planted_{abs(hash(request.node.name))}"
    package = tmp_path / own
    package.mkdir()
    (package / "__init__.py").write_text(CODE.replace("OWN", own))
    (package / "switches.py").write_text(SWITCHES)
    monkeypatch.syspath_prepend(str(tmp_path))

    def run(**changed: str) -> list[str]:
        for name, content in {
            **FILES,
            **{k.replace("__", "/") + ".yaml": v for k, v in changed.items()},
        }.items():
            path = package / "configs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content.replace("OWN", own))
        found = config_keys.check(package / "configs", config_keys.uses(package, own))
        return [fault.replace(own, "OWN") for fault in found]

    yield run
    for name in [name for name in sys.modules if name.split(".")[0] == own]:
        del sys.modules[name]


def test_a_configuration_in_order_has_no_faults(check):
    assert check() == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        # Read by nothing: at the top, in a section that is read in part, in one that is given away whole.
        ({"train": FILES["train.yaml"] + "colour: red\n"}, "train.yaml: colour: nothing reads it"),
        (
            {"train": FILES["train.yaml"].replace("  limit: null", "  shape: 3")},
            "train.yaml: data.shape: nothing reads it",
        ),
        (
            {"hardware__cpu": "memory: null\nfans: 2\n"},
            "hardware/cpu.yaml: hardware.fans: nothing reads it",
        ),
        ({"train": FILES["train.yaml"] + "unused: {}\n"}, "train.yaml: unused: nothing reads it"),
        # Accepted by nothing: in a whole section, in what is built, and in a part of that.
        (
            {"train": FILES["train.yaml"].replace("side: 3", "width: 3")},
            "train.yaml: policy.width: nothing reads it",
        ),
        (
            {"network__deep": "defaults:\n  - small\n  - _self_\nheight: 9\n"},
            "network/deep.yaml: network.height: OWN.Network has no parameter 'height'",
        ),
        (
            {"network__small": FILES["network/small.yaml"] + "  colour: red\n"},
            "network/small.yaml: network.part.colour: OWN.Part has no parameter 'colour'",
        ),
        (
            {"network__small": "_target_: OWN.Missing\nwidth: ${steps}\n"},
            "network/small.yaml: network._target_: there is no OWN.Missing",
        ),
        (
            {"train": FILES["train.yaml"] + "loss:\n  _target_: OWN.Part\n  size: 1\n"},
            "train.yaml: loss: nothing builds it",
        ),
        ({"orphan__file": "defaults:\n  - /nowhere/at: all\n"}, "orphan/file.yaml: no task composes with it"),
        ({"orphan__file": "width: 3\n"}, "orphan/file.yaml: orphan.width: nothing reads it"),
    ],
)
def test_a_planted_fault_is_named_with_file_and_key(check, changed, fault):
    # A fault of a file that others build on is one of theirs as well.
    assert fault in check(**changed)
    assert all(fault.split(": ", 1)[1].split(":")[0] in found for found in check(**changed))
