"""Receipts as tests write them: plain text, columns parted by two spaces and more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import dedent

from ocr.document import Line, Page
from ocr.receipt import Receipt, to_json_value
from ocr.receipts.extract import extract

_WIDE, _TALL, _PITCH = 10, 16, 24


def page(text: str) -> Page:
    """A page with a line for each piece of text, where it stands in the block."""
    lines: list[Line] = []
    rows: list[tuple[int, ...]] = []
    printed = dedent(text).strip("\n").split("\n")
    for number, row in enumerate(printed):
        first = len(lines)
        for match in re.finditer(r"\S+(?: \S+)*", row):
            left, right = _WIDE * match.start() + 20, _WIDE * match.end() + 20
            top = 20 + _PITCH * number
            quad = [(left, top), (right, top), (right, top + _TALL), (left, top + _TALL)]
            lines.append(Line(match.group(), 0.95, quad))
        if len(lines) > first:
            rows.append(tuple(range(first, len(lines))))
    width = 40 + _WIDE * max(map(len, printed))
    return Page(width, 60 + _PITCH * len(printed), tuple(lines), tuple(rows))


def receipt(text: str) -> Receipt:
    """What is read from a receipt written as text."""
    (found,) = extract([page(text)])
    return found


def assert_read(text: str, expected: Mapping[str, str | None], amounts: Sequence[str]) -> None:
    """That a receipt written as text has these fields, amounts of items, and a total that its sums agree with."""
    found = receipt(text)
    fields = dict(found.all_fields())
    read = {path: str(to_json_value(fields[path].value)) if path in fields else None for path in expected}
    assert read == expected
    assert [str(item.amount.value) for item in found.items if item.amount] == list(amounts)
    assert found.check("total").status == "passed", found.check("total").message


def items(found: Receipt) -> list[tuple[str, str]]:
    """Description and amount of each item."""
    return [
        (item.description.value if item.description else "", str(item.amount.value) if item.amount else "")
        for item in found.items
    ]
