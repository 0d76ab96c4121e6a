"""What looks at a training: speed, progress, worst pictures, early stopping, profilers."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("hydra")

from rich.console import Console  # noqa: E402
from tests.training.runs import overrides, train  # noqa: E402

from ocr.errors import BadConfiguration  # noqa: E402
from ocr.training import run  # noqa: E402
from ocr.training.callbacks import Throughput, TrainingProgress, WorstPictures, progress  # noqa: E402
from ocr.training.judged import Judged  # noqa: E402
from ocr.training.timed_loader import TimedLoader  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*have no `val_dataloader`"),
    pytest.mark.filterwarnings("ignore:.*Checkpoint directory"),
]


def validated(task: str, data: Path, output: Path, *more: str) -> dict:
    """The last checkpoint of a run that is validated on the very pages that it learns."""
    return train(task, data, output, f"data.validation.path={data}", *more)


def rows(output: Path) -> list[dict[str, str]]:
    (table,) = output.glob("logs/version_0/metrics.csv")
    with table.open(newline="") as file:
        return list(csv.DictReader(file))


class Clock:
    """Stands for `time`: goes on only where it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in ("callbacks.throughput", "timed_loader"):
        monkeypatch.setattr(f"ocr.training.{module}.time", clock)
    return clock


class SlowRecords(torch.utils.data.Dataset):
    """Ten records, each of which takes two seconds."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def __len__(self) -> int:
        return 10

    def __getitem__(self, index: int) -> int:
        self.clock.now += 2.0
        return index


def test_a_timed_loader_counts_what_it_was_waited_for_and_nothing_else(clock):
    loader = TimedLoader(SlowRecords(clock), batch_size=5)
    for batch in loader:
        assert len(batch) == 5
        clock.now += 30.0
    assert loader.waited == 20.0


def test_throughput_leaves_validation_out_and_counts_all_processes(clock):
    logged: dict[str, float] = {}
    module = SimpleNamespace(log=logged.__setitem__)
    loader = SimpleNamespace(waited=7.0)
    trainer = SimpleNamespace(world_size=2, log_every_n_steps=2, global_step=0, train_dataloader=loader)
    batch = SimpleNamespace(image=torch.zeros(6, 1, 4, 4))
    watch = Throughput()

    def step(number: int) -> None:
        clock.now += 3.0
        loader.waited += 1.0
        watch.on_train_batch_start(trainer, module, batch, 0)
        clock.now += 2.0
        trainer.global_step = number
        watch.on_train_batch_end(trainer, module, None, batch, 0)

    watch.on_train_start(trainer, module)
    watch.on_train_epoch_start(trainer, module)
    # Gradients of two batches make the first step: nothing is measured at step 0.
    step(0)
    step(1)
    assert logged == {}
    watch.on_validation_start(trainer, module)
    clock.now += 1000.0
    loader.waited += 500.0
    watch.on_train_epoch_start(trainer, module)
    step(2)
    assert logged == {
        "throughput/images_per_second": pytest.approx(3 * 6 * 2 / 15.0),
        "throughput/waiting_share": pytest.approx(3 / 15.0),
    }
    logged.clear()
    # The same step, another of its batches.
    step(2)
    assert logged == {}
    step(4)
    assert logged["throughput/images_per_second"] == pytest.approx(2 * 6 * 2 / 10.0)


@pytest.mark.parametrize("task", ["detection", "recognition"])
def test_a_run_writes_its_speed_and_its_worst_pictures(task, data, tmp_path):
    validated(task, data, tmp_path, "worst=2")
    speeds = [float(row["throughput/images_per_second"]) for row in rows(tmp_path) if row["train/loss"]]
    shares = [float(row["throughput/waiting_share"]) for row in rows(tmp_path) if row["train/loss"]]
    assert len(speeds) == 6
    assert min(speeds) > 0
    assert all(0 <= share <= 1 for share in shares)
    assert any(row["lr-AdamW/pg1"] for row in rows(tmp_path))
    folders = sorted((tmp_path / "worst").iterdir())
    assert [folder.name for folder in folders] == ["step-000002", "step-000004", "step-000006"]
    for folder in folders:
        names = sorted(file.name for file in folder.iterdir())
        assert [name[:2] for name in names] == ["01", "02"]
        scores = [float(name[:-4].rsplit("_", 1)[1]) for name in names]
        assert scores == sorted(scores)
        picture = cv2.imread(str(folder / names[0])).astype(int)
        # Truth is green: as an outline on a page, as letters below a line. OpenCV's order is blue, green, red.
        assert ((picture[..., 1] - picture[..., 0] > 60) & (picture[..., 1] - picture[..., 2] > 60)).any()


def test_worst_pictures_come_first_and_only_they_are_drawn(tmp_path, monkeypatch):
    drawn: list[str] = []
    given = []
    monkeypatch.setattr("ocr.training.loggers.log_pictures", lambda *arguments: given.append(arguments))
    callback = WorstPictures(3, tmp_path)
    module = SimpleNamespace(listeners=[])
    trainer = SimpleNamespace(is_global_zero=True, sanity_checking=False, logger="a logger", global_step=7)
    callback.setup(trainer, module, "fit")
    callback.setup(trainer, module, "fit")
    assert len(module.listeners) == 1

    def picture(name: str) -> np.ndarray:
        drawn.append(name)
        return np.zeros((2, 2, 3), np.uint8)

    for name, score in (("a", 0.5), ("b", 0.1), ("c", 0.9), ("d", 0.1), ("e", 0.3), ("f", 1.0)):
        module.listeners[0](Judged(name, score, lambda name=name: picture(name)))
    callback.on_validation_end(trainer, module)
    assert drawn == ["b", "d", "e"]
    ((logger, folder, tag, pictures, step),) = given
    assert (logger, folder, tag, step) == ("a logger", tmp_path, "worst", 7)
    assert [caption for caption, _ in pictures] == ["b 0.100", "d 0.100", "e 0.300"]
    callback.on_validation_end(trainer, module)
    assert len(given) == 1


def test_early_stopping_ends_a_run_and_a_finished_run_stays_finished(data, tmp_path):
    # Nothing is learnt at a rate of 0, so no validation is better than the first.
    more = ["optimizer.lr=0", "early_stopping.patience=1", "ema=0"]
    first = validated("detection", data, tmp_path, *more)
    assert first["global_step"] == 4
    again = validated("detection", data, tmp_path, *more)
    assert again["global_step"] == 4
    assert again["epoch"] == first["epoch"]


def test_early_stopping_without_validation_is_refused(data, tmp_path):
    cfg = run.compose("detection", overrides("detection", data, tmp_path, "early_stopping.patience=3"))
    with pytest.raises(BadConfiguration, match=r"data\.validation\.path"):
        run.run(cfg)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch):
    """Standard error of the next run as text, in a terminal or not."""
    stream = io.StringIO()

    def use(terminal: bool) -> io.StringIO:
        monkeypatch.setattr(
            progress, "Console", lambda **_: Console(file=stream, force_terminal=terminal, width=100)
        )
        return stream

    return use


def train_with_bar(data: Path, output: Path, *more: str) -> None:
    given = overrides("detection", data, output, f"data.validation.path={data}", *more)
    run.run(run.compose("detection", [o for o in given if "progress" not in o]))


def test_a_terminal_shows_steps_loss_and_speed(data, tmp_path, shown, monkeypatch):
    read = []
    figures = TrainingProgress._figures
    monkeypatch.setattr(TrainingProgress, "_figures", lambda self, t: read.append(1) or figures(self, t))
    stream = shown(terminal=True)
    train_with_bar(data, tmp_path, "trainer.log_every_n_steps=2")
    output = stream.getvalue()
    for part in ("training", "6/6", "validation", "loss ", "val/hmean", "images/s", "waiting for data"):
        assert part in output
    # Reading figures waits for the device: at three log points and at three ends of epochs, not at six steps.
    assert len(read) == 6


def test_without_a_terminal_an_epoch_is_a_line(data, tmp_path, shown):
    stream = shown(terminal=False)
    train_with_bar(data, tmp_path)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "6 steps"
    assert "million parameters on cpu" in lines[1]
    told = ["step 1 of 6", "step 2 of 6", "step 4 of 6", "step 6 of 6"]
    assert [line.split("  ")[0].strip() for line in lines[2:]] == told
    assert all("images/s" in line and "val/hmean" in line for line in lines[3:])


def test_the_bar_can_be_turned_off(data, tmp_path, shown):
    stream = shown(terminal=True)
    validated("detection", data, tmp_path)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("profiler", "more", "files"),
    [
        ("simple", [], ["fit-simple.txt"]),
        (
            "pytorch",
            ["profiler.schedule.wait=0", "profiler.schedule.active=1"],
            ["fit-pytorch*.json", "*.txt"],
        ),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_profiler_writes_into_the_run(profiler, more, files, data, tmp_path):
    validated("detection", data, tmp_path, f"profiler={profiler}", *more)
    for pattern in files:
        assert [file for file in (tmp_path / "profile").glob(pattern) if file.stat().st_size > 500]
