"""Rendered lines kept in a file that all loader processes of a run map: most draws wear a line anew, few render one."""

from __future__ import annotations

import contextlib
import os
import struct
import sys
import tempfile
import weakref
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ocr.training.recognition_data.line import Grey

#: Bytes of a place: a line of 32 pixels in height can be 700 wide, and wider ones are few.
_PLACE = 24 * 1024
#: Number of the line and one, check sum, height, width, bytes of the transcript.
_HEAD = struct.Struct("<QIHHH")
_NOTHING = bytes(_HEAD.size)
_PREFIX = "ocr-kept-lines-"


class KeptLines:
    """Places for rendered lines; what stands in one depends on its number alone, whichever process rendered it.

    The file has no content at first, and no disk space is taken for places that nobody has written to. It is deleted
    with the process that made it, or by the next one that makes such a file where that one was killed; a process on
    another machine makes its own.

    Args:
        places: number of lines that are kept.
        path: an existing file of so many places; ``None`` for a new one.
    """

    def __init__(self, places: int, path: Path | None = None) -> None:
        self.places = places
        if path is None or not path.is_file():
            _remove_abandoned()
            handle, path = _locked_file()
            os.truncate(handle, places * _PLACE)
            weakref.finalize(self, _delete, path, handle, os.getpid())
        self.path = path
        self._file: np.memmap[tuple[int, int], np.dtype[np.uint8]] | None = None

    def __reduce__(self) -> tuple[type[KeptLines], tuple[int, Path]]:
        """A loader process maps the same file."""
        return KeptLines, (self.places, self.path)

    def line(self, number: int, render: Callable[[int], tuple[Grey, str]]) -> tuple[Grey, str]:
        """The line of a number, rendered if its place holds another one.

        Args:
            number: from 0 on; its place is the remainder by `places`.
            render: gives the line (H, W) uint8 of a number, and its transcript.
        """
        if self._file is None:
            self._file = np.memmap(self.path, np.uint8, "r+", shape=(self.places, _PLACE))
        place = self._file[number % self.places]
        # A copy, because another process may write at the same time; the check sum tells.
        found = _read(place.tobytes(), number)
        if found is None:
            found = render(number)
            _write(place, number, *found)
        return found


def _read(data: bytes, number: int) -> tuple[Grey, str] | None:
    """The line of a place; ``None`` where it is another one, or half written."""
    kept, digest, height, width, length = _HEAD.unpack_from(data)
    body = data[_HEAD.size : _HEAD.size + length + height * width]
    if kept != number + 1 or zlib.crc32(body) != digest:
        return None
    image = np.frombuffer(body, np.uint8, offset=length).reshape(height, width).copy()
    return image, body[:length].decode("utf-8")


def _write(place: np.ndarray[tuple[int], np.dtype[np.uint8]], number: int, image: Grey, text: str) -> None:
    told = text.encode("utf-8")
    body = told + image.tobytes()
    if _HEAD.size + len(body) > _PLACE:
        return
    head = _HEAD.pack(number + 1, zlib.crc32(body), *image.shape, len(told))
    # Two processes that write the same line write the same bytes.
    place[: _HEAD.size] = np.frombuffer(_NOTHING, np.uint8)
    place[_HEAD.size : _HEAD.size + len(body)] = np.frombuffer(body, np.uint8)
    place[: _HEAD.size] = np.frombuffer(head, np.uint8)


def _locked_file() -> tuple[int, Path]:
    """A new file, locked for as long as this process lives, however it ends."""
    while True:
        handle, name = tempfile.mkstemp(prefix=_PREFIX)
        path = Path(name)
        # Before it is locked another process may take it for abandoned.
        if _lock(handle) and path.exists():
            return handle, path
        os.close(handle)


def _remove_abandoned() -> None:
    """Remove the files of this user that no living process holds.

    The system takes a lock from a process that was killed, which no number in a name would tell: numbers are given
    anew, and other containers that share the folder have others. Windows lets nobody delete a file that is open.
    """
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                path.unlink()
            elif path.lstat().st_uid == os.getuid():
                handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
                try:
                    if _lock(handle):
                        path.unlink()
                finally:
                    os.close(handle)


def _lock(handle: int) -> bool:
    """Lock an open file; false where another process has. On Windows that it is open is lock enough."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _delete(path: Path, handle: int, process: int) -> None:
    """Delete the file in the process that made it; a forked one ends without doing so."""
    if os.getpid() == process:
        with contextlib.suppress(OSError):
            os.close(handle)
            path.unlink(missing_ok=True)
