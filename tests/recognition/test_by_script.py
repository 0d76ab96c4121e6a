"""Which recogniser reads a line: pages that read well cost nothing, others are tried in further scripts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ocr.recognition.by_script import ScriptRecognizer
from ocr.recognition.charset import Charset
from ocr.recognition.recognizer import Reading, Recognizer

PAGE = np.zeros((400, 400), np.uint8)


class Known(Recognizer):
    """Reads lines by their number, which is the y of their first corner, as it was told; counts what it read."""

    def __init__(self, name: str, certainties: list[float]) -> None:
        self.name, self.certainties = name, certainties
        self.charset = Charset("l0123456789x ")
        self.asked: list[int] = []
        self.surprises: dict[str, float] = {}
        self.texts: dict[int, str] = {}

    @property
    def knows_words(self) -> bool:
        return bool(self.surprises)

    def surprise(self, text: str) -> float:
        return self.surprises.get(text, 0.0)

    def read(self, image: Any, quads: Any) -> list[Reading]:
        numbers = [int(quad[0][1]) for quad in quads]
        self.asked += numbers
        return [Reading(self.texts.get(n, f"{self.name}{n}"), 0.5, self.certainties[n]) for n in numbers]

    def with_threads(self, threads: int) -> Recognizer:
        return Known(f"{self.name}x{threads}", self.certainties)


def _quads(count: int) -> list[list[list[float]]]:
    return [[[0, n], [100 + n, n], [100 + n, n + 10], [0, n + 10]] for n in range(count)]


def _reader(first: list[float], other: list[float]) -> tuple[ScriptRecognizer, Known, Known, list[str]]:
    latin, korean = Known("l", first), Known("k", other)
    loaded: list[str] = []

    def load(slot: str) -> Recognizer:
        loaded.append(slot)
        return korean

    return ScriptRecognizer(latin, load, ["recognition-korean"]), latin, korean, loaded


def test_a_page_that_reads_well_loads_no_other_model() -> None:
    reader, _, _, loaded = _reader([0.9] * 9 + [0.1], [0.95] * 10)
    assert [r.text for r in reader.read(PAGE, _quads(10))] == [f"l{n}" for n in range(10)]
    assert not loaded
    assert reader.read(PAGE, []) == []


def test_lines_of_a_page_in_another_script_go_to_the_model_that_sees_them_clearer() -> None:
    reader, _, korean, loaded = _reader([0.5, 0.99, 0.6, 0.5, 0.97, 0.6], [0.9, 0.6, 0.55, 0.8, 0.5, 0.3])
    texts = [r.text for r in reader.read(PAGE, _quads(6))]
    assert texts == ["k0", "l1", "k2", "k3", "l4", "l5"]
    assert loaded == ["recognition-korean"]
    assert set(korean.asked) == set(range(6))
    reader.read(PAGE, _quads(6))
    assert loaded == ["recognition-korean"]


def test_a_bad_page_costs_a_few_lines() -> None:
    reader, _, korean, _ = _reader([0.1] * 10, [0.05] * 10)
    assert [r.text for r in reader.read(PAGE, _quads(10))] == [f"l{n}" for n in range(10)]
    assert korean.asked == [9, 8, 7, 6, 5, 4]  # the longest


def test_figures_do_not_tell_whether_a_page_is_in_doubt() -> None:
    reader, latin, _, _ = _reader([0.1] * 2 + [0.99] * 18, [0.9] * 20)
    latin.texts = dict.fromkeys(range(2, 20), "10 00")
    assert [r.text for r in reader.read(PAGE, _quads(20))][:3] == ["k0", "k1", "k2"]
    latin.texts |= dict.fromkeys(range(2, 6), "ll")
    assert [r.text for r in reader.read(PAGE, _quads(20))][:3] == ["l0", "l1", "ll"]


def test_figures_stay_with_the_first_model_unless_they_are_clearly_clearer() -> None:
    reader, _, korean, _ = _reader([0.1, 0.9, 0.75], [0.9, 0.92, 0.99])
    korean.texts = {1: "l1", 2: "l2"}  # no letters of its script
    certain = [r.certainty for r in reader.read(PAGE, _quads(3))]
    assert certain == [0.9, 0.9, 0.99]


def test_a_page_without_letters_of_the_script_stays_with_the_first_model() -> None:
    reader, _, korean, _ = _reader([0.1] * 3, [0.9] * 3)
    korean.name = "l"
    assert [r.certainty for r in reader.read(PAGE, _quads(3))] == [0.1] * 3


def test_nobody_wins_what_nobody_can_read() -> None:
    reader, _, korean, _ = _reader([0.3] * 6, [0.55] * 6)
    assert [r.text for r in reader.read(PAGE, _quads(6))] == [f"l{n}" for n in range(6)]
    assert len(korean.asked) == 6


LETTERS = {n: f"xxxxxx {n}" for n in range(6)}


def _look_alikes(certainty: float, surprise: float) -> tuple[ScriptRecognizer, Known, Known]:
    """A page whose letters look like those of the first model, of which they make no words."""
    reader, latin, other, _ = _reader([0.97] * 6, [certainty] * 6)
    latin.texts, latin.surprises = LETTERS, {"xxxxxx": 5.4}
    other.texts = {n: text.replace("x", "ж") for n, text in LETTERS.items()}
    other.surprises = {"жжжжжж": surprise}
    return reader, latin, other


def test_letters_that_make_no_words_are_in_doubt_however_clear_they_look() -> None:
    reader, _, other = _look_alikes(0.9, 1.5)
    assert [r.text for r in reader.read(PAGE, _quads(6))] == list(other.texts.values())


def test_words_with_letters_of_latin_print_alone_are_not_doubted() -> None:
    reader, latin, other = _look_alikes(0.9, 1.5)
    latin.texts = {n: text.replace("xx", "ld") for n, text in LETTERS.items()}
    latin.surprises = {"ldldld": 9.0}
    assert [r.text for r in reader.read(PAGE, _quads(6))] == list(latin.texts.values())
    assert not other.asked


@pytest.mark.parametrize(("certainty", "surprise"), [(0.55, 1.5), (0.9, 5.0)])
def test_they_stay_where_another_model_makes_no_clear_words_of_them_either(
    certainty: float, surprise: float
) -> None:
    reader, latin, other = _look_alikes(certainty, surprise)
    assert [r.text for r in reader.read(PAGE, _quads(6))] == list(LETTERS.values())
    assert len(other.asked) == 6
    latin.surprises = {"xxxxxx": 3.0}
    other.asked.clear()
    reader.read(PAGE, _quads(6))
    assert not other.asked


def test_rare_words_go_before_signs_and_figures_that_were_made_of_them() -> None:
    reader, latin, other = _look_alikes(0.9, 1.5)
    latin.texts = LETTERS | {5: "00x 210xx"}
    latin.certainties = [*latin.certainties[:5], 0.7]
    other.texts |= {5: "005 жжжж"}
    other.surprises["жжжж"] = 6.0
    assert [r.text for r in reader.read(PAGE, _quads(6))] == list(other.texts.values())


def test_a_model_that_knows_no_words_has_no_advantage_of_it() -> None:
    reader, _, other = _look_alikes(0.95, 0.0)
    other.surprises = {}
    assert [r.text for r in reader.read(PAGE, _quads(6))] == list(LETTERS.values())


@pytest.mark.parametrize(("one", "two", "chosen"), [(0.7, 0.9, "m"), (0.9, 0.7, "k"), (0.2, 0.6, "m")])
def test_of_several_scripts_the_one_that_looks_clearest_reads_the_page(
    one: float, two: float, chosen: str
) -> None:
    models = {"recognition-k": Known("k", [one] * 4), "recognition-m": Known("m", [two] * 4)}
    reader = ScriptRecognizer(Known("l", [0.3] * 4), models.__getitem__, list(models))
    assert [r.text for r in reader.read(PAGE, _quads(4))] == [f"{chosen}{n}" for n in range(4)]


@pytest.mark.parametrize("count", [1, 2])
def test_few_lines_are_enough(count: int) -> None:
    reader, _, _, _ = _reader([0.1] * count, [0.8] * count)
    assert [r.text for r in reader.read(PAGE, _quads(count))] == [f"k{n}" for n in range(count)]


def test_changes_hold_for_all_scripts() -> None:
    reader, _, _, loaded = _reader([0.1], [0.8])
    changed = reader.with_threads(3)
    assert not loaded
    assert [r.text for r in changed.read(PAGE, _quads(1))] == ["kx30"]
    assert [r.text for r in reader.read(PAGE, _quads(1))] == ["k0"]
