"""Readers in other places than the main thread of one process: pickled, copied, in pools, under asyncio, after main."""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import pickle
import subprocess
import sys
import textwrap
import types
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

import ocr
from ocr.engine.model_file import ModelFile
from ocr.errors import ModelInvalid
from ocr.pipeline.options import ReadOptions
from ocr.pipeline.reader import Reader
from tests.models_for_tests import detection_model, receipt_like, recognition_model
from tests.pictures import encoded
from tests.waiting import PATIENCE

PAGE = receipt_like()


def read_with(reader: Reader, data: bytes, options: ReadOptions) -> str:
    """What a worker of a pool does."""
    return reader.read(data, options).to_json()


def test_a_reader_is_pickled_as_paths_and_hashes(models: tuple[Path, Path]) -> None:
    reader = Reader(*models, threads=1)
    packed = pickle.dumps(reader)
    assert len(packed) < 1500
    assert pickle.loads(packed).read(PAGE) == reader.read(PAGE)
    assert pickle.loads(packed).models == reader.models
    # The bytes are in memory once.
    assert pickle.loads(packed).models[0] is reader.models[0]
    assert len(pickle.dumps(Reader("shipped", "shipped", threads=1))) < 1500


def test_a_reader_of_bytes_is_pickled_with_them(models: tuple[Path, Path]) -> None:
    detection, recognition = (path.read_bytes() for path in models)
    del models
    reader = Reader(detection_model(name="only bytes"), recognition_model(name="only bytes"), threads=1)
    assert len(pickle.dumps(reader)) > len(reader.models[0].data)
    assert pickle.loads(pickle.dumps(reader)).read(PAGE).text == reader.read(PAGE).text
    assert detection
    assert recognition


def test_a_model_that_was_replaced_is_not_taken_for_the_pickled_one(tmp_path: Path) -> None:
    path = tmp_path / "detection.onnx"
    path.write_bytes(detection_model(name="before it was replaced"))
    model = ModelFile.load(path, task="detection")
    packed = pickle.dumps(model)
    path.write_bytes(detection_model(name="after it was replaced"))
    with pytest.raises(ModelInvalid, match="SHA-256"):
        pickle.loads(packed)
    path.unlink()
    # Where the file is gone when it is pickled, the bytes go along.
    assert pickle.loads(pickle.dumps(model)) == model


def test_settings_of_a_reader_survive(models: tuple[Path, Path]) -> None:
    for reader in (Reader.for_regions(models[0], threads=1), Reader(*models, threads=3)):
        for twin in (pickle.loads(pickle.dumps(reader)), copy.deepcopy(reader), copy.copy(reader)):
            assert (twin.threads, twin.backends, twin.providers) == (
                reader.threads,
                reader.backends,
                reader.providers,
            )
            assert twin.models == reader.models
            assert twin.detect(PAGE) == reader.detect(PAGE)
    assert len({reader, Reader(*models, threads=1)}) == 2
    beamless = Reader("shipped", "shipped", threads=1).with_beam(None)
    twin = pickle.loads(pickle.dumps(beamless))
    assert twin._recognizer._beam is None
    assert twin._recognizer._own_beam is not None


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_pools_of_processes_read_with_a_reader_that_they_are_given(
    models: tuple[Path, Path], method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # New processes run the main module of this one; that of a test run is none of theirs.
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    if method == "forkserver" and sys.platform == "darwin":
        pytest.skip("forked processes are not safe on this system")
    reader = Reader(*models, threads=2)
    options = ReadOptions(min_confidence=0.2, decoding={"box_threshold": 0.5})
    data = encoded(PAGE, "PNG")
    expected = reader.read(data, options).to_json()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        futures = [pool.submit(read_with, reader, data, options) for _ in range(4)]
        assert [future.result(timeout=PATIENCE) for future in futures] == [expected] * 4


def test_reads_run_beside_each_other_under_asyncio(reader: Reader) -> None:
    async def read_all() -> list[ocr.Document]:
        return await asyncio.gather(*(asyncio.to_thread(reader.read, PAGE) for _ in range(6)))

    assert asyncio.run(read_all()) == [reader.read(PAGE)] * 6


def test_threads_that_outlive_the_main_one_read(models: tuple[Path, Path]) -> None:
    script = f"""
        import threading, time
        import numpy as np
        import ocr
        from tests.models_for_tests import receipt_like
        reader = ocr.Reader({str(models[0])!r}, {str(models[1])!r}, threads=2)
        page = receipt_like(("mi", "im") * 9, width=240, height=1200)
        expected = reader.read(page)
        def work():
            threading.main_thread().join()
            for _ in range(3):
                assert reader.read(page) == expected
            assert [r.ok for r in reader.read_many([page] * 4)] == [True] * 4
            print("read", flush=True)
        threading.Thread(target=work).start()
    """
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "read\n", "")
