"""Made-up receipts in the layouts of many trades and countries, with what must come of each."""

from __future__ import annotations

from typing import Any, NamedTuple


class Layout(NamedTuple):
    """A receipt as text; what is read from it by path of the field, and the amounts of its items."""

    text: str
    fields: dict[str, Any]
    items: tuple[str, ...] | None = None
    passed: bool = True


LAYOUTS: dict[str, Layout] = {
    "US restaurant with tax and an empty line for the tip": Layout(
        """
        THE BLUE HERON GRILL
        1420 Lakeshore Dr
        Madison, WI 53703
        (608) 555-0142
        Server: DANA          Table 12/1
        Guests: 2             #30018
        10/04/2024 7:42 PM
        Cheeseburger              13.50
        Cobb Salad                12.95
        2 Iced Tea                 6.00
        Subtotal                  32.45
        Tax                        1.78
        Total                     34.23
        Tip: ____________
        Total: ___________
        18% is 5.84
        20% is 6.49
        """,
        {
            "total": "34.23",
            "tax": "1.78",
            "subtotal": "32.45",
            "date": "2024-10-04",
            "time": "19:42:00",
            "currency": "USD",
            "merchant.name": "THE BLUE HERON GRILL",
        },
        ("13.50", "12.95", "6.00"),
    ),
    "US restaurant with suggested tips": Layout(
        """
        Casa Ortega Taqueria
        905 Mission St, San Francisco, CA 94103
        Check #: 88         Table: 4
        05/18/24, 12:31 PM
        3 Al Pastor Taco         $13.50
        1 Horchata                $4.25
        Subtotal                 $17.75
        Sales Tax 8.625%          $1.53
        Total                    $19.28
        Suggested Tip:
        18%: (Tip $3.20 Total $22.48)
        20%: (Tip $3.55 Total $22.83)
        22%: (Tip $3.91 Total $23.19)
        """,
        {"total": "19.28", "tax": "1.53", "subtotal": "17.75", "date": "2024-05-18", "currency": "USD"},
        ("13.50", "4.25"),
    ),
    "US supermarket with weights, deposits and coupons": Layout(
        """
        FRESH FIELDS MARKET
        2200 N Lamar Blvd
        Austin, TX 78705
        GROCERY
          OATMILK 64OZ              4.79 F
          CRV                       0.10 F
        PRODUCE
          BANANAS
          2.31 lb @ 0.59 /lb        1.36 F
          AVOCADO
          4 @ 1.25                  5.00 F
        COUPON                     -1.00
        SUBTOTAL                   10.25
        TAX                         0.00
        **** BALANCE               10.25
        VISA                       10.25
        CHANGE                      0.00
        TOTAL NUMBER OF ITEMS SOLD = 4
        03/22/24 05:14pm 221 7 93 1121
        """,
        {"total": "10.25", "date": "2024-03-22", "currency": "USD"},
        None,
    ),
    "US warehouse, names behind their codes, two taxes": Layout(
        """
        BIGBOX WHOLESALE
        Tacoma #0762
        Member 111849220331
        E 1140204 ORG EGGS          7.99
        E  87745 ROTISSERIE         4.99
          1325689 LED BULBS        18.99 A
          0000357221 / 1325689      4.00-A
        SUBTOTAL                   27.97
        TAX                         1.54
        **** TOTAL                 29.51
        Approved Purchase
        XXXXXXXXXXXX4821
        AMOUNT: $29.51
        11/09/2024 14:28 762 4 118 31
        TOTAL NUMBER OF ITEMS SOLD = 3
        INSTANT SAVINGS           $4.00
        """,
        {"total": "29.51", "tax": "1.54", "subtotal": "27.97", "date": "2024-11-09"},
        None,
    ),
    "US pump": Layout(
        """
        SUNRISE FUEL #402
        I-80 EXIT 214
        KEARNEY NE 68847
        DATE 08/02/24 09:16
        TRAN# 9040817
        PUMP# 06
        SERVICE LEVEL: SELF
        PRODUCT: UNLD
        GALLONS:        11.204
        PRICE/G:        $3.299
        FUEL SALE       $36.96
        TOTAL           $36.96
        CREDIT          $36.96
        AUTH # 042911
        """,
        {"total": "36.96", "date": "2024-08-02", "currency": "USD"},
        ("36.96",),
    ),
    "UK supermarket with a loyalty price": Layout(
        """
        MERRYWEATHER'S
        Oxford Superstore
        VAT Number: GB 220 4302 31
        SOURDOUGH LOAF            £2.40
        SEMI SKIMMED MILK 4PT     £1.45
        CHEDDAR 400G              £4.00
        Cc £3.00                 -£1.00
        SUB-TOTAL                 £6.85
        TOTAL TO PAY              £6.85
        CONTACTLESS               £6.85
        **** **** **** 1182
        27/11/2024  18:03  6021 054 9921
        """,
        {"total": "6.85", "date": "2024-11-27", "currency": "GBP", "subtotal": "6.85"},
        ("2.40", "1.45", "4.00", "-1.00"),
    ),
    "UK pub with a service charge": Layout(
        """
        The Ploughman's Rest
        High Street, Lavenham CO10 9PT
        Tel: 01787 555 019
        VAT No. 345 1122 08
        Table 7     Covers 2
        14 Sep 2024 20:11
        2 x Fish & Chips          33.00
        1 x Sticky Toffee          7.50
        Food Total                40.50
        Service Charge (10%)       4.05
        Total                     44.55
        Visa                      44.55
        VAT @ 20.0%                6.75
        """,
        {"total": "44.55", "service_charge": "4.05", "date": "2024-09-14", "currency": "GBP", "tax": "6.75"},
        ("33.00", "7.50"),
    ),
    "French supermarket with a table of TVA": Layout(
        """
        MARCHÉ DES CAPUCINS
        14 place du Marché 33800 BORDEAUX
        Tél. 05 56 00 12 34
        SIRET 402 331 229 00018
        TVA FR 28 402331229
        PAIN COMPLET              2,10 €  1
        EAU 6X1,5L                2,94 €  1
        SAVON LIQUIDE             3,20 €  2
          REMISE 10%             -0,32 €
        3 ARTICLES  TOTAL À PAYER    7,92 €
        CARTE BANCAIRE            7,92 €
        Taux      HT     TVA    TTC
        1  5,50%  4,78   0,26   5,04
        2 20,00%  2,40   0,48   2,88
        TOTAL     7,18   0,74   7,92
        le 23/08/24 à 17:06:44
        MERCI DE VOTRE VISITE
        """,
        {"total": "7.92", "tax": "0.74", "date": "2024-08-23", "currency": "EUR"},
        ("2.10", "2.94", "3.20"),
    ),
    "French café, prices with a letter": Layout(
        """
        LE COMPTOIR BLEU
        SARL LCB
        8 rue de la République
        69001 LYON
        RCS LYON 512 334 889
        Table 14   Couverts 2
        Addition n°1203
        2 Café              3,60
        1 Formule midi     16,90
        1 Verre Chablis     6,50
        Total              27,00 EUR
        Dont TVA 10,00 %    1,86
        Dont TVA 20,00 %    1,08
        CB                 27,00
        12/07/2024 13:48
        """,
        {"total": "27.00", "date": "2024-07-12", "currency": "EUR", "tax": "2.94"},
        ("3.60", "16.90", "6.50"),
    ),
    "Italian documento commerciale": Layout(
        """
        FARMACIA DEL CORSO
        dott.ssa Bianchi
        Corso Garibaldi 88 - 20121 MILANO MI
        P.IVA 08812340964
        DOCUMENTO COMMERCIALE
        di vendita o prestazione
        DESCRIZIONE           IVA    Prezzo(€)
        TACHIPIRINA 500       10%         5,90
        CREMA MANI            22%         8,50
        SCONTO                           -1,00
        Subtotale                        13,40
        TOTALE COMPLESSIVO               13,40
        di cui IVA                        1,89
        Pagamento elettronico            13,40
        Non riscosso                      0,00
        Resto                             0,00
        Importo pagato                   13,40
        18-01-2024 10:22
        DOCUMENTO N. 0477-0031
        """,
        {
            "total": "13.40",
            "tax": "1.89",
            "date": "2024-01-18",
            "currency": "EUR",
            "merchant.name": "FARMACIA DEL CORSO",
        },
        None,
    ),
    "Spanish factura simplificada with a table": Layout(
        """
        SUPERMERCADOS ALBUFERA, S.A.
        C/ COLÓN 22
        46004 VALENCIA
        TELÉFONO: 963 555 011
        NIF A-46103834
        02/02/2024 19:31  OP: 112233
        FACTURA SIMPLIFICADA: 2185-014-668877
        Descripción         P. Unit   Importe
        1 LECHE ENTERA                   0,95
        2 YOGUR NATURAL        1,15      2,30
        1 PLATANO
        0,870 kg    1,79 €/kg            1,56
        TOTAL (€)                        4,81
        TARJETA BANCARIA                 4,81
        IVA    BASE IMPONIBLE (€)   CUOTA (€)
        4%             0,91            0,04
        10%            2,09            0,21
        0%             1,56            0,00
        TOTAL          4,56            0,25
        SE ADMITEN DEVOLUCIONES CON TICKET
        """,
        {"total": "4.81", "tax": "0.25", "date": "2024-02-02", "currency": "EUR"},
        ("0.95", "2.30", "1.56"),
    ),
    "Spanish bar": Layout(
        """
        BAR LA ESQUINA
        Plaza Nueva 3 - 41001 Sevilla
        CIF B41002345
        Ticket: 004412   Mesa: 6
        Fecha: 15-06-2024 14:55
        CANT  CONCEPTO        PRECIO   TOTAL
         2    CAÑA              1,50    3,00
         1    TAPA SALMOREJO    3,80    3,80
         1    PAN               0,90    0,90
        Base imponible                  7,00
        IVA 10 %                        0,70
        TOTAL EUROS                     7,70
        Entregado                      10,00
        Cambio                          2,30
        IVA INCLUIDO. GRACIAS POR SU VISITA
        """,
        {"total": "7.70", "tax": "0.70", "date": "2024-06-15", "currency": "EUR", "change": "2.30"},
        ("3.00", "3.80", "0.90"),
    ),
    "Portuguese fatura simplificada with rates behind the items": Layout(
        """
        MINIMERCADO DO LARGO, LDA
        Largo da Sé 4, 4050-573 Porto
        Contribuinte: 509442013
        Fatura Simplificada FS MML/10442
        ATCUD: JF8K2M4P-10442
        Data: 19-10-2024  Hora: 11:07
        (C) Arroz agulha 1kg          1,49
        (A) Azeite virgem  2 X 6,99  13,98
        (B) Vinho da casa             3,20
        TOTAL                    €   18,67
        Multibanco                   18,67
        Resumo IVA   Taxa  Base  IVA
        A   6,00%   13,19   0,79
        B  13,00%    2,83   0,37
        C  23,00%    1,21   0,28
        """,
        {"total": "18.67", "tax": "1.44", "date": "2024-10-19", "currency": "EUR"},
        ("1.49", "13.98", "3.20"),
    ),
    "Polish paragon fiskalny": Layout(
        """
        DROGERIA FIOŁEK
        Anna Nowak
        ul. Mickiewicza 11/2
        31-120 Kraków
        NIP 676-240-12-12
        12-03-2024              W004217
        PARAGON FISKALNY
        SZAMPON A      1 * 14,99   14,99A
        MYDŁO A        3 * 2,49     7,47A
        RABAT                      -1,50
        WODA 1,5L D    2 szt. * 2,19  4,38D
        SPRZEDAŻ OPODATKOWANA A    20,96
        PTU A 23,00%                3,92
        SPRZEDAŻ OPODATKOWANA D     4,38
        PTU D 5,00%                 0,21
        SUMA PTU                    4,13
        SUMA PLN                   25,34
        00219 #Kasa 1  Kasjer 3      18:22
        KARTA                      25,34
        """,
        {"total": "25.34", "tax": "4.13", "date": "2024-03-12", "currency": "PLN"},
        ("14.99", "7.47", "4.38"),
    ),
    "Czech supermarket with quantities below": Layout(
        """
        POTRAVINY U NÁDRAŽÍ s.r.o.
        Masarykova 12, 602 00 Brno
        IČO: 25596641 DIČ: CZ25596641
        Rohlík tukový              19,50 B
          5 ks x 3,90
        Máslo 250g                 54,90 B
        Pivo 0,5l                  21,90 A
          ZÁLOHA LAHEV              3,00
        MEZISOUČET                 99,30
        Zaokrouhlení               -0,30
        CELKEM K ÚHRADĚ            99,00 Kč
        Hotovost                  100,00
        K vrácení                   1,00
        Sazba  Základ   DPH    Celkem
        A 21%   20,58   4,32    24,90
        B 12%   66,43   7,97    74,40
        Datum: 3. 4. 2024  Čas: 08:15:20
        """,
        {"total": "99.00", "tax": "12.29", "date": "2024-04-03", "currency": "CZK", "change": "1.00"},
        ("19.50", "54.90", "21.90", "3.00"),
    ),
    "Swedish supermarket with a deposit and a discount": Layout(
        """
        HANDLARN I NORR AB
        Kungsgatan 7
        972 41 LULEÅ
        Org nr 556123-4567
        Kvitto nr 40022   2024-02-29 16:58
        Fil 3% 1L                 18,95
        Bananer
          0,745kg*24,90kr/kg      18,55
        Läsk 1,5L                 22,90
        +PANT 1,5L                 2,00
        Rabatt:Läsk               -5,00
        Totalt 4 varor
        Att betala           SEK  57,40
        Mottaget Kontokort        57,40
        Moms%   Moms   Netto   Brutto
        12,00   6,15   51,25   57,40
        """,
        {"total": "57.40", "tax": "6.15", "date": "2024-02-29", "currency": "SEK"},
        None,
    ),
    "Norwegian kiosk": Layout(
        """
        KIOSKEN PÅ HJØRNET
        Foretaksregisteret NO 912 345 678 MVA
        Storgata 2, 0155 Oslo
        Salgskvittering 3321   17.05.2024 12:04
        Pølse i brød        15%       45,00
        Brus 0,5            15%       32,00
        Pant                 0%        2,00
        Sum 3 varer                   79,00
        Bank:                         79,00
        MVA-grunnlag  MVA-%  MVA   Sum
        66,96   15,00   10,04   77,00
        2,00    0,00    0,00    2,00
        """,
        {"total": "79.00", "tax": "10.04", "date": "2024-05-17", "currency": "NOK"},
        ("45.00", "32.00", "2.00"),
    ),
    "Danish supermarket": Layout(
        """
        KØBMANDEN I BYEN
        Algade 44 - 4000 Roskilde
        CVR 31245678
        RUGBRØD                   24,95
        2 X 12,50
        SKYR                      25,00
        RABAT                     -5,00
        PANT B                     1,50
        TOTAL                     46,45
        BETALINGSKORT             46,45
        HERAF MOMS 25%             9,29
        Bon 4411   08.12.2024 10:27
        """,
        {"total": "46.45", "tax": "9.29", "date": "2024-12-08", "currency": "DKK"},
        None,
    ),
    "Finnish supermarket": Layout(
        """
        KYLÄKAUPPA LEHTONEN OY
        Asematie 1, 01300 VANTAA
        Y-tunnus 0765432-5
        RUISLEIPÄ                  2,49
        MAITO 1L                   2,30
          2 KPL   1,15 €/KPL
        TOMAATTI                   1,87
          0,538 KG  3,48 €/KG
        YHTEENSÄ                   6,66
        KORTTITAPAHTUMA            6,66
        ALV       VEROTON   VERO  VEROLLINEN
        B 14%        5,84   0,82        6,66
        K1 M00412/9912  14:02  30.9.2024
        """,
        {"total": "6.66", "tax": "0.82", "date": "2024-09-30", "currency": "EUR"},
        ("2.49", "2.30", "1.87"),
    ),
    "Dutch supermarket with a bonus and a table": Layout(
        """
        DE GROENE KRUIDENIER
        Lange Poten 12, Den Haag
        070-5550123
        AANTAL OMSCHRIJVING    PRIJS  BEDRAG
        1   HAVERMELK                   1,99
        3   APPELS ELSTAR       0,50    1,50
        1   KOFFIEBONEN                 8,49
        4   SUBTOTAAL                  11,98
        BONUS  KOFFIEBONEN             -2,00
        UW VOORDEEL                     2,00
        TOTAAL                          9,98
        PINNEN                          9,98
        BTW   OVER    EUR
        9%    9,16   0,82
        21-03-2024 17:45  1102 14 88
        """,
        {"total": "9.98", "tax": "0.82", "date": "2024-03-21", "currency": "EUR"},
        None,
    ),
    "Turkish market": Layout(
        """
        ÇINAR GIDA SAN. TİC. A.Ş.
        Bağdat Cad. No:211 Kadıköy/İSTANBUL
        GÖZTEPE VD. 2620112233
        TARİH : 06.10.2024  SAAT : 20:14
        FİŞ NO : 0117
        DOMATES
        1,245 KG X 39,90          %1  *49,68
        AYRAN 1L                  %1  *38,50
        DETERJAN                 %20 *129,90
        İNDİRİM                       *-20,00
        ARA TOPLAM                   *198,08
        TOPKDV                        *19,19
        TOPLAM                       *198,08
        KREDİ KARTI                  *198,08
        """,
        {"total": "198.08", "tax": "19.19", "date": "2024-10-06", "currency": "TRY"},
        None,
    ),
    "Malay stall": Layout(
        """
        RESTORAN SERI MELATI
        No 21 Jalan Pahlawan 2
        75000 Melaka
        BIL NO: 00912   MEJA: 5
        TARIKH: 02/06/2019   MASA: 13:25
        2 NASI AYAM @ 7.50        15.00
        1 TEH O AIS                2.20
        JUMLAH KECIL              17.20
        CUKAI PERKHIDMATAN 6%      1.03
        PELARASAN                  0.02
        JUMLAH                    18.25
        TUNAI                     20.00
        BAKI                       1.75
        TERIMA KASIH
        """,
        {"total": "18.25", "date": "2019-06-02", "tax": "1.03", "currency": "MYR", "change": "1.75"},
        ("15.00", "2.20"),
    ),
    "Indonesian restaurant with tax and service": Layout(
        """
        SATE KHAS PAK BUDI
        Jl. Sudirman No. 45, Jakarta
        Telp. 021-5550198
        No: 24/0612   Kasir: Rina
        12-06-2024 19:08
        2 Sate Ayam      @35.000      70.000
        1 Nasi Goreng                 42.000
        3 Es Jeruk       @15.000      45.000
        Subtotal                     157.000
        Service 5%                     7.850
        PB1 10%                       16.485
        Total                        181.335
        Pembulatan                       -35
        Grand Total                  181.300
        Debit BCA                    181.300
        """,
        {
            "total": "181300",
            "tax": "16485",
            "service_charge": "7850",
            "date": "2024-06-12",
            "currency": "IDR",
        },
        ("70000", "42000", "45000"),
    ),
    "Hotel bill": Layout(
        """
        HOTEL STERNWARTE
        Ringstraße 40, 01067 Dresden
        Rechnung Nr. 2024-0815
        Zimmer 212       Gast: M. Beispiel
        Anreise 01.09.2024   Abreise 03.09.2024
        Dresden, den 03.09.2024
        Übernachtung 2 x 89,00     178,00 A
        Frühstück    2 x 14,50      29,00 B
        Parkplatz    2 x 12,00      24,00 B
        Gesamtbetrag               231,00 EUR
        A  7,00 %  Netto 166,36  MwSt 11,64
        B 19,00 %  Netto  44,54  MwSt  8,46
        Bezahlt mit EC-Karte       231,00 EUR
        """,
        {"total": "231.00", "date": "2024-09-03", "currency": "EUR", "tax": "20.10"},
        ("178.00", "29.00", "24.00"),
    ),
    "German filling station": Layout(
        """
        TANKSTELLE AM RING
        Inh. P. Krause
        Ringallee 5, 35390 Gießen
        St.-Nr. 020 342 11223
        *Zp 03 Super E10
        38,42 l  x  1,689 EUR/l    64,89 EUR A*
        Gesamtbetrag               64,89 EUR
        Girocard                   64,89 EUR
        Typ   Netto     MwSt    Brutto
        A:19%  54,53    10,36    64,89
        Bon 8821  05.11.2024 07:49
        """,
        {"total": "64.89", "tax": "10.36", "date": "2024-11-05", "currency": "EUR"},
        ("64.89",),
    ),
    "German bakery, quantities before a sign": Layout(
        """
        Backhaus Krume GmbH & Co. KG
        Marktplatz 1
        72070 Tübingen
        Tel. 07071/555012
        4x Brezel          á 0,85     3,40 B
        1x Dinkelbrot 500g            3,95 B
        2x Cappuccino      á 2,90     5,80 A
        Summe EUR                    13,15
        Gegeben BAR                  20,00
        Rückgeld                      6,85
        MwSt A 19,0% aus 5,80 =       0,93
        MwSt B  7,0% aus 7,35 =       0,48
        Es bediente Sie: Frau Maier
        09.02.2024 08:12 Bon-Nr: 11873
        """,
        {"total": "13.15", "date": "2024-02-09", "currency": "EUR", "tax": "1.41", "change": "6.85"},
        ("3.40", "3.95", "5.80"),
    ),
    "German discounter with deposits and a cancelled row": Layout(
        """
        MARKT & MEHR
        Kölner Str. 99
        50859 Köln
                                     EUR
        Mineralwasser 1,5l         0,89 A
          Pfand 0,25               0,25 A
        Joghurt                    0,59 B
        Sofort-Storno Joghurt     -0,59 B
        Leergut                   -3,00 A
        Spülmittel                 1,95 A
          Aktionsrabatt           -0,40 A
        SUMME                     -0,31
        Auszahlung                 0,31
        21.06.2024 18:30
        """,
        {"date": "2024-06-21", "currency": "EUR"},
        None,
        False,
    ),
    "Austrian inn with open prices": Layout(
        """
        Gasthof zur Post
        Fam. Huber
        Hauptplatz 3, 8010 Graz
        UID: ATU12345675
        Rechnung 5512     Tisch 9
        19.07.2024 21:14
        2 Schnitzel       14,90    29,80 B
        1 Gr. Radler                4,60 C
        1 Apfelstrudel              5,20 B
        SUMME             EUR      39,60
        Bar                        50,00
        Retour                     10,40
        B 10% 35,00 Netto 31,82 USt 3,18
        C 20%  4,60 Netto  3,83 USt 0,77
        """,
        {"total": "39.60", "date": "2024-07-19", "currency": "EUR", "tax": "3.95"},
        ("29.80", "4.60", "5.20"),
    ),
    "Swiss supermarket": Layout(
        """
        Dorfladen Seeblick
        Seestrasse 15
        8700 Küsnacht
        CHE-112.233.442 MWST
        Artikel      Menge   Preis   Total
        Vollmilch 1l     2    1.80    3.60
        Gruyère 250g     1    6.45    6.45
        Aktion                       -1.00
        Total CHF                     9.05
        Maestro                       9.05
        MWST  2.6%  auf 9.05          0.23
        Fr 15.03.2024  17:22   Kasse 2
        """,
        {"total": "9.05", "tax": "0.23", "date": "2024-03-15", "currency": "CHF"},
        None,
    ),
    "Parking ticket": Layout(
        """
        PARKHAUS ALTSTADT
        Quittung
        Einfahrt: 12.10.2024 09:14
        Ausfahrt: 12.10.2024 12:40
        Parkdauer: 3h 26min
        Betrag:   EUR 7,50
        inkl. 19% MwSt: EUR 1,20
        Bezahlt:  EUR 10,00
        Rückgeld: EUR 2,50
        """,
        {"total": "7.50", "tax": "1.20", "date": "2024-10-12", "currency": "EUR", "change": "2.50"},
        None,
    ),
    "Card slip alone": Layout(
        """
        ** Kundenbeleg **
        Blumen Lotte
        Hauptstr. 8
        79098 Freiburg
        Terminal-ID: 54012345
        TA-Nr. 004412  BNr. 0871
        Kartenzahlung
        girocard kontaktlos
        EUR 24,50
        PAN ############3391
        Datum 04.05.24 Uhrzeit 11:38
        Zahlung erfolgt
        """,
        {"total": "24.50", "date": "2024-05-04", "currency": "EUR"},
        (),
        False,
    ),
    "UK card slip": Layout(
        """
        THE CORNER BAKEHOUSE
        12 MARKET SQ
        HEXHAM NE46 3NU
        MID: ****55012   TID: ****0091
        CUSTOMER COPY
        VISA CONTACTLESS
        ************8812
        SALE
        AMOUNT          GBP 8.40
        PLEASE DEBIT MY ACCOUNT
        19/09/24 09:22
        AUTH CODE 771204
        """,
        {"total": "8.40", "date": "2024-09-19", "currency": "GBP"},
        (),
        False,
    ),
    "Taxi": Layout(
        """
        TAXI 4411 WIEN
        Fahrt vom 22.11.2024
        Abfahrt 23:05 Ankunft 23:31
        Fahrpreis          28,60 EUR
        Zuschlag            2,00 EUR
        Gesamt             30,60 EUR
        inkl. 10% USt       2,78 EUR
        Danke für Ihre Fahrt!
        """,
        {"total": "30.60", "tax": "2.78", "date": "2024-11-22", "currency": "EUR"},
        None,
    ),
    "Canadian store with GST and PST": Layout(
        """
        PRAIRIE OUTFITTERS LTD
        1201 8th Ave SW, Calgary, AB T2R 0J4
        GST# 812345678RT0001
        Trail Socks             14.99
        Camp Mug                 9.50
        2 @ 3.25
        Granola Bar              6.50
        SUBTOTAL                30.99
        GST 5%                   1.55
        PST 7%                   2.17
        TOTAL                   34.71
        MASTERCARD              34.71
        2024/06/30 15:33:09
        """,
        {"total": "34.71", "date": "2024-06-30", "currency": "CAD", "tax": "3.72"},
        ("14.99", "9.50", "6.50"),
    ),
    "Australian café with a surcharge": Layout(
        """
        Bondi Beans Pty Ltd
        ABN 12 004 044 937
        5/78 Campbell Pde Bondi Beach NSW 2026
        Tax Invoice #A-1182
        09 Feb 2024 8:55 am
        2 x Flat White (L)       $11.00
        1 x Smashed Avo          $19.50
            + Poached egg         $3.00
        Sub Total                $33.50
        Card Surcharge 1.5%       $0.50
        TOTAL (inc GST)          $34.00
        GST                       $3.09
        Paid VISA                $34.00
        """,
        {"total": "34.00", "tax": "3.09", "date": "2024-02-09", "currency": "AUD", "service_charge": "0.50"},
        ("11.00", "19.50", "3.00"),
    ),
    "Indian restaurant with CGST and SGST": Layout(
        """
        SPICE GARDEN
        MG Road, Bengaluru 560001
        GSTIN: 29ABCDE1234F1Z5
        Bill No: 1182   Date: 14/08/2024
        Item            Qty   Rate   Amount
        Masala Dosa       2  90.00   180.00
        Filter Coffee     2  40.00    80.00
        Sub Total                    260.00
        CGST 2.5%                      6.50
        SGST 2.5%                      6.50
        Grand Total                  273.00
        Cash                         300.00
        Change                        27.00
        """,
        {"total": "273.00", "tax": "13.00", "date": "2024-08-14", "currency": "INR"},
        ("180.00", "80.00"),
    ),
    "Singapore food court with service charge and GST": Layout(
        """
        MAKAN PLACE PTE LTD
        Blk 211 Toa Payoh Lor 8 #01-15
        Singapore 310211
        GST Reg No: 201012345K
        Chk 4412    Tbl 8    Gst 2
        02 Mar'24 12:51
        1 Hainan Chicken Rice      8.80
        2 Barley Water             5.00
        SUBTOTAL                  13.80
        10% SVC CHG                1.38
        9% GST                     1.37
        TOTAL                    $16.55
        NETS                     $16.55
        """,
        {"total": "16.55", "tax": "1.37", "service_charge": "1.38", "date": "2024-03-02", "currency": "SGD"},
        ("8.80", "5.00"),
    ),
    "Japanese convenience store in English": Layout(
        """
        SAKURA MART Shibuya
        1-2-3 Shibuya-ku, Tokyo 150-0002
        TEL 03-5555-0123
        2024/04/29 (Mon) 21:08
        Onigiri Salmon        ¥165
        Green Tea 500ml       ¥148
        Pudding               ¥220
        Subtotal              ¥533
        Tax 8%                 ¥42
        Total                 ¥575
        Cash                ¥1,000
        Change                ¥425
        """,
        {"total": "575", "tax": "42", "date": "2024-04-29", "currency": "JPY"},
        ("165", "148", "220"),
    ),
    "Clothing with a reduced price and a return": Layout(
        """
        FADEN & ZWIRN
        Schildergasse 14, 50667 Köln
        Hemd Leinen 401223            49,95
          Reduziert -30%             -14,98
        Socken 3er 558812              9,99
        Retoure Gürtel 771200        -19,95
        Gesamt                        25,01
        EC                            25,01
        enthaltene MwSt 19%            3,99
        13.04.2024 12:12 Filiale 88 Kasse 3
        """,
        {"total": "25.01", "tax": "3.99", "date": "2024-04-13", "currency": "EUR"},
        None,
    ),
    "Belgian brasserie": Layout(
        """
        Brasserie 't Pleintje
        Grote Markt 9, 2000 Antwerpen
        BE 0412.345.678
        Tafel 3       Ober: Joris
        1 Stoofvlees               21,50
        1 Dagsoep                   6,00
        2 Bolleke                   7,80
        TOTAAL                     35,30 €
        Bancontact                 35,30 €
        BTW A 21%  6,45  1,35
        BTW B 12% 24,55  2,95
        28/09/2024 20:40
        """,
        {"total": "35.30", "tax": "4.30", "date": "2024-09-28", "currency": "EUR"},
        ("21.50", "6.00", "7.80"),
    ),
    "Brazilian cupom fiscal": Layout(
        """
        PADARIA PÃO QUENTE LTDA
        Rua das Flores, 120 - Curitiba - PR
        CNPJ 11.222.333/0001-81
        10/05/2024 07:41:12
        CUPOM FISCAL
        ITEM CÓDIGO DESCRIÇÃO QTD UN VL UNIT  VL ITEM
        001 789100 PAO FRANCES 0,350 KG X 18,90   6,62
        002 789200 CAFE COM LEITE 2 UN X 5,50    11,00
        TOTAL R$                    17,62
        Dinheiro                    20,00
        TROCO R$                     2,38
        """,
        {"total": "17.62", "date": "2024-05-10", "currency": "BRL", "change": "2.38"},
        ("6.62", "11.00"),
    ),
    "Mexican abarrotes": Layout(
        """
        ABARROTES DON PEPE S.A. DE C.V.
        Av. Juárez 310, Puebla, Pue. México
        RFC: ADP980514KL3
        FECHA: 21/12/2024   HORA: 18:20
        CANT  ARTICULO            IMPORTE
        2     REFRESCO 600ML      $ 36.00
        1     TORTILLA 1KG        $ 24.50
        SUBTOTAL                  $ 60.50
        IVA 16%                   $  9.68
        TOTAL                     $ 70.18
        EFECTIVO                  $100.00
        CAMBIO                    $ 29.82
        """,
        {"total": "70.18", "tax": "9.68", "date": "2024-12-21", "currency": "MXN", "change": "29.82"},
        ("36.00", "24.50"),
    ),
    "Hungarian-style thousands with spaces": Layout(
        """
        SPOŁEM PSS
        ul. Rynek 5, 50-101 Wrocław
        NIP 896-000-01-18
        2024-07-01   nr wydr. 118233
        PARAGON FISKALNY
        LODÓWKA BK300   1 szt. x 1 299,00  1 299,00A
        KABEL 3M        1 szt. x 49,00        49,00A
        SPRZEDAŻ OPODATK. A       1 348,00
        PTU A 23%                   252,07
        SUMA PLN                  1 348,00
        KARTA                     1 348,00
        """,
        {"total": "1348.00", "tax": "252.07", "date": "2024-07-01", "currency": "PLN"},
        ("1299.00", "49.00"),
    ),
    "Cash back on a paid total": Layout(
        """
        HARBOUR & CO
        288 Quay St, Auckland
        Ramen              23.60
        Iced tea            4.40
        Net Amount         28.00
        Tax                 4.20
        TOTAL DUE          32.20
        CASH TEND          40.00
        CASH BACK           7.80
        DATE: Nov 03, 2018
        """,
        {"total": "32.20", "tax": "4.20", "change": "7.80", "date": "2018-11-03"},
        ("23.60", "4.40"),
    ),
    "A discount that is already in the amount above it": Layout(
        """
        NOODLE HOUSE
        3 Ramen            17.25
          3 x 11.50
          Offer           -17.25
        2 Gyoza            13.00
          2 x 6.50
        TOTAL              30.25
        CASH               40.25
        CHANGE             10.00
        """,
        {"total": "30.25"},
        ("17.25", "13.00"),
    ),
    "A number in a name": Layout(
        """
        FEINKOST OHG
        Gurke 0,5l                 4,50
        Saft 1,0                   2,00
        Nettobetrag                6,50 EUR
        Treuerabat                -0,50 EUR
        Total                      6,00 EUR
        BAR                       10,00 EUR
        Rückgeld                   4,00 EUR
        """,
        {"total": "6.00", "discount": "0.50"},
        ("4.50", "2.00"),
    ),
    "Hungarian pump with net and tax in columns": Layout(
        """
        ALFÖLD ENERGIA ZRT.
        4026 Debrecen, Füredi út 60.
        ADÓSZÁM: 23456782-2-09
        --- NEM ADÓÜGYI BIZONYLAT ---
        EGYSZERŰSÍTETT SZÁMLA
        SZÁMLA SORSZÁMA: 2024/118233
        KELT: 2024. szeptember 17. 18:05
        C00 95 BENZIN
        31,25 l x 608 Ft/l             19 000
        C00 KÁVÉ                          790
        ÖSSZESEN                    19 790 Ft
        BANKKÁRTYA                  19 790 Ft
        ÁFA KULCS    NETTÓ      ÁFA    BRUTTÓ
        27%         15 583    4 207    19 790
        KÖSZÖNJÜK A VÁSÁRLÁST!
        """,
        {
            "total": "19790",
            "tax": "4207",
            "date": "2024-09-17",
            "time": "18:05:00",
            "currency": "HUF",
            "number": "2024/118233",
        },
        ("19000", "790"),
    ),
    "Hungarian restaurant with a service charge": Layout(
        """
        Kisvendéglő a Kapuhoz Bt.
        1051 Budapest, Október 6. utca 4.
        Adószám: 28765432-2-41
        Nyugta
        Asztal: 7     Felszolgáló: Anna
        2 Gulyásleves          3.980
        1 Túrógombóc           2.190
        2 Fröccs               1.780
        Részösszesen           7.950
        Szervizdíj 12%           954
        Fizetendő              8.904 Ft
        Bankkártya             8.904 Ft
        2024.06.08. 20:41
        """,
        {
            "total": "8904",
            "subtotal": "7950",
            "service_charge": "954",
            "date": "2024-06-08",
            "currency": "HUF",
        },
        ("3980", "2190", "1780"),
    ),
    "Hungarian shop without accents, a cancelled item and a deposit": Layout(
        """
        COOP ABC 4711
        3300 EGER, DOBO TER 3.
        ADOSZAM: 11223344-2-10
        ------------- NYUGTA -------------
        C00 ASVANYVIZ 1,5L          199
        E00 VISSZAVALTASI DIJ        50
        C00 CSOKOLADE               459
        SZTORNO
        C00 CSOKOLADE              -459
        A00 TOJAS 10DB              719
        RESZOSSZESEN:               968
        KEREKITES:                    2
        OSSZESEN:                   970 Ft
        KESZPENZ:                 1.000 Ft
        VISSZAJARO:                  30 Ft
        NYUGTASZAM: 1187/00023
        2024.03.02. 08:11
        NAV ELLENORZO KOD: A81F0
        AP Y12345678
        """,
        {
            "total": "970",
            "subtotal": "968",
            "rounding": "2",
            "change": "30",
            "date": "2024-03-02",
            "currency": "HUF",
        },
        ("199", "50", "719"),
    ),
    "Romanian supermarket with quantities above and a deposit": Layout(
        """
        S.C. PIAȚA VERDE S.R.L.
        BD. UNIRII NR. 22, SECTOR 3, BUCUREȘTI
        COD FISCAL: RO 23456785
        BON FISCAL
        2 BUC. x 3,49
        LAPTE 1,5% 1L                6,98 B
        2 BUC. x 0,50
        GARANTIE SGR                 1,00 D
        0,734 KG x 7,99
        MERE IONATAN                 5,86 B
        REDUCERE                    -0,59
        TOTAL                       13,25
        NUMERAR                     20,00
        REST                         6,75
        TOTAL TVA B 9%               1,01
        TOTAL TAXE                   1,01
        CASIER: 3  CASA: 2
        BF: 0187   17/09/2024 19:02
        """,
        {
            "total": "13.25",
            "tax": "1.01",
            "change": "6.75",
            "date": "2024-09-17",
            "currency": "RON",
            "number": "0187",
        },
        ("6.98", "1.00", "5.86"),
    ),
    "Romanian restaurant with a tip": Layout(
        """
        HANUL CU FLORI
        Str. Lipscani 40, București
        NOTA DE PLATA
        Masa: 12   Ospatar: Mihai
        2 x Ciorba de burta     25.00     50.00
        1 x Papanasi            28.00     28.00
        2 x Apa plata           10.00     20.00
        SUBTOTAL                          98.00
        Bacsis 10%                         9.80
        TOTAL DE PLATA                   107.80 lei
        17.09.2024 21:15
        """,
        {
            "total": "107.80",
            "tip": "9.80",
            "subtotal": "98.00",
            "date": "2024-09-17",
            "currency": "RON",
        },
        ("50.00", "28.00", "20.00"),
    ),
    "Slovak supermarket with a table of DPH": Layout(
        """
        COOP JEDNOTA
        Nám. SNP 5, 974 01 Banská Bystrica
        IČO: 00169111  IČ DPH: SK2020459067
        DKP: 88820204590670012
        Doklad č.: 458   Pokladňa 3
        Rožok biely 10 ks x 0,12    1,20 B
        Šunka dusená 0,254 kg x 9,99    2,54 B
        Zľava                      -0,38 B
        Pivo 0,5 l                  1,09 A
        Medzisúčet                  4,45
        ZAOKRÚHLENIE                0,00
        K ÚHRADE EUR                4,45
        Platobná karta              4,45
        DPH      Základ     Daň     Suma
        A 23%      0,89    0,20     1,09
        B 19%      2,82    0,54     3,36
        Dátum: 04.02.2025  Čas: 07:52
        UID: O-A1B2C3D4E5F60718293A4B5C6D7E8F90
        OKP: 1a2b3c4d-5e6f7a8b-9c0d1e2f-3a4b5c6d-7e8f9a0b
        """,
        {
            "total": "4.45",
            "tax": "0.74",
            "subtotal": "4.45",
            "date": "2025-02-04",
            "currency": "EUR",
            "number": "458",
            "merchant.tax_id": "SK2020459067",
        },
        ("1.20", "2.54", "1.09"),
    ),
    "Slovak restaurant without accents": Layout(
        """
        RESTAURACIA U ZLATEHO BAZANTA s.r.o.
        Ventska 8, Bratislava
        DIC: 2021234567
        Stol: 4    Obsluhoval: Peter
        2x Bryndzove halusky         15,80
        2x Kofola 0,5l                4,40
        1x Cesnakova polievka         3,90
        Spolu na uhradu              24,10 EUR
        Hotovost                     30,00
        Vydavok                       5,90
        DPH 10%                       2,19
        17.9.2024 13:05
        """,
        {
            "total": "24.10",
            "tax": "2.19",
            "change": "5.90",
            "date": "2024-09-17",
            "currency": "EUR",
        },
        ("15.80", "4.40", "3.90"),
    ),
    "Croatian café in kuna, with a tax on consumption": Layout(
        """
        CAFFE BAR LUNA, obrt
        vl. Ana Anić, Riva 3, Zadar
        OIB: 23456789014
        RAČUN 2211/1/1
        15.08.2021. 10:12  Konobar: Ivo
        KAVA S MLIJEKOM    2 x 11,00      22,00
        CEDEVITA           1 x 15,00      15,00
        UKUPNO KN                         37,00 kn
        NOVČANICE                         50,00
        OSTATAK                           13,00
        PDV 25%     28,24    7,06
        PNP 3%      28,24    0,85
        ZKI 9f8e7d6c5b4a39281706f5e4d3c2b1a0
        """,
        {
            "total": "37.00",
            "tax": "7.91",
            "date": "2021-08-15",
            "currency": "HRK",
        },
        ("22.00", "15.00"),
    ),
    "Croatian supermarket with a discount and a deposit": Layout(
        """
        TRGOVINA KOD MOSTA d.o.o.
        Strossmayerova 11, 31000 Osijek
        OIB: 34567890120
        Blagajna: 4   Blagajnik: 118
        MLIJEKO SVJEŽE 1L       1,19 A
        JAMNICA 1,5L            0,99 A
        POVRATNA NAKNADA        0,07
        KRUH RAŽENI             2,29 B
        POPUST 10%             -0,23
        MEĐUZBROJ               4,31
        UKUPNO                  4,31 EUR
        KARTICA                 4,31
        Stopa    Osnovica    Porez    Ukupno
        25,00%      1,74      0,44      2,18
        5,00%       1,96      0,10      2,06
        Datum i vrijeme: 17.09.2024 18:44:02
        Broj računa: 4187/P12/4
        """,
        {
            "total": "4.31",
            "tax": "0.54",
            "date": "2024-09-17",
            "currency": "EUR",
            "number": "4187/P12/4",
        },
        ("1.19", "0.99", "0.07", "2.29"),
    ),
    "Serbian fiscal receipt in Latin letters": Layout(
        """
        ============ FISKALNI RAČUN ============
        101234567
        PEKARA KLAS
        BULEVAR OSLOBOĐENJA 12
        Novi Sad
        Kasir: Jelena
        ESIR broj: 13/2.0
        -------------PROMET PRODAJA-------------
        Artikli
        Naziv     Cena     Kol.     Ukupno
        Hleb beli (Đ)
                 65,00       2      130,00
        Burek sa sirom (E)
                180,00       1      180,00
        Ukupan iznos:               310,00
        Gotovina:                   500,00
        Povraćaj:                   190,00
        Oznaka   Ime     Stopa     Porez
        Đ        O-PDV   20,00%    21,67
        E        P-PDV   10,00%    16,36
        Ukupan iznos poreza:        38,03
        PFR vreme:     17.09.2024. 08:14:22
        """,
        {
            "total": "310.00",
            "tax": "38.03",
            "change": "190.00",
            "date": "2024-09-17",
            "currency": "RSD",
        },
        ("130.00", "180.00"),
    ),
    "Slovene supermarket with a table of DDV": Layout(
        """
        TRGOVINA POD GRADOM d.d.
        Celovška 40, 1000 Ljubljana
        ID za DDV: SI23456783
        Blagajnik: 12   Blagajna: 3
        Mleko 3,5% 1l           1,29 B
        Jabolka gala
          1,245 kg x 1,99 EUR/kg    2,48 B
        Zobna pasta             3,49 A
        Vmesni seštevek         7,26
        Popust                 -0,35
        Skupaj EUR              6,91
        Plačilna kartica        6,91
        DDV       Osnova      DDV     Skupaj
        A 22,0%     2,57     0,57       3,14
        B 9,5%      3,44     0,33       3,77
        Račun: 1187-3-99123
        12.11.2024 17:20:31
        ZOI: 0a1b2c3d4e5f60718293a4b5c6d7e8f9
        """,
        {
            "total": "6.91",
            "tax": "0.90",
            "subtotal": "7.26",
            "discount": "0.35",
            "date": "2024-11-12",
            "currency": "EUR",
            "number": "1187-3-99123",
        },
        ("1.29", "2.48", "3.49"),
    ),
    "Slovene inn": Layout(
        """
        Gostilna Pri Kovaču, s.p.
        Glavni trg 7, 2000 Maribor
        Davčna št.: 34567890
        Račun št. P1-1-2281
        Miza 5    Natakar: Luka
        2 x Goveja juha        4,50      9,00
        1 x Idrijski žlikrofi 14,90     14,90
        2 x Radler 0,5l        3,80      7,60
        SKUPAJ                          31,50
        Gotovina                        40,00
        Za vrniti                        8,50
        DDV 9,5%    21,83     2,07
        DDV 22%      6,23     1,37
        8. 6. 2024 13:41
        """,
        {
            "total": "31.50",
            "tax": "3.44",
            "change": "8.50",
            "date": "2024-06-08",
            "currency": "EUR",
        },
        ("9.00", "14.90", "7.60"),
    ),
    "Lithuanian supermarket with a weight and a table of PVM": Layout(
        """
        MAISTO NAMAI UAB
        Savanorių pr. 16, Kaunas
        Įmonės kodas 123456782
        PVM mokėtojo kodas: LT234567815
        Kasa Nr. 4   Kasininkė: Rasa
        Kvito Nr. 88123
        Bananai
        1,132 kg X 1,49 EUR/kg     1,69 A
        Sūris 45%                  3,99 A
        Nuolaida: sūris           -1,00 A
        Kefyras                    0,99 A
        Mokėti EUR                 5,67
        Banko kortelė              5,67
        PVM      Be PVM     PVM     Su PVM
        A=21,00%   4,69    0,98       5,67
        2024-11-03 18:05:44
        """,
        {
            "total": "5.67",
            "tax": "0.98",
            "date": "2024-11-03",
            "currency": "EUR",
            "number": "88123",
        },
        ("1.69", "3.99", "0.99"),
    ),
    "Lithuanian café": Layout(
        """
        Kavinė "Senamiestis"
        Pilies g. 8, Vilnius
        Sąskaita Nr. 4412    Staliukas 6
        Cepelinai su mėsa      2 x 9,50     19,00
        Šaltibarščiai          1 x 5,90      5,90
        Gira 0,5 l             2 x 3,20      6,40
        VISO MOKĖTI                         31,30 €
        Grynais                             40,00
        Grąža                                8,70
        2024.07.14 13:22
        """,
        {
            "total": "31.30",
            "change": "8.70",
            "date": "2024-07-14",
            "currency": "EUR",
            "merchant.address": "Pilies g. 8, Vilnius",
        },
        ("19.00", "5.90", "6.40"),
    ),
    "Latvian supermarket with a deposit and a table of PVN": Layout(
        """
        SIA PĀRTIKAS CENTRS
        Jur. adrese: Maskavas iela 4, Rīga, LV-1003
        PVN maks. kods LV40002345674
        Kase Nr. 2   Kasieris: Ilze
        Čeka Nr. 4471
        Piens 2% 1L              1,15 A
        Depozīts                 0,10 D
        Tomāti
          0,512 kg x 2,99        1,53 B
        Atlaide                 -0,30
        Starpsumma               2,48
        SAMAKSAI EUR             2,48
        Maksājumu karte          2,48
        Nodokļa likme    Bez PVN    PVN    Ar PVN
        A=21%     0,95     0,20     1,15
        B=12%     1,10     0,13     1,23
        D=0%      0,10     0,00     0,10
        2024-10-22 16:40:12
        """,
        {
            "total": "2.48",
            "tax": "0.33",
            "date": "2024-10-22",
            "currency": "EUR",
            "number": "4471",
        },
        ("1.15", "0.10", "1.53"),
    ),
    "Latvian café": Layout(
        """
        Kafejnīca Pie Upes
        SIA "Upes Krasts", Reģ. Nr. 40103456789
        Galds 3    Viesmīlis: Jānis
        Zivju zupa               6,50
        Karbonāde               12,90
        Kvass 0,5                2,80
        KOPĀ APMAKSAI           22,20 EUR
        t.sk. PVN 21%            3,85
        Skaidrā naudā           25,00
        Izdots                   2,80
        05.07.2024. 14:11
        """,
        {
            "total": "22.20",
            "tax": "3.85",
            "change": "2.80",
            "date": "2024-07-05",
            "currency": "EUR",
        },
        ("6.50", "12.90", "2.80"),
    ),
    "Estonian shop with a deposit and a table of KM": Layout(
        """
        Toidumaailm AS
        Pärnu mnt 102, Tallinn
        KMKR EE234567895
        Kassa 3   Kassapidaja: Tiina
        Piim 2,5% 1L            1,09
        Leib Rukis              1,79
        Soodustus              -0,30
        Banaan 0,845 kg x 1,49  1,26
        Pant 2 x 0,10           0,20
        KOKKU TASUDA            4,04
        Pangakaart              4,04
        KM määr   Summa KM-ta    KM    Summa KM-ga
        22%            3,15    0,69         3,84
        0%             0,20    0,00         0,20
        Tšekk nr 118/2241
        03.11.2024 18:05
        """,
        {
            "total": "4.04",
            "tax": "0.69",
            "date": "2024-11-03",
            "currency": "EUR",
            "number": "118/2241",
        },
        ("1.09", "1.79", "1.26", "0.20"),
    ),
    "Estonian café": Layout(
        """
        Kohvik Vana Turg OÜ
        Raekoja plats 2, 51004 Tartu
        Arve nr 4412      Laud 5
        Seljanka                 5,90
        2 Kama                   7,80
        Kali 0,5l                2,60
        Vahesumma               16,30
        Summa KM-ta             13,36
        Käibemaks 22%            2,94
        TASUDA                  16,30 EUR
        Kaardimakse             16,30
        8. juuni 2024 kell 13:41
        """,
        {
            "total": "16.30",
            "tax": "2.94",
            "date": "2024-06-08",
            "time": "13:41:00",
            "currency": "EUR",
        },
        ("5.90", "7.80", "2.60"),
    ),
    "Vietnamese supermarket without accents, names above": Layout(
        """
        SIEU THI TIEN LOI XANH
        CN 45 LE LOI - HA NOI
        PHIEU TINH TIEN
        So HD: 0088123   Quay: 02
        Ngay: 03/11/2024   Gio: 18:05
        Thu ngan: LAN
        Mat hang      SL     Gia ban      T.Tien
        MI GOI HAO HAO
                      5      4,500        22,500
        SUA TUOI 1L
                      2     36,000        72,000
        Tong so luong: 7
        Tong tien:                        94,500
        Giam gia:                         -4,500
        Thanh toan:                       90,000
        Tien mat:                        100,000
        Tra lai:                          10,000
        Gia da bao gom VAT
        """,
        {
            "total": "90000",
            "discount": "4500",
            "change": "10000",
            "date": "2024-11-03",
            "currency": "VND",
            "merchant.name": "SIEU THI TIEN LOI XANH",
        },
        ("22500", "72000"),
    ),
    "Vietnamese restaurant with a service charge": Layout(
        """
        Nhà Hàng Hương Sen
        88 Trần Phú, Đà Nẵng
        HÓA ĐƠN THANH TOÁN
        Bàn: 12     Giờ vào: 18:30
        Ngày 17 tháng 9 năm 2024
        Lẩu hải sản     1    350.000đ    350.000đ
        Bia Sài Gòn     6     18.000đ    108.000đ
        Khăn lạnh       4      3.000đ     12.000đ
        Tạm tính                         470.000đ
        Phí dịch vụ 5%                    23.500đ
        VAT 8%                            39.480đ
        Tổng cộng                        532.980đ
        Chuyển khoản                     532.980đ
        """,
        {
            "total": "532980",
            "tax": "39480",
            "service_charge": "23500",
            "subtotal": "470000",
            "date": "2024-09-17",
            "currency": "VND",
        },
        ("350000", "108000", "12000"),
    ),
    "Hungarian shop, spaces in thousands before the letter of a tax": Layout(
        """
        Tisza Virágüzlet Kkt.
        Kossuth krt. 161
        7411 Szombathely
        Nyugtaszám: 78893242
        Kelt: 2015.07.08.   Idő: 20.26
        2 Rózsa                1 812 A
        2 x 906
        Tulipán                3 715 A
        Nettó                  5 527 Ft
        C00 27%                1 175
        KEREKÍTÉS                 -2 Ft
        Fizetendő              5 525 Ft
        Utalvány               5 525 Ft
        """,
        {"total": "5525", "tax": "1175", "rounding": "-2", "date": "2015-07-08", "currency": "HUF"},
        ("1812", "3715"),
    ),
}
