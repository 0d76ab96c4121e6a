"""Features of the rows at the head of a receipt: what tells the name and the address of the merchant."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocr.receipts import countries, parts, roles
from ocr.receipts import text as texts
from ocr.receipts.countries import Evidence
from ocr.receipts.parts import MAIL
from ocr.receipts.sheet import Row, Sheet

Flags = npt.NDArray[np.bool_]

#: Rows that are looked at.
MOST = 18
POSTCODE = re.compile(
    r"(?<!\d)\d{5,6}(?!\d)|(?<!\d)\d{4} ?[A-Z]{2}\b|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"
    r"|(?<!\d)\d{4}-\d{3}(?!\d)|(?<!\d)\d{2}-\d{3}(?!\d)|(?<!\d)\d{3} \d{2}(?!\d)|(?<!\d)\d{4} (?=[A-Z][a-z]{2})"
)
#: Legal forms end a company's name wherever it is from.
FORM = re.compile(
    r"(?<![^\W\d_])(?:SDN\.? ?BHD|S/B|BHD|BERHAD|PLT|PTE\.? LTD|PTY\.? LTD|LTD|LIMITED|LLC|LLP|INC|PLC|CORP|GMBH|MBH"
    r"|AG|KG|OHG|E\.? ?K|SARL|SAS|SASU|EURL|S\.? ?A|S\.? ?L|S\.? ?L\.? ?U|S\.? ?R\.? ?L|SRL|S\.? ?P\.? ?A|SPA|SNC"
    r"|LDA|LTDA|UNIPESSOAL|B\.? ?V|BV|NV|VOF|AB|HB|AS|ASA|A/S|APS|OY|OYJ|SP\.? Z ?[O0]\.? ?[O0]|S\.? ?R\.? ?[O0]|SPOL"
    r"|A\.? ?S|GENOSSENSCHAFT|UG|EIRELI|V\.? ?[O0]\.? ?S|SPOLKA Z ?[O0]\.? ?[O0]|SP\.? ?[JK]"
    r"|KFT|ZRT|NYRT|KKT|UAB|(?:J\.? ?)?D\.? ?O\.? ?O|TNHH|OSAUHING"
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
#: An amount ends a column, with a letter or a mark behind it; house numbers (``NO 24,25 & 26,``) do not.
_ENDS_COLUMN = re.compile(r" ?[^\W_]{0,2}[*#]?\s*(?:\t|$)")
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
        "only_place",
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
#: Letters that a row of words has at least, and figures of a number.
_WORDS, _FIGURES = 6, 8
#: Rows from which another one is far away.
_FAR = 9
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
        priced = is_priced(row) and row.role in (roles.SUMMARY | {""})
        if len(rows) >= 3 and (row.role == "header" or priced):
            break
        rows.append(row)
    return rows


def is_priced(row: Row) -> bool:
    """Whether a column of a row ends with an amount."""
    return any(
        n.decimals == 2 and not (n.code or n.percent or n.unit) and _ENDS_COLUMN.match(row.text, n.end)
        for n in row.numbers
    )


def is_numbered(row: Row) -> bool:
    """Whether a row has figures but hardly a word, as the number of a register has: ``CPF: 28.195.713/8045-96``."""
    return row.letters < _WORDS and sum(map(str.isdigit, row.text)) >= _FIGURES


def features(rows: Sequence[Row], sheet: Sheet, evidence: Evidence) -> npt.NDArray[np.float32]:
    """(N, F) features of the rows of a head."""
    count = len(rows)
    if not count:
        return np.zeros((0, len(FEATURES)), np.float32)
    bottom = " ".join(texts.letters_and_digits(row.text) for row in sheet.rows[count:])
    found = domains(sheet)
    own = np.array([_own(row, k, sheet, evidence, bottom) for k, row in enumerate(rows)], np.float32)
    nothing = np.full((1, len(_OWN)), -1, np.float32)
    above = np.concatenate([nothing, own[:-1]])
    below = np.concatenate([own[1:], nothing])
    forms: Flags = np.asarray(own[:, _OWN.index("form")] > 0)
    addressed: Flags = np.asarray((own[:, _OWN.index("street")] > 0) | (own[:, _OWN.index("postcode")] > 0))
    informed: Flags = np.asarray(own[:, _OWN.index("phone") : _OWN.index("header") + 1].any(axis=1))
    around = np.stack(
        [
            _since(forms), _since(forms[::-1])[::-1], _since(addressed[::-1])[::-1], _since(addressed),
            _since(informed[::-1])[::-1], np.cumsum(forms) - forms, np.cumsum(addressed) - addressed,
        ],
        axis=1,
    )  # fmt: skip
    named = np.array([-1, *(in_domain(row, found) for row in rows), -1], np.float32)
    sites = np.stack([named[1:-1], named[:-2], named[2:]], axis=1)
    return np.concatenate([own, above, below, around.astype(np.float32), sites], axis=1)


def in_domain(row: Row, domains: Sequence[str]) -> bool:
    """Whether the letters of a row stand in a web address, or the other way round."""
    plain = texts.letters_and_digits(row.text)
    return len(plain) >= _LEAST_DOMAIN and any(one in plain or plain in one for one in domains)


def _since(flags: Flags) -> npt.NDArray[np.int64]:
    """Rows since the last flag before each row, 9 where there is none and at most."""
    place = np.arange(len(flags))
    last = np.maximum.accumulate(np.where(flags, place, -_FAR))
    since: npt.NDArray[np.int64] = np.minimum(_FAR, place - np.concatenate([[-_FAR], last[:-1]]))
    return since


def domains(sheet: Sheet) -> list[str]:
    """Names before the ending of web and e-mail addresses on the receipt, letters and digits alone."""
    found = [row.text[start:end] for row in sheet.rows for start, end in domain_places(row.text)]
    return [name for name in map(texts.letters_and_digits, found) if len(name) >= _LEAST_DOMAIN]


def domain_places(text: str) -> list[tuple[int, int]]:
    """Where names stand in web and e-mail addresses in a text, before their endings."""
    if not parts.ENDING.search(text):
        return []
    return [match.span(match.lastindex or 0) for match in _DOMAIN.finditer(text)]


def _only_place(upper: str, places: Sequence[tuple[int, int]]) -> bool:
    """Whether a text is the names of cities and countries, with a postcode or without."""
    named = sum(sum(map(str.isalpha, upper[start:end])) for start, end in places)
    return bool(places) and named == sum(map(str.isalpha, upper))


def _own(row: Row, k: int, sheet: Sheet, evidence: Evidence, bottom: str) -> list[float]:
    text, upper = row.text, texts.upper(row.text)
    letters = max(1, row.letters)
    digits = sum(map(str.isdigit, text))
    plain = texts.letters_and_digits(text)
    kinds = [(label, {kind for _, kind in label.kinds}) for label in row.labels_of(evidence.active)]
    forms = list(FORM.finditer(upper))
    places = countries.places_in(upper)
    middle = ((row.left + row.right) / 2 - sheet.left) / sheet.width
    return [
        k, min(row.letters, 60), min(digits, 30), digits / max(1, digits + row.letters), len(text.split()),
        sum(map(str.isupper, text)) / letters,
        sum(label.exact and "company" in label_kinds for label, label_kinds in kinds), len(forms),
        bool(forms) and forms[-1].end() >= len(upper.rstrip(" .)(0123456789-")) - 1,
        sum(label.exact and "street" in label_kinds for label, label_kinds in kinds), bool(POSTCODE.search(text)),
        bool(places), text.rstrip().endswith(","),
        bool(_OPENING_NUMBER.match(text)), bool(MAIL.search(text)), bool(_WEB.search(upper)),
        text.strip().startswith("("), ":" in text, *(row.role == role for role in _ROLES),
        row.role in roles.SUMMARY, row.height / sheet.height, abs(middle - 0.5), (row.right - row.left) / sheet.width,
        (row.left - sheet.left) / sheet.width, row.confidence(), len(plain) >= 6 and plain in bottom, row.covered,
        any(n.decimals == 2 and not n.code for n in row.numbers),
        not text.isascii() and any(ord(c) > 0x2E80 for c in text), text[:1].isalpha(), _only_place(upper, places),
    ]  # fmt: skip
