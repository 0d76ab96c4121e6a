"""One row of the result: what an input came to, as plain values, and as columns of a Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from ocr.document import Document
    from ocr.receipt import Item, Receipt

READ, FAILED = "read", "failed"
#: Digits of amounts, and of quantities, before and behind the point.
_AMOUNT, _QUANTITY = (18, 4), (18, 6)
_TEXTS = ("description", "code", "unit", "tax_code")
_AMOUNTS = ("unit_price", "discount", "amount")


@dataclass(frozen=True)
class Row:
    """What an input came to.

    Attributes:
        uri: its name.
        sha256: of its bytes, ``None`` where they cannot be had.
        status: ``"read"`` or ``"failed"``.
        code: why it failed, ``None`` where it was read.
        message: likewise, as a sentence.
        document: JSON of the document where it was read.
        facts: values of the further columns by name, as JSON: see `facts_of`.
    """

    uri: str
    sha256: str | None
    status: str
    code: str | None = None
    message: str | None = None
    document: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return len(self.document or "") + 500


def facts_of(document: Document) -> dict[str, Any]:
    """What a document says in columns: of its first receipt, with the items of all, as JSON values.

    A value that is not certain is as in the document: the likelier one; `Field.alternatives` are in the JSON alone.
    """
    first = document.receipts[0] if document.receipts else None
    return {
        "receipts": len(document.receipts),
        "merchant": _value(first and first.merchant.name),
        "date": _value(first and first.date),
        "currency": _value(first and first.currency),
        "total": _value(first and first.total),
        "items": [
            _item(number, item)
            for number, receipt in enumerate(document.receipts)
            for item in _items(receipt)
        ],
    }


def _items(receipt: Receipt) -> Sequence[Item]:
    return receipt.items


def _item(number: int, item: Item) -> dict[str, Any]:
    names = ("description", "code", "quantity", "unit", "unit_price", "discount", "amount", "tax_code")
    return {"receipt": number, **{name: _value(getattr(item, name)) for name in names}, "void": item.void}


def _value(found: Any) -> Any:
    from ocr.receipt import to_json_value

    return None if found is None else to_json_value(found.value)


def schema() -> pa.Schema:
    """The columns of a result file."""
    import pyarrow as pa

    amount, quantity = pa.decimal128(*_AMOUNT), pa.decimal128(*_QUANTITY)
    item = pa.struct(
        [
            ("receipt", pa.int32()),
            ("description", pa.string()),
            ("code", pa.string()),
            ("quantity", quantity),
            ("unit", pa.string()),
            ("unit_price", amount),
            ("discount", amount),
            ("amount", amount),
            ("tax_code", pa.string()),
            ("void", pa.bool_()),
        ]
    )
    return pa.schema(
        [
            pa.field("uri", pa.string(), nullable=False),
            pa.field("sha256", pa.string()),
            pa.field("status", pa.string(), nullable=False),
            pa.field("code", pa.string()),
            pa.field("message", pa.string()),
            pa.field("document", pa.large_string()),
            pa.field("receipts", pa.int32()),
            pa.field("merchant", pa.string()),
            pa.field("date", pa.date32()),
            pa.field("currency", pa.string()),
            pa.field("total", amount),
            pa.field("items", pa.list_(item)),
        ]
    )


def table(rows: Sequence[Row]) -> pa.Table:
    """Rows as columns."""
    import pyarrow as pa

    columns = schema()
    values: dict[str, list[Any]] = {
        "uri": [row.uri for row in rows],
        "sha256": [row.sha256 for row in rows],
        "status": [row.status for row in rows],
        "code": [row.code for row in rows],
        "message": [row.message for row in rows],
        "document": [row.document for row in rows],
        "receipts": [row.facts.get("receipts") for row in rows],
        "merchant": [row.facts.get("merchant") for row in rows],
        "date": [_date(row.facts.get("date")) for row in rows],
        "currency": [row.facts.get("currency") for row in rows],
        "total": [_decimal(row.facts.get("total"), _AMOUNT) for row in rows],
        "items": [_typed(row.facts.get("items")) for row in rows],
    }
    return pa.table(
        [pa.array(values[name], columns.field(name).type) for name in columns.names], schema=columns
    )


def _typed(items: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    if items is None:
        return None
    return [
        {
            **item,
            "quantity": _decimal(item["quantity"], _QUANTITY),
            **{name: _decimal(item[name], _AMOUNT) for name in _AMOUNTS},
        }
        for item in items
    ]


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _decimal(text: str | None, digits: tuple[int, int]) -> Decimal | None:
    """A number of a column; ``None`` where the column cannot hold it exactly, so that the document alone has it."""
    if text is None:
        return None
    value = Decimal(text)
    precision, scale = digits
    _, figures, exponent = value.as_tuple()
    if not isinstance(exponent, int) or len(figures) + exponent > precision - scale:
        return None
    fitting = value.quantize(Decimal(1).scaleb(-scale))
    return fitting if fitting == value else None
