"""The loggers: what each writes, that none is imported unless chosen, and what is said where one is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("hydra")

from tests.training.runs import overrides

from ocr.training import loggers, run, runs

OPTIONAL = ("wandb", "tensorboard", "streamlit", "tensorboardX")
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

#: Makes packages as good as uninstalled, for whoever looks for them too.
BLOCK = f"""
import importlib.metadata, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {OPTIONAL!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
version = importlib.metadata.version
def absent(name):
    if name in {OPTIONAL!r}:
        raise importlib.metadata.PackageNotFoundError(name)
    return version(name)
importlib.metadata.version = absent
"""


def given(data: Path, output: Path, *more: str) -> list[str]:
    return overrides("detection", data, output, f"data.validation.path={data}", "worst=2", *more)


def program(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "ignore", "-c", text], capture_output=True, text=True)


def test_a_run_imports_no_logger_that_was_not_chosen(data, tmp_path):
    done = program(
        f"from ocr.training import run\nrun.run(run.compose('detection', {given(data, tmp_path)!r}))\n"
        f"import sys; print(*{{m.split('.')[0] for m in sys.modules}} & {set(OPTIONAL)!r})"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
    assert list(tmp_path.glob("logs/version_0/metrics.csv"))


def test_all_else_works_where_they_are_not_installed(data, tmp_path):
    """Training with a table, reading, every help, and the error of a chosen logger, in one process."""
    receipt = data / "images" / "page0.png"
    done = program(
        f"{BLOCK}\nfrom ocr import cli\n"
        "def ocr(*arguments):\n"
        "    try: cli.main([str(a) for a in arguments])\n"
        "    except SystemExit as ending: print('status', arguments[0], ending.code or 0)\n"
        f"ocr('train', 'detection', *{given(data, tmp_path / 'run')!r})\n"
        f"ocr('read', {str(receipt)!r})\n"
        "from ocr.cli.app import COMMANDS\n"
        "for command in COMMANDS: ocr(command, '--help')\n"
        "for logger in ('wandb', 'tensorboard'):\n"
        f"    ocr('train', 'detection', *{given(data, tmp_path / 'x')!r}, 'logger=' + logger)\n"
    )
    status = [line for line in done.stdout.splitlines() if line.startswith("status")]
    assert status[:2] == ["status train 0", "status read 0"], done.stderr
    assert {line.split()[-1] for line in status[2:-2]} == {"0"}
    assert status[-2:] == ["status train 2"] * 2
    for logger in ("wandb", "tensorboard"):
        assert f"logger={logger} needs a package that is not installed ({logger})" in done.stderr
        assert f"pip install 'receipt-ocr[{logger}]'" in done.stderr
    assert (tmp_path / "run" / "checkpoints" / "last.ckpt").exists()


def test_the_table_is_whole_at_every_moment_and_has_no_row_twice(tmp_path, monkeypatch):
    table = loggers.Table(tmp_path, "logs")
    for _ in range(2):
        table.log_metrics({"train/loss": 2.0}, 1)
        table.save()
    path = tmp_path / "logs/version_0/metrics.csv"
    assert path.read_bytes() == b"step,train/loss\r\n1,2.0\r\n"
    table.log_metrics({"train/loss": 2.0, "lr": 0.5}, 1)
    table.save()
    assert path.read_bytes() == b"lr,step,train/loss\r\n,1,2.0\r\n0.5,1,\r\n"
    with monkeypatch.context() as patched:
        # Killed while it is written anew with another column.
        patched.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        table.log_metrics({"val/hmean": 0.5}, 2)
        with pytest.raises(KeyboardInterrupt):
            table.save()
    assert runs.Run(tmp_path).figures() == [{"step": 1.0, "train/loss": 2.0, "lr": 0.5}]
    table.save()
    assert runs.Run(tmp_path).figures()[1] == {"step": 2.0, "val/hmean": 0.5}
    # Killed in the midst of a row.
    path.write_bytes(path.read_bytes() + b"31,2.")
    assert [row["step"] for row in runs.Run(tmp_path).figures()] == [1.0, 2.0]


def test_none_keeps_checkpoints_alone(data, tmp_path):
    run.run(run.compose("detection", given(data, tmp_path, "logger=none")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoints", "settings.yaml"]


def test_tensorboard_holds_figures_and_pictures(data, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run.run(run.compose("detection", given(data, tmp_path, "logger=tensorboard")))
    (folder,) = (tmp_path / "tensorboard").iterdir()
    events = EventAccumulator(str(folder))
    events.Reload()
    scalars = events.Tags()["scalars"]
    assert {"train/loss", "val/hmean", "throughput/images_per_second", "lr-AdamW/pg1"} <= set(scalars)
    assert [event.step for event in events.Scalars("train/loss")] == list(range(6))
    assert events.Tags()["images"] == ["worst/01", "worst/02"]
    assert [event.step for event in events.Images("worst/01")] == [2, 4, 6]
    assert (events.Images("worst/01")[0].width, events.Images("worst/01")[0].height) == (160, 120)


def test_weights_and_biases_stays_offline_without_a_key(data, tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb")
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("WANDB_MODE", "online")
    for name in ("WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    run.run(run.compose("detection", given(data, tmp_path / "run", "logger=wandb", "steps=4")))
    # Ended with the run: the next one in this process gets its own.
    assert wandb.run is None
    (folder,) = (tmp_path / "run" / "wandb").glob("offline-run-*")
    assert (folder / f"run-{folder.name.rsplit('-', 1)[1]}.wandb").stat().st_size > 1000
    assert len(list(folder.rglob("worst_*.png"))) == 4
