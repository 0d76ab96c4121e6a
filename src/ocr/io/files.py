"""Files are written whole: a reader sees the old content or the new one, never half of it."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from ocr.errors import BadConfiguration, OutputFailed

#: End of the names of files on their way, and seconds after which they belong to no living writer.
_TEMPORARY, _ABANDONED = ".tmp", 86_400.0
#: What file systems without hard links answer.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK})


def refuse_filled(folder: Path) -> None:
    """What is written into a folder shall not mix with what is there.

    Raises:
        BadConfiguration: it holds files, or is one.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadConfiguration(
            f"{folder} holds files already; give an empty folder, or one that is not there yet"
        )


def write_whole(
    path: str | os.PathLike[str],
    content: bytes | str | Callable[[IO[bytes]], Any],
    check: Callable[[Path], bool] | None = None,
) -> Path:
    """Write a file under a temporary name in its folder, flush it to the disk and rename it.

    Args:
        path: the file; its folder is made where it is missing.
        content: bytes, text (written as UTF-8 with line feeds), or a function that writes to the open binary
            file.
        check: called with the flushed file before it takes its name; where it says false nothing is replaced.

    Returns:
        The path.

    Raises:
        OutputFailed: the operating system refused, or the check did; nothing is left behind.
    """
    target = Path(path)
    with _flushed(target, content) as temporary:
        if check is not None and not check(temporary):
            raise OutputFailed(f"{target} was not written: what was read back differs")
        temporary.replace(target)
    return target


def create_whole(path: str | os.PathLike[str], content: bytes | str | Callable[[IO[bytes]], Any]) -> bool:
    """Write a file where there is none, likewise; of several writers at once one does.

    Args:
        path: the file; its folder is made where it is missing.
        content: as of `write_whole`.

    Returns:
        Whether it was written; false where there is one, which stays as it is.

    Raises:
        OutputFailed: the operating system refused; nothing is left behind.
    """
    target = Path(path)
    with _flushed(target, content) as temporary:
        try:
            os.link(temporary, target)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            import filelock

            with filelock.FileLock(str(target.with_name(".ocr-lock"))):
                if target.exists():
                    return False
                temporary.replace(target)
    return True


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files of a folder whose writers were killed a day ago or earlier."""
    with contextlib.suppress(OSError):
        for path in folder.glob(f".*{_TEMPORARY}"):
            if time.time() - path.stat().st_mtime > _ABANDONED:
                path.unlink()


@contextlib.contextmanager
def _flushed(target: Path, content: bytes | str | Callable[[IO[bytes]], Any]) -> Iterator[Path]:
    """A flushed file beside the target, which is given its name inside; whatever happens no other is left."""
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}{_TEMPORARY}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                if callable(content):
                    content(file)
                else:
                    file.write(
                        content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
                    )
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()
    except OSError as fault:
        raise OutputFailed(f"{target} cannot be written: {fault.strerror or fault}") from fault


def is_file(path: Path) -> bool:
    """Whether there is a file; false as well where the system does not take the name, or lets nobody look."""
    try:
        return path.is_file()
    except OSError:
        return False


def free_name(stem: str, taken: set[str]) -> str:
    """A name that is not taken yet, numbered where needed; upper and lower case are the same file on some systems.

    Args:
        stem: the name wanted.
        taken: case-folded names given so far; the new one is added.
    """
    name, number = stem, 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name.casefold())
    return name
