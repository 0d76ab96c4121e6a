"""Who sold: name, address, telephone, tax id and web address in the head of a receipt."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ocr.receipts import roles
from ocr.receipts import text as texts
from ocr.receipts.countries import Evidence
from ocr.receipts.sheet import Row, Sheet

_PHONE = re.compile(r"(?<![\w.,/])(\+?\(?\+?\d[\d ().\-/]{5,18}\d)(?![\w])")
_ENDING = "com|de|at|ch|fr|it|es|pt|nl|se|no|dk|fi|pl|cz|my|sg|id|kr|co\\.uk|ie|net|org|eu"
_WEB = re.compile(
    r"(?:https?://)?(?:www\.|[a-z0-9-]+\.)[a-z0-9][\w.-]*\.[a-z]{2,}(?:/[\w./-]*)?"
    rf"|(?<![@\w])[a-z0-9-]{{3,}}\.(?:{_ENDING})(?:\.[a-z]{{2}})?(?![\w@])",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_POSTCODE = re.compile(
    r"(?<!\d)\d{5}(?!\d)|(?<!\d)\d{4} ?[A-Z]{2}\b|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"
    r"|(?<!\d)\d{4}-\d{3}(?!\d)|(?<!\d)\d{2}-\d{3}(?!\d)|(?<!\d)\d{3} \d{2}(?!\d)"
)
_STOP = frozenset({"header", "date", "time", "number", "title", *roles.SUMMARY})


@dataclass(frozen=True)
class Span:
    """A part of a row that a field was read from."""

    row: Row
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class FoundMerchant:
    """Parts of rows for each field, empty where a field is not printed."""

    name: tuple[Span, ...] = ()
    address: tuple[Span, ...] = ()
    phone: tuple[Span, ...] = ()
    tax_id: tuple[Span, ...] = ()
    website: tuple[Span, ...] = ()


def find(sheet: Sheet, evidence: Evidence) -> FoundMerchant:
    """The merchant of a receipt."""
    languages = evidence.active
    head = _head(sheet)
    name = _name(head, languages)
    address = _address(head, name, languages)
    return FoundMerchant(
        name=tuple(_whole(row) for row in name),
        address=tuple(_whole(row) for row in address),
        phone=_phone(sheet),
        tax_id=_tax_id(sheet, evidence),
        website=_website(sheet),
    )


def _whole(row: Row) -> Span:
    return Span(row, 0, len(row.text), row.text.replace("\t", " ").strip())


def _head(sheet: Sheet) -> list[Row]:
    """The rows above the items and the details of the sale."""
    head: list[Row] = []
    for row in sheet.rows[:20]:
        if head and (
            row.role == "header" or any(n.decimals == 2 and not n.code and not n.percent for n in row.numbers)
        ):
            break
        head.append(row)
    return head


def _has(row: Row, kind: str, languages: frozenset[str]) -> bool:
    return kind in roles.kinds(row, languages)


def _name(head: list[Row], languages: frozenset[str]) -> list[Row]:
    best: list[Row] = []
    best_score = -1e9
    for k, row in enumerate(head[:10]):
        if row.letters < 3 or row.role in (
            "phone",
            "fax",
            "tax_id",
            "date",
            "time",
            "number",
            "header",
            "title",
            "company_id",
        ):
            continue
        run = [row]
        score = -0.8 * k + 1.5 * _suffix(row, languages) - 2.0 * _addressed(row, languages)
        if not _suffix(row, languages):
            for follower in head[k + 1 : k + 3]:
                if (
                    _suffix(follower, languages)
                    and not _addressed(follower, languages)
                    and follower.letters >= 3
                ):
                    run = head[k : head.index(follower) + 1]
                    score += 1.0
                    break
        if score > best_score:
            best, best_score = run, score
    return best


def _suffix(row: Row, languages: frozenset[str]) -> bool:
    return any(
        lb.exact
        and lb.means("company", languages)
        and lb.end - lb.start >= 2
        and not any(c.isdigit() for c in row.text[lb.start : lb.end])
        for lb in row.labels
    )


def _addressed(row: Row, languages: frozenset[str]) -> bool:
    return bool(_POSTCODE.search(row.text)) or (
        _has(row, "street", languages) and any(c.isdigit() for c in row.text)
    )


def _address(head: list[Row], name: list[Row], languages: frozenset[str]) -> list[Row]:
    start = head.index(name[-1]) + 1 if name else 0
    marked = [k for k in range(start, len(head)) if _addressed(head[k], languages) and _free(head[k])]
    if not marked:
        return []
    first = last = marked[0]
    for k in marked[1:]:
        if all(_free(head[j]) for j in range(last, k + 1)) and k - last <= 3:
            last = k
    if (
        last + 1 < len(head)
        and _free(head[last + 1])
        and head[last].text.rstrip().endswith(",")
        and head[last + 1].letters >= 3
    ):
        last += 1
    while (
        first - 1 >= start
        and _free(head[first - 1])
        and head[first - 1].letters >= 4
        and (head[first - 1].text.rstrip().endswith(",") or _has(head[first - 1], "street", languages))
    ):
        first -= 1
    return head[first : last + 1]


def _free(row: Row) -> bool:
    return row.role not in (
        "phone",
        "fax",
        "tax_id",
        "company_id",
        "date",
        "time",
        "number",
        "header",
        "title",
        "thanks",
    ) and not _MAIL.search(row.text)


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
        for label in row.labels:
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
        text = _MAIL.sub(lambda found: " " * len(found.group()), row.text)
        match = _WEB.search(text)
        if (
            match
            and ("www" in match.group().lower() or match.group().count(".") >= 1)
            and re.search(r"[a-z]{3}", match.group(), re.IGNORECASE)
        ):
            return (Span(row, match.start(), match.end(), match.group()),)
    return ()


def comparable(text: str) -> str:
    """What two prints of a name have in common."""
    return texts.letters_and_digits(text)
