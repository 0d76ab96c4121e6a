"""Images a second of a training, and the share of its time that it waits for data, by settings.

    python benchmarks/training_throughput.py detection "" hardware.precision=bf16-mixed --steps 40
    python benchmarks/training_throughput.py recognition "" dataloader.workers=0 --data DATASET

Each quoted argument after the task is one row: Hydra overrides, ``""`` the preset as it is. A row trains from the start
on synthetic receipts, or on ``--data``; its figures are those of the log points after the first half, when caches are
warm. Rows run one after the other: compare them only on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import tempfile
from pathlib import Path

from ocr.datasets.synthetic.writing import Order, write_receipts
from ocr.training import run

_RECEIPTS = 24


def measure(task: str, overrides: list[str], data: Path, steps: int, folder: Path) -> tuple[float, float]:
    """Train for a number of steps; gives images a second and the share of waiting."""
    source = "data" if task == "detection" else "samples"
    every = max(1, steps // 8)
    given = [
        f"data.train.sources.real.{source}.path={data}",
        f"output={folder}",
        f"steps={steps}",
        f"epoch_steps={steps}",
        f"trainer.log_every_n_steps={every}",
        "+trainer.enable_progress_bar=false",
    ]
    run.run(run.compose(task, [*given, *overrides]))
    (table,) = folder.glob("logs/*/metrics.csv")
    with table.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["throughput/images_per_second"]]
    late = [row for row in rows if int(row["step"]) >= steps // 2]
    return tuple(  # type: ignore[return-value]
        statistics.median(float(row[f"throughput/{name}"]) for row in late)
        for name in ("images_per_second", "waiting_share")
    )


def main() -> None:
    """Print a row of a table for each setting."""
    parser = argparse.ArgumentParser(description="Measure the throughput of a training.")
    parser.add_argument("task", choices=run.TASKS)
    parser.add_argument("settings", nargs="+", help="Hydra overrides of a row, separated by spaces")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--data", type=Path, help="an annotated dataset instead of synthetic receipts")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = given.data or Path(temporary) / "receipts"
        if given.data is None:
            write_receipts(Order(7, _RECEIPTS, "train"), data, "sroie", 1, 0, lambda _: None)
        print("| settings | images/s | waiting for data |\n|---|---|---|")
        for number, settings in enumerate(given.settings):
            folder = Path(temporary) / f"run{number}"
            speed, waiting = measure(given.task, settings.split(), data, given.steps, folder)
            print(f"| {settings or 'as shipped'} | {speed:.3g} | {waiting:.0%} |", flush=True)


if __name__ == "__main__":
    main()
