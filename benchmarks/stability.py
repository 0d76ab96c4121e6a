"""Non-finite gradients of every experiment in every precision: steps, skipped steps and losses, one row each.

    python benchmarks/stability.py DATASET --output runs/stability.json [--steps 500] [--experiment dbnet …]
        [--precision bf16-mixed …] [--hardware cpu] [-- OVERRIDE …]

Rows that the output holds already are left as they are, so that a long measurement can be stopped and gone on with;
the table is printed at the end. An experiment is a file of ``configs/experiment``, or a task as it is where no
file says the same. What follows ``--`` are Hydra overrides for all runs, such as ``data.train.size=320``.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from importlib import resources
from pathlib import Path
from typing import Any

import lightning
import torch
from gpu_memory import parsed
from lightning.pytorch.callbacks import Callback

from ocr.errors import OcrError
from ocr.io.files import write_whole
from ocr.training import run

PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")


class Watch(Callback):
    """Losses and skipped steps of a run."""

    def __init__(self) -> None:
        self.losses: list[torch.Tensor] = []

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.losses.append(outputs["loss"].detach())


def experiments() -> dict[str, tuple[str, list[str]]]:
    """Names with the task and overrides of each."""
    found: dict[str, tuple[str, list[str]]] = {}
    plain = {task: run.compose(task, []) for task in run.TASKS}
    folder = Path(str(resources.files("ocr.configs"))) / "experiment"
    for file in sorted(folder.glob("*.yaml")):
        for task in run.TASKS:
            try:
                cfg = run.compose(task, [f"experiment={file.stem}"])
            except OcrError:
                continue
            found[file.stem] = (task, [f"experiment={file.stem}"])
            if cfg == plain.get(task):
                del plain[task]
            break
    return found | {task: (task, []) for task in plain}


def measure(
    task: str, overrides: list[str], data: str, steps: int, precision: str, hardware: str
) -> dict[str, Any]:
    """One run of so many steps, from random weights."""
    source = "data" if task == "detection" else "samples"
    watch = Watch()
    fit = lightning.Trainer.fit

    def watched(trainer: Any, *args: Any, **kwargs: Any) -> Any:
        trainer.callbacks.append(watch)
        return fit(trainer, *args, **kwargs)

    with tempfile.TemporaryDirectory() as folder:
        given = [
            f"data.train.sources.real.{source}.path={data}",
            f"output={folder}",
            f"steps={steps}",
            f"epoch_steps={steps}",
            f"hardware={hardware}",
            f"hardware.precision={precision}",
            # All skipped steps are to be counted, and none of them ends the run.
            f"patience={steps + 1}",
            "+trainer.enable_progress_bar=false",
        ]
        if task == "recognition":
            # An epoch is a whole number of pools.
            given.append(f"data.train.pool={math.gcd(steps, 8)}")
        cfg = run.compose(task, [*given, *overrides])
        lightning.Trainer.fit = watched  # type: ignore[method-assign]
        started = time.perf_counter()
        try:
            run.run(cfg)
        finally:
            lightning.Trainer.fit = fit  # type: ignore[method-assign]
    losses = torch.stack(watch.losses).float().cpu().tolist()
    tenth = max(1, len(losses) // 10)
    finite = [loss for loss in losses if math.isfinite(loss)]
    return {
        "steps": len(losses),
        "non-finite losses": len(losses) - len(finite),
        "skipped": int(SKIPPED[-1]),
        "first losses": sum(losses[:tenth]) / tenth,
        "last losses": sum(losses[-tenth:]) / tenth,
        "seconds": time.perf_counter() - started,
    }


SKIPPED: list[int] = []


def count_skipped() -> None:
    """Remember how many steps each run skipped."""
    from ocr.training.skipped import SkippedSteps

    report = SkippedSteps.report

    def counted(self: SkippedSteps) -> Any:
        found = report(self)
        SKIPPED.append(found.total)
        return found

    SkippedSteps.report = counted  # type: ignore[method-assign]


def table(rows: dict[str, Any]) -> str:
    """The rows as Markdown."""
    lines = [
        "| experiment | precision | device | steps | skipped | loss, first tenth | last tenth |",
        "|---|---|---|---|---|---|---|",
    ]
    for key, row in rows.items():
        name, precision, _ = key.split(" ")
        if "error" in row:
            lines.append(f"| {name} | {precision} | {row['device']} | – | {row['error']} | – | – |")
        else:
            lines.append(
                f"| {name} | {precision} | {row['device']} | {row['steps']} | {row['skipped']} "
                f"| {row['first losses']:.3f} | {row['last losses']:.3f} |"
            )
    return "\n".join(lines)


def main() -> None:
    """Measure what is missing and print all."""
    known = experiments()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dataset")
    parser.add_argument("--output", type=Path, default=Path("runs/stability.json"))
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--experiment", nargs="*", choices=list(known), default=list(known))
    parser.add_argument("--precision", nargs="*", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--hardware", default="gpu_12gb" if torch.cuda.is_available() else "cpu")
    given, overrides = parsed(parser)
    rows = json.loads(given.output.read_text("utf-8")) if given.output.exists() else {}
    device = torch.cuda.get_device_name() if given.hardware != "cpu" else "CPU"
    count_skipped()
    for name in given.experiment:
        task, preset = known[name]
        for precision in given.precision:
            key = f"{name} {precision} {given.hardware}"
            if key in rows:
                continue
            if precision == "16-mixed" and given.hardware == "cpu":
                # Lightning would quietly take bfloat16.
                rows[key] = {"device": device, "error": "no float16 training on a CPU"}
            else:
                more = [*preset, *overrides]
                measured = measure(task, more, given.dataset, given.steps, precision, given.hardware)
                rows[key] = {"device": device, **measured}
            write_whole(given.output, json.dumps(rows, indent=1))
    print(table(rows))


if __name__ == "__main__":
    main()
