"""Damaged pictures, PDFs, model files and documents by the thousand: no crash, no hang, no half picture, little memory.

    PYTHONPATH=src:. python benchmarks/fuzz.py [--count 20000] [--minutes M] [--seed 0] [--start 0] [--bytes]
        [--state FILE] [--keep FOLDER]

Needs the extra ``dev``. The same seed gives the same files. Parts of each format are changed and checksums mended; with
``--bytes`` bytes anywhere are. A file on which the process dies or computes for a minute is named on standard error;
``--keep`` writes every file that something is wrong with; with ``--state`` a later run goes on where this one stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests import fuzzing, structures
from tests.models_for_tests import detection_model, recognition_model

from ocr.io.files import write_whole
from ocr.io.images import PageImage
from ocr.pipeline.reader import Reader

#: Bytes of memory that this process may take.
_MEMORY = 3 * 2**30
#: Seconds of computing time after which a file ends the process, with its stack on standard error.
_HANG = 60.0
#: Files between two lines of progress, and between two saved states.
_STEP = 500
#: Files between two settings of the alarm for a process that waits, which costs as much as a small picture.
_ALARM = 100
#: Every so many pictures of known sizes, and of new ones, are read as well as decoded: reading costs ten times as much
#: and meets nothing but arrays, of which odd ones have odd sizes.
_READ, _READ_NEW = 16, 4


def main() -> int:
    """Try the files and print what came of them; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description="Decode damaged files.")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, help="stop after this time, whatever the count")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first file")
    parser.add_argument("--bytes", action="store_true", help="change bytes, not parts of the format")
    parser.add_argument("--state", type=Path, help="go on where the run that wrote this file stopped")
    parser.add_argument("--keep", type=Path, help="write files with faults into this folder")
    chosen = parser.parse_args()

    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    files = fuzzing.seeds() if chosen.bytes else structures.seeds()
    make = fuzzing.case if chosen.bytes else structures.case
    findings = fuzzing.Findings()
    start = chosen.start
    if chosen.state is not None and chosen.state.exists():
        state = json.loads(chosen.state.read_text("utf-8"))
        start, findings.codes = state["next"], Counter(state["codes"])
        findings.faults = [
            (number, name, tuple(damage), message) for number, name, damage, message in state["faults"]
        ]
    if hasattr(signal, "SIGPROF"):
        faulthandler.register(signal.SIGPROF, chain=True)
    reader = Reader(detection_model(), recognition_model(), threads=1)
    sizes: Counter[tuple[tuple[int, ...], ...]] = Counter()
    ends = time.monotonic() + 60 * chosen.minutes if chosen.minutes else None

    def save(number: int) -> None:
        if chosen.state is not None:
            state = {"next": number, "codes": findings.codes, "faults": findings.faults}
            write_whole(chosen.state, json.dumps(state))

    def numbers() -> Iterator[int]:
        for number in range(start, start + chosen.count):
            if ends is not None and time.monotonic() > ends:
                break
            yield number
        save(number + 1)

    def read(pages: tuple[PageImage, ...]) -> None:
        known = tuple(page.image.shape for page in pages)
        if sizes[known] % _READ == 0 if known in sizes else len(sizes) % _READ_NEW == 0:
            reader.read(pages)
        sizes[known] += 1

    def watch(case: fuzzing.Case) -> None:
        # Computing time, for a process that does not even return from a library: on a busy machine any file takes long.
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, _HANG)
        # And for one that waits for something that never comes.
        if case.number % _ALARM == 0:
            faulthandler.dump_traceback_later(30 * _HANG, exit=True)
        if case.number % _STEP == 0:
            print(f"file {case.number}, {len(findings.faults)} faults", file=sys.stderr, flush=True)
            # The next run begins behind this file: one that ends the process does not end every run.
            save(case.number + 1)

    fuzzing.run(numbers(), seed=chosen.seed, also=read, on_case=watch, files=files, make=make, found=findings)
    faulthandler.cancel_dump_traceback_later()
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, 0)
    for code, count in findings.codes.most_common():
        print(f"{count:7} {code}")
    print(
        f"slowest {findings.slowest:.2f} s, memory of a rejected file at most {findings.memory / 2**20:.1f} MiB"
    )
    for number, name, damage, message in findings.faults:
        print(f"FAULT {number} ({name}; {', '.join(damage)}): {message}")
        if chosen.keep is not None:
            chosen.keep.mkdir(parents=True, exist_ok=True)
            made = make(number, files, chosen.seed)
            (chosen.keep / f"{number}-{name.replace(' ', '-')}").write_bytes(made.data)
    print(f"{len(findings.faults)} faults in {findings.codes.total()} files")
    return int(bool(findings.faults))


if __name__ == "__main__":
    sys.exit(main())
