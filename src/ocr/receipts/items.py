"""The items of a receipt: names, quantities, prices and amounts, whatever rows they are spread over."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from ocr.receipts import money, roles
from ocr.receipts.money import Number, Style
from ocr.receipts.roles import INFORMATION, Amount
from ocr.receipts.sheet import Row, Sheet

_CENT = Decimal("0.01")
#: Marks and signs that stand among numbers without being a name.
_FILLER = re.compile(
    r"(?:(?<![^\W\d_])(?:"
    + "|".join(re.escape(sign) for sign in money.SIGNS)
    + r"|[xX×]|kgs?|g|l|lb|pcs?|ea|stk?|st|[A-Z]{1,2}\d?)(?![^\W\d_])|[@*=+:;,.()\[\]/|#%~_\-\s])+"
)
_SIGNS = re.compile(
    r"(?<![^\W\d_])(?:" + "|".join(re.escape(sign) for sign in money.SIGNS) + r"|[xX×])(?![^\W\d_])"
)
_CODE_LABELS = frozenset(
    {
        "header_name",
        "header_amount",
        "header_price",
        "header_quantity",
        "other_number",
        "number",
        "count",
        "title",
    }
)
#: Pieces that a number before a name counts at most; larger ones are part of the name.
_MOST_PIECES = 199
#: Pieces that are taken for the quantity of a price in a row that prints none.
_MOST_DOZENS = 12
#: Letters of a unit in a row that says how many were bought.
_UNIT_LETTERS = 10
#: Rows that a name takes beside the one with the amount.
_MOST_ROWS = 4
_ATTRIBUTES = frozenset({"header_price", "header_quantity", "header_discount", "header_tax"})
_CODE = re.compile(r"^[#*]?\s?(\d{4,14}|[A-Z]{1,4}[\d-]{3,}|\d{2,}-[\dA-Z-]+)[:\-.]?(?=\s|\t|$)")
_LEADING_QUANTITY = re.compile(
    r"^[*\-]?\(?(\d{1,3}(?:[.,]\d{1,3})?)\)?\s?(?:[xX×*]|pcs?|prs?|gls?|btl|pot|bks|bh|ea|por|stk|szt|ks|db|buc|kom|kos|vnt|gab|tk)?\.?(?=[\s\t])",
    re.IGNORECASE,
)
#: Rows below an item that say how it is wanted: ``+Hot``, ``*LARGE*``, ``50%``, ``1 Lemon Tea``.
_MODIFIER = re.compile(r"^\s*(?:[+*=@>#~-]|\d{1,2}[xX]?[ \t]+[^\W\d_]|\d{1,3} ?%)")
#: The letter that a tax line begins with, and one in a column of its own or behind a size before an amount.
_TAX_LINE = re.compile(r"^\W*([A-E])(?![^\W_])")
_LETTER_BEHIND = re.compile(r"(?:\t|(?<=[\dlLgG]) )([A-E])$")
#: The group of a tax in Hungary, before the name.
_TAX_GROUP = re.compile(r"^([A-E]00)\s+(?=[^\W\d_])")
_MARK = re.compile(r"^[\s\-*•.:,>+=~_|]+|[\s\-*•:,>+=~_|]+$")
#: Rows that end the search above the first amount: they belong to the head of the receipt.
_HEAD = frozenset({"header", *INFORMATION}) - {"points"}


@dataclass
class FoundItem:
    """An item as it is put together; rows and spans say where each part stands.

    ``reduced`` says that the amount is printed less the discount.
    """

    names: list[Row] = field(default_factory=list)
    name: str = ""
    code: str = ""
    quantity: tuple[Decimal, Row, Number | None] | None = None
    unit: str = ""
    unit_price: tuple[Decimal, Row, Number] | None = None
    amount: tuple[Decimal, Row, Number] | None = None
    discount: tuple[Decimal, Row, Number] | None = None
    tax_code: str = ""
    void: bool = False
    modified: bool = False
    reduced: bool = False
    row: int = 0

    @property
    def net(self) -> Decimal:
        """What the item adds to the sum: its amount less a discount that is printed below it."""
        value = self.amount[0] if self.amount else Decimal(0)
        if self.void:
            return Decimal(0)
        if self.discount is None or self.reduced or self._less():
            return value
        return value - self.discount[0]

    def _less(self) -> bool:
        """Whether quantity times price less the discount is the amount."""
        if not (self.amount and self.discount and self.quantity and self.unit_price):
            return False
        whole = self.quantity[0] * self.unit_price[0]
        return abs(whole - self.discount[0] - self.amount[0]) < _CENT and whole != self.amount[0]


@dataclass
class _Parsed:
    """A row of the table of items, taken apart."""

    row: Row
    name: str
    code: str
    numbers: list[Number]
    amount: Number | None
    quantity: tuple[Decimal, Number | None] | None = None
    unit: str = ""
    unit_price: tuple[Decimal, Number] | None = None
    discount: bool = False
    void: bool = False
    modifies: bool = False
    tax_group: str = ""


def region(sheet: Sheet, amounts: Sequence[Amount]) -> tuple[int, int]:
    """First row of the items, and the first row behind them."""
    rows = sheet.rows
    with_amount = {amount.row.index for amount in amounts}
    first_header = next((row.index for row in rows if row.role == "header"), None)
    summary = [
        amount.row.index
        for amount in amounts
        if amount.role in roles.SUMMARY - {"saving"}
        and (amount.label_row.covered >= 0.4 or amount.role in ("total", "subtotal"))
    ]
    sums = [k for k in summary if rows[k].role in ("subtotal", "total", "net")]
    payments = [k for k in summary if rows[k].role in ("paid", "cash", "card")]
    # An item can be called after a payment: "GIFT CARD" with more items below it.
    until = min(sums, default=len(rows))
    plain = [k for k in with_amount if k < until and not rows[k].role and roles.named(rows[k])]
    payments = [k for k in payments if sum(j > k for j in plain) < (1 if sums else 2)]
    main = [*sums, *payments] or summary
    main = [k for k in main if any(j < k for j in with_amount if j not in summary)] or main
    if not with_amount:
        return 0, 0
    end = min(main) if main else max(with_amount) + 1
    plain = [
        k for k in with_amount if k < end and rows[k].role not in roles.SUMMARY and rows[k].role not in _HEAD
    ]
    # Counts, taxes and the like may stand right above the sum.
    while end > 0 and rows[end - 1].role in roles.SUMMARY and rows[end - 1].covered >= 0.8:
        end -= 1
    begin = 0
    if first_header is not None and first_header < end:
        begin = first_header + 1
        while begin < end and rows[begin].role == "header":
            begin += 1
    elif plain:
        # The number in the name of a branch is no amount where others stand in a column.
        apart = {amount.row.index for amount in amounts if _stands_apart(amount)}
        begin = min([k for k in plain if k in apart] or plain)
        named = roles.named(rows[begin])
        limit = 1 if named else 3
        while begin > 0 and limit and _can_be_name(rows[begin - 1]) and not named:
            begin -= 1
            limit -= 1
    return begin, end


def _stands_apart(amount: Amount) -> bool:
    """Whether an amount is more than digits behind words."""
    number = amount.number
    before = amount.row.text[: number.start]
    return not number.whole or bool(number.sign) or not before.strip() or before.endswith("\t")


def _can_be_name(row: Row) -> bool:
    """Whether a row above the first amount can be of the first item: its name, or its code alone."""
    if row.role in _HEAD or row.role in roles.SUMMARY or row.dates:
        return False
    return row.letters >= 3 or (row.text.strip().isdigit() and len(row.text.strip()) >= 8)


def find(
    sheet: Sheet,
    amounts: Sequence[Amount],
    style: Style,
    languages: frozenset[str],
    target: frozenset[Decimal] = frozenset(),
) -> list[FoundItem]:
    """The items of a receipt from top to bottom.

    Args:
        sheet: its rows, with roles.
        amounts: its amounts.
        style: how amounts are printed.
        languages: whose labels count.
        target: sums that the amounts may have; the column of amounts is chosen by them where there are several.
    """
    begin, end = region(sheet, amounts)
    best: list[FoundItem] = []
    for back in (0, 1):
        parsed = [_parse(row, style, languages, back) for row in sheet.rows[begin:end]]
        items = _assemble([one for one in parsed if one is not None], style)
        if back == 0:
            best = items
        total = sum((item.net for item in best), Decimal(0))
        if total in target or not target:
            break
        if back and sum((item.net for item in items), Decimal(0)) in target:
            best = items
    _tell_reduced(best, target)
    _take_letters(best, sheet, end)
    return _without_repeated_discounts(best, amounts, end)


def _take_letters(items: list[FoundItem], sheet: Sheet, end: int) -> None:
    """The letter of a tax between a name and its amount, where other items or the tax lines have the letter."""
    letters = {item.tax_code for item in items if item.tax_code}
    for row in sheet.rows[end:]:
        match = _TAX_LINE.match(row.text)
        if match is not None and any(number.percent for number in row.numbers):
            letters.add(match.group(1))
    for item in items:
        if item.tax_code or item.amount is None or item.amount[1] not in item.names:
            continue
        before = item.amount[1].text[: item.amount[2].start].rstrip()
        match = _LETTER_BEHIND.search(before)
        if match is not None and match.group(1) in letters and item.name.endswith(f" {match.group(1)}"):
            item.tax_code, item.name = match.group(1), item.name[:-2].rstrip()


def _tell_reduced(items: list[FoundItem], target: frozenset[Decimal]) -> None:
    """Amounts are printed less their discounts where their sum is right as they stand, and is not otherwise."""
    discounted = [item for item in items if item.discount and not item.void]
    if not discounted or sum((item.net for item in items), Decimal(0)) in target:
        return
    if sum((item.amount[0] for item in items if item.amount and not item.void), Decimal(0)) in target:
        for item in discounted:
            item.reduced = True


def _without_repeated_discounts(
    items: list[FoundItem], amounts: Sequence[Amount], end: int
) -> list[FoundItem]:
    """The items without negative ones that a discount below them says again."""
    below = {abs(amount.value) for amount in amounts if amount.role == "discount" and amount.row.index >= end}
    return [item for item in items if not (item.amount and item.amount[0] < 0 and -item.amount[0] in below)]


def _parse(row: Row, style: Style, languages: frozenset[str], back: int) -> _Parsed | None:
    """A row of the table of items; ``back`` takes an amount further left for the one that counts."""
    if row.role in ("header", "tax_table", "date", "time", "thanks", "title", "phone", "points") and not (
        row.role in ("thanks", "title", "points")
        and row.numbers
        and any(money.is_money(n, style) for n in row.numbers)
    ):
        return None
    text = row.text
    numbers = list(row.numbers)
    monies = [n for n in numbers if money.is_money(n, style)] or roles.small(row, style)
    # What stands behind the amount is the letter of its tax.
    labelled = roles.kinds(row, languages, monies[-1].start if monies else None)
    if row.role == "tax" and row.covered >= 0.9:
        return None
    if (
        labelled & _ATTRIBUTES
        and not labelled & (roles.SUMMARY | {"discount"})
        and roles.coverage(row, languages) >= 0.9
    ):
        return None
    amount = monies[-1 - back] if len(monies) > back else (monies[-1] if monies else None)
    if amount is not None and amount.times == "behind":
        amount = None
    # The name ends where only numbers and signs follow.
    letters = {
        n.end + len(text[n.end :]) - len(text[n.end :].lstrip()) for n in numbers if n.letter.isdigit()
    }
    tail = [n for n in numbers if not (n.code and not n.whole) and n.start not in letters]
    cut = len(text)
    taken: list[Number] = []
    for number in reversed(tail):
        behind = text[number.end : cut]
        if number.letter and behind.strip().startswith(number.letter):
            behind = behind.strip()[len(number.letter) :]
        if (
            _FILLER.sub("", behind)
            and not (number.unit and _FILLER.sub("", behind.replace(number.unit, "", 1)) == "")
            and not _tax_letter(behind, number)
        ):
            break
        if number.unit and number.unit.lower() not in _MEASURES and not number.times:
            break
        if (
            number is not amount
            and not _in_column(text, number)
            and not _multiplies(number, taken, amount, style, text)
            and not (
                money.is_money(number, style)
                and not number.whole
                and _is_price(number, numbers, amount, style, text)
            )
        ):
            break
        cut = number.start
        taken.append(number)
    taken.reverse()
    head = text[:cut]
    parsed = _Parsed(row, "", "", taken, amount)
    label_kinds = row.kinds_of(languages)
    if not head.strip() and amount is None and not parsed.code:
        parsed.code = next((n.text for n in taken if n.whole and len(n.text) >= 4), "")
    parsed.modifies = bool(_MODIFIER.match(row.text))
    parsed.discount = ("discount" in label_kinds and row.role == "discount") or (
        row.role == "saving" and amount is not None and amount.negative
    )
    parsed.void = row.role == "void"
    rest = head.replace("\t", " ").strip()
    line_number = re.match(r"^(\d{1,2})[.)]?\t(?=\S)", head)
    if line_number and _looks_like_line_number(line_number.group(1), row, taken):
        rest = head[line_number.end() :].replace("\t", " ").strip()
    match = _TAX_GROUP.match(rest)
    if match:
        parsed.tax_group = match.group(1)
        rest = rest[match.end() :]
    match = _CODE.match(rest)
    if (
        match
        and (len(rest) > match.end() or not taken or len(match.group(1)) >= 4)
        and not rest.startswith("#x")
    ):
        parsed.code = match.group(1)
        rest = rest[match.end() :].strip()
    match = _LEADING_QUANTITY.match(rest + " ")
    if match:
        value = money.parse(
            match.group(1), style if "." in match.group(1) or "," in match.group(1) else Style(".")
        )
        if 0 < value <= (_MOST_PIECES if match.group().strip(" *-(").isdigit() else 999):
            parsed.quantity = (value, None)
            rest = rest[match.end() :].strip()
    if not re.search(r"[^\W\d_]", rest):
        inner = re.match(r"^[xX×]?\s*$", rest)
        rest = "" if inner or not rest else rest
    sign = re.match(r"^[xX×]\s+(?=\S)", rest)
    if sign and parsed.quantity:
        rest = rest[sign.end() :]
    parsed.name = _MARK.sub("", re.sub(r"\s[@xX×]$", "", _MARK.sub("", rest))).strip()
    if not re.search(r"[^\W\d_]", _SIGNS.sub("", parsed.name)):
        parsed.name = ""
    if (
        parsed.name
        and amount is None
        and label_kinds & _CODE_LABELS
        and roles.coverage(row, languages) >= 0.9
    ):
        # "Article 50319963": a label with a number is no name.
        parsed.code = next((n.text for n in row.numbers if n.whole and len(n.text) >= 4), parsed.code)
        parsed.name = ""
    leading = parsed.quantity[0] if parsed.quantity else None
    _quantities(parsed, style)
    others = [n for n in taken if n is not amount and money.is_money(n, style)]
    if (
        leading is not None
        and others
        and parsed.quantity == (leading, None)
        and parsed.unit_price is None
        and leading != 1
    ):
        # The number before the name is no quantity where a price stands in the row that it does not fit.
        parsed.quantity = None
        parsed.name = f"{match.group(1) if match else leading} {parsed.name}"
        _quantities(parsed, style)
    if parsed.name and not parsed.quantity and amount is not None:
        # "NAME 2 x" in one cell with the price behind it
        match = re.search(r"\s(\d{1,3})\s?[xX×]$|\s[xX×]\s?(\d{1,3})$", parsed.name)
        if match:
            parsed.quantity = (Decimal(match.group(1) or match.group(2)), None)
            parsed.name = parsed.name[: match.start()].strip()
    return parsed


_MEASURES = frozenset(
    [
        "kg",
        "kgs",
        "g",
        "gr",
        "grs",
        "lb",
        "lbs",
        "oz",
        "l",
        "lt",
        "ltr",
        "ltrs",
        "liter",
        "litre",
        "m",
        "gal",
        "pc",
        "pcs",
        "ea",
        "stk",
        "st",
        "szt",
        "ks",
        "kpl",
        "pz",
        "un",
        "db",
        "buc",
        "kom",
        "kos",
        "vnt",
        "gab",
        "tk",
        "ud",
        "uds",
        "adet",
        "ad",
        "x",
    ]
)


def _tax_letter(behind: str, number: Number) -> bool:
    return bool(re.match(r"^\s*[A-Z]{1,2}\d?\*?\s*$", behind.strip())) and number.decimals in (2, 3)


def _in_column(text: str, number: Number) -> bool:
    """Whether a number stands in a column of its own."""
    before = text[: number.start].rstrip("xX*@( ")
    return before.endswith("\t") or not before.strip()


def _multiplies(number: Number, taken: list[Number], amount: Number | None, style: Style, text: str) -> bool:
    """Whether a number is the quantity or the price of a multiplication with the numbers behind it."""
    prices = [n for n in taken if money.is_money(n, style) or n.times]
    # "PORK 10x" in one column and its amount in the next is a name.
    glued = bool(re.match(r"[xX×]\t", text[number.end :])) and all(n is amount for n in prices)
    if number.times and not glued and (prices or number.times.startswith("before")):
        return True
    if amount is None:
        return False
    quantity = _count(number, style)
    return any(n is not amount and quantity * n.value(style) == amount.value(style) for n in prices)


def _is_price(
    number: Number, numbers: Sequence[Number], amount: Number | None, style: Style, text: str
) -> bool:
    """Whether an amount in a row is the price of one piece rather than part of a name, such as "COLA 0,50"."""
    if amount is None or re.search(r"(?:^|[\t ])\d{1,3}\s$", text[: number.start]):
        return True
    price, total = number.value(style), amount.value(style)
    if not price or not total:
        return True
    pieces = total / price
    if pieces == pieces.to_integral() and 1 <= abs(pieces) <= _MOST_DOZENS:
        return True
    quantities = [_count(n, style) for n in numbers if n is not number and n is not amount]
    return any(abs(_rounded(one * price, style) - total) <= _CENT for one in quantities)


def _looks_like_line_number(text: str, row: Row, taken: list[Number]) -> bool:
    return len(taken) >= 2


def _quantities(parsed: _Parsed, style: Style) -> None:
    """Quantity and unit price among the numbers of a row, by arithmetic and by multiplication signs."""
    amount = parsed.amount
    numbers = [n for n in parsed.numbers if n is not amount and not n.percent]
    before = [n for n in numbers if amount is None or n.start < amount.start]
    values = [(n, n.value(style)) for n in before]
    pool: list[tuple[Number | None, Decimal]] = [(n, v) for n, v in values]
    if parsed.quantity is not None:
        pool.insert(0, (None, parsed.quantity[0]))
    if amount is not None:
        total = amount.value(style)
        for q, quantity in pool:
            for p, price in values:
                if q is p or p is None or quantity == 0:
                    continue
                plausible = (
                    q is None
                    or q.whole
                    or q.unit
                    or q.decimals == 3
                    or "behind" in q.times
                    or not money.is_money(q, style)
                    or quantity == quantity.to_integral()
                )
                if (
                    plausible
                    and abs(_rounded(quantity * price, style) - total)
                    <= (_CENT if q is not None and q.decimals == 3 else 0)
                    and money.is_money(p, style)
                ):
                    parsed.quantity, parsed.unit_price = (quantity, q), (price, p)
                    parsed.unit = q.unit if q is not None else ""
                    return
    following = before[1:]
    if amount is not None and amount.times.startswith("before"):
        following.append(amount)
    for first, second in zip(before, following, strict=False):
        if not (first.times.endswith("behind") or second.times.startswith("before")):
            continue
        count, price_of_one = first, second
        if money.is_money(first, style) and not money.is_money(second, style):
            count, price_of_one = second, first
        if price_of_one is amount and (
            any(n is not first for n in numbers) or (parsed.name and not money.is_money(first, style))
        ):
            continue
        pieces = count.whole and price_of_one.whole and price_of_one is not amount
        if (
            pieces
            and amount is not None
            and _count(count, style) * price_of_one.value(style) != amount.value(style)
        ):
            continue  # "500X3" is part of a name
        if price_of_one is amount and money.is_money(first, style):
            # "2,36 x [lost] 4,72": a price and an amount with the quantity between them not read.
            parsed.unit_price = (first.value(style), first)
            ratio = amount.value(style) / parsed.unit_price[0] if parsed.unit_price[0] else Decimal(0)
            if ratio == ratio.to_integral() and 0 < ratio < 100:
                parsed.quantity = (ratio, None)
            return
        parsed.quantity = (_count(count, style), count)
        parsed.unit_price = (price_of_one.value(style), price_of_one)
        parsed.unit = count.unit
        if price_of_one is amount:
            parsed.amount = None
        return
    if parsed.quantity is None:
        whole = [
            n
            for n in before
            if (n.whole and len(n.text) <= 3 and int(n.text) > 0)
            or (
                n.decimals
                and n.value(style) == n.value(style).to_integral()
                and not money.is_money(n, style)
                and style.decimal != ""
            )
        ]
        if len(whole) == 1:
            parsed.quantity = (whole[0].value(style), whole[0])
            parsed.unit = whole[0].unit
    if parsed.unit_price is None and amount is not None and parsed.numbers:
        prices = [(n, v) for n, v in values if money.is_money(n, style) and v == amount.value(style)]
        if prices and (parsed.quantity is None or parsed.quantity[0] == 1):
            parsed.unit_price = (prices[-1][1], prices[-1][0])
    if amount is None and parsed.quantity is None and parsed.unit_price is None:
        for n in parsed.numbers:
            if n.times.startswith("before") and money.is_money(n, style):
                parsed.unit_price = (n.value(style), n)


def _count(number: Number, style: Style) -> Decimal:
    """A quantity: thousands are rare, so three digits behind a point are decimals."""
    if number.decimals == 3 and number.text.count(".") + number.text.count(",") == 1:
        return Decimal(number.text.replace(",", "."))
    return number.value(style)


def _rounded(value: Decimal, style: Style) -> Decimal:
    return value.quantize(_CENT if style.decimal else Decimal(1), ROUND_HALF_UP)


def _assemble(parsed: list[_Parsed], style: Style) -> list[FoundItem]:
    """Put rows together: names without numbers, numbers without names, quantities and discounts of their own."""
    _find_quantity_rows(parsed, style)
    above = _names_stand_above(parsed)
    items: list[FoundItem] = []
    pending: list[_Parsed] = []
    waiting: _Parsed | None = None  # a quantity row whose item follows
    taken_back: _Parsed | None = None  # a row that takes a cancelled item back
    for k, one in enumerate(parsed):
        negative = one.amount is not None and one.amount.negative
        if (one.discount or (negative and _is_reduction(one))) and items and one.amount is not None:
            value = abs(one.amount.value(style))
            last = items[-1]
            if last.discount is None:
                last.discount = (value, one.row, one.amount)
            else:
                last.discount = (last.discount[0] + value, last.discount[1], last.discount[2])
            if waiting is not None and _fits(waiting, last, style):
                _take_quantity(last, waiting)
                waiting = None
            continue
        if one.discount and one.amount is None:
            continue
        if one is taken_back:
            continue
        below = parsed[k + 1] if k + 1 < len(parsed) else None
        if one.void and one.amount is None and below is not None and below.amount is not None:
            cancelled = _cancelled_by(below, items, style)
            if cancelled is not None:
                cancelled.void, taken_back = True, below
                continue
        if (
            one.void
            and items
            and (
                one.amount is None
                or (items[-1].amount and abs(items[-1].amount[0]) == abs(one.amount.value(style)))
            )
        ):
            items[-1].void = True
            continue
        if one.amount is not None and one.name:
            item = _item(one, style)
            if pending and (above or (one.quantity is None and not items)):
                _prepend(item, pending)
            elif pending and items:
                _append(items[-1], pending)
            pending = []
            if waiting is not None and _fits(waiting, item, style):
                _take_quantity(item, waiting)
                waiting = None
            elif waiting is not None and items and _fits(waiting, items[-1], style):
                _take_quantity(items[-1], waiting)
                waiting = None
            items.append(item)
        elif one.amount is not None:
            item = _item(one, style)
            following = parsed[k + 1] if k + 1 < len(parsed) else None
            if pending:
                _prepend(item, pending)
                pending = []
                items.append(item)
            elif (
                items
                and items[-1].unit_price is None
                and one.unit_price is not None
                and _same(items[-1], one, style)
            ):
                _take_quantity(items[-1], one)
            elif following is not None and following.name and following.amount is None:
                items.append(item)
            elif items and items[-1].amount is None:
                last = items[-1]
                last.amount = item.amount
            else:
                items.append(item)
        elif one.unit_price is not None or (one.quantity is not None and not one.name):
            if items and _fits(one, items[-1], style):
                _take_quantity(items[-1], one)
            elif one.unit_price is not None or not pending:
                if one.name:
                    pending.append(one)
                waiting = one
        elif one.name and (len(re.sub(r"[^A-Za-z0-9\u00c0-\uffff]", "", one.name)) >= 2):
            above_it = items[-1] if items else None
            if above_it is not None and not above_it.name and not pending:
                above_it.name = one.name
                above_it.names.append(one.row)
                above_it.code = above_it.code or one.code
            elif above or above_it is None:
                pending = [*pending, one][-_MOST_ROWS:]
            elif one.modifies or above_it.modified:
                above_it.modified = True
            elif len(above_it.names) < _MOST_ROWS + 1:
                _append(above_it, [one])
        elif one.code and not one.name:
            pending_code = one
            if items and not above and not items[-1].code and items[-1].row == one.row.index - 1:
                items[-1].code = pending_code.code
            else:
                pending.append(one)
    if waiting is not None and items and _fits(waiting, items[-1], style):
        _take_quantity(items[-1], waiting)
    return [item for item in items if item.amount is not None and (item.name or item.code or item.amount[0])]


def _cancelled_by(one: _Parsed, items: list[FoundItem], style: Style) -> FoundItem | None:
    """The last item whose amount a row takes back."""
    for item in reversed(items):
        if one.amount and item.amount and not item.void and item.amount[0] == -one.amount.value(style):
            return item
    return None


def _find_quantity_rows(parsed: list[_Parsed], style: Style) -> None:
    """``2 Roll x 4.85`` above or below an amount of 9.70 is no item: its amount is the unit price."""
    for one, other in [*pairwise(parsed), *((b, a) for a, b in pairwise(parsed))]:
        if one.amount is None or other.amount is None or one.quantity is None or one.unit_price is not None:
            continue
        quantity = one.quantity[0]
        product = _rounded(quantity * one.amount.value(style), style)
        alone = quantity == 1 and not one.name and bool(other.name) and other.quantity is None
        if (
            product
            and (quantity not in (0, 1) or alone)
            and product == other.amount.value(style)
            and len(one.name) <= _UNIT_LETTERS
        ):
            one.unit_price = (one.amount.value(style), one.amount)
            one.amount, one.name = None, ""


def _names_stand_above(parsed: list[_Parsed]) -> bool:
    """Whether rows without amounts belong to the amount below them rather than to the one above."""
    above = below = 0
    for first, second in itertools.pairwise(parsed):
        if (
            first.name
            and first.amount is None
            and first.unit_price is None
            and second.amount is not None
            and not second.name
        ):
            above += 1
        if first.amount is not None and not first.name and second.name and second.amount is None:
            below += 1
    bare = [one for one in parsed if one.amount is not None and not one.name]
    if not bare:
        return False
    first_bare = parsed.index(bare[0])
    starts_above = (
        first_bare > 0 and bool(parsed[first_bare - 1].name) and parsed[first_bare - 1].amount is None
    )
    return above > below or (above == below and starts_above)


def _is_reduction(one: _Parsed) -> bool:
    """Whether a negative amount lowers the item above it, rather than being an item that came back."""
    return (
        one.discount or not one.name or one.row.role == "discount" or bool(re.search(r"\d ?%", one.row.text))
    )


def _item(one: _Parsed, style: Style) -> FoundItem:
    item = FoundItem(
        row=one.row.index, name=one.name, code=one.code, unit=one.unit, tax_code=one.tax_group, void=False
    )
    if one.name:
        item.names.append(one.row)
    if one.amount is not None:
        item.amount = (one.amount.value(style), one.row, one.amount)
        item.tax_code = one.amount.letter or one.tax_group
    if one.quantity is not None:
        item.quantity = (one.quantity[0], one.row, one.quantity[1])
    if one.unit_price is not None:
        item.unit_price = (one.unit_price[0], one.row, one.unit_price[1])
    return item


def _prepend(item: FoundItem, pending: list[_Parsed]) -> None:
    for one in reversed(pending):
        item.name = f"{one.name} {item.name}".strip()
        item.names.insert(0, one.row)
        item.code = item.code or one.code
        item.tax_code = item.tax_code or one.tax_group
        if item.quantity is None and one.quantity is not None and one.name:
            item.quantity = (one.quantity[0], one.row, one.quantity[1])


def _append(item: FoundItem, rows: list[_Parsed]) -> None:
    for one in rows:
        item.name = f"{item.name} {one.name}".strip()
        item.names.append(one.row)
        item.code = item.code or one.code


def _fits(one: _Parsed, item: FoundItem, style: Style) -> bool:
    """Whether quantity times unit price is the amount of an item."""
    if one.unit_price is None or item.amount is None or item.unit_price is not None:
        return False
    quantity = one.quantity[0] if one.quantity else Decimal(1)
    product = _rounded(quantity * one.unit_price[0], style)
    reduced = product - item.discount[0] if item.discount else product
    difference = min(abs(product - item.amount[0]), abs(reduced - item.amount[0]))
    return difference <= (_CENT * 2 if one.unit else Decimal(0))


def _same(item: FoundItem, one: _Parsed, style: Style) -> bool:
    return item.amount is not None and one.amount is not None and item.amount[0] == one.amount.value(style)


def _take_quantity(item: FoundItem, one: _Parsed) -> None:
    if one.quantity is not None:
        item.quantity = (one.quantity[0], one.row, one.quantity[1])
    if one.unit_price is not None:
        item.unit_price = (one.unit_price[0], one.row, one.unit_price[1])
    item.unit = one.unit or item.unit
