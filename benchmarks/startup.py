"""What starting costs: wall time and imported modules, against bare Python, in turns on the same machine.

    python benchmarks/startup.py [--repeats 15] [--picture examples/scan.jpg] [--json FILE]

Seconds are medians of processes that ran one after the other in turns, so that a busy machine slows all alike; ratios
to bare Python in the same run can be compared, seconds of different runs cannot. Modules are what ``sys.modules``
holds beyond those of bare Python; `tests/test_startup.py` holds them to a budget.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_COUNT = "import sys; print(len(sys.modules), file=sys.stderr)"


def programs(picture: Path) -> dict[str, str]:
    """What is started, as Python source by its name."""

    def command(*arguments: str) -> str:
        return (
            f"import contextlib, ocr.cli\nwith contextlib.suppress(SystemExit): ocr.cli.main({arguments!r})"
        )

    return {
        "bare Python": "pass",
        "import ocr": "import ocr",
        "ocr --version": command("--version"),
        "ocr --help": command("--help"),
        "ocr read --help": command("read", "--help"),
        "ocr train --help": command("train", "--help"),
        f"ocr read {picture.name}": command("read", str(picture)),
    }


def main() -> None:
    """Measure, and print a line for each program."""
    parser = argparse.ArgumentParser(description="Measure what starting costs.")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--picture", type=Path, default=ROOT / "examples" / "scan.jpg")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    given = parser.parse_args()
    started = programs(given.picture)
    seconds: dict[str, list[float]] = {name: [] for name in started}
    # The first round fills the caches of bytecode and files, and is not counted.
    for round_number in range(given.repeats + 1):
        for name, source in started.items():
            before = time.perf_counter()
            subprocess.run([sys.executable, "-c", source], check=True, stdout=subprocess.DEVNULL)
            if round_number:
                seconds[name].append(time.perf_counter() - before)
    modules = {
        name: int(
            subprocess.run(
                [sys.executable, "-c", f"{source}\n{_COUNT}"], capture_output=True, text=True
            ).stderr
        )
        for name, source in started.items()
    }
    bare, empty = statistics.median(seconds["bare Python"]), modules["bare Python"]
    rows = {
        name: {
            "seconds": round(statistics.median(times), 4),
            "ratio": round(statistics.median(times) / bare, 2),
            "modules": modules[name] - empty,
        }
        for name, times in seconds.items()
    }
    for name, row in rows.items():
        print(
            f"{name:<20} {row['seconds']:7.3f} s  {row['ratio']:6.2f} x bare  {row['modules']:5.0f} modules"
        )
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
