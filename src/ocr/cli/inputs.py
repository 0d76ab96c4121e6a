"""What the arguments of a command stand for: files, folders, patterns and standard input."""

from __future__ import annotations

import contextlib
import glob
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.io.files import free_name
from ocr.io.names import SIGNATURE, is_hidden, is_named_as_input, is_picture

STDIN = "-"


@dataclass(frozen=True)
class Input:
    """One input of a command.

    Attributes:
        name: as it is told to people, and in the key ``source``.
        stem: unique among the inputs, for the names of result files.
    """

    name: str
    stem: str

    def open(self, max_bytes: int) -> Any:
        """What a reader takes: the path, or the bytes of standard input."""
        return sys.stdin.buffer.read(max_bytes + 1) if self.name == STDIN else self.name


def expand(arguments: Iterable[str], *, recursive: bool = False) -> list[Input]:
    """Turn arguments into inputs, in order, each file once.

    A folder stands for the pictures and PDFs in it, by name; files whose bytes are a picture count under any
    name. A path that does not exist and holds ``*``, ``?`` or ``[`` is a pattern. Anything else is taken as a
    path, existing or not, and reported when it is read.
    """
    names: dict[str, None] = {}
    for argument in arguments:
        path = Path(argument)
        if argument != STDIN and _is_folder(path):
            names.update(dict.fromkeys(_folder(path, recursive)))
        elif argument != STDIN and glob.has_magic(argument) and not _exists(path):
            matches = glob.glob(argument, recursive=True)  # noqa: PTH207 (patterns may be absolute)
            files = sorted(match for match in matches if Path(match).is_file())
            names.update(dict.fromkeys(files or [argument]))
        else:
            names[argument] = None
    taken: set[str] = set()
    stems = [free_name("stdin" if name == STDIN else Path(name).stem or "input", taken) for name in names]
    return [Input(name, stem) for name, stem in zip(names, stems, strict=True)]


def _is_folder(path: Path) -> bool:
    # Names that the system refuses (too long, for one) are reported when they are read.
    with contextlib.suppress(OSError, ValueError):
        return path.is_dir()
    return False


def _exists(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return path.exists()
    return False


def _folder(folder: Path, recursive: bool) -> Iterator[str]:
    try:
        entries = sorted(folder.rglob("*") if recursive else folder.iterdir())
    except OSError:
        # Told when it is read, beside the other inputs, as a folder that is no picture.
        yield str(folder)
        return
    for path in entries:
        parts = path.relative_to(folder).parts
        if not is_hidden(parts) and path.is_file() and (is_named_as_input(path.name) or _is_picture(path)):
            yield str(path)


def _is_picture(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_picture(file.read(SIGNATURE))
    except OSError:
        return False
