"""How far a name and an address go: rows that belong to them, and rows beside them that do not."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

import numpy as np
import numpy.typing as npt

from ocr.receipts import countries, heads, parts
from ocr.receipts import text as texts
from ocr.receipts.countries import Evidence, has_tax_id
from ocr.receipts.labels import find as find_labels
from ocr.receipts.sheet import Row

#: Legal forms of which a name before them is the whole name of a company, not ``TRADING`` or ``GROUP``.
LEGAL = re.compile(
    r"\W+(?:SDN\.? ?BHD|S/?B|BERHAD|PLT|PTE\.? LTD|PTY\.? LTD|LTD|LIMITED|LLC|LLP|INC|PLC|GMBH|MBH|OHG|SARL|SASU?|EURL"
    r"|S\.? ?R\.? ?L|S\.? ?P\.? ?A|LDA|LTDA|B\.? ?V|APS|OYJ?|SP\.? Z ?O\.? ?O|S\.? R\.? O)\b[\W_]*$"
)
#: Letters of a name before a legal form.
_LEAST = 4
#: What a name does not end with: ``&``, and the first words of a legal form.
_UNFINISHED = re.compile(r"(?:&|\b(?:SPOL\.? S|SP\.? Z|SPOLKA Z|SDN\.?|PTY\.?|PTE\.?|S\.? ?A\.? DE))\s*$")
_BRACKETS = re.compile(r"\([^)]*\)")
#: A row that says whose shop it is.
_OWNER = re.compile(
    r"\W*(?:INH(?:ABER(?:IN)?)?|PROP(?:RIETOR|RIETARIO|RIETAIRE)?|TITOLARE|TITULAR|GERANT)\b[.: ]"
)
#: A row that opens an address: ``NO.19 & 21``, ``109, SS21/1A,``.
_OPENS = re.compile(
    r"^[^\w(]*(?:(?:NO|N0|LOT|UNIT|BLK|BLOCK|SHOP)\b[.: ]*\d[^:]*|\d{1,4}[A-Z]?, ?[^:]*,)$", re.IGNORECASE
)
#: A row that begins with the number of a house or a shop: ``NO 15 JALAN``, ``LOT F/L2A.4``.
_HOUSE = re.compile(
    r"^\W*(?:NO|N0|LOT|UNIT|BLK|BLOCK|SHOP)\b[.: ]*(?:[A-Z]{0,2}[-/]?)?[A-Z]?\d", re.IGNORECASE
)
#: A number of a register alone: ``(No. 193573-M)``.
_REGISTER = re.compile(r"\W*(?:CO\W*)?(?:(?:REG|ROC)\W*)?(?:NO\W*)?\d{4,9} ?- ?[A-Z]\W*", re.IGNORECASE)
#: Letters of a word that tells whose branch it is.
_LEAST_WORD = 3
_SHORT = 12
#: Letters at most of a row without figures in which an address goes on behind a comma.
_LONGEST = 30
#: Features of rows that are of an address, and roles of rows that are not, where none of these speaks for it.
PLACED = [heads.FEATURES.index(k) for k in ("street", "postcode", "place")]
_OTHER_ROWS = frozenset({"title", "header", "date", "time", "number", "tax_id", "company_id", "fax"})
#: Rows that an address goes on in below.
_BELOW = 2


def whole_name(
    run: range, rows: Sequence[Row], features: npt.NDArray[np.float32], evidence: Evidence
) -> range:
    """A name with the rows that it plainly goes on in: open brackets, legal forms, words that begin no name."""
    if not run:
        return run
    first, stop = run.start, run.stop
    # Who owns a shop stands below its name.
    stop = next((k for k in range(first + 1, stop) if _OWNER.match(texts.upper(rows[k].text))), stop)
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
            if addressed[k] or rows[k].role not in ("", "company_id") or heads.is_numbered(rows[k]):
                break
            if formed[k]:
                stop = k + 1
                break
    while stop < len(rows) and _UNFINISHED.search(texts.upper(rows[stop - 1].text)):
        short = rows[stop].letters < _LEAST and not _is_form_behind(rows[stop], rows[stop - 1])
        if rows[stop].role or addressed[stop] or short:
            break
        stop += 1
    opening = rows[first].labels_of(evidence.active)[:1]
    generic = (
        bool(opening)
        and opening[0].exact
        and opening[0].start == 0
        and opening[0].means("company", evidence.active)
    )
    above = rows[first - 1]
    goes_on = rows[first].text[:1] in ("(", "&") or above.text.rstrip()[-1:] == "&"
    named = above.letters >= _LEAST and not above.role and not any(map(str.isdigit, above.text))
    if first and named and not addressed[first - 1]:
        first -= goes_on or (generic and len(rows[first].text.split()) > 1) or _is_form(rows[first])
    return range(first, stop)


def _is_form_behind(row: Row, above: Row) -> bool:
    """Whether a row ends a legal form that the row above it begins."""
    before = len(texts.upper(above.text))
    both = texts.upper(f"{above.text} {row.text}")
    return any(match.start() < before < match.end() for match in heads.FORM.finditer(both))


def _is_form(row: Row) -> bool:
    """Whether a row is made of legal forms and brackets alone: ``CO. (M) SDN BHD``."""
    text = _BRACKETS.sub(" ", texts.upper(parts.name(row).text))
    rest = heads.FORM.sub(" ", text)
    return rest != text and not any(map(str.isalnum, rest))


def legal_name(run: range, rows: Sequence[Row], evidence: Evidence) -> range:
    """The last row of a name alone where it is the whole name of a company; what stands above it is a trading name."""
    if len(run) < 2:
        return run
    text = texts.upper(parts.name(rows[run[-1]]).text)
    form = LEGAL.search(text)
    own = text[: form.start()] if form else ""
    if sum(map(str.isalpha, own)) < _LEAST or not own[:1].isalpha() or text.count(")") > text.count("("):
        return run
    trade = find_labels(own, evidence.active)
    generic = bool(trade) and trade[0].start == 0 and trade[0].means("company", evidence.active)
    goes_on = parts.name(rows[run[-2]]).text.rstrip()[-1:] in ("&", "-", ",", "(")
    return run if generic or goes_on else run[-1:]


def whole_address(
    run: range, name: range, rows: Sequence[Row], features: npt.NDArray[np.float32], evidence: Evidence
) -> range:
    """An address with the rows that it plainly goes on in, and without what stands behind its country."""
    if not run:
        return run
    first, stop = run.start, run.stop
    country = texts.upper(evidence.country.name) if evidence.country is not None else ""
    for k in range(first, stop - 1):
        if country and texts.upper(rows[k].text).rstrip(" .,").endswith(country):
            stop = k + 1
            break
    only_place = features[:, heads.FEATURES.index("only_place")] > 0
    located = np.asarray(features[:, PLACED].any(axis=1))
    while stop - first > 1 and (
        not _has_address(rows[stop - 1])
        or has_tax_id(rows[stop - 1].text)
        or (rows[stop - 1].role in _OTHER_ROWS and not located[stop - 1])
    ):
        stop -= 1
    stop = _last_rows(range(first, stop), name, rows, features, evidence)
    for k in range(stop, min(stop + _BELOW, len(rows))):
        if not only_place[k] or rows[k].role or k in name:
            break
        stop = k + 1
    above = first - 1
    if above >= 0 and above not in name and not rows[above].role:
        opens = rows[above].letters <= _SHORT and bool(_OPENS.match(rows[above].text))
        first -= opens or _is_street(rows[above], features[above])
    named = {word for k in name for word in _first_word(rows[k])}
    while stop - first > 1 and (
        _REGISTER.fullmatch(rows[first].text)
        or has_tax_id(rows[first].text)
        or _is_branch(rows[first], rows[first + 1], named)
    ):
        first += 1
    return range(first, stop)


def _is_branch(row: Row, below: Row, named: Set[str]) -> bool:
    """Whether a row names a branch above its address, which opens with the number of a house or a shop.

    Args:
        row: may begin with a word of the name, then it may have figures.
        below: it.
        named: first words of the rows of the name.
    """
    text = row.text.rstrip()
    numbered = any(map(str.isdigit, text)) and not named & _first_word(row)
    return not (numbered or text.endswith((",", "-", "&"))) and _HOUSE.match(below.text) is not None


def _first_word(row: Row) -> set[str]:
    words = re.findall(r"[^\W_]+", texts.upper(row.text))[:1]
    return {word for word in words if len(word) >= _LEAST_WORD and word.isalpha()}


def is_address_line(k: int, rows: Sequence[Row], features: npt.NDArray[np.float32]) -> bool:
    """Whether a row is of an address, and nothing in it is of a shop's name.

    A street with its number above a postcode, with a place, or in two words for streets and quarters; below the first
    row also where a word for a branch is in it and it ends with a place: ``CN 45 LE LOI - HA NOI``.
    """
    street, place, postcode, company, formed = (
        features[:, heads.FEATURES.index(name)] for name in ("street", "place", "postcode", "company", "form")
    )
    if not street[k]:
        return False
    if company[k]:
        return k > 0 and bool(place[k]) and not formed[k] and _ends_with_place(rows[k].text)
    numbered = any(map(str.isdigit, rows[k].text))
    return bool(
        ((place[k] or street[k] > 1) and numbered)
        or (_is_street(rows[k], features[k]) and postcode[k : k + 1 + _BELOW].any())
    )


def _ends_with_place(text: str) -> bool:
    """Whether a text ends with the name of a place behind a dash or comma, and has a number before it."""
    places = countries.places_in(texts.upper(text))
    start, end = places[-1] if places else (0, 0)
    before = text[:start].rstrip()
    return before[-1:] in ("-", ",", "–") and any(map(str.isdigit, before)) and not text[end:].strip(" .,")


def _is_street(row: Row, features: npt.NDArray[np.float32]) -> bool:
    """Whether a row is a street with its number, and no name of a company."""
    named, formed = (features[heads.FEATURES.index(k)] > 0 for k in ("street", "form"))
    numbered = row.letters >= _LEAST and re.search(r"(?<![^\W_])\d", row.text) is not None
    return bool(named and not formed) and numbered and not heads.is_priced(row)


def _last_rows(
    run: range, name: range, rows: Sequence[Row], features: npt.NDArray[np.float32], evidence: Evidence
) -> int:
    """Where an address ends that goes on below: behind a comma, with a postcode that it lacks, or with its country."""
    street, place, postcoded = (
        features[:, heads.FEATURES.index(k)] > 0 for k in ("street", "place", "postcode")
    )
    postcode = evidence.country.postcode if evidence.country is not None else ""
    country = texts.upper(evidence.country.name) if evidence.country is not None else ""
    stop = run.stop

    def opens_at(k: int) -> bool:
        return bool(postcode) and re.match(rf"\W*(?:{postcode})(?![\w-])", rows[k].text) is not None

    # The part of a town may stand between a street and the postcode.
    if (
        stop < len(rows) - 1
        and not postcoded[run.start : stop + 1].any()
        and opens_at(stop + 1)
        and not (rows[stop].role or rows[stop + 1].role or {stop, stop + 1} & set(name))
        and rows[stop].letters >= _LEAST
        and not any(map(str.isdigit, rows[stop].text))
    ):
        return stop + 2
    while stop < min(run.stop + _BELOW, len(rows)):
        row, text = rows[stop], rows[stop].text
        if row.role not in ("", "other_number") or stop in name or ":" in text.split("\t")[0]:
            break
        opens = opens_at(stop)
        located = opens or ((street[stop] or place[stop]) and postcoded[stop])
        lacks = located and not postcoded[run.start : stop].any()
        ends = bool(country) and texts.upper(text).rstrip(" .,").endswith(country)
        words = row.letters >= _LEAST and not any(map(str.isdigit, text)) and row.letters <= _LONGEST
        goes_on = rows[stop - 1].text.rstrip().endswith(",") and (words or located)
        if (row.role and not lacks) or not (lacks or ends or goes_on):
            break
        stop += 1
    return stop


def _has_address(row: Row) -> bool:
    """Whether a row has more than a web address or a mark."""
    rest = parts.WEB.sub("", parts.MAIL.sub("", parts.address(row).text))
    return sum(map(str.isalnum, rest)) >= 2
