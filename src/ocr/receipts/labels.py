"""Labels of receipts: the words of the language files, found in text that a reader may have got wrong in places.

A phrase of a language file that begins with a hyphen is the ending of compound words: ``-rabatt`` finds Treuerabatt.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from ocr.receipts import text as texts

#: Labels of this length and above are found with one letter wrong, and with two.
_ONE_WRONG, _TWO_WRONG = 5, 10
_MOST_WORDS = 6
#: Labels of so few letters have no digit among them.
_SHORT = 2
#: Letters of a label at its beginning and its end, of which one stays as it is where one letter is wrong.
_END = 3
#: Letters that are left of a label which the width of a column cut off, and their share of it.
_CUT, _LEFT = 5, 0.6


class Label(NamedTuple):
    """A label in a text.

    Attributes:
        kinds: what it can mean, by language: pairs of language and kind.
        start, end: where it stands.
        exact: whether every letter agrees.
    """

    kinds: tuple[tuple[str, str], ...]
    start: int
    end: int
    exact: bool

    def means(self, kind: str, languages: frozenset[str]) -> bool:
        """Whether it means this in one of the languages."""
        return any(k == kind and language in languages for language, k in self.kinds)


class _Index(NamedTuple):
    """Labels by skeleton.

    `starts` are the first letters of all, `heads` and `tails` the first and last ones of those found with faults.
    """

    exact: dict[str, tuple[tuple[str, str], ...]]
    endings: dict[str, tuple[tuple[str, str], ...]]
    ending_sizes: tuple[int, ...]
    deletions: dict[str, tuple[str, ...]]
    beginnings: dict[str, tuple[str, ...]]
    words_end: dict[str, set[int]]
    starts: frozenset[str]
    heads: frozenset[str]
    tails: frozenset[str]
    longest: int


class _Candidate(NamedTuple):
    """Words of a text that are a label; ``rank`` is the lower the more letters agree."""

    rank: int
    first: int
    last: int
    start: int
    end: int
    kinds: tuple[tuple[str, str], ...]
    exact: bool


#: Read beside the labels, of another shape.
_NO_LABELS = ("months", "places", "thanked")


@cache
def languages() -> dict[str, dict[str, list[str]]]:
    """Labels by kind of every language file."""
    folder = files("ocr.receipts").joinpath("languages")
    by_language = {}
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.name.endswith(".json"):
            by_language[entry.name[:-5]] = json.loads(entry.read_text("utf-8"))
    return by_language


@cache
def months() -> dict[str, tuple[int, ...]]:
    """Numbers of the month by the skeleton of its name, all languages together.

    Names of two months, such as listopad, which is November in Polish and Czech and October in Croatian, have that of
    more languages first, and the later one of as many.
    """
    counts: dict[str, Counter[int]] = {}
    for labels in languages().values():
        for number, names in enumerate(labels["months"], 1):
            for form in {texts.skeleton(name) for name in names}:
                counts.setdefault(form, Counter())[number] += 1
    return {form: tuple(sorted(own, key=lambda n: (-own[n], -n))) for form, own in counts.items()}


@cache
def _index() -> _Index:
    exact: dict[str, list[tuple[str, str]]] = {}
    endings: dict[str, list[tuple[str, str]]] = {}
    words_end: dict[str, set[int]] = {}
    for language, labels in languages().items():
        for kind, phrases in labels.items():
            if kind in _NO_LABELS:
                continue
            for phrase in phrases:
                form = texts.skeleton(phrase)
                meanings = (endings if phrase.startswith("-") else exact).setdefault(form, [])
                if (language, kind) not in meanings:
                    meanings.append((language, kind))
                ends = itertools.accumulate(len(word.skeleton) for word in texts.words(phrase))
                words_end.setdefault(form, set()).update(ends)
    exact.pop("", None)
    deletions: dict[str, list[str]] = {}
    for form in exact:
        if len(form) >= _ONE_WRONG:
            for cut in {form, *_deletions(form)}:
                deletions.setdefault(cut, []).append(form)
    long = [form for form in exact if len(form) >= _ONE_WRONG]
    return _Index(
        {k: tuple(v) for k, v in exact.items()},
        {k: tuple(v) for k, v in endings.items()},
        tuple(sorted({len(k) for k in endings}, reverse=True)),
        {k: tuple(sorted(v)) for k, v in deletions.items()},
        {k: tuple(forms) for k, forms in itertools.groupby(sorted(long), key=lambda form: form[:_CUT])},
        words_end,
        frozenset(form[:_END] for form in exact),
        frozenset(form[:_END] for form in long),
        frozenset(form[-_END:] for form in long),
        max(map(len, exact)),
    )


def _deletions(form: str) -> list[str]:
    return [form[:k] + form[k + 1 :] for k in range(len(form))]


@lru_cache(maxsize=16384)
def _near(form: str) -> tuple[tuple[str, int], ...]:
    """The labels that differ from a skeleton in a letter or two, and in how many."""
    index = _index()
    if len(form) < _ONE_WRONG - 1:
        return ()
    # One wrong letter leaves the beginning or the end as it is.
    if form[:_END] not in index.heads and form[-_END:] not in index.tails:
        return ()
    deletions = index.deletions
    candidates = set(deletions.get(form, ()))
    for k in range(len(form)):
        without = deletions.get(form[:k] + form[k + 1 :])
        if without is not None:
            candidates.update(without)
    if not candidates:
        return ()
    found = []
    for other in candidates:
        limit = 2 if len(other) >= _TWO_WRONG and len(form) >= _TWO_WRONG - 1 else 1
        if abs(len(other) - len(form)) <= limit:
            distance = texts.edit_distance(form, other, limit)
            if distance <= limit:
                found.append((other, distance))
    return tuple(sorted(found, key=lambda one: (one[1], one[0])))


def _ending(form: str) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """The ending of a compound word that says what it is, such as ``rabatt``."""
    index = _index()
    for size in index.ending_sizes:
        if len(form) >= size + 3 and form[-size:] in index.endings:
            return form[-size:], index.endings[form[-size:]]
    return None


def meanings(form: str) -> tuple[tuple[str, str], ...]:
    """Languages and kinds of a skeleton that is a label, none where it is not."""
    return _index().exact.get(form, ())


def _cut_off(form: str) -> list[str]:
    """The labels that a text can be the beginning of, cut within a word: ``GRAND T``."""
    index = _index()
    beginnings = index.beginnings.get(form[:_CUT], ())
    return [
        other
        for other in beginnings
        if other.startswith(form)
        and len(other) > len(form) >= _LEFT * len(other)
        and len(form) not in index.words_end[other]
    ]


def _ends_cell(text: str, end: int) -> bool:
    """Whether only a column, an amount or nothing follows a place in a text."""
    behind = text[end:].lstrip(" .:")
    return not behind or behind[0] in "\t-0123456789"


@lru_cache(maxsize=8192)
def _candidates(text: str) -> tuple[_Candidate, ...]:
    """All labels in a text, overlapping ones too, those with the most letters first."""
    words = texts.words(text)
    index = _index()
    exact, starts, heads, longest = index.exact, index.starts, index.heads, index.longest + 2
    candidates: list[_Candidate] = []

    def add(rank: int, last: int, kinds: tuple[tuple[str, str], ...], is_exact: bool) -> None:
        candidates.append(_Candidate(rank, first, last, start, words[last].end, kinds, is_exact))

    for first, word in enumerate(words):
        if word.digits:
            continue
        start, form, numbered = word.start, "", False
        for last in range(first, min(first + _MOST_WORDS, len(words))):
            added = words[last]
            if added.digits:
                if added.end - added.start > 1:
                    break
                numbered = True
            form += added.skeleton
            size = len(form)
            if size > longest or (last > first and size >= _END and form[:_END] not in starts):
                break
            if size <= _SHORT and any(map(str.isdigit, text[start : added.end])):
                continue  # "T1" is no "TL"
            kinds = exact.get(form)
            if kinds is not None:
                add(-size, last, kinds, True)
                continue
            # A wrong letter in the first ones of several words is found in the first word alone.
            if numbered or (last > first and form[:_END] not in heads):
                continue
            near = _near(form)
            for other, distance in near:
                add(2 * distance - len(other), last, exact[other], False)
            if near:
                continue
            if first == 0 and size >= _CUT and _ends_cell(text, added.end):
                for other in _cut_off(form):
                    add(1 - size, last, exact[other], False)
            if last == first:
                ending = _ending(form)
                if ending is not None:
                    add(-size, last, ending[1], True)
    return tuple(sorted(candidates, key=lambda one: one.rank))


@lru_cache(maxsize=16384)
def find(text: str, languages: frozenset[str] | None = None) -> tuple[Label, ...]:
    """The labels in a text from left to right; of those that overlap the one with the most letters counts.

    Args:
        text: of a row or a line.
        languages: whose labels are looked for; ``None`` for all.
    """
    chosen: list[tuple[int, int, Label]] = []
    for one in _candidates(text):
        kinds = one.kinds
        if languages is not None:
            kinds = tuple(kind for kind in kinds if kind[0] in languages)
            if not kinds:
                continue
        if all(one.last < first or one.first > last for first, last, _ in chosen):
            chosen.append((one.first, one.last, Label(kinds, one.start, one.end, one.exact)))
    return tuple(label for _, _, label in sorted(chosen, key=lambda one: one[0]))
