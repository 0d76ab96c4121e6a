"""What the review page asks for: receipts, edits, changes of others, pictures, lines read anew, exports."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response

from ocr.document import Document
from ocr.errors import BadConfiguration, OcrError
from ocr.server import review_export
from ocr.server.bodies import uploads
from ocr.server.review_edits import receipt_with
from ocr.server.review_store import ReviewStore, Upload

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ocr.receipt import Receipt
    from ocr.server.service import Service

#: Fields that a receipt should have, and those that bookkeeping needs as well. One of them is doubtful below a higher
#: confidence than anything else.
_EXPECTED = ("merchant.name", "date", "total")
_BOOKED = (*_EXPECTED, "currency", "tax", "subtotal")
_SURE, _LIKELY = 0.9, 0.5


def add_review(app: FastAPI, service: Service) -> None:
    """Add the paths below ``/v1/review``."""
    store = service.reviews

    @app.get("/v1/review/receipts", include_in_schema=False)
    async def list_receipts() -> Response:
        return _json(await asyncio.to_thread(_everything, store))

    @app.post("/v1/review/receipts", include_in_schema=False, status_code=201)
    async def add_receipt(request: Request) -> Response:
        (upload,) = await uploads(request, 1, service.settings.max_body)
        kept = await asyncio.to_thread(store.add, upload.name or "receipt", upload.data)
        return _json(summary(kept, {}), 201)

    @app.get("/v1/review/receipts/{identifier}", include_in_schema=False)
    async def get_receipt(identifier: str) -> Response:
        return _json(await asyncio.to_thread(_details, store, identifier))

    @app.delete("/v1/review/receipts/{identifier}", include_in_schema=False)
    async def delete_receipt(identifier: str) -> Response:
        await asyncio.to_thread(store.delete, identifier)
        service.pictures.forget(identifier)
        return _json({"deleted": identifier})

    @app.get("/v1/review/receipts/{identifier}/history", include_in_schema=False)
    async def history(identifier: str) -> Response:
        store.get(identifier)
        return _json({"edits": await asyncio.to_thread(store.history, identifier)})

    @app.get("/v1/review/receipts/{identifier}/pages/{page}", include_in_schema=False)
    async def picture(identifier: str, page: int, width: int = 0) -> Response:
        jpeg = await asyncio.to_thread(service.pictures.jpeg, store, identifier, page, width)
        return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})

    @app.post("/v1/review/receipts/{identifier}/lines", include_in_schema=False)
    async def read_line(identifier: str, request: Request) -> Response:
        content = await _content(request)
        page, polygon = content.get("page"), content.get("polygon")
        if not isinstance(page, int) or not isinstance(polygon, list) or len(polygon) != 4:
            raise BadConfiguration("expected a page and a polygon of four points")
        text, confidence = await service.read_line(identifier, page, polygon)
        return _json({"text": text, "confidence": confidence})

    @app.post("/v1/review/edits", include_in_schema=False)
    async def edit(request: Request) -> Response:
        content = await _content(request)
        client, edits = content.get("client"), content.get("edits")
        if (
            not isinstance(client, str)
            or not 0 < len(client) <= 64
            or not isinstance(edits, list)
            or len(edits) > 1000
        ):
            raise BadConfiguration("expected the name of a client and at most 1000 edits")
        who = request.scope["ocr.owner"]
        kept = await asyncio.to_thread(store.edit, client, who, edits)
        touched = {str(one["receipt"]) for one in edits}
        return _json({"acknowledged": kept, "receipts": await asyncio.to_thread(_some, store, touched)})

    @app.get("/v1/review/changes", include_in_schema=False)
    async def changes(since: int = 0) -> Response:
        return _json(await asyncio.to_thread(_changes, store, since))

    @app.get("/v1/review/export", include_in_schema=False)
    async def export(request: Request) -> Response:
        query = request.query_params
        chosen = [one for one in query.get("ids", "").split(",") if one] or store.identifiers()
        content, media_type, name = await asyncio.to_thread(
            review_export.export, store, service.pictures, chosen, query.get("format", "csv")
        )
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=media_type, headers=headers)


async def _content(request: Request) -> dict[str, Any]:
    try:
        content = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise BadConfiguration(f"the body is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise BadConfiguration("the body is no JSON object")
    return content


def _everything(store: ReviewStore) -> dict[str, Any]:
    clock = store.clock
    values = store.all_values()
    return {"clock": clock, "receipts": [summary(one, values.get(one.id, {})) for one in store.all()]}


def _some(store: ReviewStore, identifiers: set[str]) -> list[dict[str, Any]]:
    values = store.all_values(sorted(identifiers))
    summaries = []
    for identifier in sorted(identifiers):
        try:
            summaries.append(summary(store.get(identifier), values.get(identifier, {})))
        except OcrError:
            continue
    return summaries


def _changes(store: ReviewStore, since: int) -> dict[str, Any]:
    clock = store.clock
    if clock == since:
        return {"clock": clock, "receipts": [], "order": None, "values": {}}
    changed = store.changed_since(since)
    values = store.all_values([one.id for one in changed])
    return {
        "clock": clock,
        "receipts": [summary(one, values.get(one.id, {})) for one in changed],
        "order": store.identifiers(),
        "values": values,
    }


def _details(store: ReviewStore, identifier: str) -> dict[str, Any]:
    upload = store.get(identifier)
    values = store.values(identifier)
    document = None if upload.document is None else json.loads(upload.document)
    return {**summary(upload, values), "document": document, "values": values}


def summary(upload: Upload, values: dict[str, Any]) -> dict[str, Any]:
    """What the list shows of a receipt, with the edits applied."""
    entry: dict[str, Any] = {
        "id": upload.id,
        "name": upload.name,
        "sha256": upload.sha256,
        "created": upload.created,
        "state": upload.state,
        "problem": None if upload.problem is None else json.loads(upload.problem),
        "merchant": None, "date": None, "total": None, "currency": None, "checks": [], "doubts": [], "tax": None,
        "taxes": [], "text": "", "pages": 0,
    }  # fmt: skip
    if upload.document is None:
        return entry
    document = Document.from_json(upload.document)
    entry["pages"] = len(document.pages)
    entry["text"] = document.text[:20_000]
    entry["warnings"] = [one.to_dict() for one in document.warnings]
    if document.receipts or values:
        from ocr.receipt import Receipt as Record

        receipt = receipt_with(document.receipts[0] if document.receipts else Record(pages=()), values)
        entry |= _facts(receipt, values)
    if values.get("state") == "reviewed":
        entry["state"] = "reviewed"
    elif upload.state == "read":
        entry["state"] = "doubtful" if entry["doubts"] else "checked"
    return entry


def _facts(receipt: Receipt, values: dict[str, Any]) -> dict[str, Any]:
    fields = dict(receipt.all_fields())
    doubts = []
    for path in dict.fromkeys([*_EXPECTED, *fields]):
        if values.get(f"{path}.accepted") or path in values:
            continue
        field = fields.get(path)
        sure = _SURE if path in _BOOKED or path.startswith("items.") else _LIKELY
        if field is None or field.confidence < sure or (field.alternatives and path in _EXPECTED):
            doubts.append(path)
    check = receipt.check("total")
    # A sum that holds says more about the figures in it than the confidence of each.
    if check.status == "passed":
        doubts = [path for path in doubts if path != "total" and not path.startswith("items.")]
    elif check.status == "failed" and not values.get("total.accepted") and "total" not in doubts:
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
            {"rate": format(tax.rate.value, "f"), "tax": format(tax.tax.value, "f")}
            for tax in receipt.taxes
            if tax.rate is not None and tax.tax is not None and isinstance(tax.tax.value, Decimal)
        ],
        "checks": [one.to_dict() for one in receipt.checks],
        "doubts": doubts,
    }


def _json(content: Any, status: int = 200) -> Response:
    data = json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
    return Response(data, status, media_type="application/json")
