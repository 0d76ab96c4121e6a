"""Records of settings that check themselves: type, range and meaning of each are declared once, for every front end.

    @dataclass(frozen=True)
    class Sharpening(OptionRecord):
        amount: float = setting(0.5, Number(0, 2), "how much edges are raised")

A wrong type, a number that is not finite or out of range, and an unknown name raise `BadConfiguration` when a record is
made. Command line, app and service take help, range and parsing from the same declaration by `setting_of`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from ocr.errors import BadConfiguration
from ocr.runtime.option_kinds import (
    Choice,
    Flag,
    FrozenMapping,
    Instance,
    Kind,
    Number,
    OrNone,
    Table,
    Text,
    Unfit,
    Whole,
    Words,
    shown,
)

__all__ = [
    "Choice",
    "Flag",
    "FrozenMapping",
    "Instance",
    "Number",
    "OptionRecord",
    "OrNone",
    "Setting",
    "Table",
    "Text",
    "Whole",
    "Words",
    "checked",
    "setting",
    "setting_of",
    "settings_of",
    "shown",
]

T = TypeVar("T")
Self = TypeVar("Self", bound="OptionRecord")
_KEY = "setting"


@dataclass(frozen=True)
class Setting(Generic[T]):
    """The declaration of one setting.

    Attributes:
        kind: type and range.
        meaning: what it does, a clause without a full stop.
        usual: range that a slider offers, where it is narrower than what is allowed.
    """

    kind: Kind[T]
    meaning: str
    usual: tuple[float, float] | None = None

    @property
    def help(self) -> str:
        """The meaning, with the range of a number, as a sentence for a command line or a form."""
        kind = self.kind.kind if isinstance(self.kind, OrNone) else self.kind
        expected = f" ({kind.expected})" if isinstance(kind, (Number, Whole)) else ""
        return f"{self.meaning[:1].upper()}{self.meaning[1:]}{expected}."

    def from_text(self, text: str, name: str) -> T:
        """The value of a text, as a command line or a query gives it.

        Raises:
            BadConfiguration: it cannot be read as one, or is out of range.
        """
        try:
            return self.kind.from_text(text)
        except Unfit:
            raise _refusal(name, text, self.kind) from None


def setting(
    default: T,
    kind: Kind[T],
    meaning: str,
    *,
    usual: tuple[float, float] | None = None,
    repr: bool = True,
) -> T:
    """A field of an `OptionRecord`; see `Setting` for the arguments."""
    declared = {_KEY: Setting(kind, meaning, usual)}
    field: T = dataclasses.field(default=default, metadata=declared, repr=repr)
    return field


class OptionRecord:
    """Base of frozen dataclasses whose fields are made by `setting`.

    Attributes:
        option_name: what one of them is called in a message: ``unknown reading option 'thread'``.
        of: added to names in messages: ``max_angle of deskew is 99``.
        former_names: names of the release before that are still taken.
    """

    option_name: ClassVar[str] = "option"
    of: ClassVar[str] = ""
    former_names: ClassVar[tuple[str, ...]] = ()

    def __new__(cls, *values: Any, **named: Any) -> Any:
        """Refuse names that are none before the dataclass raises a TypeError for them."""
        if named:
            cls.require_names(named)
        return super().__new__(cls)

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        meanings = [
            f"    {name}: {field.metadata[_KEY].meaning}; {field.metadata[_KEY].kind.expected}."
            for name, field in vars(cls).items()
            if isinstance(field, dataclasses.Field) and _KEY in field.metadata
        ]
        if meanings and cls.__doc__:
            cls.__doc__ = "\n".join([cls.__doc__.rstrip(), "", "Attributes:", *meanings])

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """Hold all values against their declarations; numbers become Python's own.

        Raises:
            BadConfiguration: a wrong type, or a value that is not finite or out of range.
        """
        for name, declared in settings_of(type(self)).items():
            object.__setattr__(self, name, checked(name + self.of, getattr(self, name), declared.kind))

    @classmethod
    def require_names(cls, names: Iterable[object], also: Iterable[str] = ()) -> None:
        """Refuse names that are no setting of the record.

        Args:
            names: that were given.
            also: further names that the caller takes.

        Raises:
            BadConfiguration: there is one; the message names the nearest right one.
        """
        known = [*(field.name for field in dataclasses.fields(cls)), *also]  # type: ignore[arg-type]
        for name in names:
            if name not in known and name not in cls.former_names:
                from ocr.runtime.suggestions import did_you_mean

                hint = did_you_mean(name, known, f"{cls.option_name}s")
                raise BadConfiguration(f"unknown {cls.option_name} {shown(name)}{cls.of}; {hint}")

    @classmethod
    def from_mapping(cls: type[Self], values: Mapping[str, Any]) -> Self:
        """A record from values by name; the defaults for what is not named.

        Raises:
            BadConfiguration: no mapping, an unknown name, a wrong type or a value out of range.
        """
        if not isinstance(values, Mapping):
            raise BadConfiguration(
                f"the {cls.option_name}s{cls.of} are {shown(values)}; expected a mapping of names to values"
            )
        cls.require_names(values)
        return cls(**values)

    @classmethod
    def from_texts(cls: type[Self], texts: Mapping[str, str]) -> Self:
        """A record from texts by name, such as the parameters of a query.

        Raises:
            BadConfiguration: an unknown name, or a text that is no value of its setting.
        """
        cls.require_names(texts)
        declared = settings_of(cls)
        return cls(**{name: declared[name].from_text(text, name + cls.of) for name, text in texts.items()})

    def to_dict(self) -> dict[str, Any]:
        """The values by name, in the order in which they are declared."""
        return {name: getattr(self, name) for name in settings_of(type(self))}


def settings_of(record: type[OptionRecord]) -> dict[str, Setting[Any]]:
    """The declarations of a record by name."""
    declared = dataclasses.fields(record)  # type: ignore[arg-type]
    return {field.name: field.metadata[_KEY] for field in declared if _KEY in field.metadata}


def setting_of(record: type[OptionRecord], name: str) -> Setting[Any]:
    """The declaration of one setting of a record."""
    return settings_of(record)[name]


def checked(name: str, value: Any, kind: Kind[T]) -> T:
    """A value of a kind, in Python's own type.

    Raises:
        BadConfiguration: it is of another type, not finite or out of range; the message says what was expected.
    """
    try:
        return kind.convert(value)
    except Unfit:
        raise _refusal(name, value, kind) from None


def _refusal(name: str, value: Any, kind: Kind[Any]) -> BadConfiguration:
    from ocr.runtime.suggestions import did_you_mean

    words = kind.kind.words if isinstance(kind, OrNone) and isinstance(kind.kind, Choice) else ()
    words = kind.words if isinstance(kind, Choice) else words
    hint = did_you_mean(value, words) if words and isinstance(value, str) else ""
    near = f"; {hint}" if hint.startswith("did you mean") else ""
    return BadConfiguration(f"{name} is {shown(value)}; expected {kind.expected}{near}")
