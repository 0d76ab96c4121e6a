"""The name of a document is no name of a shop, in any language."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from ocr.receipts.extract import extract
from tests.receipts.printed import page, receipt

#: A title, and what stands below it on a receipt that prints no shop.
RECEIPTS = {
    "PARAGON FISKALNY": """
        NIP 123-456-32-18
        2024-04-11    nr wydr. 00842
        CHLEB ŻYTNI    1 x 6,50    6,50 D
        BUŁKA    4 x 0,95    3,80 D
        SPRZEDAŻ OPODATKOWANA D    10,30
        PTU D 5%    0,49
        SUMA PLN    10,30
        GOTÓWKA    20,30
        RESZTA    10,00
        """,
    "NYUGTA": """
        ADÓSZÁM: 12345676-2-06
        C00 KENYÉR    890 Ft
        ÖSSZESEN:    890 Ft
        KÉSZPÉNZ    1 000 Ft
        VISSZAJÁRÓ    110 Ft
        2024.09.17.    14:32
        """,
    "BON FISCAL": """
        C.I.F.: RO 12345674
        1.000 BUC x 7.50
        PÂINE    7.50 B
        TOTAL LEI    7.50
        CARD    7.50
        DATA: 17-09-2024    ORA: 12:34:56
        """,
    "POKLADNIČNÝ DOKLAD": """
        DKP: 88812345678900001
        Chlieb    2,49 B
        SPOLU    2,49 EUR
        HOTOVOSŤ    5,00
        VÝDAVOK    2,51
        17.09.2024 14:32
        """,
    "ZJEDNODUŠENÝ DAŇOVÝ DOKLAD": """
        DIČ: CZ25596641
        Datum: 8.1.2024
        Chléb    42,00
        Celkem    42,00 Kč
        Hotově    50,00
        Vráceno    8,00
        """,
    "RAČUN": """
        OIB: 12345678903
        Datum: 17.09.2024. 14:32
        Kruh    1,60
        UKUPNO EUR    1,60
        Gotovina    2,00
        Povrat    0,40
        """,
    "RAČUN ": """
        ID za DDV: SI12345679
        Datum: 17.09.2024
        Kruh    3,20
        ZA PLAČILO EUR    3,20
        GOTOVINA    5,00
        VRNJENO    1,80
        """,
    "FISKALINIS KVITAS": """
        PVM mokėtojo kodas LT123456715
        Duona    1,29 A
        IŠ VISO    1,29 EUR
        GRYNIEJI    2,00
        GRĄŽA    0,71
        2024-09-17 14:32
        """,
    "ČEKS": """
        PVN reģ. Nr. LV40001234561
        Maize    1,85 A
        Kopā EUR    1,85
        Skaidra nauda    2,00
        Atlikums    0,15
        17.09.2024 14:32
        """,
    "KVIITUNG": """
        KMKR nr EE123456780
        Leib    1,95
        KOKKU    1,95 EUR
        Sularaha    2,00
        Tagasi    0,05
        17.09.2024 14:32
        """,
    "HÓA ĐƠN BÁN HÀNG": """
        Số HĐ: 001187    Ngày: 17/09/2024 14:32
        Bánh mì    2    25.000    50.000
        Tổng cộng    50.000
        Tiền khách đưa    60.000
        Tiền thừa    10.000
        """,
    "RECHNUNG": """
        Datum: 17.09.2024
        Brot    3,20
        Summe EUR    3,20
        Bar    5,00
        Rückgeld    1,80
        """,
    "TAX INVOICE": """
        Date: 17/09/2024
        Bread    3.20
        Total    3.20
        Cash    5.00
        Change    1.80
        """,
    "TICKET DE CAISSE": """
        le 17/09/2024 à 08:42
        Baguette    2,40
        TOTAL TTC    2,40 €
        Espèces    5,00
        Rendu    2,60
        """,
    "DOCUMENTO COMMERCIALE": """
        21-05-2024 13:20
        Caffè    1,20
        TOTALE COMPLESSIVO    1,20
        Contante    2,00
        Resto    0,80
        """,
    "FACTURA SIMPLIFICADA": """
        Fecha: 03/11/2024
        Café    1,20
        TOTAL    1,20 €
        Efectivo    2,00
        Cambio    0,80
        """,
    "KASSABON": """
        12-08-2024 10:03
        Brood    2,85
        Totaal te betalen    2,85
        Contant    5,00
        Wisselgeld    2,15
        """,
    "KVITTO": """
        2024-06-01 17:22
        Kaffe    49,50
        Totalt    49,50 SEK
        Kort    49,50
        """,
    "KUITTI": """
        9.10.2024 15:40
        Kahvi    2,90
        Yhteensä    2,90
        Käteinen    5,00
        Takaisin    2,10
        """,
    "КАССОВЫЙ ЧЕК": """
        17.09.2024 14:32
        Хлеб    50.00
        ИТОГ    50.00
        НАЛИЧНЫМИ    100.00
        СДАЧА    50.00
        """,
    "ФИСКАЛНИ РАЧУН": """
        Хлеб    65,00
        Укупан износ:    65,00
        Готовина:    100,00
        Повраћај:    35,00
        ПФР време: 17.09.2024. 08:14:22
        """,
    "ФИСКАЛЕН БОН": """
        ХЛЯБ    2.10
        ОБЩА СУМА    2.10
        В БРОЙ    5.00
        РЕСТО    2.90
        17.09.2024 14:32
        """,
    "ΑΠΟΔΕΙΞΗ ΛΙΑΝΙΚΗΣ": """
        ΨΩΜΙ    2,10
        ΣΥΝΟΛΟ    2,10
        ΜΕΤΡΗΤΑ    5,00
        ΡΕΣΤΑ    2,90
        17/09/2024 14:32
        """,
}


@pytest.mark.parametrize("title", RECEIPTS)
def test_a_title_alone_is_no_shop(title: str) -> None:
    found = receipt(f"{title.strip()}\n{dedent(RECEIPTS[title])}")
    assert found.merchant.name is None
    assert found.total is not None


@pytest.mark.parametrize("first", ["CPF: 28.195.713/8045-96", "Pão    4,50"])
def test_a_number_or_an_item_is_no_shop(first: str) -> None:
    found = receipt(f"{first}\nCafé    4,50\nTOTAL    9,00\nDINHEIRO    9,00\n17/09/2024 14:32\n")
    assert found.merchant.name is None


@pytest.mark.parametrize(("drawn", "name"), [("R@SSMANN", "ROSSMANN"), ("real", "real"), ("LUeDEL", None)])
def test_a_name_that_many_shops_have_is_one_where_nothing_else_is(drawn: str, name: str | None) -> None:
    printed = page(
        f"""
        {drawn}
        Lindenweg 12
        33100 Paderborn
        Brot                2,49
        SUMME               2,49
        """
    )
    first = replace(printed.lines[0], confidence=0.7 if name else 0.05)
    (found,) = extract([replace(printed, lines=(first, *printed.lines[1:]))])
    assert (found.merchant.name.value if found.merchant.name else None) == name


def test_where_the_name_was_hardly_read_no_other_row_is_one() -> None:
    printed = page(
        """
        SHM. MOTOR (MELUR RENGT) SDN. BHD.
        tan melur yee
        NO 12, JALAN MELUR 3
        81100 JOHOR BAHRU, JOHOR
        Pen                 4.50
        TOTAL               4.50
        """
    )
    first = replace(printed.lines[0], confidence=0.05)
    (found,) = extract([replace(printed, lines=(first, *printed.lines[1:]))])
    assert found.merchant.name is None


def test_a_label_of_a_number_or_a_street_is_no_shop() -> None:
    items = """
        TOPLAM    233,00
        NAKİT    233,00
        13.11.2024 18:21
        """
    assert receipt("FİŞ NO\n987\nADANA KEBAP    233,00" + dedent(items)).merchant.name is None
    found = receipt("Güneş Mah. 3. Sk\nKonak / İZMİR\nADANA KEBAP    233,00" + dedent(items)).merchant
    assert found.name is None
    assert found.address is not None
    assert found.address.value.startswith("Güneş Mah. 3. Sk")


def test_a_date_that_was_misread_is_no_telephone_number() -> None:
    found = receipt("MERCADO LA RIBERA\n04/01/8029\nPAN    1,20\nTOTAL    1,20").merchant
    assert found.phone is None


@pytest.mark.parametrize(("below", "name"), [("Mein Drogerie Markt", "ROSSMANN"), ("Dirk Melur GmbH", None)])
def test_what_a_chain_prints_below_its_name_is_no_name(below: str, name: str | None) -> None:
    found = receipt(
        f"R@SSMANN\n{below}\nSeife    2,49\nSUMME    2,49\nBAR    2,49\n27.02.2020 15:56"
    ).merchant
    assert found.name is not None
    assert (found.name.value == "ROSSMANN") == (name is not None)
