"""Who sold: name, address, telephone, tax id and web address in the head of a receipt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr.receipts import elsewhere, extents, heads, lexicon, parts
from ocr.receipts import text as texts
from ocr.receipts.countries import Evidence, has_tax_id
from ocr.receipts.parts import MAIL, WEB, Span
from ocr.receipts.scorer import scorers
from ocr.receipts.sheet import DOUBTFUL, HOPELESS, Row, Sheet

_PHONE = re.compile(r"(?<![\w.,/])(\+?\(?\+?\d[\d ().\-/]{5,18}\d)(?![\w])")
#: A date of which the figures were misread is no telephone number.
_LIKE_DATE = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{4}")
#: Least log-odds of a row that is taken for a name where there is no likely one, and where one was hardly read.
_LEAST_NAME, _LEAST_UNREAD = -2.0, -0.5
#: What speaks for such a row: a legal form, a script that the scorer hardly knows, the name of a chain, and
#: an address below the first row; against it: that it is a city alone.
_FORM, _SCRIPT, _CITY, _ABOVE_ADDRESS, _CHAIN = 1.5, 2.0, 1.5, 1.0, 3.0
#: Least log-odds of the rows that are taken for an address where there is no likely one.
_LEAST_ADDRESS = -2.0
#: Confidence of a row below which it is no name, and log-odds that a title loses.
_HOPELESS, _NO_TITLE = 0.1, 2.0
#: Share of the letters of such a row in words of the trade from which it may be a name: no garbage spells them.
_OF_TRADE = 0.5
_CONFIDENCE, _TITLE, _FORM_ENDS, _SYLLABLES, _ONLY_PLACE = map(
    heads.FEATURES.index, ("confidence", "title", "form_ends", "jpn", "only_place")
)

#: Features of rows that are no words alone.
_OTHER = [
    heads.FEATURES.index(k) for k in ("digits", "colon", "phone", "tax_id", "company_id", "date", "number")
]


@dataclass(frozen=True)
class FoundMerchant:
    """Parts of rows for each field, empty where a field is not printed.

    Attributes:
        name: of the company.
        trading: the name above it that the company trades under.
        address, phone, tax_id, website: as printed.
        name_score, address_score: log-odds of the rows of name and address.
        elsewhere: whether the name is not the one that the head of the receipt has.
        numbered: name of the shop that the tax id is of, where the name itself is not read.
    """

    name: tuple[Span, ...] = ()
    trading: tuple[Span, ...] = ()
    address: tuple[Span, ...] = ()
    phone: tuple[Span, ...] = ()
    tax_id: tuple[Span, ...] = ()
    website: tuple[Span, ...] = ()
    name_score: float = 0.0
    address_score: float = 0.0
    elsewhere: bool = False
    numbered: str = ""


def find(sheet: Sheet, evidence: Evidence) -> FoundMerchant:
    """The merchant of a receipt."""
    rows = heads.head(sheet)
    features = heads.features(rows, sheet, evidence)
    trees = scorers()
    name_scores, address_scores = trees["name"].score(features), trees["address"].score(features)
    # What was hardly read is no name unless it is words of the trade, nor is a title, a number or an item; what begins
    # with a title hardly is.
    hopeless = features[:, _CONFIDENCE] < _HOPELESS
    for k in np.flatnonzero(hopeless).tolist():
        hopeless[k] = elsewhere.of_trade(rows[k], evidence) < _OF_TRADE
    unread = bool((name_scores[hopeless] > 0).any())
    name_scores[hopeless] = -np.inf
    addressed = [extents.is_address_line(k, rows, features) for k in range(len(rows))]
    name_scores[[_is_no_name(row, evidence.active) for row in rows]] = -np.inf
    name_scores[addressed] = -np.inf
    name_scores[features[:, _TITLE] > 0] -= _NO_TITLE
    # Where the name was hardly read, another row is one only where more speaks for it than against it.
    least = _LEAST_UNREAD if unread else _LEAST_NAME
    run = best_run(name_scores)
    if not run:
        chains = np.array([lexicon.is_chain(row.text, evidence.active) for row in rows], np.float64)
        run = _likeliest(name_scores + _CHAIN * chains, features, best_run(address_scores), least)
    elif _is_below_chain(run, rows, features, evidence):
        run = range(run.start - 1, run.start)
    whole = extents.whole_name(run, rows, features, evidence)
    name = extents.legal_name(whole, rows, evidence)
    other, numbered, tax_id = None, "", _tax_id(sheet, evidence)
    if not _holds(name, rows, sheet, evidence):
        other, name, whole = elsewhere.find(sheet, evidence), range(0), range(0)
        numbered = _numbered(tax_id, evidence) if other is None else ""
    lines = best_run(address_scores, whole) or best_run(_with_places(address_scores, features), whole)
    address = extents.whole_address(lines, whole, rows, features, evidence)
    return FoundMerchant(
        name=(other,) if other is not None else tuple(parts.name(rows[k]) for k in name),
        trading=tuple(parts.name(rows[k]) for k in range(whole.start, name.start)),
        address=tuple(parts.address(rows[k]) for k in address),
        phone=_phone(sheet),
        tax_id=tax_id,
        website=_website(sheet, evidence),
        name_score=_least(name_scores, run),
        address_score=_least(address_scores, lines),
        elsewhere=other is not None,
        numbered=numbered,
    )


def _is_below_chain(
    run: range, rows: Sequence[Row], features: npt.NDArray[np.float32], evidence: Evidence
) -> bool:
    """Whether what seems to be a name, without a legal form, is what a shop with many branches prints below its own."""
    formed = features[run.start : run.stop, _FORM_ENDS].any()
    return run.start > 0 and not formed and lexicon.is_chain(rows[run.start - 1].text, evidence.active)


def _numbered(tax_id: tuple[Span, ...], evidence: Evidence) -> str:
    """The shop with many branches that a tax id is of, empty where it is not known."""
    shops = evidence.country.numbered if evidence.country is not None else {}
    return shops.get(texts.letters_and_digits(tax_id[0].text), "") if tax_id else ""


def _holds(name: range, rows: Sequence[Row], sheet: Sheet, evidence: Evidence) -> bool:
    """Whether the rows of a name were read well enough, or something else on the receipt speaks for them."""
    sure = min((rows[k].confidence() for k in name), default=0.0)
    return sure >= HOPELESS or any(elsewhere.speaks(rows[k], sheet, evidence) for k in name)


def _is_no_name(row: Row, languages: frozenset[str]) -> bool:
    """Whether a row is a title, a number or an item."""
    numbered = heads.is_numbered(row) or (
        has_tax_id(row.text) and not heads.FORM.search(texts.upper(row.text))
    )
    return numbered or heads.is_priced(row) or _only_title(row, languages)


def _only_title(row: Row, languages: frozenset[str]) -> bool:
    """Whether the letters of a row name a document or its number in a language of the receipt: ``PARAGON FISKALNY``."""
    titles = [
        one
        for one in row.labels_of(languages)
        if one.exact and (one.means("title", languages) or one.means("number", languages))
    ]
    inside = sum(sum(map(str.isalpha, row.text[one.start : one.end])) for one in titles)
    return inside == row.letters > 0


def best_run(scores: npt.NDArray[np.float64], taken: range = range(0)) -> range:
    """The rows that follow each other with the greatest sum of log-odds, outside of rows that are taken."""
    best, most = range(0), 0.0
    values: list[float] = scores.tolist()
    for first, own in enumerate(values):
        # No best run begins with a row that speaks against it.
        if own <= 0:
            continue
        total = 0.0
        for last in range(first, len(values)):
            if last in taken:
                break
            total += values[last]
            if total > most:
                best, most = range(first, last + 1), total
    return best


def _with_places(
    scores: npt.NDArray[np.float64], features: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Log-odds where no row is likelier of an address than not: those with a street, a postcode or a place may be."""
    placed = features[:, extents.PLACED].any(axis=1)
    return np.where(placed & (features[:, _CONFIDENCE] >= DOUBTFUL / 2), scores - _LEAST_ADDRESS, -np.inf)


