"""The n-gram language model: probabilities that add up, costs, and a table that survives packing."""

from __future__ import annotations

import base64
import math
import zlib

import pytest

from ocr.recognition.charset import Charset
from ocr.recognition.language_model import EDGE, NgramLanguageModel, max_order, symbol_bits, symbols, tabulate
from ocr.training import language

CHARSET = Charset(" .0123456789ABCDEILORTabcdeilort")
LINES = ["TOTAL 10.00", "Total 12.50", "TOTAL 9.00", "CARD 10.00", "Cable 1.20"] * 4


@pytest.fixture(scope="module")
def language_model() -> NgramLanguageModel:
    return language.fit(LINES, CHARSET, order=4, gain=0.5)


def test_letters_of_either_case_share_a_symbol() -> None:
    found = symbols(CHARSET)
    assert found[0] == 0
    assert found[CHARSET.encode("A")[0]] == found[CHARSET.encode("a")[0]]
    assert len(set(found)) == 1 + len({c.upper() for c in CHARSET.characters})
    assert EDGE not in found


@pytest.mark.parametrize("context", ["", "T", "TOT", "0.0", "ZZZ", "CAR", "10.0"])
def test_probabilities_after_any_context_add_up_to_one(
    language_model: NgramLanguageModel, context: str
) -> None:
    state = EDGE
    for symbol in (language_model.symbols[k] for k in CHARSET.encode(context.replace("Z", "B"))):
        state = language_model.after(state, symbol)
    total = sum(math.exp(-language_model.cost(state, s)) for s in {EDGE, *language_model.symbols[1:]})
    # Costs are kept in steps of a sixteenth.
    assert total == pytest.approx(1.0, abs=0.06)


def test_what_is_written_often_costs_less(language_model: NgramLanguageModel) -> None:
    assert language_model.line_cost("TOTAL", CHARSET) < language_model.line_cost("T0TAL", CHARSET) - 3
    assert language_model.line_cost("total", CHARSET) == language_model.line_cost("TOTAL", CHARSET)


def test_contexts_are_as_long_as_costs_depend_on_them(language_model: NgramLanguageModel) -> None:
    text = "CABLE 10.00 ZEBRAL TOTAL"
    numbers = [language_model.symbols[k] for k in CHARSET.encode(text.replace("Z", "B"))]
    whole = state = EDGE
    shorter = 0
    for number in numbers:
        for following in {EDGE, *language_model.symbols[1:]}:
            assert language_model.cost(state, following) == language_model.cost(whole, following)
        whole = (whole << language_model.bits | number) & (1 << language_model.bits * 3) - 1
        state = language_model.after(state, number)
        shorter += state < whole
    assert shorter > 3


def test_packing_keeps_every_cost(language_model: NgramLanguageModel) -> None:
    again = NgramLanguageModel.unpack(language_model.pack(), CHARSET)
    assert (again.order, len(again)) == (language_model.order, len(language_model))
    for text in ("TOTAL 10.00", "BLED", "Cable"):
        assert again.line_cost(text, CHARSET) == language_model.line_cost(text, CHARSET)


def test_a_damaged_table_is_refused(language_model: NgramLanguageModel) -> None:
    whole = language_model.pack()
    raw = zlib.decompress(base64.b64decode(whole))
    for text in (
        "no base64!",
        whole[: len(whole) // 2],
        base64.b64encode(b"no zlib").decode(),
        base64.b64encode(zlib.compress(raw[:-3])).decode(),
        base64.b64encode(zlib.compress(b"\x09" + raw[1:])).decode(),
    ):
        with pytest.raises(ValueError, match=r"language model|order"):
            NgramLanguageModel.unpack(text, CHARSET)
    with pytest.raises(ValueError, match="another charset"):
        NgramLanguageModel.unpack(whole, Charset("ABC"))


@pytest.mark.parametrize(
    ("characters", "bits", "order"), [(254, 8, 8), (255, 9, 7), (600, 10, 6), (5000, 13, 4)]
)
def test_any_number_of_characters_has_a_language_model(characters: int, bits: int, order: int) -> None:
    charset = Charset("".join(map(chr, range(0x4E00, 0x4E00 + characters))))
    assert (symbol_bits(charset), max_order(charset)) == (bits, order)
    first, last = charset.characters[:3], charset.characters[-3:]
    model = language.fit([first, last, last[:2]] * 5, charset, order=8, gain=0.1)
    assert model.order == order
    again = NgramLanguageModel.unpack(model.pack(), charset)
    for text in (first, last, last[1] + first):
        assert again.line_cost(text, charset) == model.line_cost(text, charset)
    assert again.line_cost(last, charset) < again.line_cost(last[::-1], charset) - 3
    state = again.after(EDGE, again.symbols[-3])
    total = sum(math.exp(-again.cost(state, s)) for s in {EDGE, *again.symbols[1:]})
    assert total == pytest.approx(1.0, abs=0.06)


def test_a_character_that_never_came_is_possible() -> None:
    language_model = tabulate(1, {EDGE: 0.5}, {}, CHARSET)
    assert 10 < language_model.cost(EDGE, language_model.symbols[1]) < 20
