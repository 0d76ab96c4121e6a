"""What the arguments of a command stand for: files, folders, patterns and standard input."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.errors import OcrError, UnsupportedMediaType

STDIN = "-"
#: Files with these names are taken from a folder even where their content is damaged: they claim to be
# pictures.
_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"}
    | {".pbm", ".pgm", ".ppm", ".pnm", ".pdf"}
)


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
        if argument != STDIN and path.is_dir():
            names.update(dict.fromkeys(_folder(path, recursive)))
        elif argument != STDIN and glob.has_magic(argument) and not path.exists():
            matches = glob.glob(argument, recursive=True)  # noqa: PTH207 (patterns may be absolute)
            found = sorted(match for match in matches if Path(match).is_file())
            names.update(dict.fromkeys(found or [argument]))
        else:
            names[argument] = None
    stems = _unique("stdin" if name == STDIN else Path(name).stem or "input" for name in names)
    return [Input(name, stem) for name, stem in zip(names, stems, strict=True)]


def _folder(folder: Path, recursive: bool) -> Iterator[str]:
    entries = folder.rglob("*") if recursive else folder.iterdir()
    for path in sorted(entries):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.is_file() and (path.suffix.lower() in _SUFFIXES or _is_picture(path)):
            yield str(path)


def _is_picture(path: Path) -> bool:
    from ocr.formats import sniff

    try:
        with path.open("rb") as file:
            # Only signatures at the very start count here, a PDF's included: text about PDFs is no PDF.
            start = file.read(32)
            return bool(start) and bool(sniff(start))
    except (UnsupportedMediaType, OcrError, OSError):
        return False


def _unique(stems: Iterable[str]) -> list[str]:
    """Number repeated names; upper and lower case are the same file on some systems."""
    taken: set[str] = set()
    found = []
    for stem in stems:
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        found.append(name)
    return found
