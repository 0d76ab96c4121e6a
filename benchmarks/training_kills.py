"""Training runs that are killed again and again: each goes on to the weights and rows of a run that nothing stopped.

    PYTHONPATH=src:. python benchmarks/training_kills.py [--kills 50] [--a-run 5] [--task recognition] [--seed 0]
        [--state FILE] [--keep FOLDER]

Needs the extra ``dev``. The networks are those of the tests; a checkpoint is written at every step, so that kills
(SIGKILL, at a random moment of the run) also hit the writing. With ``--state`` a later call goes on where this one
stopped. Linux and macOS alone.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

import torch
from tests.training.runs import overrides, write_pages

from ocr.io.files import write_whole
from ocr.training import run, runs
from ocr.training.callbacks import saving

#: Steps of a run, in three epochs with a validation each.
_STEPS = ("steps=12", "epoch_steps=4")


def main() -> int:
    """Print what came of every run; 1 where any did not go on as it should."""
    parser = argparse.ArgumentParser(description="Kill training runs.")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--a-run", type=int, default=5, help="kills before a run is left to its end")
    parser.add_argument("--task", nargs="*", choices=run.TASKS, default=list(run.TASKS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--state", type=Path, help="go on where the call that wrote this file stopped")
    parser.add_argument("--keep", type=Path, help="keep the folders of runs with faults here")
    chosen = parser.parse_args()
    # Every process is a fork of this one, which saves it the imports; threads of this one would not be in it.
    torch.set_num_threads(1)
    saving.FIRST = saving.EVERY = 0.0
    state = {"runs": 0, "killed": 0, "faults": 0}
    if chosen.state is not None and chosen.state.exists():
        state = json.loads(chosen.state.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = write_pages(folder / "pages")
        whole: dict[str, tuple[dict[str, Any], list[dict[str, float]], float]] = {}
        while state["killed"] < chosen.kills:
            number = state["runs"]
            rng = random.Random(f"{chosen.seed} {number}")
            task = chosen.task[number % len(chosen.task)]
            given = overrides(task, data, folder / f"{number}", f"data.validation.path={data}", *_STEPS)
            if task not in whole:
                began = time.monotonic()
                unbroken = overrides(task, data, folder / task, f"data.validation.path={data}", *_STEPS)
                assert start(task, unbroken, None) == 0, "the unbroken run failed"
                whole[task] = (*outcome(folder / task), time.monotonic() - began)
            weights, rows, seconds = whole[task]
            hits = 0
            for _ in range(min(chosen.a_run, chosen.kills - state["killed"])):
                hits += start(task, given, rng.uniform(0.0, seconds)) != 0
            status = start(task, given, None)
            fault = "it did not end" if status else compared(folder / f"{number}", weights, rows)
            print(f"{task} {number}: {hits} kills, {fault or 'as the unbroken run'}", flush=True)
            if fault and chosen.keep is not None:
                shutil.copytree(folder / f"{number}", chosen.keep / f"{chosen.seed}-{number}")
            shutil.rmtree(folder / f"{number}")
            state = {
                "runs": number + 1,
                "killed": state["killed"] + hits,
                "faults": state["faults"] + bool(fault),
            }
            if chosen.state is not None:
                write_whole(chosen.state, json.dumps(state))
    print(f"{state['faults']} faults in {state['runs']} runs that were killed {state['killed']} times")
    return int(state["faults"] > 0)


def start(task: str, given: list[str], seconds: float | None) -> int:
    """Run in a process of its own, killed after so many seconds; what ``waitpid`` says of it, 0 where it ended well."""
    child = os.fork()
    if child == 0:
        try:
            run.run(run.compose(task, given))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if seconds is not None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return status
            time.sleep(min(0.01, max(0.0, ends - time.monotonic())))
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def outcome(folder: Path) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """The last checkpoint, and the rows without the figures of the clock."""
    saved = torch.load(folder / "checkpoints/last.ckpt", weights_only=True)
    rows = [
        {key: value for key, value in row.items() if not key.startswith("throughput/")}
        for row in runs.Run(folder).figures()
    ]
    return saved, rows


def compared(folder: Path, weights: dict[str, Any], rows: list[dict[str, float]]) -> str:
    """How a run differs from the unbroken one; empty where it does not."""
    saved, logged = outcome(folder)
    for part in ("state_dict", "current_model_state"):
        for name, value in weights[part].items():
            if not torch.equal(value, saved[part][name]):
                return f"other weights: {part} {name}"
    for one, other in zip(rows, logged, strict=False):
        differing = [
            key
            for key in one.keys() | other.keys()
            if not _same(one.get(key, math.inf), other.get(key, math.inf))
        ]
        if differing:
            return f"other figures at step {one['step']:g}: {', '.join(sorted(differing))}"
    if len(rows) != len(logged):
        return f"{len(logged)} rows instead of {len(rows)}"
    left = [path.name for path in folder.rglob("*.tmp")]
    return f"left behind: {', '.join(left)}" if left else ""


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


if __name__ == "__main__":
    sys.exit(main())
