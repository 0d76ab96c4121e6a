"""What the value of a setting can be: its type and range, how it is checked, and how it is read from text."""

from __future__ import annotations

import math
import numbers
import reprlib
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_TRUE, _FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


class Unfit(Exception):
    """A value is not of the kind; only `ocr.runtime.options` sees it."""


class Kind(Generic[T]):
    """A type with a range.

    Attributes:
        expected: what a value can be, as part of a sentence: ``a number from 0 to 1``.
    """

    expected: str = ""

    def convert(self, value: Any) -> T:
        """A value of the kind, in Python's own type.

        Raises:
            Unfit: it is another type, not finite, or out of range.
        """
        raise NotImplementedError

    def from_text(self, text: str) -> T:
        """A value as it stands on a command line or in a query.

        Raises:
            Unfit: it cannot be read as one.
        """
        return self.convert(text)


class Number(Kind[float]):
    """A finite number in a range; whole numbers and NumPy's scalars are taken as well.

    Args:
        low: least value, or ``None``.
        high: greatest value, or ``None``.
        above: ``low`` itself is out of range.
        below: ``high`` itself is out of range.
    """

    _noun = "number"

    def __init__(
        self, low: float | None = None, high: float | None = None, *, above: bool = False, below: bool = False
    ) -> None:
        self.low, self.high, self._above, self._below = low, high, above, below
        self.expected = self._described()

    def convert(self, value: Any) -> float:
        """See `Kind.convert`."""
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise Unfit
        self._require_range(value)
        try:
            return float(value)
        except OverflowError as error:
            raise Unfit from error

    def from_text(self, text: str) -> float:
        """See `Kind.from_text`."""
        try:
            return self.convert(float(text))
        except ValueError as error:
            raise Unfit from error

    def _require_range(self, value: Any) -> None:
        # Compared before anything is converted: a whole number can be too large for a float, and NaN is in no range.
        low, high = -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high
        if not low <= value <= high or abs(value) == math.inf:
            raise Unfit
        if (self._above and value == low) or (self._below and value == high):
            raise Unfit

    def _described(self) -> str:
        low, high = (None if bound is None else _shown_bound(bound) for bound in (self.low, self.high))
        if low is None:
            return f"a {self._noun}" if high is None else f"a {self._noun} of at most {high}"
        if high is None:
            return f"a {self._noun} above {low}" if self._above else f"a {self._noun} of at least {low}"
        if self._above and self._below:
            return f"a {self._noun} between {low} and {high}"
        if self._above:
            return f"a {self._noun} above {low}, at most {high}"
        return f"a {self._noun} from {low} to {high}"


class Whole(Kind[int]):
    """A whole number from ``low`` to ``high``; NumPy's are taken as well, 2.0 is not."""

    def __init__(self, low: int | None = None, high: int | None = None) -> None:
        self.low, self.high = low, high
        self.expected = Number(low, high).expected.replace("a number", "a whole number")

    def convert(self, value: Any) -> int:
        """See `Kind.convert`."""
        if isinstance(value, bool) or not isinstance(value, numbers.Integral):
            raise Unfit
        whole = int(value)
        if (self.low is not None and whole < self.low) or (self.high is not None and whole > self.high):
            raise Unfit
        return whole

    def from_text(self, text: str) -> int:
        """See `Kind.from_text`."""
        try:
            return self.convert(int(text))
        except ValueError as error:
            raise Unfit from error


class Flag(Kind[bool]):
    """True or false."""

    expected = "True or False"

    def convert(self, value: Any) -> bool:
        """See `Kind.convert`."""
        if not isinstance(value, bool):
            raise Unfit
        return value

    def from_text(self, text: str) -> bool:
        """Yes and no as people write them: ``true``, ``yes``, ``on``, ``1`` and their opposites."""
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise Unfit
        return word in _TRUE


class Text(Kind[str]):
    """A string."""

    expected = "a string"

    def convert(self, value: Any) -> str:
        """See `Kind.convert`."""
        if not isinstance(value, str):
            raise Unfit
        return value


class Choice(Kind[T]):
    """One of some words."""

    def __init__(self, *words: T) -> None:
        self.words = words
        listed = [repr(word) for word in words]
        self.expected = listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} or {listed[-1]}"

    def convert(self, value: Any) -> T:
        """See `Kind.convert`."""
        # Words of an enumeration, which are strings as well, become plain ones.
        match = next((word for word in self.words if isinstance(value, str) and value == word), None)
        if match is None:
            raise Unfit
        return match


class Words(Kind[tuple[str, ...]]):
    """Any of some words, each once, in the order in which they are declared; in a text they are parted by commas."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.expected = f"any of {', '.join(map(repr, words))}, parted by commas"

    def convert(self, value: Any) -> tuple[str, ...]:
        """See `Kind.convert`; one string is read as `from_text` does."""
        if isinstance(value, str):
            value = [word.strip() for word in value.split(",")] if value.strip() else []
        if not isinstance(value, (list, tuple, set, frozenset)) or not all(
            word in self.words for word in value
        ):
            raise Unfit
        return tuple(word for word in self.words if word in value)


class OrNone(Kind[T | None]):
    """A kind whose values can be missing."""

    def __init__(self, kind: Kind[T]) -> None:
        self.kind = kind
        self.expected = f"{kind.expected}, or None"

    def convert(self, value: Any) -> T | None:
        """See `Kind.convert`."""
        return None if value is None else self.kind.convert(value)

    def from_text(self, text: str) -> T | None:
        """See `Kind.from_text`; an empty text is ``None``."""
        return self.kind.from_text(text) if text else None


class Instance(Kind[Any]):
    """An object of a class, which is named and not imported: a module that was never loaded has no objects.

    Args:
        home: ``module:class``.
        expected: what to give, with how to make one.
    """

    def __init__(self, home: str, expected: str) -> None:
        self._module, _, self._name = home.partition(":")
        self.expected = expected

    def convert(self, value: Any) -> Any:
        """See `Kind.convert`."""
        module = sys.modules.get(self._module)
        if module is None or not isinstance(value, getattr(module, self._name)):
            raise Unfit
        return value

    def from_text(self, text: str) -> Any:
        """There is no text for such an object."""
        raise Unfit


class FrozenMapping(Mapping[str, Any]):
    """A mapping that never changes, and so can be hashed; it pickles and compares like a dictionary."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return repr(self._values)


class Table(Kind[Mapping[str, Any]]):
    """Values by name; what they can be is the business of who declares it."""

    expected = "a mapping of names to values"

    def convert(self, value: Any) -> Mapping[str, Any]:
        """See `Kind.convert`."""
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise Unfit
        return value if isinstance(value, FrozenMapping) else FrozenMapping(value)

    def from_text(self, text: str) -> Mapping[str, Any]:
        """There is no text for a mapping."""
        raise Unfit


#: Of nested values only so much is looked at: what a few aliases of YAML repeat would fill the memory.
_SHORT = reprlib.Repr()
_SHORT.maxlevel = 4
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = _SHORT.maxfrozenset = 12
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 1000


def shown(value: Any) -> str:
    """A value for a message, at most 60 characters."""
    try:
        text = _SHORT.repr(value)
    except Exception:  # A number of more digits than Python prints, or an object that cannot describe itself.
        return f"a {type(value).__name__} that cannot be printed"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _shown_bound(bound: float) -> str:
    return f"{bound:g}" if abs(bound) < 1e6 else str(bound)
