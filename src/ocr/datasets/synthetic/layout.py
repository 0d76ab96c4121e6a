"""Where a receipt's words stand: rows of cells, still in fractions of the printed width."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from ocr.datasets.synthetic.casing import upper_case
from ocr.datasets.synthetic.content import Item, Purchase
from ocr.datasets.synthetic.locales import fill
from ocr.datasets.synthetic.names import invented_word

Anchor = Literal["left", "right", "centre"]

Graphic = Literal["none", "dashes", "line", "double", "barcode", "logo", "qr"]


@dataclass(frozen=True)
class Cell:
    """Text anchored at a fraction of the printed width.

    Attributes:
        text: what it says.
        anchor: which side of the text stands at `at`.
        at: from 0, the left edge, to 1, the right edge.
        room: width that the text may take, as a fraction; longer text is cut.
    """

    text: str
    anchor: Anchor = "left"
    at: float = 0.0
    room: float = 1.0


@dataclass(frozen=True)
class Row:
    """One printed row, or a graphic.

    Attributes:
        cells: texts that stand side by side.
        size: factor on the height of the text.
        wide: further factor on its width alone, as printers have it.
        bold: whether it is struck twice.
        inverse: whether it is white on a black bar.
        underline: whether a line is drawn close below.
        gap: space before the row, in row heights.
        graphic: what is drawn instead of text.
        boxed: whether it stands in a box, together with its neighbours that do.
    """

    cells: tuple[Cell, ...] = ()
    size: float = 1.0
    wide: float = 1.0
    bold: bool = False
    inverse: bool = False
    underline: bool = False
    gap: float = 0.0
    graphic: Graphic = "none"
    boxed: bool = False


@dataclass
class Plan:
    """The choices that hold for a whole receipt, drawn once."""

    rng: Random
    upper: bool
    centred: bool
    rule: Graphic
    colon: str
    bold_total: bool
    totals_at: float
    value_at: float
    item_style: int
    signed_items: bool
    suffix: str
    columns: tuple[float, ...] = field(default=(0.0, 0.55, 0.78, 1.0))


def make_plan(rng: Random) -> Plan:
    """A plan drawn from the usual ones."""
    return Plan(
        rng=rng,
        upper=rng.random() < 0.5,
        centred=rng.random() < 0.75,
        rule=rng.choice(("dashes", "dashes", "dashes", "line", "double", "none")),
        colon=rng.choice((":", " :", "", "", ":")),
        bold_total=rng.random() < 0.6,
        totals_at=rng.choice((0.0, 0.0, 0.0, 0.3, 0.45)),
        value_at=rng.choice((0.3, 0.36, 0.42)),
        item_style=rng.randrange(5),
        signed_items=rng.random() < 0.12,
        suffix=rng.choice(("", "", "", " S", " SR", " A", " T", "*")),
        columns=rng.choice(((0.0, 0.55, 0.78, 1.0), (0.0, 0.5, 0.74, 1.0), (0.0, 0.6, 0.8, 1.0))),
    )


def lay_out(purchase: Purchase, plan: Plan) -> list[Row]:
    """The rows of a receipt from top to bottom."""
    rows = [*_header(purchase, plan), *_details(purchase, plan)]
    rule = Row(graphic=plan.rule)
    rows += [rule, *_items(purchase, plan), rule, *_totals(purchase, plan)]
    if plan.rng.random() < 0.4:
        rows += [rule, *_tax_summary(purchase, plan)]
    return [*rows, *_footer(purchase, plan)]


def _cased(plan: Plan, text: str) -> str:
    return upper_case(text) if plan.upper else text


def _banner(plan: Plan, text: str, **looks: object) -> Row:
    place: Anchor = "centre" if plan.centred else "left"
    return Row((Cell(_cased(plan, text), place, 0.5 if plan.centred else 0.0),), **looks)  # type: ignore[arg-type]


def _header(purchase: Purchase, plan: Plan) -> Iterator[Row]:
    rng = plan.rng
    if rng.random() < 0.2:
        yield Row(graphic="logo")
    size = rng.choice((1.0, 1.0, 1.25, 1.5, 1.8))
    yield _banner(
        plan, purchase.company, size=size, bold=rng.random() < 0.5, wide=rng.choice((1.0, 1.0, 1.3))
    )
    for number in purchase.registration[:1]:
        yield _banner(plan, f"({number})" if rng.random() < 0.3 else number)
    small = rng.choice((1.0, 1.0, 1.0, 0.85))
    for line in purchase.address:
        yield _banner(plan, line, size=small)
    if rng.random() < 0.8:
        yield _banner(plan, purchase.phone, size=small)
    for number in purchase.registration[1:]:
        yield _banner(plan, number, size=small)
    if rng.random() < 0.75:
        looks = rng.random()
        yield _banner(
            plan, purchase.title, gap=rng.choice((0.3, 0.6, 1.0)), bold=looks < 0.4, inverse=looks > 0.92,
            size=rng.choice((1.0, 1.0, 1.3)), underline=0.4 < looks < 0.5,
        )  # fmt: skip


def _details(purchase: Purchase, plan: Plan) -> Iterator[Row]:
    rng, words = plan.rng, purchase.locale.words
    pairs = [
        (rng.choice(words.document), purchase.document),
        (rng.choice(words.date), f"{purchase.date} {purchase.time}" if rng.random() < 0.5 else purchase.date),
        (rng.choice(words.staff), purchase.staff),
        (rng.choice(words.time), purchase.time),
        (rng.choice(words.document), fill(rng.choice(("##", "####", "@#")), rng)),
    ]
    pairs = pairs[: 2 + rng.randrange(4)]
    rng.shuffle(pairs)
    style = rng.randrange(4)
    if rng.random() < 0.5:
        yield Row(graphic=plan.rule)
    gap = 0.4
    if style == 0:
        for label, value in pairs:
            yield Row((Cell(_cased(plan, f"{label}{plan.colon or ':'} {value}")),), gap=gap)
            gap = 0.0
    elif style == 1:
        for label, value in pairs:
            text = f": {value}" if rng.random() < 0.4 else value
            cells = (
                Cell(_cased(plan, label + plan.colon), room=plan.value_at - 0.02),
                Cell(_cased(plan, text), "left", plan.value_at, 1 - plan.value_at),
            )
            yield Row(cells, gap=gap)
            gap = 0.0
    elif style == 2:
        for label, value in pairs:
            cells = (
                Cell(_cased(plan, label + plan.colon), room=0.48),
                Cell(_cased(plan, value), "right", 1.0, 0.5),
            )
            yield Row(cells, gap=gap)
            gap = 0.0
    else:
        for left, right in zip(pairs[::2], [*pairs[1::2], ("", "")], strict=False):
            first = Cell(_cased(plan, f"{left[0]}: {left[1]}"), room=0.52)
            second = Cell(_cased(plan, f"{right[0]}: {right[1]}"), "right", 1.0, 0.45)
            yield Row((first, second) if right[0] else (first,), gap=gap)
            gap = 0.0
        if not any(purchase.date in value for _, value in pairs):
            yield Row((Cell(purchase.date), Cell(purchase.time, "right", 1.0)))
        return
    if not any(purchase.date in value for _, value in pairs):
        yield Row((Cell(purchase.date), Cell(purchase.time, "right", 1.0)))


def _items(purchase: Purchase, plan: Plan) -> Iterator[Row]:
    rng, words = plan.rng, purchase.locale.words
    if rng.random() < 0.6:
        names = rng.sample(words.columns, 3)
        if plan.item_style in (2, 4):
            cells = [Cell(_cased(plan, rng.choice(words.columns)), room=0.3)]
            cells += [
                Cell(_cased(plan, n), "right", x, 0.2) for n, x in zip(names, plan.columns[1:], strict=True)
            ]
        else:
            cells = [Cell(_cased(plan, names[0]), room=0.5), Cell(_cased(plan, names[1]), "right", 1.0, 0.3)]
        yield Row(tuple(cells), bold=rng.random() < 0.3)
        if rng.random() < 0.6:
            yield Row(graphic=plan.rule)
    spread = rng.choice((0.0, 0.0, 0.0, 0.3))
    for number, item in enumerate(purchase.items):
        yield from _item(purchase, plan, item, number, spread if number else 0.0)
        if item.discount:
            text = f"-{purchase.amount(item.discount)}"
            yield Row(
                (Cell(_cased(plan, rng.choice(words.discount)), "left", 0.05, 0.6), Cell(text, "right", 1.0))
            )


def _item(purchase: Purchase, plan: Plan, item: Item, number: int, gap: float) -> Iterator[Row]:
    name = _cased(plan, item.name)
    quantity = f"{item.quantity.normalize():f}"
    unit, amount = (
        purchase.amount(item.unit_price),
        purchase.amount(item.amount, plan.signed_items) + plan.suffix,
    )
    last = Cell(amount, "right", 1.0, 0.32)
    style = plan.item_style
    if style == 0:
        prefix = f"{quantity} " if item.quantity != 1 else ""
        yield Row((Cell(prefix + name, room=0.66), last), gap=gap)
        if item.quantity != 1:
            yield Row((Cell(f"{quantity} x {unit}", "left", 0.06, 0.6),))
    elif style == 1:
        yield Row((Cell(f"{item.code} {name}" if item.code else name),), gap=gap)
        yield Row((Cell(f"{quantity} {'X' if plan.upper else 'x'} {unit}", "left", 0.08, 0.55), last))
    elif style == 2:
        if item.code or len(name) > 14:
            head = (
                (Cell(item.code, room=0.35), Cell(name, "left", 0.38, 0.62))
                if item.code and plan.centred
                else (Cell(f"{item.code} {name}".strip()),)
            )
            yield Row(head, gap=gap)
            first: tuple[Cell, ...] = (Cell(f"{number + 1}.", room=0.1),) if plan.totals_at else ()
        else:
            first = (Cell(name, room=0.36),)
        yield Row(
            (
                *first,
                Cell(quantity, "right", plan.columns[1], 0.15),
                Cell(unit, "right", plan.columns[2], 0.22),
                Cell(amount, "right", 1.0, 0.2),
            )
        )
    elif style == 3:
        yield Row((Cell(quantity, "left", 0.0, 0.08), Cell(name, "left", 0.12, 0.54), last), gap=gap)
    else:
        middle = (Cell(quantity, "right", plan.columns[1], 0.12), Cell(unit, "right", plan.columns[2], 0.2))
        yield Row((Cell(name, room=0.4), *middle, Cell(amount, "right", 1.0, 0.2)), gap=gap)


def _totals(purchase: Purchase, plan: Plan) -> Iterator[Row]:
    rng, words = plan.rng, purchase.locale.words
    signed = rng.random() < 0.35

    def row(labels: tuple[str, ...], amount: str, **looks: object) -> Row:
        brief = [label for label in labels if len(label) <= 14] if plan.totals_at else []
        text = _cased(plan, rng.choice(brief or labels) + plan.colon)
        label = Cell(text, "left", plan.totals_at, 0.66 - plan.totals_at * 0.5)
        return Row((label, Cell(amount, "right", 1.0, 0.33)), **looks)  # type: ignore[arg-type]

    if rng.random() < 0.3:
        count = sum(1 for _ in purchase.items)
        yield Row((Cell(_cased(plan, f"{rng.choice(words.columns)}: {count}")),))
    if rng.random() < 0.75:
        yield row(words.subtotal, purchase.amount(purchase.subtotal, signed))
    if purchase.discount:
        yield row(words.discount, purchase.amount(-purchase.discount, signed))
    if not purchase.tax_included or rng.random() < 0.5:
        labels = tuple(
            f"{label} {purchase.tax_rate}%" if "%" not in label and rng.random() < 0.5 else label
            for label in words.tax
        )
        yield row(labels, purchase.amount(purchase.tax, signed))
    if purchase.rounding or rng.random() < 0.15:
        yield row(words.rounding, purchase.amount(purchase.rounding, signed))
    yield row(
        words.total, purchase.amount(purchase.total, signed or rng.random() < 0.3), bold=plan.bold_total,
        size=rng.choice((1.0, 1.0, 1.3, 1.6)), gap=rng.choice((0.0, 0.2)),
    )  # fmt: skip
    if purchase.paid is not None and purchase.change is not None:
        yield row(words.cash, purchase.amount(purchase.paid, signed))
        if purchase.change or rng.random() < 0.5:
            yield row(words.change, purchase.amount(purchase.change, signed))
    else:
        yield row((purchase.card,), purchase.amount(purchase.total, signed))
        if rng.random() < 0.5:
            yield Row(
                (Cell(fill(rng.choice(("XXXXXXXXXXXX####", "**** **** **** ####", "############")), rng)),)
            )


def _tax_summary(purchase: Purchase, plan: Plan) -> Iterator[Row]:
    rng = plan.rng
    base = purchase.subtotal - purchase.discount - (purchase.tax if purchase.tax_included else 0)
    if rng.random() < 0.6:
        yield _banner(plan, f"{rng.choice(purchase.locale.words.tax)} {rng.choice(('SUMMARY', '%', 'SPEC'))}")
    head = rng.sample(purchase.locale.words.columns, 3)
    cells = ((head[0], "left", 0.0), (head[1], "right", 0.6), (head[2], "right", 1.0))
    yield Row(tuple(Cell(_cased(plan, t), a, x, 0.3) for t, a, x in cells))  # type: ignore[arg-type]
    code = rng.choice(("S", "SR", "A", "A =", "1", "T1", "SR @")) + f" {purchase.tax_rate}%"
    yield Row(
        (
            Cell(code, room=0.35),
            Cell(purchase.amount(base), "right", 0.6),
            Cell(purchase.amount(purchase.tax), "right", 1.0),
        )
    )


def _footer(purchase: Purchase, plan: Plan) -> Iterator[Row]:
    rng, words = plan.rng, purchase.locale.words
    if rng.random() < 0.5:
        yield Row(graphic=plan.rule)
    gap = rng.choice((0.3, 0.8, 1.5))
    for text in rng.sample((*words.notes, *words.thanks), rng.randrange(1, 5)):
        yield _banner(plan, f"*** {text} ***" if rng.random() < 0.1 else text, gap=gap)
        gap = 0.0
    if rng.random() < 0.25:
        yield Row(graphic=rng.choice(("barcode", "barcode", "qr")), gap=0.4)
        if rng.random() < 0.7:
            yield Row((Cell(fill("#############", rng), "centre", 0.5),))
    if rng.random() < 0.25:
        yield _banner(plan, f"www.{invented_word(rng).lower()}.com")
    yield _banner(plan, rng.choice(words.thanks), gap=rng.choice((0.0, 0.5)))
