"""The prior over texts: probabilities that add up, costs, and a table that survives packing."""

from __future__ import annotations

import base64
import math
import zlib

import pytest

from ocr.recognition.charset import Charset
from ocr.recognition.language_model import EDGE, Prior, symbols, tabulate
from ocr.training import language

CHARSET = Charset(" .0123456789ABCDEILORTabcdeilort")
LINES = ["TOTAL 10.00", "Total 12.50", "TOTAL 9.00", "CARD 10.00", "Cable 1.20"] * 4


@pytest.fixture(scope="module")
def prior() -> Prior:
    return language.fit(LINES, CHARSET, order=4, gain=0.5)


def test_letters_of_either_case_share_a_symbol() -> None:
    found = symbols(CHARSET)
    assert found[0] == 0
    assert found[CHARSET.encode("A")[0]] == found[CHARSET.encode("a")[0]]
    assert len(set(found)) == 1 + len({c.upper() for c in CHARSET.characters})
    assert EDGE not in found


@pytest.mark.parametrize("context", ["", "T", "TOT", "0.0", "ZZZ", "CAR", "10.0"])
def test_probabilities_after_any_context_add_up_to_one(prior: Prior, context: str) -> None:
    state = EDGE
    for symbol in (prior.symbols[k] for k in CHARSET.encode(context.replace("Z", "B"))):
        state = prior.after(state, symbol)
    total = sum(math.exp(-prior.cost(state, s)) for s in {EDGE, *prior.symbols[1:]})
    # Costs are kept in steps of a sixteenth.
    assert total == pytest.approx(1.0, abs=0.06)


def test_what_is_written_often_costs_less(prior: Prior) -> None:
    assert prior.line_cost("TOTAL", CHARSET) < prior.line_cost("T0TAL", CHARSET) - 3
    assert prior.line_cost("total", CHARSET) == prior.line_cost("TOTAL", CHARSET)


def test_packing_keeps_every_cost(prior: Prior) -> None:
    again = Prior.unpack(prior.pack(), CHARSET)
    assert (again.order, len(again)) == (prior.order, len(prior))
    for text in ("TOTAL 10.00", "BLED", "Cable"):
        assert again.line_cost(text, CHARSET) == prior.line_cost(text, CHARSET)


def test_a_damaged_table_is_refused(prior: Prior) -> None:
    whole = prior.pack()
    raw = zlib.decompress(base64.b64decode(whole))
    for text in (
        "no base64!",
        whole[: len(whole) // 2],
        base64.b64encode(b"no zlib").decode(),
        base64.b64encode(zlib.compress(raw[:-3])).decode(),
        base64.b64encode(zlib.compress(b"\x09" + raw[1:])).decode(),
    ):
        with pytest.raises(ValueError, match=r"prior|order"):
            Prior.unpack(text, CHARSET)
    with pytest.raises(ValueError, match="another charset"):
        Prior.unpack(whole, Charset("ABC"))


def test_a_charset_beyond_a_byte_is_refused() -> None:
    with pytest.raises(ValueError, match="254"):
        symbols(Charset("".join(map(chr, range(0x4E00, 0x4E00 + 300)))))


def test_a_character_that_never_came_is_possible() -> None:
    prior = tabulate(1, {EDGE: 0.5}, {}, CHARSET)
    assert 10 < prior.cost(EDGE, prior.symbols[1]) < 20
