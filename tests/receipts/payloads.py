"""Made-up payloads of fiscal codes."""

from __future__ import annotations

import base64
import json


def zatca(*values: str) -> str:
    """Tags from 1 on with these values, in base64."""
    content = b"".join(
        bytes([tag, len(value.encode())]) + value.encode() for tag, value in enumerate(values, start=1)
    )
    return base64.b64encode(content).decode()


def gst(**changes: object) -> str:
    """A signed token of an Indian e-invoice; its signature is none."""
    data = {
        "SellerGstin": "29ABCDE1234F1Z5",
        "BuyerGstin": "URP",
        "DocNo": "S/17-042",
        "DocTyp": "INV",
        "DocDt": "17/09/2024",
        "TotInvVal": 1180.50,
        "ItemCnt": 2,
        "MainHsnCode": "1001",
        "Irn": "0" * 64,
        "IrnDt": "2024-09-17 18:42:00",
        **changes,
    }

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return ".".join([part({"alg": "RS256"}), part({"data": json.dumps(data), "iss": "NIC"}), "c2ln"])


ATCUD = (
    "A:123456789*B:999999990*C:PT*D:FS*E:N*F:20240917*G:FS A/1*H:CSDF7T5H-1*I1:PT*I3:10.00*I4:0.60*I7:100.00*I8:23.00"
    "*N:23.60*O:133.60*Q:kLp0*R:9999"
)
RKSV = (
    "_R1-AT1_KASSE-1_83469_2024-09-17T18:42:00_11,40_5,20_0,00_0,00_0,00_4r3sVQ==_3667961875706356849"
    "_d3YUbS4CoRo=_vLpbGPPVU8HTmvxmYF4JHOtlGzkBtgHBdNPUDn"
)
TSE = (
    "V0;955002-00;Kassenbeleg-V1;Beleg^11.40_5.20_0.00_0.00_0.00^16.60:Bar;18;112;2024-09-17T16:41:40.000Z;"
    "2024-09-17T16:42:00.000Z;ecdsa-plain-SHA256;unixTime;MEQCIAy4P9k+7x9saDO0uRZ4;BHhWOeisRpPBTGQ1W4VUH95"
)
ZATCA = zatca("Bobs Records", "310122393500003", "2024-09-17T18:42:00Z", "1000.00", "150.00")
VERIFACTU = (
    "https://www2.agenciatributaria.gob.es/wlpl/TIKE-CONT/ValidarQR?nif=89890001K&numserie=12345678%26G33"
    "&fecha=17-09-2024&importe=241.4"
)
TICKETBAI = "https://batuz.eus/QRTBAI/?id=TBAI-00000006Y-170924-btFpwP8dcLGAF-237&s=T&nf=27174&i=4.70&cr=007"
CROATIA = "https://porezna.gov.hr/rn?jir=9d6f5bb6-da48-4fcd-a803-4586a025e0e4&datv=20240917_1842&izn=1660"
RUSSIA = "t=20240917T1842&s=975.88&fn=8710000101125654&i=99456&fp=1250448795&n=1"
GST = gst()

ALL = {
    "atcud": ATCUD,
    "rksv": RKSV,
    "tse": TSE,
    "zatca": ZATCA,
    "verifactu": VERIFACTU,
    "ticketbai": TICKETBAI,
    "fiskalizacija": CROATIA,
    "fns_russia": RUSSIA,
    "gst_india": GST,
}
