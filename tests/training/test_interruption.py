"""Runs that end early: by a signal, amid an epoch, killed; each goes on as if nothing had been."""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("hydra")

from tests.training.runs import overrides, train  # noqa: E402
from tests.waiting import PATIENCE, until  # noqa: E402

from ocr.errors import BadConfiguration  # noqa: E402
from ocr.training import checkpoints, interruption, run, runs  # noqa: E402
from ocr.training.callbacks import saving  # noqa: E402
from ocr.training.interruption import Interruption, TrainingInterrupted  # noqa: E402
from ocr.training.module import TrainingModule  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*lr_scheduler.step"),
    pytest.mark.filterwarnings("ignore:.*Checkpoint directory"),
    pytest.mark.filterwarnings("ignore:.*dataloader is not resumable"),
]
#: Eight steps in two epochs.
EPOCHS = ("steps=8", "epoch_steps=4")


class Stopped(Exception):
    """Stands for a run that ends in the middle."""


@pytest.fixture
def stop_at(monkeypatch: pytest.MonkeyPatch):
    """Makes the next run end before a step; without one, not at all."""
    step = TrainingModule.training_step

    def choose(number: int | None) -> None:
        def training_step(self, batch, batch_idx):
            if self.global_step == number:
                raise Stopped
            return step(self, batch, batch_idx)

        monkeypatch.setattr(TrainingModule, "training_step", training_step)

    return choose


def rows(folder: Path) -> list[dict[str, float]]:
    """Logged rows by step; of the figures of the clock only whether they are there."""
    return [
        {key: 0.0 if key.startswith("throughput/") else value for key, value in row.items()}
        for row in runs.Run(folder).figures()
    ]


@pytest.fixture(scope="module")
def unbroken(data: Path, tmp_path_factory: pytest.TempPathFactory):
    """Folder and last checkpoint of a run with given settings that nothing stops, made once."""
    made: dict[tuple[str, ...], tuple[Path, dict]] = {}

    def run_of(task: str, *more: str) -> tuple[Path, dict]:
        if (settings := (task, *more)) not in made:
            folder = tmp_path_factory.mktemp("unbroken")
            made[settings] = folder, train(task, data, folder, *more)
        return made[settings]

    return run_of


@pytest.mark.parametrize(
    ("task", "more"),
    [
        ("detection", ["validate"]),
        ("detection", ["dataloader.workers=1"]),
        ("recognition", ["validate", "dataloader.workers=1"]),
        ("recognition", []),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value) or "plain",
)
@pytest.mark.parametrize("at", [3, 6])
def test_a_run_goes_on_amid_an_epoch(task, more, at, data, tmp_path, stop_at, unbroken, monkeypatch):
    monkeypatch.setattr(saving, "FIRST", 0.0)
    monkeypatch.setattr(saving, "EVERY", 0.0)
    more = [*EPOCHS, *(f"data.validation.path={data}" if o == "validate" else o for o in more)]
    stop_at(at)
    with pytest.raises(Stopped):
        train(task, data, tmp_path / "stopped", *more)
    saved = torch.load(tmp_path / "stopped/checkpoints/last.ckpt", weights_only=True)
    assert saved["global_step"] == at
    stop_at(None)
    resumed = train(task, data, tmp_path / "stopped", *more)
    folder, whole = unbroken(task, *more)
    assert resumed["global_step"] == whole["global_step"] == 8
    for part in ("state_dict", "current_model_state"):
        for name, value in whole[part].items():
            assert torch.equal(value, resumed[part][name]), f"{part} {name}"
    assert resumed["lr_schedulers"] == whole["lr_schedulers"]
    assert rows(tmp_path / "stopped") == rows(folder)


def test_a_checkpoint_is_never_ahead_of_the_rows(data, tmp_path, unbroken, monkeypatch):
    """A run that is killed right after a checkpoint amid an epoch, before the row of that step would be written."""
    monkeypatch.setattr(saving, "FIRST", 0.0)
    monkeypatch.setattr(saving, "EVERY", 0.0)
    more = [*EPOCHS, f"data.validation.path={data}"]
    with monkeypatch.context() as patched:
        save = checkpoints.WholeCheckpoints.save_checkpoint

        def save_checkpoint(self, checkpoint, path, storage_options=None):
            save(self, checkpoint, path, storage_options)
            if checkpoint["global_step"] == 3:
                raise Stopped

        patched.setattr(checkpoints.WholeCheckpoints, "save_checkpoint", save_checkpoint)
        with pytest.raises(Stopped):
            train("detection", data, tmp_path, *more)
    train("detection", data, tmp_path, *more)
    assert rows(tmp_path) == rows(unbroken("detection", *more)[0])


def test_rows_after_a_resumed_epoch_are_those_of_the_unbroken_run(data, tmp_path, stop_at):
    more = [*EPOCHS, f"data.validation.path={data}", "trainer.log_every_n_steps=2"]
    stop_at(5)
    with pytest.raises(Stopped):
        train("detection", data, tmp_path / "stopped", *more)
    stop_at(None)
    train("detection", data, tmp_path / "stopped", *more)
    train("detection", data, tmp_path / "unbroken", *more)
    assert rows(tmp_path / "stopped") == rows(tmp_path / "unbroken")
    assert "throughput/images_per_second" in rows(tmp_path / "unbroken")[-1]


def test_the_best_score_survives_a_kill(data, tmp_path, stop_at, monkeypatch):
    """The best validation was the last one before the kill; a worse one does not take its place."""
    from ocr.training.detection import DetectionModule

    scores = iter([0.2, 0.9, 0.3, 0.4])
    monkeypatch.setattr(
        DetectionModule, "on_validation_epoch_end", lambda self: self.log("val/hmean", next(scores))
    )
    more = ["steps=8", "epoch_steps=2", f"data.validation.path={data}"]
    stop_at(5)
    with pytest.raises(Stopped):
        train("detection", data, tmp_path, *more)
    stop_at(None)
    train("detection", data, tmp_path, *more)
    best = torch.load(tmp_path / "checkpoints/best.ckpt", weights_only=True)
    assert best["global_step"] == 4


