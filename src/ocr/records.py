"""What the records of a result share: checks of their values, and values to JSON and back."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ocr.errors import DocumentInvalid

Polygon = npt.NDArray[np.float32]
T = TypeVar("T")


def require(holds: bool, message: str) -> None:
    """Raise `DocumentInvalid` with a message unless something holds."""
    if not holds:
        raise DocumentInvalid(message)


def text(value: Any, name: str) -> str:
    """A string that UTF-8 can hold."""
    # Messages are written where something is wrong alone: a document has thousands of values.
    if not isinstance(value, str):
        raise DocumentInvalid(f"{name} is {type(value).__name__}; expected a string")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise DocumentInvalid(f"{name} holds half of a surrogate pair: {value[:40]!r}") from error
    return str(value)


def probability(value: Any, name: str = "confidence") -> float:
    """A finite number from 0 to 1."""
    number = isinstance(value, (int, float, np.floating)) and not isinstance(value, bool)
    # Compared before it is converted: a whole number can be too large for a float.
    if not (number and 0 <= value <= 1 and math.isfinite(value)):
        raise DocumentInvalid(f"{name} is {value!r:.40}; expected a number from 0 to 1")
    return float(value)


def index(value: Any, name: str) -> int:
    """A whole number of 0 and above."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise DocumentInvalid(f"{name} is {value!r:.40}; expected a whole number of 0 and above")
    return int(value)


def polygon(points: Any) -> Polygon:
    """(N, 2) float32 with N >= 3, finite and not writable."""
    try:
        found = np.array(points, dtype=np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise DocumentInvalid(f"the polygon is no list of points: {error}") from error
    require(
        found.ndim == 2 and found.shape[1] == 2 and len(found) >= 3,
        f"the polygon has the shape {found.shape}; expected (N, 2) with N of 3 and above",
    )
    require(bool(np.isfinite(found).all()), "the polygon holds numbers that are not finite")
    # Negative zero would compare equal but hash and print differently.
    found += np.float32(0.0)
    found.flags.writeable = False
    return found


def points(outline: Polygon) -> list[list[float]]:
    """A polygon as JSON values: the shortest decimals that give the same float32 back."""
    return [[float(str(x)), float(str(y))] for x, y in outline]


def records(values: Iterable[Any], kind: type[T], name: str) -> tuple[T, ...]:
    """A tuple of records of one class."""
    found = tuple(values)
    require(
        all(isinstance(record, kind) for record in found), f"{name} holds something else than {kind.__name__}"
    )
    return found
