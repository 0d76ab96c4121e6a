"""Letters that look alike in Latin, Cyrillic and Greek: a word has those of one script, whatever each was read as."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ocr.recognition.decoded import Decoded

_SCRIPTS = ("latin", "cyrillic", "greek")
#: Letters of one look in the three scripts; ``-`` where a script has none.
_GROUPS = (  # noqa: SIM905
    "AАΑ BВΒ CС- EЕΕ HНΗ IІΙ JЈ- KКΚ MМΜ N-Ν OОΟ PРΡ SЅ- TТΤ XХΧ YУΥ Z-Ζ -ГΓ -ПΠ -ФΦ "
    "aа- cс- eе- iі- jј- oоο pрρ sѕ- v-ν xхχ yу- -кκ -фφ"
).split()
_TWINS = {
    letter: dict(zip(_SCRIPTS, group, strict=True)) for group in _GROUPS for letter in group if letter != "-"
}
#: The letter that stands for all of one look, whatever their size.
_LOOK = {letter: next(one for one in group if one != "-").upper() for group in _GROUPS for letter in group}
#: Share of the characters of two texts that look alike.
_ALIKE = 0.8
#: Letters of the other script alone, on a page of Cyrillic or Greek.
_FOREIGN = {"cyrillic": ("greek",), "greek": ("cyrillic",)}
_RUN = re.compile(r"[^\W\d_]+")
_BEYOND_LATIN = re.compile("[\u0370-\u04ff]")


def in_one_script(lines: Sequence[Decoded]) -> list[Decoded]:
    """The lines of a page; a word whose letters can be of several scripts is of that of its line, else of its page.

    Letters beside figures, as in codes, stay as they are, and so do single ones in a line that tells no script, and
    all on a page without clear letters of Cyrillic or Greek. Confidences do not change.
    """
    if not any(_BEYOND_LATIN.search(line.text) for line in lines):
        return list(lines)
    page = _told(line.text for line in lines)
    return [
        line._replace(text=_revised(_likelier(line, page), page)) if line.text else line for line in lines
    ]


def _likelier(line: Decoded, page: str) -> str:
    """The text of a line, on a page of Cyrillic or Greek without words of the other of both, if their look allows it.

    A language model of both scripts finishes a word in the one in which it began to read it.
    """
    if page not in _FOREIGN:
        return line.text
    doubts = {doubt.position: doubt.character for doubt in line.doubts if page in _scripts(doubt.character)}

    def word(match: re.Match[str]) -> str:
        run = match.group()
        if not any(_scripts(c) == _FOREIGN[page] for c in run):
            return run
        letters = [c if page in _scripts(c) else doubts.get(k, c) for k, c in enumerate(run, match.start())]
        return "".join(letters) if all(page in _scripts(c) for c in letters) else run

    return _RUN.sub(word, line.text)


def look_alike(one: str, other: str) -> bool:
    """Whether two texts are of the same print as far as letters of several scripts look alike, but for a few."""
    first, second = one.replace(" ", ""), other.replace(" ", "")
    if not first or len(first) != len(second):
        return False
    same = sum(_look(a) == _look(b) for a, b in zip(first, second, strict=True))
    return same >= _ALIKE * len(first)


def _look(character: str) -> str:
    character = _LOOK.get(character, character).upper()
    return _LOOK.get(character, character)


def _revised(text: str, page: str) -> str:
    """The text with each word in the letters of one script."""
    line = _told([text])

    def word(match: re.Match[str]) -> str:
        run = match.group()
        possible = [script for script in _SCRIPTS if all(script in _scripts(c) for c in run)]
        if len(possible) != 1:
            beside = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
            if any(map(str.isdigit, beside)):
                return run
            wanted = line if line in possible else page if len(run) > 1 else ""
            if wanted and wanted not in possible:
                # Latin words stand on pages of any script, those of a third one need letters of their own.
                wanted = "latin"
            possible = [wanted] if wanted in possible else []
        return "".join(_TWINS.get(c, {}).get(possible[0], c) for c in run) if possible else run

    return _RUN.sub(word, text)


def _scripts(letter: str) -> tuple[str, ...]:
    """The scripts that a letter can be of by its look."""
    twins = _TWINS.get(letter)
    if twins is not None:
        return tuple(script for script, twin in twins.items() if twin != "-")
    if "\u0370" <= letter <= "\u03ff":
        return ("greek",)
    return ("cyrillic",) if "\u0400" <= letter <= "\u04ff" else ("latin",)


def _told(texts: Iterable[str]) -> str:
    """The script that most letters of texts are of which can be of no other; empty where none tells."""
    told = Counter(
        scripts[0]
        for text in texts
        for letter in text
        if letter.isalpha() and len(scripts := _scripts(letter)) == 1
    )
    return told.most_common(1)[0][0] if told else ""
