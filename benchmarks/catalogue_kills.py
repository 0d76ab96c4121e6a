"""Processes that change one catalogue of models and are killed at random: it always loads, and nothing is lost.

    PYTHONPATH=src:. python benchmarks/catalogue_kills.py [--processes 8] [--kills 200] [--seed 0]

Needs the extra ``dev``. Each process adds, promotes, rolls back and removes tiny models as fast as it can and notes
what was done. After every kill (SIGKILL) the catalogue is read, and every model of it is loaded and its hash checked.
At the end every change that was noted stands in the history. Another thread resolves the default model all the time.
Linux and macOS alone.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.models_for_tests import detection_model

from ocr.engine import catalogue_changes as changes
from ocr.engine import catalogue_index as indexing
from ocr.engine.catalogue import Catalogue
from ocr.engine.choice import resolve
from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration, OcrError, Overloaded

_MODELS = 12


def main() -> int:
    """Print how many changes and faults there were; 1 where there was a fault."""
    parser = argparse.ArgumentParser(description="Kill processes that change a catalogue.")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["OCR_HOME"] = str(folder / "home")
        files = [folder / f"m{k}.onnx" for k in range(_MODELS)]
        for file in files:
            file.write_bytes(detection_model(name=file.stem))
        notes = folder / "notes"
        notes.mkdir()
        started = 0

        def begin() -> int:
            nonlocal started
            started += 1
            child = os.fork()
            if child == 0:
                _work(files, notes / f"{started}", random.Random(f"{chosen.seed} {started}"))
            return child

        faults: list[str] = []
        running = [begin() for _ in range(chosen.processes)]
        done = threading.Event()
        # From here on this process has a second thread; children start from the first one, which holds no lock then.
        watching = threading.Thread(target=_watch, args=(done, faults))
        for number in range(chosen.kills):
            time.sleep(rng.uniform(0.0, 0.2))
            at = rng.randrange(len(running))
            os.kill(running[at], signal.SIGKILL)
            os.waitpid(running[at], 0)
            faults += _faults(f"after kill {number}")
            running[at] = begin()
            if number == 0:
                watching.start()
        for child in running:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        done.set()
        watching.join()
        faults += _faults("at the end")
        told, lost = _lost(notes)
        faults += lost
        with indexing.locked(Catalogue().folder):
            pass
        stray = [name for name, fault in Catalogue().verify() if fault is not None]
        left = [path.name for path in (folder / "home" / "models").glob(".*.tmp")]
    for fault in faults:
        print(f"FAULT {fault}")
    print(
        f"{chosen.kills} kills, {told} changes, {len(stray)} files of no model, {len(left)} half written files, "
        f"{len(faults)} faults"
    )
    return int(bool(faults))


def _work(files: list[Path], note: Path, rng: random.Random) -> None:
    """Change the catalogue for ever; a change is noted once it is done."""
    try:
        with note.open("a", buffering=1) as told:
            while True:
                file = rng.choice(files)
                action = rng.choice(list(_CHANGES))
                before = len(Catalogue().history())
                try:
                    _CHANGES[action](file)
                except (BadConfiguration, Overloaded):
                    continue
                told.write(f"{before} {action} {file.stem}\n")
    except BaseException:
        traceback.print_exc()
        with note.with_suffix(".fault").open("w") as file_of_fault:
            traceback.print_exc(file=file_of_fault)
        os._exit(1)


def _loads(model: ModelFile) -> None:
    assert model.task == "detection"


_CHANGES: dict[str, Callable[[Path], object]] = {
    "added": lambda file: changes.add(Catalogue(), file, check=_loads),
    "promoted": lambda file: changes.promote(Catalogue(), file.stem, check=_loads),
    "rolled back": lambda file: changes.rollback(Catalogue(), "detection", check=_loads),
    "removed": lambda file: changes.remove(Catalogue(), file.stem),
}


def _watch(done: threading.Event, faults: list[str]) -> None:
    """What a service does meanwhile: the default model, and a reader's choice by name."""
    while not done.is_set():
        try:
            resolve(None, "detection")
        except OcrError as fault:
            faults.append(f"the default cannot be loaded: {fault}")
        time.sleep(0.002)


def _faults(moment: str) -> list[str]:
    """What is wrong with the catalogue while nobody changes it."""
    catalogue = Catalogue()
    while True:
        try:
            with indexing.locked(catalogue.folder):
                for entry in catalogue.entries():
                    entry.load()
                catalogue.default("detection").load()
                catalogue.rollback_targets("detection")
            return []
        except Overloaded:
            # The others are faster; nothing is wrong with that.
            continue
        except OcrError as fault:
            return [f"{moment}: {fault.code}: {fault}"]


def _lost(notes: Path) -> tuple[int, list[str]]:
    """Number of noted changes, and those that are not in the history."""
    history = Catalogue().history()
    made = Counter((event.action, event.name) for event in history)
    noted: Counter[tuple[str, str]] = Counter()
    faults = [f"a process failed: {file.read_text('utf-8')}" for file in notes.glob("*.fault")]
    for file in notes.iterdir():
        if file.suffix == ".fault":
            continue
        for line in file.read_text("utf-8").splitlines():
            before, rest = line.split(" ", 1)
            action, name = rest.rsplit(" ", 1)
            later = [event for event in history[int(before) :] if event.action == action]
            if action != "rolled back":
                later = [event for event in later if event.name == name]
            # What was there already is no change and leaves no event.
            noted[action, name] += 1
            if not later and action in ("rolled back", "removed"):
                faults.append(f"lost: {line}")
    for key, count in made.items():
        if key[0] == "removed" and count < noted[key]:
            faults.append(f"{noted[key]} times {key[0]} {key[1]} noted, {count} in the history")
    # A name is removed at most as often as it was added.
    for _, name in made:
        extra = made["removed", name] - made["added", name]
        if extra > 0:
            faults.append(f"{name} was removed {extra} times more than added")
    there = {entry.name for entry in Catalogue().entries() if not entry.shipped}
    for name in {name for _, name in made if not name.startswith("shipped-")}:
        if (made["added", name] - made["removed", name] == 1) != (name in there):
            faults.append(f"{name}: history and list disagree")
    return sum(noted.values()), faults


if __name__ == "__main__":
    sys.exit(main())
