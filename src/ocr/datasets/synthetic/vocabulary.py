"""Words that synthetic receipts are made of, by language.

All of them are written for this project but Korean roads, districts and names (`tools/korean_words.py`). They lie in
``words/LANGUAGE.txt``: a heading ``[name]`` for each field of `Vocabulary`, then one word or phrase a line.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Vocabulary:
    """Words of one language (or of one country's use of it); only ``brands`` may be empty."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    trades: tuple[str, ...]
    suffixes: tuple[str, ...]
    streets: tuple[str, ...]
    areas: tuple[str, ...]
    cities: tuple[str, ...]
    items: tuple[str, ...]
    qualities: tuple[str, ...]
    titles: tuple[str, ...]
    registration: tuple[str, ...]
    phone: tuple[str, ...]
    document: tuple[str, ...]
    staff: tuple[str, ...]
    columns: tuple[str, ...]
    subtotal: tuple[str, ...]
    discount: tuple[str, ...]
    tax: tuple[str, ...]
    rounding: tuple[str, ...]
    total: tuple[str, ...]
    payment: tuple[str, ...]
    cash: tuple[str, ...]
    change: tuple[str, ...]
    date: tuple[str, ...]
    time: tuple[str, ...]
    thanks: tuple[str, ...]
    notes: tuple[str, ...]
    brands: tuple[str, ...] = ()


@cache
def vocabulary(language: str) -> Vocabulary:
    """The words of a language by the name of its file.

    Raises:
        ValueError: where the file lacks a heading, has an unknown one, or an empty one.
    """
    text = files("ocr.datasets.synthetic").joinpath("words").joinpath(f"{language}.txt").read_text("utf-8")
    words: dict[str, list[str]] = {}
    heading = ""
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            heading = line[1:-1]
            words[heading] = []
        elif line.strip():
            words[heading].append(line.strip())
    known = {field.name for field in fields(Vocabulary)}
    expected = known - {"brands"}
    if not expected <= set(words) <= known or not all(words.values()):
        raise ValueError(f"words/{language}.txt needs the non-empty headings {sorted(expected)}.")
    return Vocabulary(**{name: tuple(entries) for name, entries in words.items()})
