"""A made-up receipt of every language and of many countries: total, day, currency, tax and items."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ocr.receipts.countries import evidence
from ocr.receipts.sheet import sheets
from tests.receipts.printed import page, receipt

RECEIPTS = {
    "FR": (
        """
        BOULANGERIE DU MOULIN SARL
        12, rue des Lilas
        69003 LYON
        Tél : 04 78 12 34 56
        Ticket n° 004512      le 17/09/2024 à 08:42
        Baguette tradition    2 x 1,20        2,40
        Croissant                             1,10
        Tarte aux pommes                      3,50
        TOTAL TTC                             7,00 €
        dont TVA 5,5%                         0,36
        Espèces                              10,00
        Rendu                                 3,00
        """,
        "7.00", "2024-09-17", "EUR", "0.36", 3,
    ),
    "ES": (
        """
        FERRETERÍA EL MARTILLO S.L.
        C/ Mayor 14, 28013 Madrid
        NIF: B12345674
        FACTURA SIMPLIFICADA 2024/001245
        Fecha: 03/11/2024  Hora: 18:05
        UDS  DESCRIPCIÓN          PRECIO   IMPORTE
        2    TORNILLOS 4MM          1,25      2,50
        1    MARTILLO              12,90     12,90
        BASE IMPONIBLE             12,73
        IVA 21%                     2,67
        TOTAL                               15,40 €
        TARJETA                             15,40
        """,
        "15.40", "2024-11-03", "EUR", "2.67", 2,
    ),
    "IT": (
        """
        TRATTORIA DA GINO S.R.L.
        Via Roma 8 - 40121 Bologna
        P.IVA 01234567897
        DOCUMENTO COMMERCIALE
        DESCRIZIONE              IVA     Prezzo(€)
        COPERTO x2               10%          4,00
        TAGLIATELLE              10%         11,00
        ACQUA                    10%          2,50
        TOTALE COMPLESSIVO                   17,50
        di cui IVA                            1,59
        Pagamento contante                   20,00
        Resto                                 2,50
        21-05-2024 13:20      DOCUMENTO N. 0012-0034
        """,
        "17.50", "2024-05-21", "EUR", "1.59", 3,
    ),
    "PT": (
        """
        PASTELARIA ESTRELA LDA
        Rua Augusta 22
        1100-048 Lisboa
        NIF: 501234560
        Fatura Simplificada FS 2024/1832
        Data: 2024-02-07 09:15
        2 Pastel de nata       1,30     2,60
        1 Galão                1,60     1,60
        Total                           4,20 EUR
        Numerário                       5,00
        Troco                           0,80
        """,
        "4.20", "2024-02-07", "EUR", None, 2,
    ),
    "NL": (
        """
        Bakkerij van Dijk B.V.
        Dorpsstraat 3, 3511 AB Utrecht
        Halfvolkoren brood         2,85
        Krentenbol 4 st            2,20
        Subtotaal                  5,05
        Totaal te betalen          5,05
        PIN                        5,05
        BTW    over     bedrag
        9%     4,63     0,42
        12-08-2024 10:03   Bonnr: 88123
        """,
        "5.05", "2024-08-12", "EUR", "0.42", 2,
    ),
    "SE": (
        """
        Lindströms Livs AB
        Storgatan 5, 411 38 Göteborg
        Org.nr: 556677-8899
        2024-06-01 17:22   Kvittonr 5521
        Mjölk 1,5%             15,90
        Kaffe                  49,50
        Kanelbulle 2 st x 18,00   36,00
        Totalt                101,40 SEK
        Moms 12%               10,86
        Kort                  101,40
        """,
        "101.40", "2024-06-01", "SEK", "10.86", 3,
    ),
    "NO": (
        """
        Fjordens Kafé AS
        Strandgata 4, 5004 Bergen
        Org.nr 987 654 325 MVA
        Dato: 14.07.2024 kl 12:31
        Vaffel                  45,00
        Kaffe                   38,00
        Sum                     83,00
        Herav MVA 15%           10,83
        Bankkort                83,00
        """,
        "83.00", "2024-07-14", "NOK", "10.83", 2,
    ),
    "DK": (
        """
        Bageriet på Torvet ApS
        Torvet 2, 8000 Aarhus C
        CVR 12345674
        Dato 05.03.2024 07:58
        Rugbrød                 32,00
        Wienerbrød              18,50
        I alt                   50,50
        Heraf moms              10,10
        Dankort                 50,50
        """,
        "50.50", "2024-03-05", "DKK", "10.10", 2,
    ),
    "FI": (
        """
        Kahvila Pikku Oy
        Kauppakatu 9, 33200 Tampere
        Y-tunnus 1234567-1
        Kuitti 3381    9.10.2024 15:40
        Kahvi                    2,90
        Korvapuusti              3,60
        Yhteensä                 6,50
        Käteinen                10,00
        Takaisin                 3,50
        """,
        "6.50", "2024-10-09", "EUR", None, 2,
    ),
    "PL": (
        """
        PIEKARNIA POD LIPĄ SP. Z O.O.
        ul. Długa 7, 00-238 Warszawa
        NIP 123-456-32-18
        2024-04-11       nr wydr. 00842
        PARAGON FISKALNY
        CHLEB ŻYTNI      1 x 6,50      6,50 D
        BUŁKA            4 x 0,95      3,80 D
        SPRZEDAŻ OPODATKOWANA D       10,30
        PTU D 5%                       0,49
        SUMA PLN                      10,30
        GOTÓWKA                       20,30
        RESZTA                        10,00
        """,
        "10.30", "2024-04-11", "PLN", "0.49", 2,
    ),
    "CZ": (
        """
        Pekárna U Mostu s.r.o.
        Nádražní 5, 150 00 Praha 5
        DIČ: CZ25596641
        Datum: 8.1.2024  Čas: 11:20   Účtenka č. 20147
        Chléb kmínový         42,00
        Koláč tvarohový       28,00
        Celkem                70,00 Kč
        DPH 12%                7,50
        Hotově               100,00
        Vráceno               30,00
        """,
        "70.00", "2024-01-08", "CZK", "7.50", 2,
    ),
    "TR": (
        """
        YILDIZ MARKET LTD. ŞTİ.
        Atatürk Cad. No: 12 Kadıköy / İstanbul
        TARİH: 19/03/2024   SAAT: 16:45
        FİŞ NO: 0042
        EKMEK          %1      *10,00
        SÜT 1L         %1      *32,50
        PEYNİR         %1      *85,00
        TOPKDV                  *1,26
        TOPLAM                *127,50
        NAKİT                 *150,00
        PARA ÜSTÜ              *22,50
        """,
        "127.50", "2024-03-19", "TRY", "1.26", 3,
    ),
    "MY": (
        """
        KEDAI BUKU MAJU SDN BHD
        NO 8, JALAN MERPATI 3, TAMAN BAHAGIA
        43000 KAJANG, SELANGOR
        TAX INVOICE
        Date: 05/03/2018 3:14:02 PM   Invoice No: CS00412
        ITEM           QTY   U.PRICE   AMOUNT (RM)
        PENSEL 2B       3      1.20       3.60 SR
        BUKU LATIHAN    2      4.50       9.00 SR
        TOTAL INCL. GST 6%              12.60
        ROUNDING                         0.00
        CASH                            20.00
        CHANGE                           7.40
        GST SUMMARY    AMOUNT(RM)     TAX(RM)
        SR @ 6%           11.89         0.71
        """,
        "12.60", "2018-03-05", "MYR", "0.71", 2,
    ),
    "KR": (
        """
        소나무 식당
        서울시 마포구 월드컵로 12
        사업자번호 123-45-67891
        2024-05-02 12:40:11
        비빔밥         2      18,000
        된장찌개       1       8,500
        합계                  26,500
        부가세                 2,409
        카드                  26,500
        """,
        "26500", "2024-05-02", "KRW", "2409", 2,
    ),
    "CH": (
        """
        Konditorei Alpenblick AG
        Bahnhofstrasse 10, 6003 Luzern
        CHE-123.456.788 MWST
        28.12.2024 14:11
        Nussgipfel       2 x 3.60       7.20
        Kaffee crème                    4.80
        TOTAL CHF                      12.00
        Bar CHF                        20.00
        Rückgeld                        8.00
        MwSt 8.1%                       0.90
        """,
        "12.00", "2024-12-28", "CHF", "0.90", 2,
    ),
    "AU": (
        """
        THE COFFEE SHED PTY LTD
        14 Harbour St, Sydney NSW 2000
        ABN 51 824 753 556
        TAX INVOICE   07/05/2024 08:31 AM
        Flat White            $4.50
        Avocado Toast        $16.00
        Total                $20.50
        GST included          $1.86
        EFTPOS               $20.50
        """,
        "20.50", "2024-05-07", "AUD", "1.86", 2,
    ),
    "CA": (
        """
        MAPLE HARDWARE INC.
        88 King St W, Toronto, ON M5H 1J8
        2024-03-09 13:55   Invoice #: 77120
        Wood screws             7.99
        Paint roller           12.50
        Subtotal               20.49
        HST 13%                 2.66
        Total                  23.15
        Interac                23.15
        """,
        "23.15", "2024-03-09", "CAD", "2.66", 2,
    ),
    "IE": (
        """
        LIFFEY BOOKS LIMITED
        3 Quay Street, Dublin 2, D02 XY45
        VAT No IE6388047V
        12/10/2024 17:30
        Notebook A5             4.95
        Pen blue               1.80
        TOTAL                  €6.75
        CASH                  €10.00
        CHANGE                 €3.25
        """,
        "6.75", "2024-10-12", "EUR", None, 2,
    ),
    "HU": (
        """
        NYUGTA
        Arany Kalász Pékség Kft.
        6720 Szeged, Kárász utca 11.
        ADÓSZÁM: 12345676-2-06
        C00 KENYÉR FEHÉR 1KG              890 Ft
        C00 KAKAÓS CSIGA
            3 DB x 420 Ft/DB            1 260 Ft
        B00 TEJ 2,8% 1L                   449 Ft
        RÉSZÖSSZESEN                    2 599 Ft
        KEREKÍTÉS                           1 Ft
        ÖSSZESEN:                       2 600 Ft
        KÉSZPÉNZ                        3 000 Ft
        VISSZAJÁRÓ                        400 Ft
        NYUGTASZÁM: 0412/00087
        2024.09.17.   14:32
        NAV ELLENŐRZŐ KÓD: 5F2A1
        AP A12345678
        """,
        "2600", "2024-09-17", "HUF", None, 3,
    ),
    "RO": (
        """
        S.C. BRUTĂRIA DIN COLȚ S.R.L.
        STR. GEORGE ENESCU NR. 14, CLUJ-NAPOCA
        C.I.F.: RO 12345674
        BON FISCAL
        1.000 BUC x 7.50
        PÂINE CU MAIA                       7.50 B
        2.000 BUC x 4.20
        COVRIG CU SUSAN                     8.40 B
        1.000 BUC x 12.00
        CAFEA BOABE                        12.00 A
        SUBTOTAL                           27.90
        TOTAL LEI                          27.90
        CARD                               27.90
        TVA A - 19.00%                      1.92
        TVA B - 9.00%                       1.31
        TOTAL TVA                           3.23
        DATA: 17-09-2024   ORA: 12:34:56
        NR. BON: 0042   Z: 0812
        """,
        "27.90", "2024-09-17", "RON", "3.23", 3,
    ),
    "SK": (
        """
        Potraviny Pod Lipou s.r.o.
        Hlavná 12, 040 01 Košice
        IČO: 12345679   DIČ: 2020123453
        IČ DPH: SK2020123453
        DKP: 88812345678900001
        Pokladničný doklad č. 1180
        Chlieb ražný        1 ks x 2,49      2,49 B
        Maslo 250 g         2 ks x 2,19      4,38 B
        Minerálka           1 ks x 0,79      0,79 A
        Záloha PET          1 ks x 0,15      0,15 A
        SPOLU                                7,81 EUR
        HOTOVOSŤ                            10,00 EUR
        VÝDAVOK                              2,19 EUR
        Sadzba     Základ     DPH     Spolu
        A 20%        0,78    0,16     0,94
        B 10%        6,25    0,62     6,87
        17.09.2024 14:32:08
        Ďakujeme za nákup
        """,
        "7.81", "2024-09-17", "EUR", "0.78", 4,
    ),
    "HR": (
        """
        Pekara Zlatno Zrno d.o.o.
        Ilica 88, 10000 Zagreb
        OIB: 12345678903
        Račun br.: 1187/POS2/1
        Datum: 17.09.2024. 14:32
        Naziv           Kol    Cijena     Iznos
        Kruh bijeli       1      1,60      1,60
        Burek sir         2      2,40      4,80
        Kava s mlijekom   1      1,90      1,90
        UKUPNO EUR                         8,30
        Gotovina                          10,00
        Povrat                             1,70
        PDV 25%  osnovica 6,64 porez 1,66
        ZKI: 1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d
        JIR: 4c1f7a2e-9b3d-4e5f-8a6b-7c8d9e0f1a2b
        Hvala na posjetu!
        """,
        "8.30", "2024-09-17", "EUR", "1.66", 3,
    ),
    "SI": (
        """
        PEKARNA ZLATI KLAS d.o.o.
        Slovenska cesta 24, 1000 Ljubljana
        ID za DDV: SI12345679
        Račun št.: 101-2-4471
        Datum: 17.09.2024 ob 14:32
        Kruh ajdov            3,20
        Potica orehova        8,90
        Kava z mlekom         1,80
        Popust               -1,39
        ZA PLAČILO EUR       12,51
        GOTOVINA             20,00
        VRNJENO               7,49
        Stopnja    Osnova     DDV     Znesek
        9,5%        11,42    1,09      12,51
        ZOI: 2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c
        EOR: 4c1f7a2e-9b3d-4e5f-8a6b-7c8d9e0f1a2b
        """,
        "12.51", "2024-09-17", "EUR", "1.09", 3,
    ),
    "LT": (
        """
        UAB "Kepyklėlė prie tilto"
        Gedimino pr. 9, LT-01103 Vilnius
        PVM mokėtojo kodas LT123456715
        KVITAS 128/45
        Juoda duona               1,29 A
        Pienas 2,5% 1 l           1,19 A
          2 vnt. x 0,85
        Varškės sūrelis           1,70 A
        Užstatas                  0,10 B
        Nuolaida                 -0,30
        IŠ VISO                   3,98 EUR
        PVM 21,00%                0,67
        GRYNIEJI                  5,00
        GRĄŽA                     1,02
        2024-09-17 14:32:08
        Ačiū, kad perkate!
        """,
        "3.98", "2024-09-17", "EUR", "0.67", 4,
    ),
    "LV": (
        """
        SIA "Maiznīca Zelta Vārpa"
        Brīvības iela 61, Rīga, LV-1010
        PVN reģ. Nr. LV40001234561
        ČEKS Nr. 3381
        Rupjmaize                 1,85 A
        Kafija ar pienu           2,40 A
        Pīrādziņš    3 gab x 0,75     2,25 A
        Kopā EUR                  6,50
        Skaidra nauda            10,00
        Atlikums                  3,50
        PVN A 21%   5,37  1,13   6,50
        17.09.2024 14:32
        Paldies par pirkumu!
        """,
        "6.50", "2024-09-17", "EUR", "1.13", 3,
    ),
    "EE": (
        """
        Kuldne Pagar OÜ
        Pikk tn 14, 10123 Tallinn
        Reg. nr 12345678
        KMKR nr EE123456780
        Kviitung nr 22118
        Kuupäev 17.09.2024  Kell 14:32
        Rukkileib                 1,95
        Kohv piimaga              2,80
        Kohuke     2 tk x 0,65    1,30
        Pant                      0,10
        KOKKU                     6,15 EUR
        Sularaha                 10,00
        Tagasi                    3,85
        KM 22%                    1,11
        Täname ostu eest!
        """,
        "6.15", "2024-09-17", "EUR", "1.11", 4,
    ),
    "VN": (
        """
        CÔNG TY TNHH BÁNH MÌ HOA SEN
        Đ/C: 12 Nguyễn Huệ, P. Bến Nghé, Q.1, TP. HCM
        ĐT: 028 3822 1234
        MST: 0312345672
        HÓA ĐƠN BÁN HÀNG
        Số HĐ: 001187     Ngày: 17/09/2024 14:32
        Tên hàng          SL    Đơn giá    Thành tiền
        Bánh mì thịt       2     25.000       50.000
        Cà phê sữa đá      1     29.000       29.000
        Trà đào            1     35.000       35.000
        Tiền hàng                            114.000
        Thuế GTGT (8%)                         9.120
        Tổng cộng                            123.120
        Tiền khách đưa                       200.000
        Tiền thừa                             76.880
        Cảm ơn quý khách!
        """,
        "123120", "2024-09-17", "VND", "9120", 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("country", sorted(RECEIPTS))
def test_a_receipt_of_the_country(country: str) -> None:
    text, total, day, currency, tax, count = RECEIPTS[country]
    found = receipt(text)
    assert found.total is not None
    assert (found.total.value, found.total.source) == (Decimal(total), "printed")
    assert found.date is not None
    assert found.date.value.isoformat() == day
    assert found.currency is not None
    assert found.currency.value == currency
    assert (found.tax.value if found.tax else None) == (None if tax is None else Decimal(tax))
    assert len(found.items) == count
    assert found.check("total").status == "passed"


@pytest.mark.parametrize(
    "head",
    [
        "KEDAI MELUR\n13, JALAN MELUR 8, TAMAN MELUR\n(GST Reg No: 000129863680)",
        "MELUR SNACKS\n19A, JALAN MELUR 2A, SEKSYEN 3\n03-7000 0000",
        "MELUR SNACKS\nLOT 4, MELUR PLAZA\nGST ID : 001707211264",
        "MELUR SNACKS\n19A, JALAN MELUR 2A\n012-700 0000",
    ],
)
def test_a_malaysian_receipt_is_told_without_its_currency_and_legal_forms(head: str) -> None:
    (sheet,) = sheets([page(f"{head}\n01/02/2018\nMee    4.50\nTOTAL    4.50\nGST 6%    0.25")])
    found = evidence(sheet)
    assert found.country is not None
    assert (found.country.code, found.sure, found.currency) == ("MY", True, "MYR")
    assert "ms" in found.active


@pytest.mark.parametrize(
    ("number", "country"),
    [("PT 281 957 138", "PT"), ("SI11644311", "SI"), ("NO 123456785", None), ("RO 12", None)],
)
def test_letters_that_may_stand_before_a_tax_id_tell_its_country(number: str, country: str | None) -> None:
    (sheet,) = sheets([page(f"MELUR\n{number}\n01/02/2018\nPen    4.50\nTOTAL    4.50")])
    found = evidence(sheet)
    assert (found.country.code if found.country is not None and found.sure else None) == country


def test_a_number_of_twelve_digits_alone_tells_no_country() -> None:
    (sheet,) = sheets([page("MELUR SNACKS\n000129863680\n01/02/2018\nTea    4.50\nTOTAL    4.50")])
    assert not evidence(sheet).sure


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("MELUR BISTRO\nPune RP0 4CL\nGST Reg No: GB 995 7145 78\nTea    4.50\nTOTAL    4.50", "GBP"),
        (
            "MELUR MARKET\nCad. Yeşil, 98\nNAKİT    4,50\nKDV %10    0,41\nRP237    Çay    4,50\nTOPLAM    4,50",
            "TRY",
        ),
        ("MELUR STORE\nTea    12.50\nTOTAL CAD    12.50", "CAD"),
        ("WARUNG MELUR\nTeh    Rp 16.500\nTOTAL    Rp16.500", "IDR"),
        ("WARUNG MELUR\nTeh    16.500\nTOTAL Rp    16.500", "IDR"),
    ],
)
def test_what_looks_like_a_sign_of_a_currency_is_none(text: str, currency: str) -> None:
    (sheet,) = sheets([page(text)])
    assert evidence(sheet).currency == currency


def test_kilometres_on_the_slip_of_a_taxi_are_neither_a_currency_nor_an_item() -> None:
    text = (
        "TAXI MELUR\n17.09.2024\nUdaljenost    12,40 KM\nVožnja    24,50\nUkupno    24,50\nGotovina    30,00"
    )
    (sheet,) = sheets([page(text)])
    assert evidence(sheet).currency is None
    found = receipt(text)
    assert [item.amount.value for item in found.items if item.amount] == [Decimal("24.50")]
    assert found.total is not None
    assert found.total.value == Decimal("24.50")
    (sheet,) = sheets([page("PEKARA MELUR\nKruh    2,40 KM\nUKUPNO    2,40 KM\nGotovina    30,00")])
    assert evidence(sheet).currency == "BAM"
