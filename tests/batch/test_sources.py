"""What a source holds, in which order, and how its bytes are had."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from ocr.batch.local_store import LocalStore
from ocr.batch.manifest import Entry
from ocr.batch.object_store import ObjectStore
from ocr.batch.places import open_destination, open_store
from ocr.batch.sources import Skipped, Source
from ocr.batch.store import Store, raw
from ocr.errors import BadConfiguration, ImageTooLarge, InputNotFound, InputUnreadable
from tests.models_for_tests import receipt_like
from tests.pictures import encoded

_KEYS = ("a.jpg", "a/b.jpg", "a0.jpg", "b/a/c.png", "b/a.png", "b0", "é.jpg")


def _stores(tmp_path: Path) -> list[Store]:
    pytest.importorskip("obstore")
    return [LocalStore(tmp_path / "store"), ObjectStore("memory:///")]


def test_stores_list_in_the_order_of_bytes_from_any_key_on(tmp_path: Path) -> None:
    for store in _stores(tmp_path):
        for key in reversed(_KEYS):
            assert store.create(key, key.encode())
        expected = sorted(_KEYS, key=raw)
        assert [one.key for one in store.list()] == expected
        for after in (*_KEYS, "a/", "a/a", "b/a", "b/a/", "zzz"):
            assert [one.key for one in store.list(after=after)] == [
                k for k in expected if raw(k) > raw(after)
            ]
        assert [one.key for one in store.list("b/")] == ["b/a.png", "b/a/c.png"]


def test_a_file_is_created_once_and_replaced_only_as_it_was_seen(tmp_path: Path) -> None:
    for store in _stores(tmp_path):
        assert store.create("k", b"first")
        assert not store.create("k", io.BytesIO(b"second"))
        seen = store.head("k")
        assert seen is not None
        assert store.get("k") == b"first"
        assert store.replace("k", io.BytesIO(b"third!"), seen.etag)
        assert not store.replace("k", b"fourth", seen.etag)
        assert not store.replace("missing", b"fourth", seen.etag)
        assert (store.get("k"), store.get_range("k", 2, 3)) == (b"third!", b"ird")
        with store.open("k") as file:
            file.seek(-2, 2)
            assert file.read() == b"d!"
        store.put("k", b"fifth")
        assert store.get("k") == b"fifth"
        store.delete("k")
        store.delete("k")
        assert store.head("k") is None
        with pytest.raises(InputNotFound):
            store.get("k")


def test_files_on_their_way_that_a_killed_program_left_are_removed_after_a_day(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("documents/a", b"x")
    left = {days: tmp_path / "documents" / f".a.{days}.tmp" for days in (0, 2)}
    for days, path in left.items():
        path.write_bytes(b"half")
        os.utime(path, (time.time() - 86_400 * days,) * 2)
    open_destination(str(tmp_path))
    assert [path.exists() for path in left.values()] == [True, False]


def test_places_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="schemes are file, s3, gs, az"):
        open_store("s4://bucket")
    with pytest.raises(InputNotFound):
        Source(str(tmp_path / "missing"))
    assert Source(f"file://{tmp_path}").root == f"file://{tmp_path}/"


def test_a_folder_holds_pictures_by_name_or_content_and_never_its_own_results(tmp_path: Path) -> None:
    picture = encoded(receipt_like(), "PNG")
    for name, content in {
        "a.jpg": b"damaged",
        "b": picture,
        "c.txt": b"text",
        ".hidden.png": picture,
        "d/.e/f.png": picture,
        "d/g.overlay.png": picture,
        "out/png/a.jpg.png": picture,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    skipped = Skipped()
    source = Source(str(tmp_path), open_store(str(tmp_path / "out")))
    assert [one.key for one in source.entries(None, skipped)] == ["a.jpg", "b"]
    assert skipped.examples == ["c.txt", "d/g.overlay.png"]
    assert [one.key for one in Source(str(tmp_path / "b")).entries()] == ["b"]


def test_names_that_are_no_utf8_are_read(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.jpg"
    try:
        with open(name, "wb") as file:  # noqa: PTH123 (the name is bytes)
            file.write(b"x")
    except OSError:
        pytest.skip("this file system takes no such names")
    source = Source(str(tmp_path))
    (entry,) = source.entries()
    assert source.read(entry, 10) == b"x"
    assert entry.uri(source.root) == f"file://{tmp_path}/\\xff.jpg"


def _tar(file: IO[bytes], members: dict[str, bytes]) -> None:
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


_COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    ".tar": lambda data: data,
    ".tar.gz": gzip.compress,
    ".tar.bz2": bz2.compress,
    ".tar.xz": lzma.compress,
}
_MEMBERS = {
    "z.jpg": b"last" * 1000,
    "folder/a.png": b"first",
    "notes.txt": b"no",
    "b.pdf": b"second",
    "./c.jpg": b"third",
}


@pytest.mark.parametrize("suffix", [".zip", *_COMPRESSORS])
def test_members_of_archives_are_inputs(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"receipts{suffix}"
    buffer = io.BytesIO()
    if suffix == ".zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in _MEMBERS.items():
                archive.writestr(name, content)
        path.write_bytes(buffer.getvalue())
    else:
        _tar(buffer, _MEMBERS)
        path.write_bytes(_COMPRESSORS[suffix](buffer.getvalue()))
    (tmp_path / "z.jpg").write_bytes(b"beside")
    skipped = Skipped()
    source = Source(str(tmp_path))
    entries = list(source.entries(None, skipped))
    assert [one.uri("") for one in entries] == [
        *(f"receipts{suffix}!/{name}" for name in ("./c.jpg", "b.pdf", "folder/a.png", "z.jpg")),
        "z.jpg",
    ]
    assert skipped.examples == [f"receipts{suffix}!/notes.txt"]
    # In any order, and from the middle of the archive on.
    for one in (entries[3], entries[0], entries[2], entries[1], entries[3]):
        assert source.read(one, 10_000) == _MEMBERS[one.member]
    assert list(source.entries(entries[2])) == entries[3:]
    assert [one.member for one in Source(str(path)).entries()] == [
        "./c.jpg",
        "b.pdf",
        "folder/a.png",
        "z.jpg",
    ]
    changed, gone = entries[0]._replace(etag="other"), entries[0]._replace(member="d.pdf")
    assert [source.current(one) for one in (*entries, changed, gone)] == [True] * 5 + [False, None]
    with pytest.raises(ImageTooLarge):
        source.read(entries[3], 100)
    source.close()


def test_a_damaged_archive_is_an_input_that_fails_and_an_encrypted_member_too(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 but no more")
    (tmp_path / "broken.tar.gz").write_bytes(gzip.compress(b"no archive" * 100)[:-20])
    skipped = Skipped()
    source = Source(str(tmp_path))
    assert [one.key for one in source.entries(None, skipped)] == ["broken.tar.gz", "broken.zip"]
    assert skipped.archives == ["broken.tar.gz", "broken.zip"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.jpg", b"secret")
    data = bytearray(buffer.getvalue())
    # The flag of an encrypted member, in both headers.
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(bytes(data))
    entry = next(one for one in source.entries() if one.member)
    with pytest.raises(InputUnreadable, match="encrypted"):
        source.read(entry, 100)


def test_archives_in_a_bucket_are_read_by_ranges() -> None:
    pytest.importorskip("obstore")
    store: Any = ObjectStore("memory:///")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.jpg", os.urandom(1 << 20))
    store.put("a.zip", buffer.getvalue())
    source = Source.__new__(Source)
    source.store, source._only, source._left_out, source._archives = store, None, None, None
    source._listed = None
    entries = list(source.entries())
    assert [one.member for one in entries] == ["0.jpg", "1.jpg", "2.jpg"]
    with zipfile.ZipFile(buffer) as archive:
        assert all(source.read(one, 1 << 21) == archive.read(one.member) for one in entries)
    with pytest.raises(InputNotFound):
        source.read(Entry("a.zip", "3.jpg", 1, ""), 100)