def started(task: str, data: Path, output: Path, program: str = "", *more: str) -> subprocess.Popen[str]:
    """A run in a process of its own, which prints a line at each step."""
    given = overrides(task, data, output, "steps=100000", "epoch_steps=50000", *more)
    code = f"""
import sys, time
from ocr import cli
from ocr.training.module import TrainingModule
step = TrainingModule.training_step
def training_step(self, batch, batch_idx):
    print("step", flush=True)
    return step(self, batch, batch_idx)
TrainingModule.training_step = training_step
{program}
cli.main(["train", {task!r}, *{given!r}])
"""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


#: A step takes seconds on a busy machine; what breaks off a run that takes too long has a test of its own.
PATIENT = f"""
from ocr.training import interruption
interruption.GRACE = {PATIENCE}
"""


def members(session: int) -> list[int]:
    """Processes of a session that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(entry.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("task", "number"),
    [("detection", signal.SIGTERM), ("recognition", signal.SIGINT)],
    ids=["detection-SIGTERM", "recognition-SIGINT"],
)
def test_a_signal_ends_a_run_with_a_checkpoint(task, number, data, tmp_path):
    process = started(
        task, data, tmp_path / "run", PATIENT, "dataloader.workers=2", "dataloader.start=forkserver"
    )
    assert process.stdout is not None
    for _ in range(3):
        assert process.stdout.readline() == "step\n"
    # As a terminal does with Ctrl+C; a service manager sends SIGTERM to the first process alone.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + number, told
    assert "training_interrupted: stopped by SIG" in told
    assert "the same command goes on from" in told
    assert "Traceback" not in told
    until(lambda: not members(process.pid))
    saved = torch.load(tmp_path / "run/checkpoints/last.ckpt", weights_only=True)
    assert saved["global_step"] >= 3
    resumed = train(task, data, tmp_path / "run", f"steps={saved['global_step'] + 1}", "epoch_steps=50000")
    assert resumed["global_step"] == saved["global_step"] + 1


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_signal_breaks_off_what_takes_too_long(data, tmp_path):
    """A validation that hangs: there is a checkpoint, which was written before it."""
    program = """
from ocr.training import interruption
from ocr.training.detection import DetectionModule
interruption.GRACE = 0.5
def validation_step(self, batch, batch_idx):
    print("validation", flush=True)
    time.sleep(600)
DetectionModule.validation_step = validation_step
"""
    more = ["epoch_steps=3", f"data.validation.path={data}"]
    process = started("detection", data, tmp_path / "run", program, *more)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(4)][-1] == "validation\n"
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 143, told
    assert torch.load(tmp_path / "run/checkpoints/last.ckpt", weights_only=True)["global_step"] == 2


def test_signals_before_the_training_and_a_second_one_count_at_once():
    asked = Interruption()
    with pytest.raises(TrainingInterrupted) as told:
        asked.receive(signal.SIGTERM)
    assert told.value.exit_status == 143
    asked = Interruption()
    asked.patient = True
    asked.receive(signal.SIGINT)
    assert asked.number == signal.SIGINT
    with pytest.raises(TrainingInterrupted) as told:
        asked.receive(signal.SIGTERM)
    assert told.value.exit_status == 130


def test_handlers_are_put_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with interruption.listening() as asked:
        assert signal.getsignal(signal.SIGTERM) == asked.receive
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_another_network_in_the_same_folder_is_refused_shortly(data, tmp_path):
    train("detection", data, tmp_path, "steps=2")
    settings = (tmp_path / "settings.yaml").read_bytes()
    with pytest.raises(
        BadConfiguration, match=r"decoder\.width=16 there, 24 here.*another output folder"
    ) as told:
        train("detection", data, tmp_path, "decoder.width=24")
    assert len(str(told.value)) < 400
    assert (tmp_path / "settings.yaml").read_bytes() == settings


def test_what_a_killed_run_left_half_written_is_deleted(data, tmp_path):
    for folder in ("checkpoints", "logs/version_0", "worst/step-000002"):
        (tmp_path / folder).mkdir(parents=True)
    left = [
        tmp_path / "worst/step-000002/.01-page.jpg.0123456789ab.tmp",
        tmp_path / "logs/version_0/.metrics.csv.0123456789ab.tmp",
        tmp_path / "checkpoints/.last.ckpt.0123456789ab.tmp",
        tmp_path / "checkpoints/.previous.ckpt.77",
        tmp_path / ".settings.yaml.0123456789ab.tmp",
    ]
    for path in left:
        path.write_bytes(b"half")
    train("detection", data, tmp_path, "steps=2")
    assert not any(path.exists() for path in left)
    assert math.isfinite(rows(tmp_path)[0]["train/loss"])


def test_a_run_off_a_terminal_says_what_it_does(data, tmp_path, capfd):
    bar = "+trainer.enable_progress_bar=true"
    given = [one for one in overrides("detection", data, tmp_path) if "enable_progress_bar" not in one]
    run.run(run.compose("detection", [*given, bar, "steps=2"]))
    first = capfd.readouterr().err
    assert "2 steps\n" in first
    assert re.search(r"^step 1 of 2", first, re.MULTILINE)
    assert re.search(r"^step 2 of 2 +loss ", first, re.MULTILINE)
    run.run(run.compose("detection", [*given, bar, "steps=4"]))
    assert "resumed from step 2 of 4\n" in capfd.readouterr().err
