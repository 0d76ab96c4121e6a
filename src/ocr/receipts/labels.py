"""Labels of receipts: the words of the language files, found in text that a reader may have got wrong in places."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from ocr.receipts import text as texts

#: Labels of this length and above are found with one letter wrong, and with two.
_ONE_WRONG, _TWO_WRONG = 5, 10
_MOST_WORDS = 6


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
    exact: dict[str, tuple[tuple[str, str], ...]]
    deletions: dict[str, tuple[str, ...]]


#: Read beside the labels, of another shape.
_NO_LABELS = ("months",)


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
def months() -> dict[str, int]:
    """Number of the month by the skeleton of its name, all languages together."""
    by_name: dict[str, int] = {}
    for labels in languages().values():
        for number, names in enumerate(labels["months"], 1):
            for name in names:
                by_name.setdefault(texts.skeleton(name), number)
    return by_name


@cache
def _index() -> _Index:
    exact: dict[str, list[tuple[str, str]]] = {}
    for language, labels in languages().items():
        for kind, phrases in labels.items():
            if kind in _NO_LABELS:
                continue
            for phrase in phrases:
                meanings = exact.setdefault(texts.skeleton(phrase), [])
                if (language, kind) not in meanings:
                    meanings.append((language, kind))
    exact.pop("", None)
    deletions: dict[str, list[str]] = {}
    for form in exact:
        if len(form) >= _ONE_WRONG:
            for cut in {form, *_deletions(form)}:
                deletions.setdefault(cut, []).append(form)
    return _Index({k: tuple(v) for k, v in exact.items()}, {k: tuple(v) for k, v in deletions.items()})


def _deletions(form: str) -> list[str]:
    return [form[:k] + form[k + 1 :] for k in range(len(form))]


@lru_cache(maxsize=16384)
def _nearest(form: str) -> tuple[str, int] | None:
    """The label that is nearest to a skeleton, and how many letters differ."""
    index = _index()
    if form in index.exact:
        return form, 0
    if len(form) < _ONE_WRONG - 1:
        return None
    candidates = {other for cut in (form, *_deletions(form)) for other in index.deletions.get(cut, ())}
    best: tuple[str, int] | None = None
    for other in sorted(candidates):
        limit = 2 if len(other) >= _TWO_WRONG and len(form) >= _TWO_WRONG - 1 else 1
        if abs(len(other) - len(form)) <= limit:
            distance = texts.edit_distance(form, other, limit)
            if distance <= limit and (best is None or distance < best[1]):
                best = other, distance
    return best


@lru_cache(maxsize=8192)
def find(text: str) -> tuple[Label, ...]:
    """The labels in a text from left to right; of those that overlap the longest counts, exact ones first."""
    words = texts.words(text)
    index = _index()
    candidates: list[tuple[int, int, int, int, str]] = []
    for first in range(len(words)):
        if words[first].digits:
            continue
        form, numbered = "", False
        for last in range(first, min(first + _MOST_WORDS, len(words))):
            if words[last].digits and words[last].end - words[last].start > 1:
                break
            numbered = numbered or words[last].digits
            form += words[last].skeleton
            nearest = _nearest(form)
            if numbered and (nearest is None or nearest[1]):
                continue
            if nearest is not None:
                other, distance = nearest
                candidates.append((distance > 0, -len(other) + 2 * distance, first, last, other))
    chosen: list[tuple[int, int, Label]] = []
    for inexact, _, first, last, form in sorted(candidates, key=lambda one: one[1]):
        if all(last < other_first or first > other_last for other_first, other_last, _ in chosen):
            label = Label(index.exact[form], words[first].start, words[last].end, not inexact)
            chosen.append((first, last, label))
    return tuple(label for _, _, label in sorted(chosen, key=lambda one: one[0]))
