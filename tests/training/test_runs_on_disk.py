"""What can be chosen for a run, and runs as they lie on disk; neither loads PyTorch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ocr.errors import BadConfiguration
from ocr.training import process, runs

pytest.importorskip("hydra", reason="the extra [train] is not installed")


def test_choices_are_those_of_the_configurations() -> None:
    from ocr import configs
    from ocr.training.choices import groups

    folder = Path(configs.__file__).parent
    found = {task: {group.name: group for group in groups(task)} for task in ("detection", "recognition")}
    decoders = {path.stem for path in (folder / "decoder").glob("*.yaml")}
    assert set(found["detection"]["decoder"].options) == decoders
    assert "decoder" not in found["recognition"]
    # Data of the other task is no choice.
    data = {path.stem for path in (folder / "data").glob("*.yaml")}
    both = [set(found[task]["data"].options) for task in found]
    assert set.union(*both) == data
    assert not set.intersection(*both)
    assert all(group.default in group.options for groups_ in found.values() for group in groups_.values())


def test_a_command_is_checked_before_it_is_shown() -> None:
    from ocr.training.choices import command, missing

    needed = missing("detection", [])
    assert needed == ("data.train.sources.real.data.path",)
    with pytest.raises(BadConfiguration, match="no value is given for data"):
        command("detection", [])
    with pytest.raises(BadConfiguration, match="stepps"):
        command("detection", ["stepps=3"])
    found = command("detection", [f"{needed[0]}='a b'", "steps=3"])
    assert found.startswith("ocr train detection ")
    assert "steps=3" in found


def test_choosing_loads_no_torch() -> None:
    code = (
        "import sys; from ocr.training import choices, process, runs; choices.groups('detection'); "
        "choices.missing('recognition', []); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_figures_of_several_starts_are_one_row_a_step(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "one"
    for number, text in enumerate(
        ("step,train/loss,val/hmean\n0,2.5,\n1,,0.1\n1,2.0,\n", "step,train/loss\n2,1.5\nx,\n"),
    ):
        table = folder / "logs" / f"version_{number}" / "metrics.csv"
        table.parent.mkdir(parents=True)
        table.write_text(text)
    (folder / "settings.yaml").write_text("steps: 3\n")
    for step in (2, 10):
        (folder / "worst" / f"step-{step:06d}").mkdir(parents=True)
    (folder / "worst" / "step-000010" / "01-a.jpg").write_bytes(b"")
    (folder / "train.log").write_text("\n".join(map(str, range(50))))
    (run,) = runs.find(tmp_path)
    assert run.folder == folder
    assert run.figures() == [
        {"step": 0, "train/loss": 2.5},
        {"step": 1, "train/loss": 2.0, "val/hmean": 0.1},
        {"step": 2, "train/loss": 1.5},
    ]
    assert run.pictures()[0] == "step-000010"
    assert [path.name for path in run.pictures()[1]] == ["01-a.jpg"]
    assert run.settings() == {"steps": 3}
    assert run.log(2) == "48\n49"
    assert not run.resumable
    assert process.running(folder) is None
    assert process.started_with(folder) is None


def test_a_broken_run_is_listed_without_figures(tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "settings.yaml").write_text("a: [")
    (run,) = runs.find(tmp_path)
    assert (run.figures(), run.pictures(), run.log(), run.settings()) == ([], ("", []), "", {})
