"""What the list of the review page shows of a receipt: its state, main fields, checks and doubtful fields."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ocr
from ocr.document import Document
from ocr.receipt import Field, Receipt, to_json_value
from ocr.server.review_derived import Derived, derived
from ocr.server.review_edits import receipt_with, rows_with
from ocr.server.review_lines import corrected_pages

if TYPE_CHECKING:
    from ocr.server.review_store import ReviewStore, Upload

#: Fields that a receipt should have, and those that bookkeeping needs as well. One of them is doubtful below a higher
#: confidence than anything else.
_EXPECTED = ("merchant.name", "date", "total")
_BOOKED = (*_EXPECTED, "currency", "tax", "subtotal")
_SURE, _LIKELY = 0.9, 0.5
#: What the page shows of the rows of a receipt: a doubt that nobody can settle would be there for ever.
_SHOWN = {
    "items": ("description", "quantity", "unit_price", "amount"),
    "taxes": ("rate", "net", "tax", "gross"),
    "payments": ("method", "amount"),
}
#: Counted up where a summary is made otherwise within a version.
_LAYOUT = 3
#: Characters of a receipt that the search of the page looks through.
_SEARCHED = 20_000


def summaries(store: ReviewStore, uploads: Sequence[Upload]) -> list[str]:
    """The summaries of receipts as JSON objects.

    They are kept: making one takes some milliseconds, and a pile has thousands. A summary is made again after a change
    of its receipt, and where another version made it.
    """
    known = store.kept_summaries([one.id for one in uploads])
    texts: dict[str, str] = {}
    stale: list[Upload] = []
    for upload in uploads:
        tag, text = known.get(upload.id, ("", ""))
        if tag == _tag(upload):
            texts[upload.id] = text
        else:
            stale.append(upload)
    values = store.all_values([one.id for one in stale])
    for one in stale:
        content = summary(one, store.document(one.id), values.get(one.id, {}))
        texts[one.id] = json.dumps(content, ensure_ascii=False, allow_nan=False)
    store.keep_summaries([(one.id, _tag(one), texts[one.id]) for one in stale])
    return [texts[upload.id] for upload in uploads]


def _tag(upload: Upload) -> str:
    return f"{upload.changed} {_LAYOUT} {ocr.__version__}"


def summary(upload: Upload, document: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the list shows of one receipt.

    Args:
        upload: the receipt.
        document: what was read, as JSON; ``None`` before that, and where it failed.
        values: that people gave, by path.
    """
    entry: dict[str, Any] = {
        "id": upload.id,
        "name": upload.name,
        "sha256": upload.sha256,
        "created": upload.created,
        "changed": upload.changed,
        "state": upload.state,
        "problem": None if upload.problem is None else json.loads(upload.problem),
        "merchant": None, "date": None, "total": None, "currency": None, "checks": [], "doubts": [], "tax": None,
        "taxes": [], "text": "", "pages": 0, "warnings": [],
    }  # fmt: skip
    if document is not None:
        read = Document.from_json(document)
        pages, _ = corrected_pages(read.pages, values)
        entry["pages"] = len(pages)
        entry["text"] = "\n\n".join(page.text for page in pages)[:_SEARCHED]
        entry["warnings"] = [one.to_dict() for one in read.warnings]
        entry |= _facts(derived(document, values), values)
    if values.get("state") == "reviewed":
        entry["state"] = "reviewed"
    elif upload.state == "read":
        entry["state"] = "doubtful" if entry["doubts"] else "checked"
    return entry


def _fields(found: Derived, receipt: Receipt, values: Mapping[str, Any]) -> dict[str, Field[Any]]:
    """The fields of a receipt by the paths that edits have, as far as the page shows them."""
    fields: dict[str, Field[Any]] = {
        f"merchant.{name}": one for name, one in receipt.merchant.fields().items()
    }
    fields |= receipt.fields()
    for group, names in _SHOWN.items():
        for identifier, row in rows_with(found, values, group).items():
            fields |= {f"{group}.{identifier}.{k}": one for k, one in row.fields().items() if k in names}
    return fields


def _accepted(path: str, field: Field[Any] | None, values: Mapping[str, Any]) -> bool:
    """Whether a person took the present value of a field as right; before there were corrected lines, any value."""
    accepted = values.get(f"{path}.accepted")
    return accepted is True or accepted == ("" if field is None else to_json_value(field.value))


def _facts(found: Derived, values: Mapping[str, Any]) -> dict[str, Any]:
    receipt = receipt_with(found, values)
    fields = _fields(found, receipt, values)
    doubts = []
    for path in dict.fromkeys([*_EXPECTED, *fields]):
        field = fields.get(path)
        if path in values or _accepted(path, field, values):
            continue
        sure = _SURE if path in _BOOKED or path.startswith("items.") else _LIKELY
        if field is None or field.confidence < sure or (field.alternatives and path in _EXPECTED):
            doubts.append(path)
    check = receipt.check("total")
    # A sum that holds says more about the figures in it than the confidence of each.
    if check.status == "passed":
        doubts = [path for path in doubts if path != "total" and not path.startswith("items.")]
    elif (
        check.status == "failed"
        and not _accepted("total", fields.get("total"), values)
        and "total" not in doubts
    ):
        doubts.insert(0, "total")
    value = {path: field.value for path, field in fields.items()}
    total, day = value.get("total"), value.get("date")
    return {
        "merchant": value.get("merchant.name"),
        "date": None if day is None else day.isoformat(),
        "total": None if total is None else format(total, "f"),
        "currency": value.get("currency"),
        "tax": None if value.get("tax") is None else format(value["tax"], "f"),
        "taxes": [
            # 7 %, 7.0 % and 7.00 % are one rate.
            {"rate": f"{tax.rate.value.normalize():f}", "tax": format(tax.tax.value, "f")}
            for tax in receipt.taxes
            if tax.rate is not None and tax.tax is not None and isinstance(tax.tax.value, Decimal)
        ],
        "checks": [one.to_dict() for one in receipt.checks],
        "doubts": doubts,
    }
