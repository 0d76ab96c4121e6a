"""Charsets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.errors import BadConfiguration
from ocr.recognition.charset import Charset


def test_the_shipped_charset_holds_what_receipts_need():
    charset = Charset.load("receipt")
    assert charset.covers("".join(map(chr, range(32, 127))))
    assert charset.covers("ÀÉÎÕÜßàéîõüÿñçøåæŒœ€£¥₹₩¢°№½…–—“”")
    assert charset.classes == len(charset.characters) + 1


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_unicode_goes_there_and_back(text):
    charset = Charset("".join(dict.fromkeys(text)))
    assert charset.decode(charset.encode(text)) == text


def test_nothing_is_folded_to_ascii(tmp_path):
    file = tmp_path / "korean.txt"
    file.write_text("가\n각\né\ne\n \n", encoding="utf-8")
    charset = Charset.load(file)
    assert charset.characters == "가각ée "
    assert charset.encode("각 é") == [2, 5, 3]


def test_case_folding_maps_to_the_upper_case_of_the_charset():
    charset = Charset("aAéÉßx1")
    assert charset.case_folding() == [0, 2, 2, 4, 4, 5, 6, 7]


@pytest.mark.parametrize("content", ["", "a\na\n", "ab\n", "a\n\nb\n"])
def test_a_faulty_file_is_refused(tmp_path, content):
    file = tmp_path / "charset.txt"
    file.write_text(content)
    with pytest.raises(BadConfiguration):
        Charset.load(file)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(BadConfiguration, match="receipt"):
        Charset.load("klingon")


def test_folding_a_text_stays_in_the_charset():
    charset = Charset("aAßµ")
    assert charset.fold("aAßµ") == "AAßµ"
    assert charset.encode(charset.fold("aµ")) == [charset.case_folding()[c] for c in charset.encode("aµ")]
