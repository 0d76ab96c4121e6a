"""One reader a process and model choice: loaded once, found by content, few, freed; and safe between threads."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import onnxruntime
import pytest

import ocr
from ocr.engine import loading
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.pipeline.reader import Reader, ReadOptions
from ocr.pipeline.reader_cache import MAX_READERS, ReaderCache, shared_reader
from tests.models_for_tests import detection_model, receipt_like, recognition_model
from tests.waiting import PATIENCE

T = TypeVar("T")


@pytest.fixture
def cache() -> ReaderCache:
    return ReaderCache()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry a session that is made; making one takes a while."""
    found: list[int] = []
    real = onnxruntime.InferenceSession

    def slow(*arguments: Any, **options: Any) -> Any:
        found.append(threading.get_ident())
        time.sleep(0.02)
        return real(*arguments, **options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", slow)
    return found


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """Call a function in threads that all start at the same moment."""
    gate = threading.Barrier(count)
    results: dict[int, T] = {}

    def run(k: int) -> None:
        gate.wait()
        results[k] = work(k)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == count
    return [results[k] for k in range(count)]


def unique(name: str) -> tuple[bytes, bytes]:
    """Models that no other test has loaded."""
    return detection_model(name=name), recognition_model(name=name)


def write(folder: Path, name: str) -> tuple[Path, Path]:
    paths = folder / "detection.onnx", folder / "recognition.onnx"
    for path, data in zip(paths, unique(name), strict=True):
        path.write_bytes(data)
    return paths


def age(*paths: Path) -> None:
    """Let files look as if they had been there for long."""
    for path in paths:
        os.utime(path, (1e9, 1e9))


def test_sixteen_who_ask_at_once_share_one_load(cache: ReaderCache, made: list[int], tmp_path: Path) -> None:
    paths = write(tmp_path, "crowd")
    readers = at_once(16, lambda k: cache.get(*paths, threads=1))
    assert len({id(reader) for reader in readers}) == 1
    assert len(made) == 2  # One session a model.
    assert cache.get(*paths, threads=1) is readers[0]
    assert len(made) == 2


def test_the_same_content_is_the_same_reader_wherever_it_lies(
    cache: ReaderCache, made: list[int], tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    paths, twins = write(here, "twins"), write(there, "twins")
    reader = cache.get(*paths, threads=1)
    assert cache.get(*twins, threads=1) is reader
    assert cache.get(*(str(path) for path in paths), threads=1) is reader
    assert cache.get(*unique("twins"), threads=1) is reader
    assert len(made) == 2
    # Another number of threads is another reader, and regions alone need no recognition model.
    assert cache.get(*paths, threads=2) is not reader
    regions = cache.get(paths[0], threads=1, regions_only=True)
    assert [model.task for model in regions.models] == ["detection"]
    # The recognition network runs on one thread in all of them, in several threads at once.
    assert len(made) == 3


def test_a_replaced_file_is_noticed(cache: ReaderCache, tmp_path: Path) -> None:
    paths = write(tmp_path, "before")
    first = cache.get(*paths, threads=1)
    fresh = tmp_path / "fresh.onnx"
    fresh.write_bytes(detection_model(name="after!"))
    # Of the same size, so that only times, place and content tell.
    assert fresh.stat().st_size == paths[0].stat().st_size
    fresh.replace(paths[0])
    second = cache.get(*paths, threads=1)
    assert second is not first
    assert [model.name for model in second.models] == ["after!", "before"]
    # Written in place a moment later: the file system's clock may not even have moved.
    paths[0].write_bytes(detection_model(name="later!"))
    assert cache.get(*paths, threads=1).models[0].name == "later!"
    paths[0].write_bytes(b"half a mod")
    with pytest.raises(ModelInvalid, match=r"detection\.onnx"):
        cache.get(*paths, threads=1)
    paths[0].write_bytes(detection_model(name="before"))
    assert cache.get(*paths, threads=1) is first


def test_an_unchanged_file_is_not_read_again(
    cache: ReaderCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write(tmp_path, "unchanged")
    reader = cache.get(*paths, threads=1)
    # The entry's own time cannot be set back; wait is what an installed model has done for long.
    monkeypatch.setattr("ocr.engine.stamp._COARSEST_NS", 0)
    reads: list[Any] = []
    real = loading.ModelFile.load
    monkeypatch.setattr(loading.ModelFile, "load", lambda *a, **k: (reads.append(a), real(*a, **k))[1])
    assert cache.get(*paths, threads=1) is reader
    assert len(reads) == 2  # Stamped while young, so looked at once more.
    for _ in range(5):
        assert cache.get(*paths, threads=1) is reader
    assert len(reads) == 2
    age(*paths)  # Touched: read again, found the same, and then left alone.
    for _ in range(3):
        assert cache.get(*paths, threads=1) is reader
    assert len(reads) == 4


def test_a_failed_load_is_told_to_all_and_tried_again(
    cache: ReaderCache, tmp_path: Path, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write(tmp_path, "failing")
    working = onnxruntime.InferenceSession

    def broken(*arguments: Any, **options: Any) -> Any:
        time.sleep(0.05)
        raise RuntimeError("no memory")

    monkeypatch.setattr(onnxruntime, "InferenceSession", broken)

    def ask(k: int) -> str:
        with pytest.raises(ModelInvalid, match="no memory") as fault:
            cache.get(*paths, threads=1)
        return fault.value.code

    assert at_once(4, ask) == ["model_invalid"] * 4
    assert len(cache) == 0
    monkeypatch.setattr(onnxruntime, "InferenceSession", working)
    assert cache.get(*paths, threads=1).read(receipt_like()).lines


def test_eviction_frees_the_reader_and_its_networks() -> None:
    cache = ReaderCache(2)
    first = cache.get(*unique("evicted"), threads=1)
    gone = [weakref.ref(first), weakref.ref(first._detector._network), weakref.ref(first.models[0])]
    del first
    for k in range(2):
        assert gone[0]() is not None
        cache.get(*unique(f"newer {k}"), threads=1)
    gc.collect()
    assert [reference() for reference in gone] == [None] * 3
    assert len(cache) == 2


def test_the_cache_is_bounded_and_keeps_what_is_asked_for() -> None:
    cache = ReaderCache()
    kept = cache.get(*unique("kept"), threads=1)
    for k in range(MAX_READERS + 2):
        cache.get(detection_model(name=f"passing {k}"), threads=1, regions_only=True)
        assert cache.get(*unique("kept"), threads=1) is kept
        assert len(cache) <= MAX_READERS


def test_one_in_use_survives_its_eviction() -> None:
    cache = ReaderCache(1)
    reader = cache.get(*unique("in use"), threads=1)
    expected = reader.read(receipt_like())
    cache.get(*unique("other"), threads=1)
    cache.clear()
    assert reader.read(receipt_like()) == expected


def test_public_functions_share_a_reader(models: tuple[Path, Path]) -> None:
    assert ocr.shared_reader(*models, threads=1) is shared_reader(*models, threads=1)
    with pytest.raises(BadConfiguration, match="threads"):
        shared_reader(*models, threads=0)


def test_options_of_a_call_leave_no_trace(models: tuple[Path, Path]) -> None:
    reader = Reader(*models, threads=1)
    plain = reader.read(receipt_like()).to_json()

    def state() -> list[str]:
        parts: list[Any] = [reader._detector, reader._recognizer]
        return [repr({k: v for k, v in vars(part).items() if k != "_network"}) for part in parts]

    before = state()
    options = ReadOptions(max_regions=1, min_confidence=0.5, password="x", limits=ocr.Limits(max_pages=1))
    assert len(reader.read(receipt_like(), options).lines) == 1
    assert reader.detect(receipt_like(), options).lines
    assert reader.read(receipt_like()).to_json() == plain
    assert state() == before
    with pytest.raises(AttributeError):
        reader.options = options  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        options.max_regions = 2  # type: ignore[misc]


FORKING = """
import os, sys
from ocr.pipeline.reader_cache import shared_reader
from tests.models_for_tests import detection_model, receipt_like, recognition_model
models = detection_model(), recognition_model()
expected = shared_reader(*models, threads=2).read(receipt_like())
child = os.fork()
if not child:
    # Ends as a program does, which frees everything.
    sys.exit(7 if shared_reader(*models, threads=2).read(receipt_like()) == expected else 8)
sys.exit(os.waitpid(child, 0)[1] >> 8)
"""


@pytest.mark.skipif(
    not hasattr(os, "fork") or sys.platform == "darwin", reason="processes are not forked on this system"
)
def test_a_forked_process_has_readers_of_its_own() -> None:
    # The threads of the parent's networks are not there in the child: running or freeing those would never end.
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", FORKING], cwd=root, timeout=PATIENCE, check=False)
    assert done.returncode == 7
