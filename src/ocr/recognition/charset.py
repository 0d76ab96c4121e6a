"""The characters that a recogniser can write, in the order of its classes."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from ocr.errors import BadConfiguration

#: Class of the CTC blank; the characters follow from 1 on.
BLANK = 0


class Charset:
    """An ordered set of characters; class 0 is the CTC blank, class i the i-th character.

    Any Unicode character is one class: nothing is folded or decomposed.

    Args:
        characters: each once, in class order.

    Raises:
        BadConfiguration: empty, or a character twice.
    """

    def __init__(self, characters: str) -> None:
        if not characters:
            raise BadConfiguration("the charset is empty; expected at least one character")
        self.characters = characters
        self._class = {character: index for index, character in enumerate(characters, 1)}
        if len(self._class) < len(characters):
            twice = sorted({c for c in characters if characters.count(c) > 1})
            raise BadConfiguration(f"the charset holds {twice!r} more than once")

    @property
    def classes(self) -> int:
        """Number of classes, the blank included."""
        return len(self.characters) + 1

    def __contains__(self, character: str) -> bool:
        return character in self._class

    def covers(self, text: str) -> bool:
        """Whether every character of the text has a class."""
        return all(character in self._class for character in text)

    def encode(self, text: str) -> list[int]:
        """Classes of a text.

        Raises:
            KeyError: a character has no class; ask `covers` first.
        """
        return [self._class[character] for character in text]

    def decode(self, classes: Iterable[int]) -> str:
        """Text of classes; blanks are left out, repeats are kept."""
        return "".join(self.characters[index - 1] for index in classes if index != BLANK)

    def fold(self, text: str) -> str:
        """The text with each character that has an upper-case twin in the charset replaced by it.

        Character by character: ``str.upper`` can leave the charset (µ) and make two letters of one (ß).
        """
        return "".join(c.upper() if c.upper() in self._class else c for c in text)

    def case_folding(self) -> list[int]:
        """For each class that of its upper-case character, or its own where the charset has none."""
        return [BLANK, *(self._class.get(c.upper(), i) for i, c in enumerate(self.characters, 1))]

    @classmethod
    def load(cls, name: str | Path) -> Charset:
        """A shipped charset by its name, or a UTF-8 file of one character a line.

        Raises:
            BadConfiguration: no such charset, or a line that is not one character.
        """
        shipped = resources.files("ocr.recognition") / "charsets" / f"{name}.txt"
        try:
            text = shipped.read_text("utf-8") if shipped.is_file() else Path(name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            known = sorted(
                entry.name.removesuffix(".txt")
                for entry in (resources.files("ocr.recognition") / "charsets").iterdir()
            )
            raise BadConfiguration(
                f"no charset {str(name)!r}: neither a file nor one of those shipped ({', '.join(known)})"
            ) from error
        # Only the newline ends a line: str.splitlines would eat separators that can be characters themselves.
        lines = text.split("\n")
        if lines and not lines[-1]:
            lines.pop()
        for number, line in enumerate(lines, 1):
            if len(line) != 1:
                raise BadConfiguration(f"{name}, line {number}: {line!r} is not one character")
        return cls("".join(lines))
