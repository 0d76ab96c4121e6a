"""The name of a shop elsewhere on its receipt, and what speaks for a name that was hardly read.

Logos are drawn letters: a reader makes ``LeDIL`` of Lidl. The same name stands in print further down on many receipts.
"""

from __future__ import annotations

import re
from functools import cache

from ocr.receipts import extents, heads, labels, lexicon, parts
from ocr.receipts import text as texts
from ocr.receipts.countries import Evidence
from ocr.receipts.parts import Span
from ocr.receipts.sheet import DOUBTFUL, Row, Sheet

#: Letters of a word of the trade, and letters and digits of a name, that no garbage has by chance.
_WORD, _LEAST = 5, 4
#: Words before a legal form that can be a name, and words of a name that is thanked for.
_BEFORE_FORM = re.compile(
    r"(?<![^\W_])(?:[^\W\d_][\w.'’-]{0,30}|&|\+)(?: (?:[^\W\d_][\w.'’-]{0,30}|&|\+)){0,4}$"
)
_NAME = r"(?<![^\W_])[^\W\d_][\w.'’&-]{0,30}(?: [\w.'’&+-]{1,30}){0,3}"
#: What follows where a shop does not name itself: ``Einkauf bei uns``, ``visiting our store``, also declined.
_OURS = re.compile(
    r"\b(?:US|OUR|THIS|THE|UNS(?:ER\w*)?|DIESE\w*|NOUS|NOTRE|CETTE|NOSOTROS|NUESTR\w*|NOI|NOSTR\w*|NOS|NOSS\w*"
    r"|ONS|ONZE|OSS|VAR|OS|VORES|NAS(?:Z\w*)?|BIZI|KAMI)\b"
)
#: Companies that settle payments by card and print their own names.
_SETTLING = re.compile(
    r"\b(?:PAYMENTS?|PAY|TELECASH|CONCARDIS|NEXI|ADYEN|SUMUP|WORLDLINE|INGENICO|EASYCASH|FIRST DATA|FISERV|CARDPROCESS"
    r"|ELAVON|GLOBAL PAYMENTS|WORLDPAY|BANK|BANQUE|BANCO|BANCA|SPARKASSE|VISA|MASTERCARD|POWERED|SOFTWARE|SYSTEMS?)\b"
)
#: Rows beside a tax id or the number of a register in which a company names itself.
_BESIDE = 1
_NUMBERS = frozenset({"tax_id", "company_id"})


def speaks(row: Row, sheet: Sheet, evidence: Evidence) -> bool:
    """Whether something besides its reading speaks for the name in a row.

    A word of the trade, a legal form, the name of a chain, a web address, or a second copy that was read more surely.
    """
    text = parts.name(row).text
    if of_trade(row, evidence, nearly=True) > 0 or heads.FORM.search(texts.upper(text)):
        return True
    if lexicon.is_chain(text, evidence.active) or _of_chain(text, evidence):
        return True
    if heads.in_domain(row, heads.domains(sheet)) or _like_a_long_word(text, evidence):
        return True
    plain = texts.letters_and_digits(text)
    return len(plain) >= _LEAST and any(
        other is not row and other.confidence() >= DOUBTFUL and plain in texts.letters_and_digits(other.text)
        for other in sheet.rows
    )


def of_trade(row: Row, evidence: Evidence, *, nearly: bool = False) -> float:
    """Share of the letters of a row in words of the trade, with all their letters or nearly so."""
    found = [
        label
        for label in row.labels_of(evidence.active)
        if (label.exact or nearly)
        and label.end - label.start >= _WORD
        and label.means("company", evidence.active)
    ]
    inside = sum(sum(map(str.isalpha, row.text[label.start : label.end])) for label in found)
    return inside / max(1, row.letters)


def find(sheet: Sheet, evidence: Evidence) -> Span | None:
    """The name of the shop where its head does not say it: a chain, a company beside its number, or who says thanks."""
    rows = [row for row in sheet.rows if row.confidence() >= DOUBTFUL]
    for row in rows[: heads.MOST]:
        if lexicon.is_chain(parts.name(row).text, evidence.active):
            return parts.name(row)
    return _company(rows, evidence) or _thanking(rows) or _site(rows, evidence)


def _company(rows: list[Row], evidence: Evidence) -> Span | None:
    """``Dirk Rossmann GmbH``: a company of the name of a chain, or one beside its number."""
    beside: Span | None = None
    for k, row in enumerate(rows):
        upper = texts.upper(row.text)
        # Capitals of some letters are two: places hold in the text alone where none is.
        forms = list(heads.FORM.finditer(upper)) if len(upper) == len(row.text) else []
        for form in forms:
            before = _BEFORE_FORM.search(row.text[: form.start()].rstrip(" ,"))
            if before is None or _SETTLING.search(upper):
                continue
            span = Span(row, before.start(), form.end(), row.text[before.start() : form.end()])
            if _of_chain(before.group(), evidence):
                return span
            near = rows[max(0, k - _BESIDE) : k + _BESIDE + 1]
            legal = extents.LEGAL.search(texts.upper(span.text)) is not None and before.group()[:1].isalpha()
            if beside is None and legal and any(one.role in _NUMBERS for one in near):
                beside = span
    return beside


def _of_chain(text: str, evidence: Evidence) -> bool:
    """Whether the name of a chain stands among the words of a text."""
    words = texts.upper(text).split()
    known = lexicon.chains(evidence.active)
    return any(
        texts.letters_and_digits(" ".join(words[first:last])) in known
        for first in range(len(words))
        for last in range(first + 1, len(words) + 1)
    )


def _like_a_long_word(text: str, evidence: Evidence) -> bool:
    """Whether a word of a text can be only one of the long words of names."""
    known = lexicon.long_words(evidence.active)
    words = lexicon.WORD.findall(texts.upper(text))
    return any(word in known or lexicon.long_word_like(word, known) != word for word in words)


@cache
def _thanks() -> re.Pattern[str]:
    """Phrases around the name of a shop in all languages: ``Einkauf bei …``, ``… sagt Danke``."""
    phrases = sorted(
        {phrase for own in labels.languages().values() for phrase in own.get("thanked", ())},
        key=lambda phrase: (-len(phrase), phrase),
    )
    sides = [tuple(map(str.strip, phrase.split("…"))) for phrase in phrases]
    before = "|".join(re.escape(left) for left, right in sides if not right)
    behind = "|".join(re.escape(right) for left, right in sides if not left)
    return re.compile(
        rf"(?<![^\W_])(?:{before}) (?P<thanked>{_NAME})|(?P<thanking>{_NAME}) (?:{behind})(?![^\W_])",
        re.IGNORECASE,
    )


def _thanking(rows: list[Row]) -> Span | None:
    for row in rows:
        match = _thanks().search(row.text)
        if match is None:
            continue
        name = match.lastgroup or ""
        text = match.group(name).rstrip(" .!-*")
        letters = sum(map(str.isalpha, text))
        if letters >= _LEAST - 1 and not _OURS.search(texts.upper(text)):
            return Span(row, match.start(name), match.start(name) + len(text), text)
    return None


def _site(rows: list[Row], evidence: Evidence) -> Span | None:
    """The name of a chain in a web or e-mail address."""
    known = lexicon.chains(evidence.active)
    for row in rows:
        for start, end in heads.domain_places(row.text):
            if texts.letters_and_digits(row.text[start:end]) in known:
                return Span(row, start, end, row.text[start:end])
    return None
