"""What the review page asks for: receipts, edits, changes of others, pictures, lines read anew, exports."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response

from ocr.errors import BadConfiguration
from ocr.server import review_export
from ocr.server.bodies import uploads
from ocr.server.review_derived import derived
from ocr.server.review_lines import touched
from ocr.server.review_store import ReviewStore
from ocr.server.review_summary import summaries, summary

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ocr.server.service import Service


def add_review(app: FastAPI, service: Service) -> None:
    """Add the paths below ``/v1/review``."""
    store = service.reviews

    @app.get("/v1/review/receipts")
    async def list_receipts() -> Response:
        return _json(await asyncio.to_thread(_everything, store))

    @app.post("/v1/review/receipts", status_code=201)
    async def add_receipt(request: Request) -> Response:
        (upload,) = await uploads(request, 1, service.settings.max_body)
        kept = await asyncio.to_thread(store.add, upload.name or "receipt", upload.data)
        return _json(summary(kept, None, {}), 201)

    @app.get("/v1/review/receipts/{identifier}")
    async def get_receipt(identifier: str) -> Response:
        return _json(await asyncio.to_thread(_details, store, identifier))

    @app.delete("/v1/review/receipts/{identifier}")
    async def delete_receipt(identifier: str) -> Response:
        await asyncio.to_thread(store.delete, identifier)
        service.pictures.forget(identifier)
        return _json({"deleted": identifier})

    @app.get("/v1/review/receipts/{identifier}/history")
    async def history(identifier: str) -> Response:
        await asyncio.to_thread(store.get, identifier)
        return _json({"edits": await asyncio.to_thread(store.history, identifier)})

    @app.get("/v1/review/receipts/{identifier}/pages/{page}")
    async def picture(identifier: str, page: int, width: int = 0) -> Response:
        jpeg = await asyncio.to_thread(service.pictures.jpeg, identifier, page, width)
        # Not kept by the browser: what was deleted must not come back from its disk.
        return Response(jpeg, media_type="image/jpeg")

    @app.post("/v1/review/receipts/{identifier}/lines")
    async def read_line(identifier: str, request: Request) -> Response:
        content = await _content(request)
        page, polygon = content.get("page"), content.get("polygon")
        if not isinstance(page, int) or not isinstance(polygon, list) or len(polygon) != 4:
            raise BadConfiguration("expected a page and a polygon of four points")
        text, confidence = await service.read_line(identifier, page, polygon)
        return _json({"text": text, "confidence": confidence})

    @app.post("/v1/review/edits")
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
        receipts = {str(one["receipt"]) for one in edits}
        return _json(await asyncio.to_thread(_edited, store, kept, receipts))

    @app.get("/v1/review/changes")
    async def changes(since: int = 0) -> Response:
        return _json(await asyncio.to_thread(_changes, store, since))

    @app.get("/v1/review/export")
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


def _everything(store: ReviewStore) -> bytes:
    clock = store.clock
    return _members({"clock": clock}, summaries(store, store.all()))


def _edited(store: ReviewStore, kept: list[int], identifiers: set[str]) -> bytes:
    there = [store.get(one) for one in sorted(identifiers) if store.exists(one)]
    values = store.all_values([one.id for one in there])
    return _members({"acknowledged": kept, "readings": _readings(store, values)}, summaries(store, there))


def _readings(store: ReviewStore, values: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What follows from the lines of receipts of which people changed lines, by identifier."""
    return {one: reading for one, given in values.items() if (reading := _reading(store, one, given))}


def _reading(store: ReviewStore, identifier: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
    document = store.document(identifier) if touched(values) else None
    return None if document is None else derived(document, values).to_dict()


def _changes(store: ReviewStore, since: int) -> bytes:
    clock = store.clock
    # A state that this pile never had, of another one or made up: everything has changed since.
    since = since if 0 <= since <= clock else 0
    changed = store.changed_since(since) if clock != since else []
    more: dict[str, Any] = {"clock": clock, "order": None, "values": {}, "readings": {}}
    if clock != since:
        values = store.all_values([one.id for one in changed])
        more |= {"order": store.identifiers(), "values": values, "readings": _readings(store, values)}
    return _members(more, summaries(store, changed))


def _members(members: dict[str, Any], receipts: list[str]) -> bytes:
    """A JSON object with summaries that are JSON already."""
    text = json.dumps(members, ensure_ascii=False, allow_nan=False)
    return f'{text[:-1]}, "receipts": [{",".join(receipts)}]}}'.encode("utf-8", "backslashreplace")


def _details(store: ReviewStore, identifier: str) -> bytes:
    (summary,) = summaries(store, [store.get(identifier)])
    values = store.values(identifier)
    given, reading = (
        json.dumps(one, ensure_ascii=False, allow_nan=False)
        for one in (values, _reading(store, identifier, values))
    )
    document = store.document(identifier) or "null"
    members = f'"document": {document}, "values": {given}, "reading": {reading}'
    return f"{summary[:-1]}, {members}}}".encode("utf-8", "backslashreplace")


def _json(content: Any, status: int = 200) -> Response:
    if not isinstance(content, bytes):
        content = json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
    return Response(content, status, media_type="application/json")
