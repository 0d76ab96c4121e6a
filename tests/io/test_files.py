"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest

from ocr.errors import OutputFailed
from ocr.io.files import create_whole, write_whole


def test_bytes_text_and_functions_are_written_into_new_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.txt"
    assert write_whole(path, "zwei\nü") == path
    assert path.read_bytes() == "zwei\nü".encode()
    write_whole(path, b"three")
    assert path.read_bytes() == b"three"
    write_whole(path, lambda file: file.write(b"four") and None)
    assert path.read_bytes() == b"four"
    assert [p.name for p in path.parent.iterdir()] == ["c.txt"]


def test_a_failure_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "old")

    def fail(file: IO[bytes]) -> None:
        file.write(b"half")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_whole(path, fail)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_what_the_system_refuses_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputFailed, match="cannot be written"):
        write_whole(tmp_path / "file" / "below", "x")


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "without"])
def test_a_file_is_created_once(links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no links here")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "a" / "b.txt"
    with ThreadPoolExecutor(8) as threads:
        written = list(threads.map(lambda number: create_whole(path, f"writer {number}"), range(8)))
    assert sorted(written) == [False] * 7 + [True]
    assert path.read_text() == f"writer {written.index(True)}"
    assert {p.name for p in path.parent.iterdir()} <= {"b.txt", ".ocr-lock"}
