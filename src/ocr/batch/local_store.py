"""A local folder as a store: files appear whole, and one of several writers creates a file."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ocr.batch.store import Object, raw
from ocr.errors import InputNotFound, InputUnreadable, OutputFailed

#: Files on their way are made here, in the folder itself so that they can be linked into place.
_TEMPORARY = ".ocr-tmp"
#: Seconds after which a file on its way belongs to no living writer.
_ABANDONED = 86_400.0
#: What file systems without hard links answer.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK})


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
        with self._written(key, content) as (temporary, target):
            try:
                os.link(temporary, target)
            except FileExistsError:
                return False
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                with self._lock():
                    if target.exists():
                        return False
                    temporary.replace(target)
            return True

    def replace(self, key: str, content: bytes | IO[bytes], etag: str) -> bool:
        """See `Store.replace`."""
        with self._written(key, content) as (temporary, target), self._lock():
            now = self.head(key)
            if now is None or now.etag != etag:
                return False
            temporary.replace(target)
            return True

    def put(self, key: str, content: bytes | IO[bytes]) -> None:
        """See `Store.put`."""
        with self._written(key, content) as (temporary, target):
            temporary.replace(target)

    def delete(self, key: str) -> None:
        """See `Store.delete`."""
        with contextlib.suppress(OSError):
            (self._folder / key).unlink()

    def clean(self) -> None:
        """Remove files on their way that writers left which were killed long ago."""
        with contextlib.suppress(OSError):
            for path in (self._folder / _TEMPORARY).iterdir():
                if time.time() - path.stat().st_mtime > _ABANDONED:
                    path.unlink()

    @contextlib.contextmanager
    def _written(self, key: str, content: bytes | IO[bytes]) -> Iterator[tuple[Path, Path]]:
        """A flushed file beside the target, which the caller gives its name; what is left of it is removed."""
        target = self._folder / key
        temporary = self._folder / _TEMPORARY / secrets.token_hex(12)
        try:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with temporary.open("xb") as file:
                    if isinstance(content, bytes):
                        file.write(content)
                    else:
                        content.seek(0)
                        shutil.copyfileobj(content, file, 1 << 20)
                    file.flush()
                    os.fsync(file.fileno())
                yield temporary, target
            finally:
                with contextlib.suppress(OSError):
                    temporary.unlink()
        except OSError as fault:
            raise OutputFailed(f"{target} cannot be written: {fault.strerror or fault}") from fault

    def _lock(self) -> contextlib.AbstractContextManager[object]:
        import filelock

        return filelock.FileLock(str(self._folder / _TEMPORARY / "lock"))


def _read(file: IO[bytes], key: str, length: int = -1) -> bytes:
    try:
        return file.read(length)
    except OSError as error:
        raise InputUnreadable(f"{key} cannot be read: {error.strerror or error}") from error
