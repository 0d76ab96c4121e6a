"""The record of a receipt from what was found on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any, TypeVar

from ocr.receipt import Check, Field, Item, Merchant, Payment, Receipt, Tax
from ocr.receipts import checks, merchant, repair, tax_ids, taxes, totals, when
from ocr.receipts.arithmetic import composed, without
from ocr.receipts.items import FoundItem
from ocr.receipts.mending import Mended, printed_value
from ocr.receipts.money import Number
from ocr.receipts.parts import Span
from ocr.receipts.reading import Reading
from ocr.receipts.roles import PAYMENTS, Amount
from ocr.receipts.scorer import scorers
from ocr.receipts.sheet import DOUBTFUL, HOPELESS, Row, Sheet
from ocr.receipts.taxes import FoundTax

V = TypeVar("V", str, Decimal, date, time)
#: Probability that a tax id is right: without a rule, and with check digits that are right and wrong.
_TAX_ID, _TAX_ID_PASSED, _TAX_ID_FAILED = 0.85, 0.99, 0.4
#: Probability that an amount is right which was put right by sums.
_MENDED = 0.95
#: Probability that a date is right which another reading of its line has.
_OTHER_READING = 0.7
#: Probability that a name is right that does not stand in the head of its receipt.
_ELSEWHERE = 0.7
#: Height of a name that may be drawn, in heights of the text.
_DRAWN = 1.3
_METHODS = {"cash": "cash", "card": "card", "voucher": "voucher", "paid": "other"}
_CARD = re.compile(r"(?<![*xX#•.])[*xX#•.]{2,}(?:[ \-][*xX#•.]{2,}){0,3}[ \-]?\d{3,4}(?!\d)")


def receipt(mended: Mended) -> Receipt:
    """The record of a receipt; amounts that were mended keep what was read as an alternative."""
    record = _receipt(mended.reading)
    return _marked(record, mended) if mended.printed else record


def with_other_date(record: Receipt, mended: Mended) -> Receipt:
    """The record of a receipt, marked where its date stands in another reading of a line: what was read is its text.

    Args:
        record: with calibrated confidences, which say nothing about other readings.
        mended: what it was made of.
    """
    if record.date is None or not set(mended.undated) & set(record.date.lines):
        return record
    ((_, text),) = mended.undated.items()
    others = [value for value in mended.dates if value != record.date.value]
    day = replace(
        record.date,
        text=text,
        confidence=min(record.date.confidence, _OTHER_READING),
        alternatives=tuple(dict.fromkeys((*record.date.alternatives, *others))),
    )
    note = Check("mended", "passed", f"Read as {text!r}, which is no date; another reading of the line is.")
    return replace(record, date=day, checks=(*record.checks, note))


def _marked(record: Receipt, mended: Mended) -> Receipt:
    own: dict[str, Any] = {name: _with_print(value, mended) for name, value in record.fields().items()}
    items: list[Item] = []
    for one in record.items:
        parts: dict[str, Any] = {name: _with_print(value, mended) for name, value in one.fields().items()}
        items.append(replace(one, **parts))
    message = ", ".join(f"{text!r}" for text in mended.printed.values())
    note = Check("mended", "passed", f"Read as {message}; put right because two independent sums then hold.")
    return replace(record, **own, items=tuple(items), checks=(*record.checks, note))


def _with_print(value: Field[Any], mended: Mended) -> Field[Any]:
    if not isinstance(value.value, Decimal):
        return value
    for place in value.lines:
        before = printed_value(value.text, place, value.value, mended)
        if before is not None and before != value.value:
            confidence = min(value.confidence, _MENDED)
            return replace(value, confidence=confidence, alternatives=(before, *value.alternatives))
    return value


def _receipt(reading: Reading) -> Receipt:
    sheet, _figures = reading.sheet, reading.figures
    chosen = _total(reading)
    total = chosen.value if chosen is not None else None
    day = when.choose_date(sheet, reading.evidence)
    clock = when.choose_time(sheet, day, reading.evidence)
    evidence = reading.evidence
    currency = None
    if evidence.currency is not None:
        rows = [row for row in sheet.rows if evidence.currency_text and evidence.currency_text in row.text][
            :1
        ]
        currency = Field(
            evidence.currency, evidence.currency_text if rows else "", 0.98 if rows else 0.85,
            rows[0].places() if rows else (), "printed" if rows else "computed",
        )  # fmt: skip
    seller = merchant.find(sheet, evidence)
    return Receipt(
        pages=sheet.pages,
        merchant=Merchant(
            _name(seller, reading),
            _address(seller, reading),
            _joined(seller.phone, " ", 0.85),
            _joined(seller.tax_id, " ", _tax_id_confidence(seller, reading)),
            _joined(seller.website, " ", 0.9),
        ),
        number=_number(reading),
        date=_date(day),
        time=_time(clock),
        currency=currency,
        items=tuple(_item(one) for one in reading.items),
        subtotal=_amount(_subtotal(reading, chosen)),
        discount=_amount(_last(reading, ("discount",)), absolute=True),
        service_charge=_amount(_last(reading, ("service",))),
        tip=_amount(_tip(reading)),
        rounding=_amount(_last(reading, ("rounding",))),
        tax=_tax(reading),
        total=chosen if chosen is not None else _computed(reading),
        paid=_amount(_first(reading, ("cash", "paid", "card", "voucher"))),
        change=_amount(_last(reading, ("change",)), absolute=True),
        taxes=tuple(_tax_line(one) for one in reading.taxes if one.in_table and not one.sum_row),
        payments=tuple(_payments(reading)),
        checks=_checks(reading, total),
    )  # fmt: skip


def _date(day: when.ChosenDate | None) -> Field[date] | None:
    if day is None:
        return None
    confidence = 0.95 if len(day.values) == 1 else 0.8
    start, end = day.found.start, day.found.end
    return _field(
        day.values[0], day.found.text, day.row, start, end, confidence, (*day.values[1:], *day.remote)
    )


def _time(clock: when.ChosenTime | None) -> Field[time] | None:
    if clock is None:
        return None
    return _field(clock.value, clock.found.text, clock.row, clock.found.start, clock.found.end, 0.93)


def _checks(reading: Reading, total: Decimal | None) -> tuple[Check, ...]:
    counted = None
    for row in reading.sheet.rows:
        if row.role == "count":
            whole = [n for n in row.numbers if not n.code and not n.percent]
            if whole:
                counted = (
                    whole[-1].value(reading.style)
                    if not whole[-1].decimals
                    else _plain_decimal(whole[-1].text)
                )
    best = reading.best
    figures = reading.figures if best is None else without(reading.figures, best.amount.row.index)
    return checks.checks(total, figures, reading.items, reading.taxes, reading.style, counted)


def _plain_decimal(text: str) -> Decimal:
    """Digits with separators as a number: the last separator stands before decimals, whatever the style."""
    *whole, decimals = re.split(r"\D+", text)
    return Decimal(f"{''.join(whole)}.{decimals}")


def _total(reading: Reading) -> Field[Decimal] | None:
    ranked = reading.ranking
    if not ranked:
        return None
    best, score = ranked[0]
    amount = best.amount
    confidence = float(scorers()["total"].probability(score))
    others = [one.amount.value for one, _ in ranked if one.amount.value != amount.value]
    others = list(dict.fromkeys(others))[:2]
    start, end = amount.number.start, amount.number.end
    field = _field(amount.value, _print(amount), amount.row, start, end, confidence, others)
    if totals.is_printed(amount.value, reading.candidates):
        return field
    # What was paid, or the sum before taxes that nothing was added to, is no total that is printed.
    return replace(field, text="", source="computed")


def _computed(reading: Reading) -> Field[Decimal] | None:
    """The sum of the items where no total is printed."""
    if not reading.items or reading.figures.items is None or reading.figures.items <= 0:
        return None
    amounts = [one.amount for one in reading.items if one.amount is not None]
    sure = min((row.confidence(number.start, number.end) for _, row, number in amounts), default=0.0)
    # A sum of amounts that were hardly read says nothing.
    return Field(reading.figures.items, "", 0.5, (), "computed") if sure >= HOPELESS else None


def _print(amount: Amount) -> str:
    return amount.row.text[amount.number.start : amount.number.end].strip()


def _field(
    value: V, text: str, row: Row, start: int, end: int, confidence: float, alternatives: Iterable[V] = ()
) -> Field[V]:
    # No field is surer than the reading of its line.
    sure = min(confidence, 0.3 + 0.7 * row.confidence(start, end))
    return Field(value, text, round(sure, 4), row.places(start, end), "printed", tuple(alternatives))


def _name(seller: merchant.FoundMerchant, reading: Reading) -> Field[str] | None:
    if seller.numbered:
        number = _joined(seller.tax_id, " ", _tax_id_confidence(seller, reading))
        return None if number is None else replace(number, value=seller.numbered, source="computed")
    sure = 1.0 if seller.elsewhere else float(scorers()["name"].probability(seller.name_score))
    name = _joined(seller.name, " ", sure)
    if name is None:
        return None
    if seller.elsewhere:
        name = replace(name, confidence=min(name.confidence, _ELSEWHERE))
        return _repaired(name, seller.name, reading, reading.sheet)
    # A large name that was hardly read is a drawing of letters: "LOL" for Lidl.
    drawn = [span.row for span in seller.name if span.row.height >= _DRAWN * reading.sheet.height]
    if any(row.confidence() < DOUBTFUL for row in drawn):
        name = replace(name, confidence=min([name.confidence, *(row.confidence() for row in drawn)]))
    name = _repaired(name, seller.name, reading, reading.sheet)
    trading = _joined(seller.trading, " ", 1.0)
    return name if trading is None else replace(name, alternatives=(*name.alternatives, trading.value))


def _tax_id_confidence(seller: merchant.FoundMerchant, reading: Reading) -> float:
    """How sure a tax id is: check digits that are right leave hardly a doubt, wrong ones a large one."""
    country = reading.evidence.country
    if country is None or not seller.tax_id:
        return _TAX_ID
    text = seller.tax_id[0].text
    verdicts = [
        tax_ids.passes(one.check, text)
        for one in country.tax_ids
        if re.fullmatch(one.pattern, text, re.IGNORECASE)
    ]
    if True in verdicts:
        return _TAX_ID_PASSED
    return _TAX_ID_FAILED if False in verdicts else _TAX_ID


def _address(seller: merchant.FoundMerchant, reading: Reading) -> Field[str] | None:
    address = _joined(seller.address, ", ", float(scorers()["address"].probability(seller.address_score)))
    return None if address is None else _repaired(address, seller.address, reading)


def _repaired(
    field: Field[str], spans: Sequence[Span], reading: Reading, words: Sheet | None = None
) -> Field[str]:
    """A name or address with words put right that the reader doubted; what was read is kept beside it."""
    confidence = min(span.row.confidence(span.start, span.end) for span in spans)
    copied = repair.by_copies(field.value, spans, reading.sheet) if words is None else field.value
    meant = repair.by_words(repair.cased(copied), confidence, reading.evidence.active, words)
    if meant == field.value:
        return field
    return Field(meant, field.text, field.confidence, field.lines, "printed", (field.value,))


def _joined(spans: Sequence[Span], separator: str, confidence: float) -> Field[str] | None:
    if not spans:
        return None
    texts = [span.text.strip() for span in spans]
    value = separator.join(
        text.rstrip(" ,") if separator == ", " and k < len(texts) - 1 else text
        for k, text in enumerate(texts)
    )
    value = re.sub(r"\s+", " ", value).strip()
    if not value:
        return None
    places = tuple(dict.fromkeys(place for span in spans for place in span.row.places(span.start, span.end)))
    sure = min([confidence, *(0.3 + 0.7 * span.row.confidence(span.start, span.end) for span in spans)])
    return Field(value, "\n".join(texts), round(sure, 4), places)


def _subtotal(reading: Reading, total: Field[Decimal] | None) -> Amount | None:
    """The sum before taxes and services: labelled so, or a total above the total that leads to it."""
    labelled = _first(reading, ("subtotal",))
    if labelled is not None or total is None or not total.lines:
        return labelled
    items = reading.figures.items
    for amount in reading.figures.by_role.get("net", []):
        # What is called net is the sum of the goods where it is that of the items.
        if amount.value == items != total.value:
            return amount
    for amount in reading.figures.by_role.get("total", []):
        above = amount.row.places()[0] < total.lines[0]
        if above and amount.value != total.value and composed(amount.value, reading.figures).get(total.value):
            return amount
    return None


def _tip(reading: Reading) -> Amount | None:
    """The tip; several amounts with their shares are suggestions: ``18% 4.28``, ``20% 4.75``."""
    amounts = reading.figures.by_role.get("tip", [])
    suggested = [one for one in amounts if any(number.percent for number in one.row.numbers)]
    given = [one for one in amounts if one not in suggested] if len(suggested) > 1 else amounts
    return given[-1] if given else None


def _first(reading: Reading, roles: Sequence[str]) -> Amount | None:
    for role in roles:
        amounts = reading.figures.by_role.get(role, [])
        if amounts:
            return amounts[0]
    return None


def _last(reading: Reading, roles: Sequence[str]) -> Amount | None:
    for role in roles:
        amounts = reading.figures.by_role.get(role, [])
        if amounts:
            return amounts[-1]
    return None


def _amount(amount: Amount | None, *, absolute: bool = False) -> Field[Decimal] | None:
    if amount is None:
        return None
    value = abs(amount.value) if absolute else amount.value
    return _field(value, _print(amount), amount.row, amount.number.start, amount.number.end, 0.9)


def _money(amount: tuple[Decimal, Row, Number] | None, confidence: float = 0.9) -> Field[Decimal] | None:
    if amount is None:
        return None
    value, row, number = amount
    return _field(
        value, row.text[number.start : number.end].strip(), row, number.start, number.end, confidence
    )


def _item(item: FoundItem) -> Item:
    places = tuple(dict.fromkeys(place for row in item.names for place in row.places()))
    sure = min([0.9, *(row.confidence() for row in item.names)])
    text = None
    if item.name:
        meant = repair.litres(item.name)
        others = (item.name,) if meant != item.name else ()
        text = Field(meant, item.name, round(sure, 4), places, "printed", others)
    quantity = None
    if item.quantity is not None:
        value, row, number = item.quantity
        if number is not None:
            quantity = _field(value, number.text, row, number.start, number.end, 0.9)
        else:
            quantity = Field(value, "", 0.85, row.places()[:1])
    anchor = item.amount[1] if item.amount is not None else None
    spot = anchor.places() if anchor is not None else ()
    return Item(
        description=text,
        code=Field(item.code, item.code, 0.9, spot) if item.code else None,
        quantity=quantity,
        unit=Field(item.unit, item.unit, 0.9, spot) if item.unit else None,
        unit_price=_money(item.unit_price),
        discount=_money(item.discount),
        amount=_money(item.amount),
        tax_code=Field(item.tax_code, item.tax_code, 0.85, spot) if item.tax_code else None,
        void=item.void,
    )


def _tax(reading: Reading) -> Field[Decimal] | None:
    """The sum of all taxes: printed as a sum, or the sum of the lines of the table."""
    lines = [one for one in reading.taxes if one.in_table and not one.sum_row and one.tax is not None]
    sums = [one for one in reading.taxes if one.sum_row and one.tax is not None]
    single = list(reading.figures.by_role.get("tax", []))
    if sums and sums[-1].tax is not None:
        one = sums[-1]
        value, number = one.tax  # type: ignore[misc]
        return _field(value, number.text, one.row, number.start, number.end, 0.9)
    if len(lines) == 1 and lines[0].tax is not None:
        value, number = lines[0].tax
        return _field(value, number.text, lines[0].row, number.start, number.end, 0.9)
    if len(lines) > 1:
        value = sum((one.tax[0] for one in lines if one.tax), Decimal(0))
        printed = [amount for amount in single if amount.value == value]
        if printed:
            return _amount(printed[0])
        places = tuple(dict.fromkeys(place for one in lines for place in one.row.places()))
        return Field(value, "", 0.85, places, "computed")
    wholes, bases = reading.figures.values("total"), reading.figures.values("subtotal", "net")
    parts = taxes.parts(reading.taxes, single, wholes, bases, reading.style)
    if parts:
        value = sum((amount.value for amount in parts), Decimal(0))
        places = tuple(dict.fromkeys(place for amount in parts for place in amount.row.places()))
        return Field(value, "", 0.85, places, "computed")
    if (
        len(single) > 1
        and len({amount.label_row.text for amount in single}) > 1
        and reading.figures.values("total")
    ):
        largest = max(single, key=lambda amount: amount.value)
        others = [amount for amount in single if amount is not largest]
        if sum((amount.value for amount in others), Decimal(0)) == largest.value:
            return _amount(largest)
    return _amount(single[0]) if single else None


def _tax_line(tax: FoundTax) -> Tax:
    row = tax.row

    def amount(figure: tuple[Decimal, Number] | None) -> Field[Decimal] | None:
        return None if figure is None else _money((figure[0], row, figure[1]))

    rate = Field(tax.rate[0], tax.rate[1], 0.9, row.places()) if tax.rate is not None else None
    label = Field(tax.label, tax.label, 0.85, row.places()) if tax.label else None
    return Tax(label, rate, amount(tax.net), amount(tax.tax), amount(tax.gross))


def _payments(reading: Reading) -> Iterable[Payment]:
    card = None
    for row in reading.sheet.rows:
        match = _CARD.search(row.text)
        if match and any(c in match.group() for c in "*xX#•"):
            card = Field(
                match.group().strip(), match.group().strip(), 0.85, row.places(match.start(), match.end())
            )
            break
    seen: set[tuple[str, Decimal]] = set()
    paid = [(role, amount) for role in PAYMENTS for amount in reading.figures.by_role.get(role, [])]
    for role, amount in sorted(paid, key=lambda one: (one[1].row.index, one[1].left)):
        key = role, amount.value
        if key in seen:
            continue
        seen.add(key)
        method = Field(
            _METHODS[role],
            amount.label_row.text.split("\t")[0].strip(),
            0.9,
            amount.label_row.places()[:1],
        )
        yield Payment(method, _amount(amount), card if role == "card" else None)


def _number(reading: Reading) -> Field[str] | None:
    """The number of the receipt: what stands behind its label."""
    languages = reading.evidence.active
    for exact in (True, False):
        for row in reading.sheet.rows:
            for label in row.labels_of(languages):
                if (
                    not label.means("number", languages)
                    or label.exact is not exact
                    or row.role in ("tax_id", "company_id", "phone")
                ):
                    continue
                rest = row.text[label.end :]
                match = re.match(
                    r"^[\s.:#=)]*(?:(?:no|nr|n°|nº|id|number)\b[\s.:#=]*)?([A-Z0-9][A-Z0-9/_\-]*\d[A-Z0-9/_\-]*)(?![.,:]\d)",
                    rest,
                    re.IGNORECASE,
                )
                taken = [(one.start, one.end) for one in row.dates] + [
                    (one.start, one.end) for one in row.times
                ]
                if not match or any(
                    first < label.end + match.end() and last > label.end + match.start(1)
                    for first, last in taken
                ):
                    continue
                start = label.end + match.start(1)
                value = match.group(1)
                return _field(value, value, row, start, start + len(value), 0.85)
    return None
