"""Amounts in all their forms, and how they are drawn."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

pytest.importorskip("PIL", reason="needs the extra [synth]")
pytest.importorskip("fontpkg_arimo", reason="needs the extra [synth]")

from ocr.datasets.synthetic import amounts, fonts, lines
from ocr.datasets.synthetic.locales import choose_locale, locale_named
from ocr.datasets.synthetic.names import accented
from ocr.datasets.synthetic.phrases import phrase
from ocr.datasets.synthetic.typeset import Typeface
from ocr.recognition.charset import Charset

FORMS = (
    r"-\d+[.,]\d\d",
    r"\d+[.,]\d\d-",
    r"\*\d+,\d\d",
    r"\d+,\d\d[A-Z]",
    r"\d+\.\d\d [A-Z]",
    r"\d,\d{3}\.\d\d",
    r"\d\.\d{3},\d\d",
    r"\d+[.,]\d\d ?(€|EUR|zł|Kč)",
    r"[€$£]-?\d+\.\d\d",
    r"\d+ ?[xX*] ?\d+[.,]\d\d.*",
    r"\(\d+[.,]\d\d\)",
)


def test_every_form_comes_up_often():
    rng = random.Random(0)
    texts = [amounts.amount(rng, choose_locale(rng)) for _ in range(6000)]
    for form in FORMS:
        assert sum(re.fullmatch(form, text) is not None for text in texts) >= 10, form
    # The last digit is as often one as another: no reader should expect noughts.
    last = [text[-1] for text in texts if re.fullmatch(r"\d+\.\d\d", text)]
    assert last.count("0") < 0.25 * len(last)


def test_letters_of_a_language_keep_their_case_and_its_alphabet():
    rng, locale = random.Random(0), locale_named("pl_PL")
    words = "".join(accented(rng, "ZACLNSEOzaclnseo", locale) for _ in range(200))
    assert set("ŻŹĄĆŁŃŚĘÓżźąćłńśęó") <= set(words) <= set("ŻŹĄĆŁŃŚĘÓżźąćłńśęóZACLNSEOzaclnseo")


def test_turkish_keeps_the_dot_of_i():
    rng, locale = random.Random(0), locale_named("tr_TR")
    texts = {phrase(rng, locale) for _ in range(4000)}
    assert any("KREDİ KARTI" in text for text in texts)
    assert any("ı" in text for text in texts if text.islower())
    assert not any("\u0307" in text for text in texts)


def test_the_latin_charset_holds_what_the_locales_print():
    charset = Charset.load("latin")
    assert charset.covers("Łódź Kč őű Șț İığş đĐ žčš ĄĘĖ ķļņ Phở Nguyễn đặc biệt Tổng cộng ₫ ₺")
    assert charset.covers("".join(map(chr, range(0x100, 0x180))))
    assert charset.characters.startswith(Charset.load("receipt").characters)


@pytest.mark.parametrize("bilevel", [False, True])
def test_marked_noughts_are_other_noughts_and_leave_the_other_figures(bilevel):
    face = next(f for f in fonts.load_fonts().faces if f.family == "arimo")
    plain, *marked = (Typeface(face, 28, bilevel, kind) for kind in ("plain", "slashed", "dotted"))
    for kind in marked:
        assert kind.glyph("0").mask.shape == plain.glyph("0").mask.shape
        assert kind.glyph("0").mask.sum() > 1.04 * plain.glyph("0").mask.sum()
        assert np.array_equal(kind.glyph("8").mask, plain.glyph("8").mask)


def test_a_minus_is_drawn_as_a_dash_now_and_then():
    face = next(f for f in fonts.load_fonts().faces if f.family == "arimo")
    drawn = [lines._with_dashes(random.Random(k), face, "-1.00") for k in range(200)]
    assert {text[0] for text in drawn} == set("-–−")
    assert 10 < sum(text[0] != "-" for text in drawn) < 80
