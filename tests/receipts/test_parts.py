"""Which part of a row is a name or an address."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ocr.document import Page
from ocr.receipts import heads, parts, repair
from ocr.receipts.extract import analyse, extract
from ocr.receipts.sheet import sheets
from tests.receipts.printed import page, receipt

MALAY = frozenset({"en", "ms"})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("KEDAI MELUR SDN BHD (123456-X)", "KEDAI MELUR SDN BHD"),
        ("Kedai Melur Sdn Bhd (Co. No:20154-T)", "Kedai Melur Sdn Bhd"),
        ("MELUR RETAIL SB(306295-X) FKA KENANGA STORES SB", "MELUR RETAIL SB"),
        ("MELUR FOODS LTD (FORMERLY KNOWN AS ROSE FOODS LTD)", "MELUR FOODS LTD"),
        ("OWNED BY: MELUR SDN BHD", "MELUR SDN BHD"),
        ("Inh.: Paula Beispiel", "Paula Beispiel"),
        ("#000002 MELUR (M) Sdn Bhd", "MELUR (M) Sdn Bhd"),
        ("MELUR TRADING SDN BHD\tBE", "MELUR TRADING SDN BHD"),
        ("MELUR TRADING SDN BHD\t1", "MELUR TRADING SDN BHD"),
        ("MELUR CAKE HOUSE SDN BHD 80ZTZ5-U", "MELUR CAKE HOUSE SDN BHD"),
        ("MELUR CAKE HOUSE\t7", "MELUR CAKE HOUSE\t7"),
        ("3\tMELUR RESTAURANT", "MELUR RESTAURANT"),
        ("MELUR : HARDWARE", "MELUR : HARDWARE"),  # nothing says that the name begins behind the colon
        ("BISTRO 24", "BISTRO 24"),
        ("7 MELUR", "7 MELUR"),
    ],
)
def test_a_name_goes_without_what_stands_beside_it(text: str, name: str) -> None:
    start, end = parts.name_place(text)
    assert text[start:end] == name


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("HQ ADD: LOT 119, BATU 2", "LOT 119, BATU 2"),
        ("HO ADD: LOT 119, BATU 2", "LOT 119, BATU 2"),
        ("Address: 12 Mill Lane", "12 Mill Lane"),
        ("81750 Johor Bahru, Johor. Tel No.: 07-000 0000", "81750 Johor Bahru, Johor."),
        ("12 Mill Lane, Leeds info@melur.example.com", "12 Mill Lane, Leeds"),
        ("€\tNO 3, Jalan Melur", "NO 3, Jalan Melur"),
        ("40170 SETIA ALAM\tS", "40170 SETIA ALAM"),
        ("12\tJalan Melur", "12\tJalan Melur"),
    ],
)
def test_an_address_goes_without_what_stands_beside_it(text: str, address: str) -> None:
    start, end = parts.address_place(text)
    assert text[start:end] == address


def test_house_numbers_that_look_like_an_amount_do_not_end_the_head() -> None:
    (sheet,) = sheets(
        [
            page(
                """
                KEDAI BUKU MELUR SDN BHD
                (123456-W)
                TAMAN DAYA PLAZA
                NO 24,25 & 26, JALAN SAGU 18,
                81100 JOHOR BAHRU
                TEL: 07-000 0000
                Pen                 4.50
                TOTAL               4.50
                """
            )
        ]
    )
    analyse(sheet)
    assert [row.text for row in heads.head(sheet)][-1] == "TEL: 07-000 0000"


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("TAMAN SEGAR, CHERA9, 56100 KUALA LUMPUR", "TAMAN SEGAR, CHERAS, 56100 KUALA LUMPUR"),
        ("4017O SETIA ALAM", "40170 SETIA ALAM"),
        ("Bandar Mahkota Chéras", "Bandar Mahkota Cheras"),
        ("(X) Ui3/X, SETIA ALAM", "(X) U13/X, SETIA ALAM"),
        ("Lot 5, lst Flr, Melur Mall", "Lot 5, 1st Flr, Melur Mall"),
        ("NO 1, JALAN PJU TA/46", "NO 1, JALAN PJU 1A/46"),
        ("ND.54, JALAN IPOH", "NO.54, JALAN IPOH"),
        ("NC 28202", "NC 28202"),  # a state
        ("30 MELUR SQUARE, LEEDS KV1 OCM", "30 MELUR SQUARE, LEEDS KV1 0CM"),
        ("VIA D'ANGEL0, 44 0SLO", "VIA D'ANGELO, 44 OSLO"),
        ("BLOK A0B2", "BLOK A0B2"),
        ("LUT 1504, BATU 8", "LOT 1504, BATU 8"),
        ("No. 76, Jalan S515/4B", "No. 76, Jalan SS15/4B"),
        ("Jalan 51/4B", "Jalan 51/4B"),
        ("40150 Shah Alan, Selangor", "40150 Shah Alam, Selangor"),
        ("55100 KLUALA LUMPUR", "55100 KUALA LUMPUR"),
        ("TAMAN SUBANG JALA", "TAMAN SUBANG JALA"),  # nothing says that the letter was read wrong
        ("JALAN U13B, SS2", "JALAN U13B, SS2"),  # no word with a fault
        ("BLOK MI3AX", "BLOK MI3AX"),
        ("NO 14816 JALAN MELUR", "NO 14&16 JALAN MELUR"),
        ("NO 19-G& 19-1819-2 JALAN MELUR", "NO 19-G& 19-1&19-2 JALAN MELUR"),
        ("LOT 1F-018&02, 1ST FLR", "LOT 1F-01&02, 1ST FLR"),
        ("NO 14882 JALAN MELUR", "NO 14882 JALAN MELUR"),  # no two houses beside each other
        ("NO 384 JALAN MELUR", "NO 384 JALAN MELUR"),
        ("81100 JOHOR", "81100 JOHOR"),
        ("- Dot 3, Jalan Melur", "- LOT 3, Jalan Melur"),
    ],
)
def test_faults_that_no_word_has_are_put_right_in_addresses(read: str, meant: str) -> None:
    assert repair.by_words(read, 0.8, MALAY) == meant


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Triple SIx Point", "Triple Six Point"),
        ("BIk 4", "Blk 4"),
        ("2nd FIr", "2nd Flr"),
        ("Taman HIjau", "Taman Hijau"),
        ("LImited", "Limited"),
        ("HIavní 5", "Hlavní 5"),
    ],
)
def test_capital_i_inside_a_word_is_a_small_letter(read: str, meant: str) -> None:
    assert repair.cased(read) == meant


@pytest.mark.parametrize(
    ("read", "confidence", "meant"),
    [
        ("MELUR HARIWAKE SIN BHD", 0.2, "MELUR HARDWARE SDN BHD"),
        ("MELUR HARlsUARE", 0.2, "MELUR HARDWARE"),
        ("MELUR HARIWAKE", 0.6, "MELUR HARIWAKE"),  # read too surely for two wrong letters
        ("MELUR SOFTWARE", 0.2, "MELUR SOFTWARE"),
        ("buardian Health And Heauty", 0.3, "guardian Health And Beauty"),
        ("GARDENIA BAKERIES", 0.2, "GARDENIA BAKERIES"),
        ("MELUR (SETIA) SDN 18HD", 0.6, "MELUR (SETIA) SDN BHD"),
        ("MELUR (SETIA) SIIN BHD", 0.6, "MELUR (SETIA) SDN BHD"),
        ("MELUR RAYA BHD", 0.6, "MELUR RAYA BHD"),
        ("MELUR (SETIA) SIN HU", 0.1, "MELUR (SETIA) SDN BHD"),
        ("MELUR (SETIA) SIN HU", 0.6, "MELUR (SETIA) SIN HU"),
        ("KEDAI SIN HU", 0.1, "KEDAI SIN HU"),
        ("MELUR SDN. emo. lg", 0.2, "MELUR SDN BHD"),
        ("MELUR HARDWARED", 0.2, "MELUR HARDWARE"),
        ("MELUR HARDWARES", 0.2, "MELUR HARDWARES"),
        ("MELUR TIMER", 0.2, "MELUR TIMBER"),
        ("MELUR TIMER", 0.8, "MELUR TIMER"),
        ("Melur CasH & Cand", 0.3, "Melur CasH & Carry"),
        ("Melur Cash & Gold", 0.3, "Melur Cash & Gold"),
        ("Ruardian RealthAnd Beouty Sdn Bhd", 0.3, "Guardian Health And Beauty Sdn Bhd"),
        ("MR. 0.l.Y. (M) SDN BHD", 0.6, "MR. D.I.Y. (M) SDN BHD"),
        ("MR. MELUR (M) SDN BHD", 0.3, "MR. MELUR (M) SDN BHD"),
    ],
)
def test_words_of_shops_that_were_hardly_read_are_put_right(read: str, confidence: float, meant: str) -> None:
    beside = sheets([page("PEN      1.00")])[0]
    assert repair.by_words(read, confidence, MALAY, beside) == meant


@pytest.mark.parametrize(
    ("foot", "meant"),
    [
        ("website: www.melurhardwaretsb.tk", "MELUR HARDWARE & MEE"),
        ("website: www.kenangahardware.tk", "MELUR WAROARE & MEE"),
    ],
)
def test_a_word_that_was_hardly_read_is_the_one_of_the_web_address(foot: str, meant: str) -> None:
    beside = sheets([page(foot)])[0]
    assert repair.by_words("MELUR WAROARE & MEE", 0.2, MALAY, beside) == meant


@pytest.mark.parametrize(
    ("first", "second", "confidence", "value"),
    [
        ("No 15, Jalan Melur 2", "47000 Seri Kenan9", 0.5, "No 15, Jalan Melur 2, 47000 Seri Kenanga"),
        ("Level G, Melua MaII", "47000 Klang", 0.2, "Level G, Melur Mall, 47000 Klang"),
        ("Level G, Melua Mall", "47000 Klang", 0.6, "Level G, Melua Mall, 47000 Klang"),
    ],
)
def test_a_copy_of_words_of_an_address_that_was_read_more_surely(
    first: str, second: str, confidence: float, value: str
) -> None:
    printed = page(f"KEDAI KENANGA SDN BHD\n{first}\n{second}\nPen    4.50\nTOTAL    4.50\nMelur Mall branch")
    (found,) = extract([_with_confidence(printed, {1: confidence, 2: confidence})])
    assert found.merchant.address is not None
    assert found.merchant.address.value == value
    read = f"{first}, {second}"
    assert found.merchant.address.alternatives == (() if value == read else (read,))


@pytest.mark.parametrize(
    ("read", "languages", "meant"),
    [
        ("MAŁY SPÓŁKA Z 0.0", {"pl"}, "MAŁY SPÓŁKA Z O.O"),
        ("Dihi Delikatesy Sp. z 0.o.", {"pl"}, "Dihi Delikatesy Sp. z o.o."),
        ("Ziho v.0.s.", {"cs"}, "Ziho v.o.s."),
        ("FESANAMO AKARYAKIT A.S", {"tr"}, "FESANAMO AKARYAKIT A.Ş"),
        ("GA KIRTASIYE LTD. STI.", {"tr"}, "GA KIRTASIYE LTD. ŞTİ."),
        ("MELUR FILM A.S", {"cs"}, "MELUR FILM A.S"),
        ("Morgan 0'Brien Ltd", {"en"}, "Morgan O'Brien Ltd"),
    ],
)
def test_legal_forms_with_letters_read_wrong(read: str, languages: set[str], meant: str) -> None:
    beside = sheets([page("PEN      1.00")])[0]
    assert repair.by_words(read, 0.8, frozenset(languages), beside) == meant


def test_a_symbol_in_a_drawn_name_is_the_letter_that_the_name_has_elsewhere() -> None:
    drawn = receipt(
        """
        R@SENBAUM
        Seife               1,95
        SUMME               1,95
        Bar                 1,95
        USt: 217 Dirk Rosenbaum GmbH
        """
    )
    alone = receipt(
        """
        R@SENBAUM
        Seife               1,95
        SUMME               1,95
        """
    )
    assert drawn.merchant.name is not None
    assert drawn.merchant.name.value == "ROSENBAUM"
    assert drawn.merchant.name.alternatives == ("R@SENBAUM",)
    assert alone.merchant.name is not None
    assert alone.merchant.name.value == "R@SENBAUM"


def _with_confidence(printed: Page, confidences: dict[int, float]) -> Page:
    lines = [
        replace(line, confidence=confidences.get(k, line.confidence)) for k, line in enumerate(printed.lines)
    ]
    return replace(printed, lines=tuple(lines))


def test_what_was_hardly_read_is_no_name() -> None:
    printed = page(
        """
        obalownle xaL
        Lindenweg 12
        33100 Paderborn
        Brot                2,49
        SUMME               2,49
        """
    )
    (found,) = extract([_with_confidence(printed, {0: 0.02})])
    assert found.merchant.name is None or "obalownle" not in found.merchant.name.value


def test_amounts_that_were_hardly_read_make_no_total() -> None:
    printed = page(
        """
        KIOSK AM PARK
        Wasser      1,50
        Brezel      0,90
        """
    )
    (sure,) = extract([printed])
    (doubtful,) = extract([_with_confidence(printed, {3: 0.05, 4: 0.05})])
    assert sure.total is not None
    assert sure.total.source == "computed"
    assert doubtful.total is None


def test_a_large_name_that_was_hardly_read_is_not_sure() -> None:
    printed = page(
        """
        LOL GmbH
        Lindenweg 12
        33100 Paderborn
        Brot                2,49
        SUMME               2,49
        """
    )
    doubted = _with_confidence(printed, {0: 0.3})
    large = replace(doubted.lines[0], polygon=np.array([(20, 10), (80, 10), (80, 40), (20, 40)], np.float32))
    names = [
        extract([one])[0].merchant.name
        for one in (replace(doubted, lines=(large, *doubted.lines[1:])), doubted)
    ]
    drawn, small = [name.confidence for name in names if name is not None]
    assert drawn <= 0.3 < small


@pytest.mark.parametrize(
    ("text", "website"), [("ORIG.RU 12", None), ("MELUR.DE", "MELUR.DE"), ("melur.at", "melur.at")]
)
def test_capitals_with_the_ending_of_another_country_are_no_web_address(
    text: str, website: str | None
) -> None:
    found = receipt(
        f"""
        Bäckerei Melur GmbH
        Lindenweg 12
        33100 Paderborn
        {text}
        Körnerbrötchen                      1,80 A
        SUMME                  EUR          1,80
        MwSt 7 %                            0,12
        USt-IdNr. DE136695976
        """
    ).merchant.website
    assert (found and found.value) == website


@pytest.mark.parametrize(
    ("confidence", "name"), [(0.4, "MELUR HARDWARE TRADING"), (0.9, "MELUR 1 HARDWARE TRADING")]
)
def test_a_speck_behind_a_line_is_no_part_of_a_name(confidence: float, name: str) -> None:
    printed = page(
        """
        MELUR 1  HARDWARE TRADING
        TEA             2.00
        TOTAL           2.00
        """
    )
    (sheet,) = sheets([_with_confidence(printed, {0: confidence, 1: confidence})])
    assert parts.name(sheet.rows[0]).text == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CAFÉ\tFATURA SIMPLIFICADA 3705/7507", "CAFÉ"),
        ("Piekarnia Żytnia\tP495", "Piekarnia Żytnia"),
        ("SHELL STATION\tDATE: 12/03/2024", "SHELL STATION"),
        ("AEON\tCO. (M) BHD", "AEON CO. (M) BHD"),
        ("KEDAI\t99 SPEEDMART", "KEDAI 99 SPEEDMART"),
        ("FATURA\tCAFÉ AVENIDA", "FATURA CAFÉ AVENIDA"),
    ],
)
def test_a_title_or_a_number_in_the_next_column_is_no_part_of_a_name(text: str, name: str) -> None:
    start, end = parts.name_place(text)
    assert text[start:end].replace("\t", " ") == name


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("TRAV. DO AÇÚCAR 9\t06-05-2023", "TRAV. DO AÇÚCAR 9"),
        ("Lange Straße 12\t17:45 Uhr", "Lange Straße 12"),
        ("LOT 5\t12-14-16, JALAN 3", "LOT 5 12-14-16, JALAN 3"),
    ],
)
def test_a_date_in_the_next_column_is_no_part_of_an_address(text: str, address: str) -> None:
    start, end = parts.address_place(text)
    assert text[start:end].replace("\t", " ") == address
