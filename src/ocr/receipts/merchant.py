"""Who sold: name, address, telephone, tax id and web address in the head of a receipt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr.receipts import heads
from ocr.receipts.countries import Evidence
from ocr.receipts.heads import MAIL
from ocr.receipts.scorer import scorers
from ocr.receipts.sheet import Row, Sheet

_PHONE = re.compile(r"(?<![\w.,/])(\+?\(?\+?\d[\d ().\-/]{5,18}\d)(?![\w])")
_ENDING = "ru|ua|bg|rs|gr|com|de|at|ch|fr|it|es|pt|nl|se|no|dk|fi|pl|cz|my|sg|id|kr|co\\.uk|ie|net|org|eu"
_WEB = re.compile(
    r"(?:https?://)?(?:www\.|[a-z0-9-]+\.)[a-z0-9][\w.-]*\.[a-z]{2,}(?:/[\w./-]*)?"
    rf"|(?<![@\w])[a-z0-9-]{{3,}}\.(?:{_ENDING})(?:\.[a-z]{{2}})?(?![\w@])",
    re.IGNORECASE,
)
#: Numbers of a register behind a name: ``273500-U (KSB)``, ``(616227-D)``, ``(819%)``.
_REGISTRATION = re.compile(
    r"\s*(?:\(?\s?(?:CO\.?|REG|ROC|NO)?[ .:]*(?:NO)?[ .:]*[A-Z]{0,3}\d{4,}[\dA-Z]*\s?-?\s?[A-Z0-9]?\s?\)?"
    r"|\(\s?\d{2,}[^A-Za-z)]{1,6}\)?|\(\s?\d{3,}[^)]*\)?)\s*(?:\([A-Z0-9]{2,5}\))?\s*$"
)

#: Least log-odds of a row that is taken for a name where there is no likely one.
_LEAST_NAME = -2.0


@dataclass(frozen=True)
class Span:
    """A part of a row that a field was read from."""

    row: Row
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class FoundMerchant:
    """Parts of rows for each field, empty where a field is not printed; log-odds of the rows of name and address."""

    name: tuple[Span, ...] = ()
    address: tuple[Span, ...] = ()
    phone: tuple[Span, ...] = ()
    tax_id: tuple[Span, ...] = ()
    website: tuple[Span, ...] = ()
    name_score: float = 0.0
    address_score: float = 0.0


def find(sheet: Sheet, evidence: Evidence) -> FoundMerchant:
    """The merchant of a receipt."""
    rows = heads.head(sheet)
    features = heads.features(rows, sheet, evidence)
    trees = scorers()
    name_scores, address_scores = trees["name"].score(features), trees["address"].score(features)
    name = _whole_name(best_run(name_scores) or _likeliest(name_scores, features), rows, features, evidence)
    address = best_run(address_scores, name)
    return FoundMerchant(
        name=tuple(_span(rows[k], name=True) for k in name),
        address=tuple(_span(rows[k]) for k in address),
        phone=_phone(sheet),
        tax_id=_tax_id(sheet, evidence),
        website=_website(sheet),
        name_score=_least(name_scores, name),
        address_score=_least(address_scores, address),
    )


def best_run(scores: npt.NDArray[np.float64], taken: range = range(0)) -> range:
    """The rows that follow each other with the greatest sum of log-odds, outside of rows that are taken."""
    best, most = range(0), 0.0
    for first in range(len(scores)):
        total = 0.0
        for last in range(first, len(scores)):
            if last in taken:
                break
            total += float(scores[last])
            if total > most:
                best, most = range(first, last + 1), total
    return best


def _likeliest(scores: npt.NDArray[np.float64], features: npt.NDArray[np.float32]) -> range:
    """The row of the greatest log-odds where none is likelier a name than not; a legal form speaks for it."""
    if not len(scores):
        return range(0)
    favoured = scores + 1.5 * (features[:, heads.FEATURES.index("form_ends")] > 0)
    best = int(np.argmax(favoured))
    return range(best, best + 1) if favoured[best] > _LEAST_NAME else range(0)


def _whole_name(
    run: range, rows: Sequence[Row], features: npt.NDArray[np.float32], evidence: Evidence
) -> range:
    """A name with the rows that it plainly goes on in: open brackets, legal forms, words that begin no name."""
    if not run:
        return run
    first, stop = run.start, run.stop
    addressed = (features[:, heads.FEATURES.index("street")] > 0) | (
        features[:, heads.FEATURES.index("postcode")] > 0
    )
    formed = features[:, heads.FEATURES.index("form_ends")] > 0
    text = " ".join(rows[k].text for k in range(first, stop))
    if (
        text.count("(") > text.count(")")
        and stop < len(rows)
        and ")" in rows[stop].text
        and not rows[stop].role
    ):
        stop += 1
    if not formed[first:stop].any():
        for k in range(stop, min(stop + 2, len(rows))):
            if addressed[k] or rows[k].role not in ("", "company_id"):
                break
            if formed[k]:
                stop = k + 1
                break
    opening = rows[first].labels_of(evidence.active)[:1]
    generic = (
        bool(opening)
        and opening[0].exact
        and opening[0].start == 0
        and opening[0].means("company", evidence.active)
    )
    if first and generic and len(rows[first].text.split()) > 1:
        above = rows[first - 1]
        if (
            not above.role
            and above.letters >= 4
            and not addressed[first - 1]
            and not any(c.isdigit() for c in above.text)
        ):
            first -= 1
    return range(first, stop)


def _least(scores: npt.NDArray[np.float64], run: range) -> float:
    """How sure the choice of a run is: the least of its log-odds, and of the odds against its neighbours."""
    if not run:
        return 0.0
    beside = [float(-scores[k]) for k in (run.start - 1, run.stop) if 0 <= k < len(scores)]
    return min([float(scores[k]) for k in run] + beside)


def _span(row: Row, *, name: bool = False) -> Span:
    """The part of a row that belongs to a name or an address, without marks beside it."""
    start, end = 0, len(row.text)
    # A letter or two in a cell of their own at the edge are part of a drawing.
    while len(row.cells) > 1 and row.text[start:].find("\t") in (1, 2) and "\t" in row.text[start:end]:
        start += row.text[start:].index("\t") + 1
    stray = re.match(r"[A-Z]\s(?=(?:NO|LOT|UNIT|BLK)\b)", row.text[start:], re.IGNORECASE)
    start += stray.end() if stray else 0
    if name:
        match = _REGISTRATION.search(row.text, start)
        if match and sum(c.isalpha() for c in row.text[start : match.start()]) >= 4:
            end = match.start()
    text = row.text[start:end].replace("\t", " ")
    marks = " :;*-_=~.'" if name else " :;*_=~'"
    bare = text.strip(marks + '"')
    # A quotation mark at one end, whose other one stands within, belongs to a name: ООО "Ромашка".
    return Span(
        row, start, end, text.strip(marks) if bare.count('"') % 2 and text.count('"') % 2 == 0 else bare
    )


def _phone(sheet: Sheet) -> tuple[Span, ...]:
    for row in sheet.rows:
        if row.role == "phone":
            match = _PHONE.search(row.text)
            if match and 6 <= sum(c.isdigit() for c in match.group()) <= 15:
                return (Span(row, match.start(), match.end(), match.group().strip()),)
    for row in sheet.rows[:12]:
        match = _PHONE.search(row.text)
        if row.role in ("", "other_number") and match and not row.dates and row.letters <= 6:
            digits = sum(c.isdigit() for c in match.group())
            if (
                8 <= digits <= 13
                and re.search(r"[ ()\-/]", match.group().strip())
                and match.group().strip()[0] in "0+("
            ):
                return (Span(row, match.start(), match.end(), match.group().strip()),)
    return ()


def _tax_id(sheet: Sheet, evidence: Evidence) -> tuple[Span, ...]:
    for row in sheet.rows:
        for label in row.labels_of(evidence.active):
            if not label.means("tax_id", evidence.active):
                continue
            rest = row.text[label.end :]
            match = re.search(r"[A-Z]{0,3}[ :.\-#]{0,3}(?=[\dA-Z]*\d)[\dA-Z][\dA-Z .\-/]{5,20}", rest)
            if match and sum(c.isdigit() for c in match.group()) >= 6 and not row.dates:
                value = re.sub(r"^[\s:.\-#=]+|[\s:.\-]+$", "", match.group())
                start = label.end + rest.index(value)
                return (Span(row, start, start + len(value), value),)
    return ()


def _website(sheet: Sheet) -> tuple[Span, ...]:
    for row in sheet.rows:
        text = MAIL.sub(lambda mail: " " * len(mail.group()), row.text)
        match = _WEB.search(text)
        if (
            match
            and ("www" in match.group().lower() or match.group().count(".") >= 1)
            and re.search(r"[a-z]{3}", match.group(), re.IGNORECASE)
        ):
            return (Span(row, match.start(), match.end(), match.group()),)
    return ()
