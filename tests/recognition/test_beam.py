"""Reading with a language model: against all alignments by hand, and where it must and must not decide."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ocr.recognition.beam import Beam
from ocr.recognition.charset import Charset
from ocr.recognition.decode import ctc_greedy, with_language_model
from ocr.recognition.decoded import Decoded
from ocr.recognition.likely_steps import Likely
from ocr.recognition.prefix_search import search
from ocr.training import language

CHARSET = Charset("0LOTA")
BEAM = Beam(language.fit(["TOTAL"] * 30 + ["LOT", "TAL"], CHARSET, order=4, gain=0.1), 0.5, 0.5, 64)


def logits(rows: list[dict[str, float]]) -> npt.NDArray[np.float32]:
    """(1, T, 6) of the probabilities of characters, ``_`` the blank; what is not named is impossible."""
    out = np.full((1, len(rows), 6), -30.0, np.float32)
    for step, row in enumerate(rows):
        for character, probability in row.items():
            out[0, step, "_0LOTA".index(character)] = math.log(probability)
    return out


def read(lines: npt.NDArray[np.float32], lengths: list[int]) -> list[Decoded]:
    return with_language_model(
        ctc_greedy(lines, lengths, CHARSET), Likely(lines, lengths), lengths, CHARSET, BEAM
    )


def by_hand(rows: list[dict[str, float]], beam: Beam = BEAM) -> dict[str, float]:
    """The probability of every text under network and language model, over all alignments."""
    network: dict[str, float] = {}
    for path in itertools.product(*(row.items() for row in rows)):
        text, last = "", "_"
        for character, _ in path:
            if character not in ("_", last):
                text += character
            last = character
        network[text] = network.get(text, 0.0) + math.prod(p for _, p in path)
    return {
        text: p
        * math.exp(beam.bonus * len(text) - beam.lm_weight * beam.language_model.line_cost(text, CHARSET))
        for text, p in network.items()
    }


ROWS = [
    {"T": 0.9, "_": 0.1},
    {"_": 0.6, "O": 0.4},
    {"0": 0.5, "O": 0.4, "_": 0.1},
    {"_": 0.7, "T": 0.3},
    {"T": 0.8, "_": 0.2},
    {"A": 0.6, "0": 0.4},
    {"A": 0.5, "_": 0.5},
    {"L": 0.9, "T": 0.1},
]


def test_lines_of_different_lengths_are_read_as_each_of_them_alone() -> None:
    lines = [logits(ROWS), logits(ROWS[:3]), logits(ROWS[1:])]
    lengths = [line.shape[1] for line in lines]
    together = read(np.concatenate([line[0] for line in lines]), lengths)
    assert together == [read(line, [line.shape[1]])[0] for line in lines]
    assert together[0] != ctc_greedy(lines[0], lengths[:1], CHARSET)[0]


def test_the_search_finds_the_likeliest_text_of_all() -> None:
    truth = by_hand(ROWS)
    found = search(Likely(logits(ROWS), [len(ROWS)]).steps(0)[0], BEAM, CHARSET)
    text = found.text
    assert text == max(truth, key=truth.__getitem__) == "TOTAL"
    # Its probability under the network alone, times its share among the texts.
    best = truth[text] / math.exp(
        BEAM.bonus * 5 - BEAM.lm_weight * BEAM.language_model.line_cost(text, CHARSET)
    )
    assert found.confidence == pytest.approx(best * truth[text] / sum(truth.values()), rel=0.03)


def test_what_follows_an_open_print_tells_the_same_of_beginnings_that_are_followed_as_one() -> None:
    # After two clear letters a model of trigrams knows no more of what was open before.
    model = language.fit(["TOTAL"] * 30 + ["LOT", "TAL"], CHARSET, order=3, gain=0.1)
    rows = [
        {"T": 1.0},
        {"0": 0.6, "O": 0.4},
        {"T": 0.5, "_": 0.5},
        {"T": 1.0},
        {"A": 1.0},
        {"L": 0.7, "_": 0.3},
        {"L": 1.0},
        {"0": 0.55, "O": 0.45},
        *[{c: 1.0} for c in "TAL"],
    ]
    truth = by_hand(rows, Beam(model, 0.5, 0.5, 64))
    found = search(Likely(logits(rows), [len(rows)]).steps(0)[0], Beam(model, 0.5, 0.5, 64), CHARSET)
    best = max(truth, key=truth.__getitem__)
    assert found.text == best
    network = by_hand(rows, Beam(model, 0.0, 0.0))[best]
    assert found.confidence == pytest.approx(network * truth[best] / sum(truth.values()), rel=1e-4)
    assert [CHARSET.characters[k - 1] for k in found.classes] == list(best)


def test_long_lines_of_open_print_stay_within_what_numbers_can_hold() -> None:
    rows = [{"_": 0.9, "O": 0.1}, *[{"T": 0.5, "L": 0.5}, {"_": 1.0}] * 600]
    found = search(Likely(logits(rows), [len(rows)]).steps(0)[0], BEAM, CHARSET)
    assert len(found.text) >= 600
    assert 0 <= found.confidence < 1e-100


def test_a_doubled_letter_needs_a_blank_between() -> None:
    rows = [{"O": 0.9, "_": 0.1}, {"O": 0.9, "_": 0.1}, {"_": 0.9, "O": 0.1}, {"O": 0.9, "_": 0.1}]
    steps, _, _ = Likely(logits(rows), [4]).steps(0)
    flat = Beam(BEAM.language_model, 0.0, 0.0)
    assert search(steps, flat, CHARSET).text == "OO"


def test_a_clear_print_is_read_as_it_stands() -> None:
    rows = [{c: 0.97, "_": 0.03} for c in "T0T0L"]
    found = read(logits(rows), [5])
    assert found == ctc_greedy(logits(rows), [5], CHARSET)
    assert found[0].text == "T0T0L"


def test_an_open_print_is_decided_by_its_neighbours() -> None:
    rows = [{"T": 1.0}, {"0": 0.6, "O": 0.4}, {"T": 1.0}, {"A": 1.0}, {"L": 1.0}]
    assert ctc_greedy(logits(rows), [5], CHARSET)[0].text == "T0TAL"
    line = read(logits(rows), [5])[0]
    assert line.text == "TOTAL"
    assert line.begins == [0, 1, 2, 3, 4]
    assert line.certainties[1] == pytest.approx(0.4)
    assert line.confidence == pytest.approx(0.4, rel=0.02)


def test_lines_of_a_batch_do_not_touch_each_other() -> None:
    one, two = logits(ROWS), logits([{"_": 1.0}] * 8)
    both = np.concatenate([one, two, one])
    found = read(both, [8, 8, 3])
    assert found[0] == read(one, [8])[0]
    assert found[1] == Decoded("", 0.0)
    assert found[2] == read(one[:, :3], [3])[0]


def test_lines_without_steps_are_empty() -> None:
    assert read(np.zeros((1, 0, 6), np.float32), [0]) == [Decoded("", 0.0)]


@pytest.mark.parametrize(
    "values",
    [
        {"lm_weight": -1.0},
        {"lm_weight": 1e6},
        {"lm_weight": float("nan")},
        {"width": 0},
        {"width": 2.5},
        {"bonus": "a"},
        {"bonus": -1e4},
        {"x": 1},
        [],
    ],
)
def test_numbers_that_cannot_be_are_refused(values: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        Beam.of(BEAM.language_model.pack(), values, CHARSET)


def test_noise_is_not_searched() -> None:
    rows = [dict(zip("_0LOTA", (0.1, 0.3, 0.2, 0.2, 0.1, 0.1), strict=True))] * 12
    noise = logits(rows) + np.random.default_rng(0).normal(0, 0.1, (1, 12, 6)).astype(np.float32)
    assert read(noise, [12]) == ctc_greedy(noise, [12], CHARSET)


def test_a_step_keeps_its_likeliest_classes_alone() -> None:
    wide = np.random.default_rng(1).normal(0, 0.5, (1, 4, 40)).astype(np.float32)
    for step, row in zip(Likely(wide, [4]).steps(0)[0], wide[0], strict=True):
        assert {k for k, _ in step} == set(np.argsort(row)[-10:].tolist())


def test_the_names_of_version_0_1_are_read() -> None:
    packed = BEAM.language_model.pack()
    assert Beam.of(packed, {"strength": 0.4, "width": 4}, CHARSET).lm_weight == 0.4


def test_words_count_more_the_less_certain_the_letters_look() -> None:
    certain, doubted, hardly_read = (BEAM.of_certainty(c) for c in (0.95, 0.85, 0.6))
    assert certain is BEAM
    assert BEAM.lm_weight < doubted.lm_weight < hardly_read.lm_weight
    assert BEAM.bonus < doubted.bonus < hardly_read.bonus
    assert BEAM.of_certainty(0.6) is hardly_read
    # "T?TAL", where the second letter looks far more like an A: one clear line, and the same among unclear letters.
    clear = [{"T": 1.0}, {"A": 0.97, "O": 0.03}, {"T": 1.0}, {"A": 1.0}, {"L": 1.0}]
    unclear = [
        {"T": 0.6, "_": 0.4},
        {"A": 0.97, "O": 0.03},
        {"T": 0.6, "_": 0.4},
        {"A": 0.6, "_": 0.4},
        {"L": 1.0},
    ]
    light = Beam(BEAM.language_model, 0.3, 0.5, 64)
    texts = []
    for rows in (clear, unclear):
        line = logits(rows)
        texts.append(
            with_language_model(ctc_greedy(line, [5], CHARSET), Likely(line, [5]), [5], CHARSET, light)[
                0
            ].text
        )
    assert texts == ["TATAL", "TOTAL"]


def test_no_weight_grows_beyond_what_can_be() -> None:
    heavy = Beam(BEAM.language_model, 1.5, 9.9, 64).of_certainty(0.3)
    assert (heavy.lm_weight, heavy.bonus, heavy.width) == (2.0, 10.0, 64)
