"""Common to the JSON formats: finding, parsing and writing their file, and parsing points."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from ocr.errors import AnnotationInvalid, InputNotFound, InputUnreadable
from ocr.io.files import write_whole


def find(path: Path) -> Path | None:
    """The JSON file at a path, or the only one in a folder."""
    if path.is_file():
        return path if path.suffix.lower() == ".json" else None
    files = sorted(path.glob("*.json")) if path.is_dir() else []
    return files[0] if len(files) == 1 else None


def load(source: Path) -> Any:
    """Parse a JSON file in UTF-8, with or without a byte order mark.

    Raises:
        AnnotationInvalid: no UTF-8 or no JSON; the message names the file and the line.
        InputNotFound, InputUnreadable: the file cannot be opened.
    """
    try:
        return json.loads(source.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise AnnotationInvalid(f"{source}, line {error.lineno}: not valid JSON ({error.msg}).") from None
    except RecursionError:
        raise AnnotationInvalid(f"{source}: not valid JSON (nested too deep).") from None
    except UnicodeDecodeError:
        raise AnnotationInvalid(f"{source} is not UTF-8.") from None
    except ValueError as error:
        # A whole number of thousands of digits.
        raise AnnotationInvalid(f"{source}: not valid JSON ({error}).") from None
    except FileNotFoundError:
        raise InputNotFound(f"There is no annotation file {source}.") from None
    except OSError as error:
        raise InputUnreadable(f"{source} cannot be read: {error.strerror}.") from error


def points(value: object, where: str) -> npt.NDArray[np.float32]:
    """``[[x, y], …]`` or ``[x1, y1, x2, y2, …]`` as (N, 2) float32, N >= 0.

    Raises:
        AnnotationInvalid: anything else; the message begins with ``where``.
    """
    try:
        array = np.asarray(value, np.float32)
        if array.ndim == 1:
            array = array.reshape(-1, 2)
    except (TypeError, ValueError, OverflowError):
        array = np.empty(0, np.float32)
    if array.ndim != 2 or array.shape[1] != 2:
        raise AnnotationInvalid(f"{where}: expected points as [[x, y], …], got {str(value)[:80]}.")
    return array


def write(path: Path, opening: str, entries: Iterable[tuple[str, Any]], closing: str) -> None:
    """Write ``opening {key: value, …} closing`` with one entry per line, as they arrive.

    Raises:
        ocr.errors.OutputFailed: the operating system refused; nothing is left behind.
    """

    def content(file: IO[bytes]) -> None:
        for part in _parts(opening, entries, closing):
            file.write(part.encode("utf-8", "surrogatepass"))

    write_whole(path, content)


def _parts(opening: str, entries: Iterable[tuple[str, Any]], closing: str) -> Iterator[str]:
    yield opening + "{"
    separator = "\n"
    for key, value in entries:
        yield f"{separator}{dump(key)}: {dump(value)}"
        separator = ",\n"
    yield "\n}" + closing + "\n"


def dump(value: Any) -> str:
    """JSON on one line; numbers that are not finite raise ValueError."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
