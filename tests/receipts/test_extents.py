"""How far a name and an address go."""

from __future__ import annotations

import pytest

from tests.receipts.printed import receipt

ITEMS = """
Pen                 4.50
TOTAL               4.50
CASH                4.50
"""


def _name(head: str) -> tuple[str, tuple[str, ...]]:
    found = receipt(
        head + "NO 12, JALAN MELUR 3\n81100 JOHOR BAHRU, JOHOR\nTEL: 07-000 0000\n" + ITEMS
    ).merchant.name
    assert found is not None
    return found.value, found.alternatives


def _address(lines: str) -> str:
    found = receipt(
        "KEDAI BUKU MELUR SDN BHD\n(123456-W)\n" + lines + "TEL: 07-000 0000\n" + ITEMS
    ).merchant.address
    assert found is not None
    return found.value


def test_a_company_s_own_name_goes_without_the_name_that_it_trades_under() -> None:
    name, alternatives = _name("MELUR GRILL & BAR\nKENANGA LEISURE SDN BHD\n")
    assert name == "KENANGA LEISURE SDN BHD"
    assert alternatives in ((), ("MELUR GRILL & BAR",))


@pytest.mark.parametrize(
    "rows",
    [
        ("PASAR RAYA MELUR MAJU", "(KENANGA) SDN BHD"),
        ("KENANGA BOOK", "CO. (M) SDN BHD"),
        ("MELUR & KENANGA &", "DAISY TRADING SDN BHD"),
        ("HOME MELUR HARDWARE &", "ELECTRICAL"),
        ("MELUR KENANGA DELIKATESY SP. Z", "O.O"),
        ("MELUR KENANGA PEKARSTVI SPOL. S", "R.O"),
        ("MELUR JAYA (TAMAN", "BUNGA) SDN BHD"),
    ],
)
def test_a_name_of_two_rows_stays_whole(rows: tuple[str, str]) -> None:
    assert _name("\n".join(rows) + "\n")[0] == " ".join(rows)


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (
            "NO 8, JALAN 7/118B,\n56000 KUALA LUMPUR, MALAYSIA\nMELUR VELOCITY\n",
            "NO 8, JALAN 7/118B, 56000 KUALA LUMPUR, MALAYSIA",
        ),
        (
            "19, JALAN KANCIL, OFF JALAN MELUR,\n55100 KUALA LUMPUR\nMALAYSIA\n",
            "19, JALAN KANCIL, OFF JALAN MELUR, 55100 KUALA LUMPUR, MALAYSIA",
        ),
        (
            "NO 24,25 & 26,\nJALAN PUSAT MELUR 4,\n43500 SEMENYIH, SELANGOR\n",
            "NO 24,25 & 26, JALAN PUSAT MELUR 4, 43500 SEMENYIH, SELANGOR",
        ),
        (
            "13, JLN TASIK MELUR 8\nMEDAN MELUR\n57000 KL\n",
            "13, JLN TASIK MELUR 8, MEDAN MELUR, 57000 KL",
        ),
        (
            "13, JLN TASIK MELUR 8\nMEDAN KENANGA\n57000 KUALA LUMPUR\nINVOICE\n",
            "13, JLN TASIK MELUR 8, MEDAN KENANGA, 57000 KUALA LUMPUR",
        ),
        (
            "NO.17, JALAN BESAR,\n39100 BRINCHANG,\nMELUR HIGHLANDS,\nPAHANG\n",
            "NO.17, JALAN BESAR, 39100 BRINCHANG, MELUR HIGHLANDS, PAHANG",
        ),
        (
            "NO.1, JALAN MELUR 10/5,\n81750 JOHOR BAHRU, JOHOR\nwww.melur.example.com\n",
            "NO.1, JALAN MELUR 10/5, 81750 JOHOR BAHRU, JOHOR",
        ),
        (
            "NO.20, LINGKARAN MELUR 7\nSEKSYEN KENANGA, 63634 MUAR.\n",
            "NO.20, LINGKARAN MELUR 7, SEKSYEN KENANGA, 63634 MUAR.",
        ),
        (
            "NO 3, JALAN MELUR 2\n81100 JOHOR BAHRU,    1\n",
            "NO 3, JALAN MELUR 2, 81100 JOHOR BAHRU,",
        ),
        (
            "Bandar Baru Melur\nNO 15 JALAN MELUR 10\nBANDAR BARU MELUR\n",
            "NO 15 JALAN MELUR 10, BANDAR BARU MELUR",
        ),
        (
            "KEDAI MELUR FASA 2\nLOT S319, 2ND FLOOR,\nNO1, JALAN MELUR,47800 P.JAYA\n",
            "LOT S319, 2ND FLOOR, NO1, JALAN MELUR,47800 P.JAYA",
        ),
        (
            "MENARA MELUR, 2ND FLOOR\nLOT 3, JALAN MELUR 4,\n43500 SEMENYIH, SELANGOR\n",
            "MENARA MELUR, 2ND FLOOR, LOT 3, JALAN MELUR 4, 43500 SEMENYIH, SELANGOR",
        ),
    ],
)
def test_an_address_goes_as_far_as_it_is_one(lines: str, address: str) -> None:
    assert _address(lines) == address


@pytest.mark.parametrize("number", ["CPF PT431202659", "IE : PT681220727"])
def test_a_tax_id_below_a_name_is_no_part_of_it(number: str) -> None:
    found = receipt(
        f"PADARIA MELUR ME\n{number}\nRua Melur, 12\n1200-109 Lisboa\nPão    4,50\nTOTAL    4,50\n"
    )
    assert found.merchant.name is not None
    assert found.merchant.name.value == "PADARIA MELUR ME"


@pytest.mark.parametrize("below", ["FSSAI GB 727 2984 58", "TAX INVOICE"])
def test_a_tax_id_or_a_title_below_an_address_is_no_part_of_it(below: str) -> None:
    found = receipt(f"MELUR TAVERN LTD\n184 MELUR SQUARE\nORCHARD ROAD A45 5TM,\n{below}\n{ITEMS}")
    assert found.merchant.address is not None
    assert found.merchant.address.value == "184 MELUR SQUARE, ORCHARD ROAD A45 5TM,"


def test_the_owner_of_a_shop_is_no_part_of_its_name() -> None:
    found = receipt(
        "MELUR TANKSTELLE\nInh. Petra Beispiel\nHansaring 12\n50670 Köln\nSUPER E10    73,83\nSUMME EUR    73,83\n"
    )
    assert found.merchant.name is not None
    assert found.merchant.name.value == "MELUR TANKSTELLE"
