"""Receipts of other scripts than Latin: their fonts, words and numbers."""

from __future__ import annotations

import pickle
from dataclasses import astuple
from itertools import chain
from random import Random

import numpy as np
import pytest

pytest.importorskip("PIL")
pytest.importorskip("fontTools")

from ocr.datasets.synthetic import cyrillic_greek, korean
from ocr.datasets.synthetic.casing import lower_case, upper_case
from ocr.datasets.synthetic.fonts import load_fonts
from ocr.datasets.synthetic.lines import SyntheticLines
from ocr.datasets.synthetic.locales import LOCALES, choose_locale, locale_named
from ocr.datasets.synthetic.receipts import Fixed, SyntheticReceipts
from ocr.datasets.synthetic.scripts import script_named, script_names, script_of_locale
from ocr.errors import BadConfiguration, MissingExtra
from ocr.receipts.tax_ids import passes
from ocr.recognition.charset import Charset


def _installed(script: str, split: str = "all") -> None:
    try:
        load_fonts(split, script=script)  # type: ignore[arg-type]
    except MissingExtra as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", script_names())
def test_records_are_whole(name: str) -> None:
    script = script_named(name)
    charset = Charset.load(script.charset)
    families = {font.family: font.held_out for font in script.fonts}
    assert {True, False} == set(families.values())
    assert all(families[font.family] == font.held_out for font in script.fonts)
    for locale in map(locale_named, script.locales):
        assert locale.weight == 0  # never drawn among Latin receipts
        assert script_of_locale(locale.name) == name
        held_out = script.held_out[locale.name]
        assert held_out["items"]
        for field, words in held_out.items():
            assert words
            assert not set(words) & set(getattr(locale.words, field))
        words = chain.from_iterable((*astuple(locale.words), *held_out.values()))
        assert charset.covers("".join((*words, *locale.signs)))


def test_charset_of_korean_has_ks_x_1001() -> None:
    charset = Charset.load("korean")
    assert len(korean.SYLLABLES) == 2350
    assert charset.covers(korean.SYLLABLES + "₩ 원:,.0123456789ABCabc※")


def test_other_scripts_are_not_drawn_among_latin_receipts() -> None:
    rng = Random(1)
    assert {choose_locale(rng).name for _ in range(3000)} <= {entry.name for entry in LOCALES if entry.weight}


def test_unknown_script_names_the_nearest() -> None:
    with pytest.raises(BadConfiguration, match="korean"):
        script_named("koraen")


def test_phrases_are_of_the_charset_and_use_many_syllables() -> None:
    write = script_named("korean").phrase()
    rng = Random(2)
    text = "".join(write(rng) for _ in range(4000))
    syllables = {c for c in text if c in korean.SYLLABLES}
    assert len(syllables) > 1500
    assert sum(c in korean.SYLLABLES for c in text) > 0.4 * len(text)


def test_business_numbers_have_their_check_digit() -> None:
    rng = Random(3)
    for _ in range(50):
        number = korean.business_number(rng)
        assert passes("kr_brn", number) is True


def test_lines_depend_on_seed_and_index_alone() -> None:
    _installed("korean", "train")
    charset = Charset.load("korean").characters
    lines = SyntheticLines(4, charset, "train", script="korean")
    again = pickle.loads(pickle.dumps(lines))
    for index in range(12):
        image, text = lines.line(index)
        other, other_text = again.line(index)
        assert text == other_text
        assert np.array_equal(image, other)
        assert set(text) <= set(charset)
        assert image.shape[0] >= 12


def test_families_of_validation_are_never_trained_on() -> None:
    _installed("korean", "train")
    _installed("korean", "validation")
    train, held = (
        {face.family for face in load_fonts(split, script="korean").faces}
        for split in ("train", "validation")
    )
    assert not train & held


def test_receipts_are_annotated_as_printed() -> None:
    _installed("korean", "validation")
    receipts = SyntheticReceipts(6, 3, "validation", fixed=Fixed("scan", "thermal", "ko_KR"))
    held_out = script_named("korean").held_out["ko_KR"]
    for number in range(3):
        made = receipts.make(number)
        text = "".join(line.text for line in made.lines)
        assert any("가" <= c <= "힣" for c in text)
        assert made.purchase.amount(made.purchase.total) in text
        assert all(getattr(made.purchase.locale.words, field) == words for field, words in held_out.items())
        # Ink stands inside of the polygons' box on the flat page.
        for region in made.page.regions:
            x0, y0, x1, y1 = (round(v) for v in region.box)
            assert made.page.ink[max(0, y0) : y1, max(0, x0) : x1].any()


