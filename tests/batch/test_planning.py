"""Plans of several programs at once, on names that come and change while they list."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ocr.batch.generations import Generation
from ocr.batch.manifest import Manifest
from ocr.batch.planning import Planner
from ocr.batch.sources import Source
from ocr.batch.store import Object, raw
from ocr.errors import InputNotFound

pytest.importorskip("pyarrow")


class MemoryStore:
    """A store of a dictionary, of which every request takes a while of its own."""

    root = "memory://store/"

    def __init__(self, seed: int, pause: float = 0.0) -> None:
        self.objects: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._chance, self._pause = random.Random(seed), pause

    def _wait(self) -> None:
        if self._pause:
            time.sleep(self._pause * self._chance.random())

    def list(self, prefix: str = "", after: str | None = None) -> Iterator[Object]:
        with self._lock:
            keys = sorted((key for key in self.objects if key.startswith(prefix)), key=raw)
        for key in keys:
            if after is None or raw(key) > raw(after):
                self._wait()
                yield Object(key, len(self.objects[key]), str(hash(self.objects[key])))

    def head(self, key: str) -> Object | None:
        self._wait()
        content = self.objects.get(key)
        return None if content is None else Object(key, len(content), str(hash(content)))

    def get(self, key: str) -> bytes:
        self._wait()
        if key not in self.objects:
            raise InputNotFound(key)
        return self.objects[key]

    def create(self, key: str, content: bytes) -> bool:
        self._wait()
        with self._lock:
            return self.objects.setdefault(key, content) is content


def _planner(
    destination: MemoryStore, names: MemoryStore, rerun: str | None = None, number: int = 0
) -> Planner:
    source = Source.__new__(Source)
    values: dict[str, Any] = {
        "store": names,
        "_only": None,
        "_left_out": None,
        "_archives": None,
        "_listed": None,
    }
    vars(source).update(values)
    store: Any = destination
    return Planner(store, source, Generation(number, names.root, {}, rerun), part_size=3)


def _planned(destination: MemoryStore) -> list[str]:
    store: Any = destination
    manifest = Manifest(store)
    manifest.look()
    return [entry.key for number in range(manifest.count) for entry in manifest.load(number).entries]


def test_a_plan_is_the_same_wherever_it_was_interrupted() -> None:
    names, whole = MemoryStore(0), MemoryStore(0)
    for number in range(20):
        names.objects[f"{number:02d}.jpg"] = b"x"
    _planner(whole, names).run(lambda _: None)
    for parts in range(1, 7):
        destination, cancel = MemoryStore(0), threading.Event()
        _planner(destination, names).run(lambda n, p=parts, c=cancel: c.set() if n == p - 1 else None, cancel)
        assert len(_planned(destination)) < 20
        _planner(destination, names).run(lambda _: None)
        assert destination.objects == whole.objects


@pytest.mark.parametrize("seed", range(12))
def test_programs_that_plan_at_once_lose_no_name_and_take_none_twice(seed: int) -> None:
    chance = random.Random(seed)
    names, destination = MemoryStore(seed, 0.0005), MemoryStore(seed, 0.0005)
    for number in chance.sample(range(1000), 30):
        names.objects[f"{number:03d}.jpg"] = b"x"

    def plan() -> None:
        for _ in range(2):
            _planner(destination, names).run(lambda _: None)

    threads = [threading.Thread(target=plan) for _ in range(3)]
    for thread in threads:
        thread.start()
    # Names come in while they are listed, anywhere in their order.
    for number in chance.sample(range(1000), 15):
        names.objects.setdefault(f"{number:03d}.jpg", b"x")
        time.sleep(0.001)
    for thread in threads:
        thread.join()
    _planner(destination, names).run(lambda _: None)
    assert Counter(_planned(destination)) == Counter(dict.fromkeys(names.objects, 1))


def test_changes_are_found_in_every_run_of_parts() -> None:
    names, destination = MemoryStore(0), MemoryStore(0)
    for start in (0, 1, 2):
        for number in range(start, 30, 3):
            names.objects[f"{number:02d}.jpg"] = b"x"
        _planner(destination, names).run(lambda _: None)
    for number in (0, 7, 29):
        names.objects[f"{number:02d}.jpg"] = b"changed"
    del names.objects["15.jpg"]
    findings = _planner(destination, names).run(lambda _: None)
    assert (findings.added, findings.changed, findings.gone) == (0, 3, 1)
    emitted: list[int] = []
    _planner(destination, names, "changed", 1).run(emitted.append)
    again = [number for number, count in Counter(emitted).items() if count == 2]
    assert len(again) == 3
    assert _planner(destination, names, "changed", 2).run(lambda _: None).changed == 0
