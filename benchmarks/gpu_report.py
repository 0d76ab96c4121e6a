"""What a GPU does with this package, in one command of some five minutes, as tables for docs/scaling.md.

    python benchmarks/gpu_report.py DATASET [--minutes 5] [--hardware gpu_12gb] [--output report.md]

Runs one after the other, each in a process of its own and with what is left of the time: the tests that need a GPU
(synchronisations of every architecture among them), the tests of going on after a stop and of export, memory under the
preset's cap, and throughput with its share of waiting, with and without `torch.compile`. What fails or finds no time
is a row too. Without a GPU the same is run on the CPU with tiny settings, to see that the report works: its figures
mean nothing, and it says so.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
#: Settings that make a run a matter of seconds on a CPU.
_TINY = {
    "detection": [
        "data.train.size=64",
        "data.batch_size=2",
        "encoder.stem=4",
        "encoder.channels=[16,16,16,16]",
    ],
    "recognition": ["data.train.batch=2", "data.train.pool=2", "+recognizer.channels=[16,16,16,16]"],
}


@dataclass(frozen=True)
class Part:
    """A part of the report.

    Attributes:
        name: of its row.
        command: arguments for the interpreter.
        share: of the time that is left, at most.
    """

    name: str
    command: Sequence[str]
    share: float


@dataclass(frozen=True)
class Outcome:
    """How a part ended.

    Attributes:
        status: ``ok``, ``failed``, or ``no time``.
        seconds: that it took.
        text: what it printed.
    """

    status: str
    seconds: float
    text: str


def parts(dataset: str, hardware: str, gpu: bool) -> Iterator[Part]:
    """The parts in the order in which they are run."""
    tests = ["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"]
    chosen = "cuda" if gpu else "reads_no_value and asf"
    yield Part("synchronisations", [*tests, "tests/training/test_synchronisation.py", "-k", chosen], 0.4)
    yield Part(
        "going on after a stop",
        [*tests, "tests/training/test_interruption.py", "-k", "amid and detection and validate and 3"],
        0.3,
    )
    yield Part("export", [*tests, "tests/training/test_training.py", "-k", "read_a_page and float32"], 0.3)
    if gpu:
        memory = ["benchmarks/gpu_memory.py", dataset, "--hardware", hardware, "--steps", "16"]
        yield Part("memory", memory, 0.5)
    for task in ("detection", "recognition"):
        common = [f"hardware={hardware}", "dataloader=cuda"] if gpu else [*_TINY[task], "dataloader=inline"]
        rows = [" ".join(common), " ".join([*common, f"hardware.compile={'inductor' if gpu else 'eager'}"])]
        steps = "160" if gpu else "8"
        script = "benchmarks/training_throughput.py"
        yield Part(f"throughput of {task}", [script, task, *rows, "--data", dataset, "--steps", steps], 0.6)


def run(part: Part, seconds: float) -> Outcome:
    """Run a part, and end it after a time, with the loader processes of its trainings."""
    if seconds < 5:
        return Outcome("no time", 0.0, "")
    began, status = time.monotonic(), ""
    process = subprocess.Popen(
        [sys.executable, *part.command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        text, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        status = "no time"
        _end(process)
        text, _ = process.communicate()
    except BaseException:
        _end(process)
        raise
    return Outcome(status or ("failed" if process.returncode else "ok"), time.monotonic() - began, text)


def _end(process: subprocess.Popen[str]) -> None:
    """Kill a process and those that it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def report(outcomes: Sequence[tuple[Part, Outcome]], device: str) -> str:
    """The tables as Markdown: how each part ended, then the tables that the parts printed."""
    lines = [
        f"{device}, PyTorch {torch.__version__}",
        "",
        "| part | result | s | last line |",
        "|---|---|---|---|",
    ]
    tables: list[str] = []
    for part, outcome in outcomes:
        printed = [line for line in outcome.text.splitlines() if line.strip()]
        rows = [line for line in printed if line.startswith("|")]
        last = "" if rows or not printed else printed[-1].strip("= ").replace("|", "/")[:80]
        lines.append(f"| {part.name} | {outcome.status} | {outcome.seconds:.0f} | {last} |")
        tables += ["", f"{part.name}:", "", *rows] if rows else []
    return "\n".join([*lines, *tables]) + "\n"


def main() -> int:
    """Print the report; 1 where a part failed."""
    parser = argparse.ArgumentParser(description="Measure training on a GPU in one go.")
    parser.add_argument("dataset", help="annotated receipts")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--hardware", default="gpu_12gb")
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    gpu = torch.cuda.is_available()
    device = (
        torch.cuda.get_device_name()
        if gpu
        else f"dry run on a CPU ({platform.machine()}): figures mean nothing"
    )
    end = time.monotonic() + 60 * given.minutes
    outcomes = []
    for part in parts(str(Path(given.dataset).resolve()), given.hardware, gpu):
        left = end - time.monotonic()
        outcomes.append((part, run(part, left * part.share)))
        print(f"{part.name}: {outcomes[-1][1].status}", file=sys.stderr, flush=True)
    text = report(outcomes, device)
    print(text)
    if given.output:
        given.output.write_text(text, "utf-8")
    return 1 if any(outcome.status == "failed" for _, outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
