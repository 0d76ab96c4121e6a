"""Fitting the language model, and giving it to a model."""

from __future__ import annotations

import pytest

from ocr.recognition.charset import Charset
from ocr.training import language

CHARSET = Charset(" ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:")


def test_phrases_are_of_many_kinds_and_the_same_each_time() -> None:
    found = list(language.phrases(400))
    assert found == list(language.phrases(400))
    assert len(set(found)) > 250
    assert not any("  " in line for line in found)


def test_only_ngrams_that_pay_are_kept() -> None:
    lines = list(language.phrases(400))
    small, large = (language.fit(lines, CHARSET, gain=gain) for gain in (4.0, 0.5))
    assert len(small) < 0.7 * len(large)
    few = language.fit(lines[:3], CHARSET)
    assert small.line_cost("TOTAL 12.50", CHARSET) < few.line_cost("TOTAL 12.50", CHARSET)


def test_no_text_makes_no_language_model() -> None:
    with pytest.raises(ValueError, match="no texts"):
        language.fit(["€€€", ""], CHARSET)


def test_characters_that_the_charset_lacks_part_a_line() -> None:
    fitted = language.fit(["AB€CD"] * 20, CHARSET, order=3, gain=0.1)
    assert fitted.line_cost("AB", CHARSET) < fitted.line_cost("BC", CHARSET)
