"""Which part of a row is a name or an address, without numbers, labels and marks that stand beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ocr.receipts import labels
from ocr.receipts.sheet import DOUBTFUL, Row

MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_TOP_LEVEL = "ru|ua|bg|rs|gr|com|de|at|ch|fr|it|es|pt|nl|se|no|dk|fi|pl|cz|my|sg|id|kr|co\\.uk|ie|net|org|eu"
#: What every web and e-mail address has.
ENDING = re.compile(r"\.[^\W\d_]")
WEB = re.compile(
    r"(?:https?://)?(?:www\.|[a-z0-9-]+\.)[a-z0-9][\w.-]*\.[a-z]{2,}(?:/[\w./-]*)?"
    rf"|(?<![@\w])[a-z0-9-]{{3,}}\.(?:{_TOP_LEVEL})(?:\.[a-z]{{2}})?(?![\w@])",
    re.IGNORECASE,
)
#: Numbers of a register behind a name: ``273500-U (KSB)``, ``(616227-D)``, ``(819%)``, ``(Co. No: 20154-T)``.
_REGISTRATION = re.compile(
    r"\s*(?:\(?\s?(?:(?:CO|COMPANY|BUSINESS|BRN|REG|REGN|REGISTRATION|ROC|ROB|SSM)\b[ .:]*)*(?:NO\b)?[ .:]*"
    r"[A-Z]{0,3}\d{4,}[\dA-Z]*\s?-?\s?[A-Z0-9]?\s?\)?"
    r"|\(\s?\d{2,}[^A-Za-z)]{1,6}\)?|\(\s?\d{3,}[^)]*\)?)\s*(?:\([A-Z0-9]{2,5}\))?\s*$",
    re.IGNORECASE,
)
#: The same where its figures were read as letters, and a column of the ground, behind a legal form.
_BEHIND_FORM = re.compile(
    r"(?<=BHD|S/B|LTD|MBH|LLC)\.?(?:[\s(]+(?=[A-Z0-9]*\d)[A-Z0-9]{5,8} ?- ?[A-Z0-9]\)?|(?:\t[^\t]{1,2})+)$",
    re.IGNORECASE,
)
#: A former name, or one that is traded under, behind a name.
_OTHER_NAME = re.compile(
    r"\W+(?:F\.?K\.?A\b\.?|FORMERLY|TRADING AS\b|T/A\b|D\.?B\.?A\b\.?)[ :].*$", re.IGNORECASE | re.DOTALL
)
#: What is said about a company before its name: ``OWN BY:``.
_SAID_BEFORE = re.compile(
    r"^\W*(?:(?:OWN(?:ED)?|OPERATED|MANAGED|RUN) BY|DIMILIKI(?: OLEH)?|COMPANY(?: NAME)?|INH(?:ABER(?:IN)?)?|TITULAR"
    r"|PROPRI[EÉ]TAIRE|G[EÉ]RANT|TITOLARE|PROPRIETOR|PROPRIET[AÁ]RIO)\.? ?: ?(?=[^\W\d_]{2})",
    re.IGNORECASE,
)
#: A number of a list or of a store before a name.
_NUMBERED = re.compile(r"^#\d+\s+(?=[^\W\d_]{2})")
#: What says that an address follows: ``HQ ADD:``.
_ADDRESSED = re.compile(
    r"^\W*(?:(?:H[QO]|H/Q|HEAD|MAIN|SHOP|STORE|OFFICE|BRANCH|OUTLET|MAILING|POSTAL) ?)*"
    r"(?:ADD|ADDR|ADDRESS|ALAMAT|ADRESSE?|DIRECCI[OÓ]N|INDIRIZZO|ENDERE[CÇ]O|MORADA|ADRES)\.? ?: ?",
    re.IGNORECASE,
)
_STRAY_BEFORE_NUMBER = re.compile(r"[A-Z]\s(?=(?:NO|LOT|UNIT|BLK)\b)", re.IGNORECASE)
#: Columns of one or two characters, those without digits alone before an address and behind any text.
_STRAY_BEFORE_NAME = re.compile(r"(?:[^\t]{1,2}\t)*")
_STRAY_BEFORE_ADDRESS = re.compile(r"(?:[^\t\d]{1,2}\t)*")
_STRAY_BEHIND = re.compile(r"(?:\t[^\t\d]{1,2}|(?<=,)\t\d)*$")
#: Labels that begin a column beside a name, which is no part of it, and a column that is a number or a code.
_BESIDE_NAME = frozenset({"title", "number", "date", "time", "phone", "tax_id"})
_CODE = re.compile(r"[^\W\d_]{0,2}[-/. #]?\d[\d/.:-]{2,}")
#: A date or a time beside an address.
_WHEN = re.compile(r"\t\W*(?:\d{1,4}([-./])\d{1,2}\1\d{2,4}\.?|\d{1,2}:\d{2}(?::\d{2})?)(?=[\t ]|$).*$")
_AFTER_ADDRESS = frozenset({"phone", "fax", "tax_id", "company_id"})
#: Letters of a name that stay before a number of a register, and of an address before a telephone number.
_LEAST_NAME, _LEAST_ADDRESS = 4, 8


#: What a speck behind the last word of a line is read as; a figure that is read for certain is part of a name.
_SPECK = re.compile(r"(?<=[^\W\d_]{2})[ ]+[1Il|!:;.,'*-]$")


@dataclass(frozen=True)
class Span:
    """A part of a row that a field was read from."""

    row: Row
    start: int
    end: int
    text: str


def name(row: Row) -> Span:
    """The part of a row that is a name."""
    start, end = name_place(row.text)
    specks = [
        (cell.start + speck.start(), cell.start + len(cell.text))
        for cell in row.cells
        if cell.confidence < DOUBTFUL and (speck := _SPECK.search(cell.text))
    ]
    return _span(row, start, end, " :;*-_=~.'", specks)


def address(row: Row) -> Span:
    """The part of a row that is of an address."""
    start, end = address_place(row.text)
    return _span(row, start, end, " :;*_=~'")


def _span(row: Row, start: int, end: int, marks: str, without: Sequence[tuple[int, int]] = ()) -> Span:
    text = row.text[start:end]
    for left, right in reversed(without):
        text = text[: max(0, left - start)] + text[max(0, right - start) :]
    text = text.replace("\t", " ")
    bare = text.strip(marks + '"')
    # A quotation mark at one end, whose other one stands within, belongs to a name: ООО "Ромашка".
    paired = bare.count('"') % 2 and text.count('"') % 2 == 0
    return Span(row, start, end, text.strip(marks) if paired else bare)


@lru_cache(maxsize=1024)
def name_place(text: str) -> tuple[int, int]:
    """Where in the text of a row a name begins and ends."""
    start, end = _within(text, _STRAY_BEFORE_NAME)
    for before in (_NUMBERED, _SAID_BEFORE):
        match = before.match(text[start:end])
        start += match.end() if match else 0
    for behind in (_OTHER_NAME, _REGISTRATION, _BEHIND_FORM):
        match = behind.search(text[start:end])
        if match and sum(map(str.isalpha, text[start : start + match.start()])) >= _LEAST_NAME:
            end = start + match.start()
    column = text.find("\t", start, end)
    while column >= 0:
        if sum(map(str.isalpha, text[start:column])) >= _LEAST_NAME and _is_beside_name(
            text[column + 1 : end]
        ):
            return start, column
        column = text.find("\t", column + 1, end)
    return start, end


def _is_beside_name(text: str) -> bool:
    """Whether what follows a name in the next column is the title or the number of a document, a date or a number."""
    column = text.split("\t")[0]
    if _CODE.fullmatch(column.strip()):
        return True
    found = [label for label in labels.find(column) if label.exact]
    kinds = {kind for label in found for _, kind in label.kinds}
    return (
        bool(found)
        and not column[: found[0].start].strip()
        and bool(kinds & _BESIDE_NAME)
        and "company" not in kinds
    )


@lru_cache(maxsize=1024)
def address_place(text: str) -> tuple[int, int]:
    """Where in the text of a row an address begins and ends."""
    start, end = _within(text, _STRAY_BEFORE_ADDRESS)
    when = _WHEN.search(text, start, end)
    if when and sum(map(str.isalpha, text[start : when.start()])) >= _LEAST_NAME:
        end = when.start()
    for before in (_STRAY_BEFORE_NUMBER, _ADDRESSED):
        match = before.match(text[start:end])
        start += match.end() if match else 0
    others = [
        label.start
        for label in labels.find(text)
        if label.exact and label.end - label.start >= 3 and _AFTER_ADDRESS & {kind for _, kind in label.kinds}
    ]
    others += [match.start() for match in MAIL.finditer(text)]
    for place in sorted(others):
        kept = text[start:place].rstrip(" \t(*-")
        if place < end and sum(map(str.isalnum, kept)) >= _LEAST_ADDRESS:
            return start, start + len(kept)
    return start, end


def _within(text: str, stray: re.Pattern[str]) -> tuple[int, int]:
    """Where a text without columns at its edges that are part of a drawing or of the ground begins and ends.

    Args:
        text: of a row.
        stray: any number of such columns on the left.
    """
    left = stray.match(text)
    start = left.end() if left else 0
    right = _STRAY_BEHIND.search(text, start)
    return start, right.start() if right else len(text)