def _likeliest(
    scores: npt.NDArray[np.float64], features: npt.NDArray[np.float32], address: range, least: float
) -> range:
    """The row of the greatest log-odds where none is likelier a name than not.

    A legal form speaks for it, and for the first row an address below it.
    """
    if not len(scores):
        return range(0)
    # Hardly any receipt that it learnt from was in a script of syllables.
    favoured = scores + _FORM * (features[:, _FORM_ENDS] > 0) + _SCRIPT * (features[:, _SYLLABLES] > 0)
    favoured -= _CITY * (features[:, _ONLY_PLACE] > 0)
    top = features[0]
    if address.start == 1 and top[_CONFIDENCE] >= DOUBTFUL and not top[_OTHER].any():
        favoured[0] += _ABOVE_ADDRESS
    best = int(np.argmax(favoured))
    return range(best, best + 1) if favoured[best] > least else range(0)


def _least(scores: npt.NDArray[np.float64], run: range) -> float:
    """How sure the choice of a run is: the least of its log-odds, and of the odds against its neighbours."""
    if not run:
        return 0.0
    beside = [float(-scores[k]) for k in (run.start - 1, run.stop) if 0 <= k < len(scores)]
    return min([float(scores[k]) for k in run] + beside)


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
                and not _LIKE_DATE.fullmatch(match.group().strip())
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


def _website(sheet: Sheet, evidence: Evidence) -> tuple[Span, ...]:
    own = evidence.country.domains if evidence.country is not None and evidence.sure else ()
    for row in sheet.rows:
        if not parts.ENDING.search(row.text):
            continue
        text = MAIL.sub(lambda mail: " " * len(mail.group()), row.text)
        match = WEB.search(text)
        if match is None or not re.search(r"[a-z]{3}", match.group(), re.IGNORECASE):
            continue
        # "ORIG.RU" is no address on a receipt from elsewhere; "shop.de" in small letters can be.
        bare = re.fullmatch(r"[A-Z0-9-]+\.([A-Z]{2})", match.group())
        if bare and own and bare.group(1).lower() not in own:
            continue
        return (Span(row, match.start(), match.end(), match.group()),)
    return ()
