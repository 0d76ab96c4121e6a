"""A local folder as a store: files appear whole, and one of several writers creates a file."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from ocr.batch.store import Object, raw
from ocr.errors import InputNotFound, InputUnreadable
from ocr.io.files import create_whole, remove_abandoned, write_whole

#: Held while a file is compared and replaced.
_LOCK = ".ocr-lock"


class LocalStore:
    """See `ocr.batch.store.Store`.

    Args:
        folder: made when the first file is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.abspath(folder))  # noqa: PTH100 (a link stays a link)

    @property
    def folder(self) -> Path:
        """The absolute path of the root."""
        return self._folder

    @property
    def root(self) -> str:
        """URI of the root, ended by ``/``; nothing is quoted in it."""
        path = self._folder.as_posix().rstrip("/")
        return f"file://{'' if path.startswith('/') or not path else '/'}{path}/"

    def list(self, prefix: str = "", after: str | None = None) -> Iterator[Object]:
        """See `Store.list`; names that begin with a point are left out. The names of one folder are held in memory."""
        yield from self._below(self._folder / prefix, prefix, None if after is None else raw(after))

    def _below(self, folder: Path, prefix: str, after: bytes | None) -> Iterator[Object]:
        try:
            with os.scandir(folder) as entries:
                # A folder stands among files where its keys stand, behind "name/".
                found = sorted(
                    (raw(f"{entry.name}/" if is_below else entry.name), entry.name, is_below)
                    for entry in entries
                    if not entry.name.startswith(".")
                    # Links to folders can lead in circles.
                    and ((is_below := entry.is_dir(follow_symlinks=False)) or entry.is_file())
                )
        except FileNotFoundError:
            return
        except OSError as error:
            raise InputUnreadable(f"{folder} cannot be read: {error.strerror or error}") from error
        start = raw(prefix)
        for order, name, is_folder in found:
            if is_folder:
                # Everything below is before `after`, too.
                if after is not None and start + order < after and not after.startswith(start + order):
                    continue
                yield from self._below(folder / name, f"{prefix}{name}/", after)
            elif after is None or start + order > after:
                one = self.head(prefix + name)
                if one is not None:
                    yield one

    def head(self, key: str) -> Object | None:
        """See `Store.head`."""
        try:
            status = os.stat(self._folder / key)  # noqa: PTH116 (once for each input of a listing)
        except OSError:
            return None
        return Object(key, status.st_size, f"{status.st_size:x}-{status.st_mtime_ns:x}")

    def get(self, key: str) -> bytes:
        """See `Store.get`."""
        with self.open(key) as file:
            return _read(file, key)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """See `Store.get_range`."""
        with self.open(key) as file:
            file.seek(start)
            return _read(file, key, length)

    def open(self, key: str) -> IO[bytes]:
        """See `Store.open`."""
        try:
            return (self._folder / key).open("rb")
        except (FileNotFoundError, NotADirectoryError) as error:
            raise InputNotFound(f"there is no file {self._folder / key}") from error
        except OSError as error:
            raise InputUnreadable(
                f"{self._folder / key} cannot be read: {error.strerror or error}"
            ) from error

    def create(self, key: str, content: bytes | IO[bytes]) -> bool:
        """See `Store.create`."""
        return create_whole(self._folder / key, _writing(content))

    def replace(self, key: str, content: bytes | IO[bytes], etag: str) -> bool:
        """See `Store.replace`."""
        import filelock

        def unchanged(_: Path) -> bool:
            now = self.head(key)
            if now is None or now.etag != etag:
                raise _Changed
            return True

        try:
            with filelock.FileLock(str(self._folder / _LOCK)):
                write_whole(self._folder / key, _writing(content), unchanged)
        except _Changed:
            return False
        return True

    def put(self, key: str, content: bytes | IO[bytes]) -> None:
        """See `Store.put`."""
        write_whole(self._folder / key, _writing(content))

    def delete(self, key: str) -> None:
        """See `Store.delete`."""
        with contextlib.suppress(OSError):
            (self._folder / key).unlink()

    def clean(self, *prefixes: str) -> None:
        """Remove files on their way that writers left which were killed long ago, from some folders."""
        for prefix in prefixes:
            remove_abandoned(self._folder / prefix)


class _Changed(Exception):
    """The file is no longer the one that was to be replaced."""


def _writing(content: bytes | IO[bytes]) -> bytes | Callable[[IO[bytes]], Any]:
    if isinstance(content, bytes):
        return content

    def write(file: IO[bytes]) -> None:
        content.seek(0)
        shutil.copyfileobj(content, file, 1 << 20)

    return write


def _read(file: IO[bytes], key: str, length: int = -1) -> bytes:
    try:
        return file.read(length)
    except OSError as error:
        raise InputUnreadable(f"{key} cannot be read: {error.strerror or error}") from error
