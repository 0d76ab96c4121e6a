"""A document with everything that writers show, made by hand."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import numpy as np

from ocr.document import Document, Line, Page, ReadWarning, Word
from ocr.receipt import Check, Field, Item, Merchant, Payment, Receipt, Tax

#: What a picture may hold to attack whoever shows it.
ATTACK = '<script>alert("x")</script>|`*_[a](http://evil)\x1b[31m\u202e=1+1'
WIDTH, HEIGHT = 400, 300


def box(x: float, y: float, width: float, height: float = 20) -> np.ndarray:
    """A level quad."""
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)


def line(text: str, x: float, y: float, width: float, confidence: float = 0.9) -> Line:
    return Line(text, confidence, box(x, y, width))


def field(value: Any, *lines: int, **more: Any) -> Field[Any]:
    return Field(value, str(value), 0.9, tuple((0, k) for k in lines), **more)


LINES = (
    Line(
        "Café Zoë €",
        0.95,
        box(100, 10, 180),
        (
            Word("Café", 0.97, box(100, 10, 70)),
            Word("Zoë", 0.93, box(180, 10, 60)),
            Word("€", 0.91, box(260, 10, 20)),
        ),
    ),
    line("Äpfel & Öl", 20, 60, 120),
    line("3,90", 320, 62, 60),
    line("Total", 20, 100, 70),
    line("3,90 €", 300, 102, 80, confidence=0.6),
)
PAGE = Page(WIDTH, HEIGHT, LINES, ((0,), (1, 2), (3, 4)))
RECEIPT = Receipt(
    merchant=Merchant(name=field("Café Zoë", 0), address=field("Weg 1, 10115 Berlin")),
    number=field("A-17"),
    date=field(date(2024, 9, 8), alternatives=(date(2024, 8, 9),)),
    time=field(time(18, 42)),
    currency=field("EUR", 4),
    items=(
        Item(description=field("Äpfel", 1), quantity=field(Decimal(2)), unit_price=field(Decimal("1.50"))),
        Item(description=field("=1+1"), amount=field(Decimal("0.90")), tax_code=field("A")),
        Item(description=field("Storno"), amount=field(Decimal("-2.00")), void=True),
    ),
    subtotal=field(Decimal("4.90")),
    discount=field(Decimal("1.00")),
    taxes=(
        Tax(
            label=field("MwSt"),
            rate=field(Decimal(7)),
            net=field(Decimal("3.64")),
            tax=field(Decimal("0.26")),
        ),
    ),
    total=field(Decimal("3.90"), 4),
    payments=(Payment(method=field("cash"), amount=field(Decimal("5.00"))),),
    change=field(Decimal("1.10"), source="computed"),
    checks=(
        Check("total", "failed", "3.00 + 0.90 is not 4.90"),
        Check("change", "passed", "5.00 - 3.90 = 1.10"),
    ),
)
DOCUMENT = Document((PAGE,), (RECEIPT,), (ReadWarning("low_resolution", "small print", 0),), "till/a b.jpg")
#: The fields of this one are all missing.
BARE = Document((PAGE,), (Receipt(),), (), None)
EMPTY = Document((Page(10, 10),))


def hostile() -> Document:
    """A document whose every text is an attack."""
    bad = field(ATTACK, 0)
    receipt = Receipt(
        merchant=Merchant(bad, bad, bad, bad, bad),
        number=bad,
        date=field(date(2024, 1, 2)),
        currency=field("EUR"),
        items=(Item(description=bad, code=bad, unit=bad, tax_code=bad, amount=field(Decimal(1))),),
        taxes=(Tax(label=bad, tax=field(Decimal(1))),),
        total=field(Decimal(1)),
        payments=(Payment(method=bad, card=bad, amount=field(Decimal(1))),),
        checks=(Check("total", "failed", ATTACK),),
    )
    page = Page(WIDTH, HEIGHT, (line(ATTACK, 10, 10, 200),))
    return Document((page,), (receipt,), (ReadWarning("code", ATTACK),), ATTACK)
