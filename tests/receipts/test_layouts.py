"""Receipts of many trades, countries and layouts: total, day, currency, tax, items and the check of the total."""

from __future__ import annotations

import pytest

from ocr.receipt import to_json_value
from tests.receipts.layouts import LAYOUTS
from tests.receipts.printed import receipt


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout(name: str) -> None:
    layout = LAYOUTS[name]
    found = receipt(layout.text)
    fields = dict(found.all_fields())
    read = {
        path: to_json_value(fields[path].value) if path in fields and fields[path].source != "code" else None
        for path in layout.fields
    }
    assert read == layout.fields
    if layout.items is not None:
        assert [str(item.amount.value) for item in found.items if item.amount and not item.void] == list(
            layout.items
        )
    assert (found.check("total").status == "passed") is layout.passed, found.check("total").message
