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
        self.charset = Charset("l0123456789x")
        self.asked: list[int] = []

    def read(self, image: Any, quads: Any) -> list[Reading]:
        numbers = [int(quad[0][1]) for quad in quads]
        self.asked += numbers
        return [Reading(f"{self.name}{n}", 0.5, self.certainties[n]) for n in numbers]

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
    assert sorted(korean.asked) == list(range(6))  # each once
    reader.read(PAGE, _quads(6))
    assert loaded == ["recognition-korean"]


def test_a_bad_page_costs_a_few_lines() -> None:
    reader, _, korean, _ = _reader([0.1] * 40, [0.05] * 40)
    assert [r.text for r in reader.read(PAGE, _quads(40))] == [f"l{n}" for n in range(40)]
    assert korean.asked == [39, 38, 37, 36, 35, 34]  # the longest


def test_figures_stay_with_the_first_model_unless_they_are_clearly_clearer() -> None:
    reader, _, korean, _ = _reader([0.1, 0.9, 0.9], [0.9, 0.92, 0.99])
    korean.name = "l"  # what it reads are no letters of its script
    assert korean.read(PAGE, _quads(3))[1].text == "l1"
    certain = [r.certainty for r in reader.read(PAGE, _quads(3))]
    assert certain == [0.9, 0.9, 0.99]


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