def test_charset_of_cyrillic_and_greek_has_the_letters_of_eight_languages() -> None:
    charset = Charset.load("cyrillic-greek")
    for capitals in cyrillic_greek.ALPHABETS.values():
        assert charset.covers(capitals + lower_case(capitals))
    assert charset.covers("άέήίόύώϊϋΐΰςΆΈΉΊΌΎΏΪΫ№₽₴€°«»–—…×")
    assert charset.covers("".join(map(chr, range(0x20, 0x7F))))


@pytest.mark.parametrize("name", script_named("cyrillic-greek").locales)
def test_lines_are_written_in_the_letters_of_their_country(name: str) -> None:
    charset, rng = Charset.load("cyrillic-greek"), Random(4)
    text = "".join(cyrillic_greek.phrase(rng, locale_named(name)) for _ in range(600))
    letters = [c for c in text if c.isalpha() and c in charset]
    greek = sum("\u0370" <= c <= "\u03ff" for c in letters)
    cyrillic = sum("\u0400" <= c <= "\u04ff" for c in letters)
    assert (greek if name == "el_GR" else cyrillic) > 0.8 * len(letters)
    assert not (cyrillic if name == "el_GR" else greek)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("ru_RU", "ru_inn"),
        ("uk_UA", "ua_edrpou"),
        ("bg_BG", "bg_eik"),
        ("sr_RS", "rs_pib"),
        ("el_GR", "gr_afm"),
    ],
)
def test_tax_numbers_have_their_check_digits(name: str, rule: str) -> None:
    rng = Random(5)
    for _ in range(200):
        assert passes(rule, cyrillic_greek.registration_number(rng, locale_named(name))) is True


def test_fonts_of_packages_need_no_operating_system() -> None:
    _installed("cyrillic-greek")
    for split in ("train", "validation"):
        faces = load_fonts(split, script="cyrillic-greek").faces  # type: ignore[arg-type]
        assert all("fontpkg" in str(face.path) for face in faces)
        for word in ("СУММА ₽", "ЄДРПОУ", "УКУПАН ИЗНОС Ђ", "ΣΎΝΟΛΟ"):
            assert sum(face.covers(word) for face in faces) > 5


def test_random_characters_mix_no_letters_that_look_alike() -> None:
    _installed("cyrillic-greek", "train")
    lines = SyntheticLines(
        4, Charset.load("cyrillic-greek").characters, "train", script="cyrillic-greek", random_share=1.0
    )
    for number in range(60):
        text = lines._text(Random(number))
        scripts = {"greek" if c < "\u0400" else "cyrillic" for c in text if "\u0370" <= c <= "\u04ff"}
        assert len(scripts) <= 1
        assert not scripts or not any(c.isascii() and c.isalpha() for c in text)


def test_capitals_and_small_letters_of_languages() -> None:
    assert upper_case("Σύνολο, Ταΐστρα, προϋπόθεση") == "ΣΥΝΟΛΟ, ΤΑΪΣΤΡΑ, ΠΡΟΫΠΟΘΕΣΗ"
    assert lower_case("ΦΌΡΟΣ ΣΟΥΠΑΣ: Σ") == "φόρος σουπας: σ"
    assert upper_case("Straße īss", "de") == "STRAßE ĪSS"
    assert (upper_case("şiş", "tr"), lower_case("IŞIK İL", "tr")) == ("ŞİŞ", "ışık il")


def test_a_page_is_in_capitals_without_accents() -> None:
    _installed("cyrillic-greek", "validation")
    receipts = SyntheticReceipts(3, 4, "validation", fixed=Fixed("scan", "thermal", "el_GR"))
    for number in range(4):
        made = receipts.make(number)
        lines = [line.text for line in made.lines]
        assert any("\u0370" <= c <= "\u03ff" for c in "".join(lines))
        if all(text == text.upper() for text in lines):
            assert not set("".join(lines)) & set("ΆΈΉΊΌΎΏ")
