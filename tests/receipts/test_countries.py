"""A made-up receipt of every language and of many countries: total, day, currency, tax and items."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.receipts.printed import receipt

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
