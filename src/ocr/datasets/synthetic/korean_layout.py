"""Where the words of Korean receipts stand: tills, cafés, card slips in boxes, cash receipts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from ocr.datasets.synthetic.content import Item, Purchase
from ocr.datasets.synthetic.korean import business_number, person
from ocr.datasets.synthetic.layout import Cell, Plan, Row
from ocr.datasets.synthetic.locales import fill

#: Headings of the columns of articles.
_COLUMNS = (
    ("상품명", "단가", "수량", "금액"),
    ("품명", "단가", "수량", "금액"),
    ("메뉴", "단가", "수량", "금액"),
    ("상 품 명", "단 가", "수량", "금 액"),
    ("품 목", "단가", "수량", "합계"),
)


def lay_out(purchase: Purchase, plan: Plan) -> list[Row]:
    """The rows of a receipt from top to bottom."""
    rng = plan.rng
    rule = Row(graphic=rng.choice(("dashes", "dashes", "line", "double")))
    rows = [*_head(purchase, rng), rule, *_items(purchase, rng, rule), rule, *_totals(purchase, rng)]
    if purchase.card or rng.random() < 0.25:
        rows += [rule, *_slip(purchase, rng)]
    return [*rows, *_foot(purchase, rng, rule)]


def _money(purchase: Purchase, value: Decimal) -> str:
    return purchase.amount(value)


def _pair(left: str, right: str, **looks: object) -> Row:
    return Row((Cell(left, room=0.6), Cell(right, "right", 1.0, 0.6)), **looks)  # type: ignore[arg-type]


def _spaced(text: str, rng: Random) -> str:
    """Short labels are often set wide: 합   계."""
    if len(text) in (2, 3) and text.isalpha() and rng.random() < 0.35:
        return rng.choice((" ", "  ")).join(text)
    return text


def _head(purchase: Purchase, rng: Random) -> Iterator[Row]:
    words = purchase.locale.words
    centred = rng.random() < 0.5
    place = ("centre", 0.5) if centred else ("left", 0.0)

    def row(text: str, **looks: object) -> Row:
        return Row((Cell(text, place[0], place[1]),), **looks)  # type: ignore[arg-type]

    if rng.random() < 0.12:
        yield Row(graphic="logo")
    if rng.random() < 0.5:
        yield Row(
            (Cell(rng.choice(words.titles), "centre", 0.5),),
            size=rng.choice((1.0, 1.0, 1.5)),
            wide=rng.choice((1.0, 1.6)),
        )
    looks = rng.choice(({}, {}, {"wide": 2.0}, {"size": 1.8}, {"size": 1.5, "bold": True}))
    yield row(
        rng.choice(("", "", "", "상호: ", "매장명 : ", "[매장] ", "가맹점명 : ")) + purchase.company, **looks
    )
    number = purchase.registration[0] if purchase.registration else f"사업자번호 {business_number(rng)}"
    boss = rng.choice(("대표", "대표자", "대표:", "대표자 :", "")) + " " + person(rng, purchase.locale)
    draw = rng.random()
    if draw < 0.35:
        yield _pair(number, boss.strip())
    else:
        yield row(number)
        if draw < 0.8:
            yield row(boss.strip())
    for line in purchase.address:
        yield row(line)
    if rng.random() < 0.8:
        yield row(purchase.phone)
    label = rng.choice(("", "", *words.date))
    when = f"{label}{rng.choice((' ', ': ', ' : ')) if label else ''}{purchase.date} {purchase.time}"
    till = rng.choice(("POS", "포스:", "POS:", "POS번호 ", "계산대 ")) + fill(rng.choice(("##", "####")), rng)
    if rng.random() < 0.5:
        yield _pair(when, till, gap=rng.choice((0.0, 0.4)))
    else:
        yield Row((Cell(when),), gap=rng.choice((0.0, 0.4)))
    for _ in range(rng.choice((0, 1, 1, 2))):
        kind = rng.random()
        if kind < 0.4:
            yield Row(
                (Cell(f"{rng.choice(words.document)}{rng.choice((':', ' : ', ' '))}{purchase.document}"),)
            )
        elif kind < 0.7:
            yield _pair(f"{rng.choice(words.staff)}:{person(rng, purchase.locale)}", till)
        else:
            yield Row((Cell(rng.choice(words.notes)),))


def _items(purchase: Purchase, rng: Random, rule: Row) -> Iterator[Row]:
    words = purchase.locale.words
    style = rng.randrange(4)
    at = rng.choice(((0.62, 0.74, 1.0), (0.58, 0.7, 1.0), (0.66, 0.78, 1.0)))
    if rng.random() < 0.8:
        names = rng.choice((*_COLUMNS, tuple(rng.sample(words.columns, 4))))
        if style == 3:
            yield Row(
                (Cell(names[0]), Cell(names[2], "right", at[1], 0.15), Cell(names[3], "right", 1.0, 0.25))
            )
        else:
            cells = [Cell(n, "right", x, 0.22) for n, x in zip(names[1:], at, strict=True)]
            yield Row((Cell(names[0], room=0.4), *cells))
        if rng.random() < 0.7:
            yield rule
    exempt = rng.random() < 0.3
    for number, item in enumerate(purchase.items):
        mark = "*" if exempt and rng.random() < 0.4 else ""
        yield from _item(purchase, item, number, style, at, mark)
        if item.discount:
            yield _pair(rng.choice(words.discount), f"-{_money(purchase, item.discount)}")


def _item(
    purchase: Purchase, item: Item, number: int, style: int, at: tuple[float, ...], mark: str
) -> Iterator[Row]:
    quantity, amount = f"{item.quantity.normalize():f}", _money(purchase, item.amount)
    unit = _money(purchase, item.unit_price)
    columns = (
        Cell(unit, "right", at[0], 0.22),
        Cell(quantity, "right", at[1], 0.12),
        Cell(amount, "right", 1.0, 0.22),
    )
    name = mark + item.name
    if style == 0 and len(name) <= 9:
        yield Row((Cell(name, room=0.4), *columns))
    elif style in (0, 1):
        yield Row((Cell(f"{number + 1:03d} {name}" if style else name),))
        first = (Cell(item.code, room=0.38),) if item.code else ()
        yield Row((*first, *columns))
    elif style == 2:
        yield Row((Cell(name),))
        yield Row(columns)
    else:
        yield Row(
            (Cell(name, room=0.56), Cell(quantity, "right", at[1], 0.12), Cell(amount, "right", 1.0, 0.24))
        )


def _totals(purchase: Purchase, rng: Random) -> Iterator[Row]:
    words = purchase.locale.words
    colon = rng.choice(("", "", ":", " :"))
    won = rng.choice(("", "", "", "원"))

    def row(label: str, value: Decimal, **looks: object) -> Row:
        return _pair(_spaced(label, rng) + colon, _money(purchase, value) + won, **looks)

    if rng.random() < 0.3:
        yield _pair(rng.choice(("총 품목 수량", "수량합계", "총수량", "품목수")), str(len(purchase.items)))
    due = purchase.total
    if rng.random() < 0.4:
        yield row(rng.choice(words.subtotal), purchase.subtotal)
    if purchase.discount:
        yield row(rng.choice(words.discount), -purchase.discount)
    taxed = due if rng.random() < 0.75 else (due * rng.randrange(2, 9) / 10).quantize(Decimal(1))
    net = (taxed / Decimal("1.1")).quantize(Decimal(1), ROUND_HALF_UP)
    if rng.random() < 0.8:
        if taxed != due or rng.random() < 0.3:
            yield row(
                rng.choice(("면세물품가액", "면세 물품가액", "면세금액", "(*)면세물품가액", "면세합계")),
                due - taxed,
            )
        yield row(rng.choice(("과세물품가액", "과세 물품가액", "공급가액", "과세금액", "과세합계")), net)
        yield row(rng.choice(words.tax), taxed - net)
    tall = rng.choice(
        ({}, {"bold": True}, {"size": 1.7}, {"size": 1.7, "wide": 1.2}, {"wide": 1.8}, {"size": 1.4})
    )
    yield row(rng.choice(words.total), due, **tall)
    if purchase.paid is not None and purchase.change is not None:
        if rng.random() < 0.3:
            yield row(rng.choice(("받을금액", "받을돈", "결제대상금액")), due)
        yield row(rng.choice(words.cash), purchase.paid)
        yield row(rng.choice(words.change), purchase.change)
    elif purchase.card:
        yield row(rng.choice(("신용카드", "카드", "카드결제", purchase.card)), due)


def _slip(purchase: Purchase, rng: Random) -> Iterator[Row]:
    """A card slip, or a cash receipt (현금영수증) for a cash payment, often in a box."""
    box = rng.random() < 0.4
    colon = rng.choice((":", " :", ": ", " : ", " "))
    inset = 0.03 if box else 0.0
    heading = rng.choice(
        (
            "[신용카드 전표]",
            "** 신용승인정보 **",
            "신용카드 매출전표",
            "[카드승인]",
            "*** 신용승인 ***",
            "<신용카드전표>",
        )
    )
    lines = [
        ("카드종류", purchase.card),
        ("카드번호", fill("####-####-****-###*", rng)),
        ("승인번호", fill("########", rng)),
        ("승인금액", _money(purchase, purchase.total) + rng.choice(("", "원"))),
        ("할부개월", "일시불"),
        ("승인일시", f"{purchase.date} {purchase.time}"),
        ("매입사", purchase.card),
        ("가맹점번호", fill("##########", rng)),
    ]
    if not purchase.card:
        heading = rng.choice(
            (
                "현금영수증(소득공제)",
                "[현금영수증]",
                "현금(소득공제)",
                "현금영수증 (지출증빙)",
                "* 현금영수증 *",
            )
        )
        lines = [
            ("거래유형", rng.choice(("소득공제", "지출증빙", "자진발급"))),
            ("식별번호", fill("010****####", rng)),
            ("승인번호", fill("#########", rng)),
            ("거래금액", _money(purchase, purchase.total)),
            ("문의", "국세청 126"),
        ]
    kept = [pair for pair in lines if rng.random() < 0.75]
    apart = rng.random() < 0.35
    yield Row(
        (Cell(heading, rng.choice(("left", "centre")), inset),)
        if rng.random() < 0.4
        else (Cell(heading, "centre", 0.5),),
        boxed=box,
    )
    for label, value in kept:
        cells: tuple[Cell, ...] = (Cell(f"{label}{colon}{value}", "left", inset),)
        if apart:
            cells = (Cell(label, "left", inset, 0.4), Cell(value, "right", 1.0 - inset, 0.6))
        yield Row(cells, boxed=box)


def _foot(purchase: Purchase, rng: Random, rule: Row) -> Iterator[Row]:
    words = purchase.locale.words
    if rng.random() < 0.6:
        yield rule
    for text in rng.sample((*words.notes, *words.thanks), rng.randrange(1, 5)):
        yield Row((Cell(text, *rng.choice((("centre", 0.5), ("left", 0.0)))),))
    if rng.random() < 0.35:
        yield Row(graphic=rng.choice(("barcode", "barcode", "barcode", "qr")), gap=0.4)
        if rng.random() < 0.7:
            yield Row((Cell(fill("####################", rng), "centre", 0.5),))
    last = Row((Cell(rng.choice(words.thanks), "centre", 0.5),))
    yield replace(last, wide=1.5) if rng.random() < 0.15 else last
