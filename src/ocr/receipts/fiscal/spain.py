"""Spain: the QR codes of VERI*FACTU invoices and of TicketBAI.

Sources: Agencia Tributaria, "Características del QR y especificaciones del servicio de cotejo"; Basque tax authorities,
"TicketBAI: especificaciones del código QR"::

    https://www2.agenciatributaria.gob.es/wlpl/TIKE-CONT/ValidarQR?nif=89890001K&numserie=12345678-G33&fecha=01-09-2024&importe=241.40
    https://batuz.eus/QRTBAI/?id=TBAI-00000006Y-251019-btFpwP8dcLGAF-237&s=T&nf=27174&i=4.70&cr=007
"""

from __future__ import annotations

import re

from ocr.receipts.fiscal.figures import Figures, moment, number, parameters

#: Hosts of the codes of Bizkaia, Gipuzkoa and Araba.
_BASQUE_HOSTS = ("batuz.eus", "tbai.egoitza.gipuzkoa.eus", "ticketbai.araba.eus")


def parse(text: str) -> Figures | None:
    """The figures of a payload; ``None`` where it is no such code."""
    return _verifactu(text) or _ticketbai(text)


def _verifactu(text: str) -> Figures | None:
    fields = parameters(text, "agenciatributaria.gob.es", "/wlpl/TIKE-CONT/ValidarQR")
    if fields is None:
        return None
    total, day = number(fields.get("importe", "")), moment(fields.get("fecha", ""), "%d-%m-%Y")
    if total is None or day is None:
        return None
    return Figures(
        "verifactu",
        "EUR",
        total=total,
        date=day.date(),
        number=fields.get("numserie") or None,
        tax_id=fields.get("nif") or None,
    )


def _ticketbai(text: str) -> Figures | None:
    fields = next((query for host in _BASQUE_HOSTS if (query := parameters(text, host)) is not None), None)
    if fields is None:
        return None
    identifier = re.fullmatch(r"TBAI-([0-9A-Z]{9})-(\d{6})-[^-]{13}-\d{3}", fields.get("id", ""))
    total = number(fields.get("i", ""))
    if identifier is None or total is None:
        return None
    day = moment(identifier[2], "%d%m%y")
    series, invoice = fields.get("s", ""), fields.get("nf", "")
    return Figures(
        "ticketbai",
        "EUR",
        total=total,
        date=None if day is None else day.date(),
        number=f"{series}{invoice}" or None,
        tax_id=identifier[1],
    )
