"""Damaged pictures and PDFs by the thousand: no crash, no hang, no half picture, no memory for what is rejected.

    PYTHONPATH=src:. python benchmarks/fuzz.py [--count 20000] [--seed 0] [--start 0] [--keep FOLDER]

Needs the extra ``dev``. The same seed gives the same files. A file on which the process dies or hangs for a minute is
named on standard error; ``--keep`` writes every file that something is wrong with.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
from pathlib import Path

from tests import fuzzing
from tests.models_for_tests import detection_model, recognition_model

from ocr.pipeline.reader import Reader


def main() -> int:
    """Try the files and print what came of them; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description="Decode damaged pictures and PDFs.")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first file")
    parser.add_argument("--keep", type=Path, help="write files with faults into this folder")
    chosen = parser.parse_args()

    reader = Reader(detection_model(), recognition_model(), threads=1)
    last: list[fuzzing.Case] = []

    def watch(case: fuzzing.Case) -> None:
        last[:] = [case]
        # Wall-clock time, for a process that does not even return from a library.
        faulthandler.dump_traceback_later(60, exit=True)
        if case.number % 500 == 0:
            print(f"file {case.number}", file=sys.stderr, flush=True)

    numbers = range(chosen.start, chosen.start + chosen.count)
    found = fuzzing.run(numbers, seed=chosen.seed, also=reader.read, on_case=watch)
    faulthandler.cancel_dump_traceback_later()
    for code, count in found.codes.most_common():
        print(f"{count:7} {code}")
    print(f"slowest {found.slowest:.2f} s, memory of a rejected file at most {found.memory / 2**20:.1f} MiB")
    files = fuzzing.seeds()
    for number, name, damage, message in found.faults:
        print(f"FAULT {number} ({name}; {', '.join(damage)}): {message}")
        if chosen.keep is not None:
            chosen.keep.mkdir(parents=True, exist_ok=True)
            made = fuzzing.case(number, files, chosen.seed)
            (chosen.keep / f"{number}-{name.replace(' ', '-')}").write_bytes(made.data)
    print(f"{len(found.faults)} faults in {chosen.count} files")
    return int(bool(found.faults))


if __name__ == "__main__":
    sys.exit(main())
