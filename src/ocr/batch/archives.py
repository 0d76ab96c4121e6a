"""Zip and tar archives as sources: their members by name, and the bytes of one."""

from __future__ import annotations

import contextlib
import shutil
import tarfile
import tempfile
import threading
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import IO, Any

from ocr.batch.manifest import Entry
from ocr.batch.store import Object, Store, raw
from ocr.errors import ImageTooLarge, InputNotFound, InputUnreadable

#: Ends of names of archives, zip first.
ZIP = (".zip",)
TAR = (".tar",)
#: Whose members are not to be had without decompressing what is before them.
COMPRESSED_TAR = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
SUFFIXES = ZIP + TAR + COMPRESSED_TAR
#: What a damaged archive raises.
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
)
#: Archives that are kept open.
_OPEN = 4


def is_archive(name: str) -> bool:
    """Whether a name is that of an archive."""
    return name.lower().endswith(SUFFIXES)


def members(store: Store, archive: Object, wanted: Any) -> Iterator[Entry]:
    """The inputs in an archive, by name; of several members of one name the last, as unpacking would leave it.

    Args:
        store: where it lies.
        archive: itself.
        wanted: says of a name whether it is that of an input.

    Raises:
        InputUnreadable: it is damaged.
    """
    try:
        with store.open(archive.key) as file:
            found = _in_zip(archive, file) if archive.key.lower().endswith(ZIP) else _in_tar(archive, file)
    except _DAMAGED as error:
        raise InputUnreadable(f"the archive {archive.key} cannot be opened: {error}") from error
    yield from (found[name] for name in sorted(found, key=raw) if wanted(name))


def _in_zip(archive: Object, file: IO[bytes]) -> dict[str, Entry]:
    with zipfile.ZipFile(file) as opened:
        return {
            one.filename: Entry(archive.key, one.filename, one.file_size, f"{one.CRC:08x}-{one.file_size:x}")
            for one in opened.infolist()
            if not one.is_dir()
        }


def _in_tar(archive: Object, file: IO[bytes]) -> dict[str, Entry]:
    found = {}
    # Of a compressed archive there is no way but through all of it, once.
    mode: Any = "r|*" if archive.key.lower().endswith(COMPRESSED_TAR) else "r:"
    with tarfile.open(fileobj=file, mode=mode) as opened:
        for one in opened:
            if one.isreg() and not one.issparse():
                etag = f"{archive.etag}-{one.offset_data:x}"
                found[one.name] = Entry(archive.key, one.name, one.size, etag, one.offset_data)
            opened.members = []  # type: ignore[attr-defined]
    return found


class ArchiveReader:
    """The bytes of members, from several threads; zip directories stay open, compressed tars are unpacked once.

    Args:
        store: where the archives lie.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._open: OrderedDict[str, tuple[threading.Lock, Any, Any]] = OrderedDict()

    def read(self, entry: Entry, max_bytes: int) -> bytes:
        """The bytes of a member.

        Raises:
            InputNotFound: the archive or the member is gone.
            InputUnreadable: it is damaged or encrypted.
            ImageTooLarge: it is longer than the limit.
            StoreUnavailable: the store did not answer.
        """
        if entry.size > max_bytes:
            raise ImageTooLarge(f"{entry.member} has {entry.size} bytes; at most {max_bytes} are read")
        key = entry.key.lower()
        if entry.offset is not None and not key.endswith(COMPRESSED_TAR):
            return self._store.get_range(entry.key, entry.offset, entry.size)
        lock, file, opened = self._opened(entry.key)
        with lock:
            try:
                if entry.offset is not None:
                    file.seek(entry.offset)
                    return bytes(file.read(entry.size))
                with opened.open(entry.member) as member:
                    data = bytes(member.read(max_bytes + 1))
            except KeyError as error:
                raise InputNotFound(f"{entry.key} has no member {entry.member} any more") from error
            except (*_DAMAGED, RuntimeError) as error:  # RuntimeError: it is encrypted.
                raise InputUnreadable(f"{entry.member} in {entry.key} cannot be read: {error}") from error
        if len(data) > max_bytes:
            raise ImageTooLarge(f"{entry.member} is longer than {max_bytes} bytes")
        return data

    def close(self) -> None:
        """Close what is open."""
        with self._lock:
            while self._open:
                self._drop()

    def _opened(self, key: str) -> tuple[threading.Lock, Any, Any]:
        with self._lock:
            if key in self._open:
                self._open.move_to_end(key)
                return self._open[key]
            try:
                file: Any = self._store.open(key)
                opened = zipfile.ZipFile(file) if key.lower().endswith(ZIP) else None
                if opened is None:
                    file = _decompressed(file)
            except _DAMAGED as error:
                raise InputUnreadable(f"the archive {key} cannot be opened: {error}") from error
            self._open[key] = threading.Lock(), file, opened
            if len(self._open) > _OPEN:
                self._drop()
            return self._open[key]

    def _drop(self) -> None:
        _, (lock, file, _) = self._open.popitem(last=False)
        with lock, contextlib.suppress(OSError):
            file.close()


def _decompressed(file: IO[bytes]) -> IO[bytes]:
    """A compressed tar, unpacked into a file that has no name."""
    import bz2
    import gzip
    import lzma

    start = file.read(6)
    file.seek(0)
    openers: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
    opener = next((one for magic, one in openers.items() if start.startswith(magic)), None)
    target = tempfile.TemporaryFile(prefix="ocr-batch-")  # noqa: SIM115 (closed by who reads it)
    with file:
        shutil.copyfileobj(file if opener is None else opener(file), target, 1 << 20)
    target.seek(0)
    return target
