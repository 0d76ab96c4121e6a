"""Check digits: published examples pass, and fail with any one digit changed."""

from __future__ import annotations

import pytest

from ocr.receipts import countries, tax_ids

EXAMPLES = [
    ("de_vat", "DE136695976"),
    ("at_vat", "ATU13585627"),
    ("gb_vat", "GB980780684"),
    ("au_abn", "51 824 753 556"),
    ("fr_vat", "FR40303265045"),
    ("be_vat", "BE0428759497"),
    ("es_nif", "12345678Z"),
    ("pt_nif", "PT501964843"),
    ("pl_nip", "856-734-62-15"),
    ("dk_cvr", "DK13585628"),
    ("no_org", "995525828 MVA"),
    ("fi_y", "2077474-0"),
    ("ch_uid", "CHE-100.155.212 MWST"),
    ("cz_ico", "CZ25123891"),
    ("luhn", "00743110157"),
    ("ru_inn", "7707083893"),
    ("ru_inn", "500100732259"),
    ("ua_edrpou", "14360570"),
    ("ua_edrpou", "32855961"),
    ("bg_eik", "175074752"),
    ("rs_pib", "101134702"),
    ("gr_afm", "094259216"),
    ("hu_ado", "HU12892312"),
    ("ro_cui", "RO 18547290"),
    ("sk_dph", "SK2022749619"),
    ("si_ddv", "SI50223054"),
    ("lt_pvm", "LT119511515"),
    ("lt_pvm", "LT100001919017"),
    ("lt_code", "123456786"),
    ("lv_pvn", "LV40003521600"),
    ("lv_pvn", "16117519997"),
    ("ee_kmkr", "EE100931558"),
    ("ee_code", "12345678"),
    ("vn_mst", "0100233488"),
]


@pytest.mark.parametrize(("rule", "text"), EXAMPLES)
def test_a_published_number_passes(rule: str, text: str) -> None:
    assert tax_ids.passes(rule, text) is True


@pytest.mark.parametrize(("rule", "text"), EXAMPLES)
def test_no_number_passes_with_a_digit_changed(rule: str, text: str) -> None:
    for place, c in enumerate(text):
        if c.isdigit():
            changed = text[:place] + str((int(c) + 1) % 10) + text[place + 1 :]
            assert tax_ids.passes(rule, changed) is False


@pytest.mark.parametrize(
    ("rule", "text"), [("hu_ado", "12892312-2-41"), ("vn_mst", "0100233488-002"), ("ro_cui", "27")]
)
def test_what_stands_behind_the_check_digit_and_the_length_may_vary(rule: str, text: str) -> None:
    assert tax_ids.passes(rule, text) is True


def test_a_country_without_a_rule_says_nothing() -> None:
    assert tax_ids.passes("", "00123") is None


def test_every_rule_of_a_country_file_is_known_or_empty() -> None:
    named = {one.check for country in countries.countries().values() for one in country.tax_ids if one.check}
    assert {rule for rule in named if tax_ids.passes(rule, "1") is None} <= {
        "in_gstin",
        "br_cnpj",
        "lu_vat",
        "tr_vkn",
    }
