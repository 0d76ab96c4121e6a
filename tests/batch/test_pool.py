"""Workers: real processes with real, tiny models."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ocr.batch.pool import Pool, WorkersFail
from ocr.batch.worker import Task
from ocr.pipeline.options import ReadOptions
from tests.models_for_tests import receipt_like
from tests.pictures import encoded
from tests.waiting import PATIENCE

pytest.importorskip("onnx")
_COMMAND = ("-m", "tests.batch.poisoned")


@pytest.fixture(scope="module")
def pool(reader: Any) -> Iterator[Pool]:
    """Two workers of the tiny models; an input may take any time and 2 GB."""
    with Pool(Task(reader, ReadOptions(), ("text",), 2048), 2, PATIENCE, _COMMAND) as pool:
        pool.start()
        yield pool


@pytest.fixture(scope="module")
def page() -> bytes:
    """A picture that the tiny models read."""
    return encoded(receipt_like(), "PNG")


def test_a_row_is_what_the_reader_reads(pool: Pool, reader: Any, page: bytes) -> None:
    reading = pool.read("file:///a.png", page)
    document = json.loads(reading.row.document or "")
    assert document.pop("source") == "file:///a.png"
    assert document == {k: v for k, v in reader.read(page).to_dict().items() if k != "source"}
    assert reading.row.sha256 == hashlib.sha256(page).hexdigest()
    assert reading.files == {"text": (reader.read(page).text + "\n").encode()}


def test_an_input_that_cannot_be_read_has_the_code_of_every_front_end(pool: Pool) -> None:
    rows = [
        pool.read(f"file:///{k}", data).row
        for k, data in enumerate((b"", b"plain text", b"\xff\xd8\xff\xe0"))
    ]
    assert [row.code for row in rows] == ["image_empty", "unsupported_media_type", "image_decode_failed"]
    assert all(row.status == "failed" and row.document is None and row.sha256 for row in rows)


def test_a_worker_that_dies_of_an_input_takes_no_other_with_it(pool: Pool, page: bytes) -> None:
    died = pool.died
    inputs = [page, b"die", page, page]
    with ThreadPoolExecutor(4) as threads:
        rows = list(threads.map(lambda one: pool.read(f"file:///{one[0]}", one[1]).row, enumerate(inputs)))
    assert [row.code for row in rows] == [None, "worker_died", None, None]
    # It was tried twice, the second time alone.
    assert pool.died - died == 2


def test_a_worker_that_another_cause_killed_costs_nothing(pool: Pool, page: bytes, tmp_path: Path) -> None:
    (tmp_path / "flag.png").write_bytes(page)
    row = pool.read("file:///once", b"once " + str(tmp_path / "flag").encode()).row
    assert (row.status, row.code) == ("read", None)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is one of Linux")
def test_a_worker_that_takes_too_much_memory_is_replaced(pool: Pool, page: bytes) -> None:
    assert pool.read("file:///much", b"memory").row.code == "worker_died"
    assert pool.read("file:///after", page).row.status == "read"


def test_an_input_that_takes_too_long_is_given_up(reader: Any) -> None:
    with Pool(Task(reader, ReadOptions()), 1, 0.5, _COMMAND) as pool:
        row = pool.read("file:///slow", b"hang").row
    assert (row.code, row.message) == ("deadline", "the input was not read within 0.5 seconds")


def test_workers_that_cannot_start_end_the_run(reader: Any) -> None:
    with (
        Pool(Task(reader, ReadOptions()), 1, 10.0, ("-c", "raise SystemExit(3)")) as pool,
        pytest.raises(WorkersFail),
    ):
        pool.read("file:///any", b"")


def test_workers_end_with_the_pool(reader: Any) -> None:
    with Pool(Task(reader, ReadOptions()), 1, PATIENCE) as pool:
        pool.start()
        (process,) = pool.processes
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
