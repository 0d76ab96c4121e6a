"""Features of the rows at the head of a receipt: what tells the name and the address of the merchant."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocr.receipts import countries, roles
from ocr.receipts import text as texts
from ocr.receipts.countries import Evidence
from ocr.receipts.sheet import Row, Sheet

Flags = npt.NDArray[np.bool_]

#: Rows that are looked at.
MOST = 18
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
POSTCODE = re.compile(
    r"(?<!\d)\d{5,6}(?!\d)|(?<!\d)\d{4} ?[A-Z]{2}\b|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"
    r"|(?<!\d)\d{4}-\d{3}(?!\d)|(?<!\d)\d{2}-\d{3}(?!\d)|(?<!\d)\d{3} \d{2}(?!\d)|(?<!\d)\d{4} (?=[A-Z][a-z]{2})"
)
#: Legal forms end a company's name wherever it is from.
_FORMS = re.compile(
    r"(?<![^\W\d_])(?:SDN\.? ?BHD|S/B|BHD|BERHAD|PLT|PTE\.? LTD|PTY\.? LTD|LTD|LIMITED|LLC|LLP|INC|PLC|CORP|GMBH|MBH"
    r"|AG|KG|OHG|E\.? ?K|SARL|SAS|SASU|EURL|S\.? ?A|S\.? ?L|S\.? ?L\.? ?U|S\.? ?R\.? ?L|SRL|S\.? ?P\.? ?A|SPA|SNC"
    r"|LDA|LTDA|UNIPESSOAL|B\.? ?V|BV|NV|VOF|AB|HB|AS|ASA|A/S|APS|OY|OYJ|SP\.? Z ?O\.? ?O|S\.? R\.? O|SPOL|A\.? ?S"
    r"|LTD\.? STI|ООО|ОАО|ЗАО|ПАО|АО|ИП|ТОВ|ФОП|ПРАТ|ЕООД|ООД|ЕАД|АД|Д\.? ?О\.? ?О|СТР|СЗР|СУР"
    r"|Α\.? ?Ε|Ο\.? ?Ε|Ε\.? ?Ε|Ε\.? ?Π\.? ?Ε|Ι\.? ?Κ\.? ?Ε|ΑΒΕΕ"
    r"|TIC|STI|PT|CV|TBK|ENTERPRISE|ENTERPRISES|TRADING|HOLDINGS|GROUP|COMPANY|CO)\.?(?![^\W\d_])"
)
#: The name of a shop in its web or e-mail address.
_DOMAIN = re.compile(
    r"(?:www[. ]|@|//)([\w-]+)\.[a-z]{2,}|([\w-]{4,})\.(?:com|de|fr|it|es|nl|net|org)\b", re.IGNORECASE
)
_LEAST_DOMAIN = 4
_WEB = re.compile(r"WWW|HTTP|\.COM|\.[A-Z]{2}(?:\s|$)")
_OPENING_NUMBER = re.compile(r"^\W*(?:NO|LOT|UNIT|BLK|BLOCK|SHOP|SUITE|G)?[.:, ]*\d", re.IGNORECASE)
_OWN = (
    *[
        "position",
        "letters",
        "digits",
        "digit_share",
        "words",
        "upper",
        "company",
        "form",
        "form_ends",
        "street",
        "postcode",
        "place",
        "comma",
    ],
    *[
        "opening_number",
        "mail",
        "web",
        "bracket",
        "colon",
        "phone",
        "fax",
        "tax_id",
        "company_id",
        "date",
        "time",
        "number",
        "title",
        "header",
        "thanks",
    ],
    *[
        "other_number",
        "summary",
        "height",
        "centred",
        "wide",
        "left",
        "confidence",
        "repeated",
        "labels_cover",
        "amount",
        "jpn",
        "first_letters",
    ],
)
FEATURES = (
    *_OWN,
    *(f"above_{name}" for name in _OWN),
    *(f"below_{name}" for name in _OWN),
    *[
        "rows_since_form",
        "rows_to_form",
        "rows_to_address",
        "rows_since_address",
        "rows_to_info",
        "forms_above",
        "addresses_above",
    ],
    *("in_domain", "above_in_domain", "below_in_domain"),
)
_ROLES = [
    "phone",
    "fax",
    "tax_id",
    "company_id",
    "date",
    "time",
    "number",
    "title",
    "header",
    "thanks",
    "other_number",
]


def head(sheet: Sheet) -> list[Row]:
    """The rows above the items, at most `MOST`."""
    rows: list[Row] = []
    for row in sheet.rows[:MOST]:
        amounts = [n for n in row.numbers if n.decimals == 2 and not n.code and not n.percent and not n.unit]
        if len(rows) >= 3 and (row.role == "header" or (amounts and row.role in (roles.SUMMARY | {""}))):
            break
        rows.append(row)
    return rows


def features(rows: Sequence[Row], sheet: Sheet, evidence: Evidence) -> npt.NDArray[np.float32]:
    """(N, F) features of the rows of a head."""
    count = len(rows)
    if not count:
        return np.zeros((0, len(FEATURES)), np.float32)
    bottom = " ".join(texts.letters_and_digits(row.text) for row in sheet.rows[count:])
    domains = _domains(sheet)
    own = np.array([_own(row, k, sheet, evidence, bottom) for k, row in enumerate(rows)], np.float32)
    nothing = np.full((1, len(_OWN)), -1, np.float32)
    above = np.concatenate([nothing, own[:-1]])
    below = np.concatenate([own[1:], nothing])
    forms: Flags = np.asarray(own[:, _OWN.index("form")] > 0)
    addressed: Flags = np.asarray((own[:, _OWN.index("street")] > 0) | (own[:, _OWN.index("postcode")] > 0))
    informed: Flags = np.asarray(own[:, _OWN.index("phone") : _OWN.index("header") + 1].any(axis=1))
    around = [
        [
            _since(forms, k), _since(forms[::-1], count - 1 - k), _since(addressed[::-1], count - 1 - k),
            _since(addressed, k), _since(informed[::-1], count - 1 - k), forms[:k].sum(), addressed[:k].sum(),
        ]
        for k in range(count)
    ]  # fmt: skip
    named = np.array([-1, *(_in_domain(row, domains) for row in rows), -1], np.float32)
    in_domain = np.stack([named[1:-1], named[:-2], named[2:]], axis=1)
    return np.concatenate([own, above, below, np.array(around, np.float32), in_domain], axis=1)


def _in_domain(row: Row, domains: Sequence[str]) -> bool:
    """Whether the letters of a row stand in a web address, or the other way round."""
    plain = texts.letters_and_digits(row.text)
    return len(plain) >= _LEAST_DOMAIN and any(one in plain or plain in one for one in domains)


def _since(flags: Flags, k: int) -> int:
    """Rows since the last flag before a row, 9 where there is none."""
    before = np.flatnonzero(flags[:k])
    return min(9, int(k - before[-1])) if len(before) else 9


def _domains(sheet: Sheet) -> list[str]:
    """Names before the ending of web and e-mail addresses on the receipt, letters and digits alone."""
    found = [match.group(1) or match.group(2) for row in sheet.rows for match in _DOMAIN.finditer(row.text)]
    return [name for name in map(texts.letters_and_digits, found) if len(name) >= _LEAST_DOMAIN]


def _own(row: Row, k: int, sheet: Sheet, evidence: Evidence, bottom: str) -> list[float]:
    text, upper = row.text, texts.upper(row.text)
    letters = max(1, row.letters)
    digits = sum(c.isdigit() for c in text)
    plain = texts.letters_and_digits(text)
    kinds = [(label, {kind for _, kind in label.kinds}) for label in row.labels_of(evidence.active)]
    forms = list(_FORMS.finditer(upper))
    middle = ((row.left + row.right) / 2 - sheet.left) / sheet.width
    return [
        k, min(row.letters, 60), min(digits, 30), digits / max(1, digits + row.letters), len(text.split()),
        sum(c.isupper() for c in text) / letters,
        sum(label.exact and "company" in label_kinds for label, label_kinds in kinds), len(forms),
        bool(forms) and forms[-1].end() >= len(upper.rstrip(" .)(0123456789-")) - 1,
        sum(label.exact and "street" in label_kinds for label, label_kinds in kinds), bool(POSTCODE.search(text)),
        bool(countries.place_pattern().search(upper)), text.rstrip().endswith(","),
        bool(_OPENING_NUMBER.match(text)), bool(MAIL.search(text)), bool(_WEB.search(upper)),
        text.strip().startswith("("), ":" in text, *(row.role == role for role in _ROLES),
        row.role in roles.SUMMARY, row.height / sheet.height, abs(middle - 0.5), (row.right - row.left) / sheet.width,
        (row.left - sheet.left) / sheet.width, row.confidence(), len(plain) >= 6 and plain in bottom, row.covered,
        any(n.decimals == 2 and not n.code for n in row.numbers), any(ord(c) > 0x2E80 for c in text),
        text[:1].isalpha(),
    ]  # fmt: skip
