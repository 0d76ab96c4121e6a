"""The OpenAPI description of the paths below ``/v1/review``."""

from __future__ import annotations

from typing import Any

from ocr.server.review_export import FORMATS

_TEXT: dict[str, Any] = {"type": ["string", "null"]}
_CHECK = {
    "type": "object",
    "required": ["name", "status", "message"],
    "properties": {
        "name": {"type": "string"},
        "status": {"type": "string", "enum": ["passed", "failed", "not_possible"]},
        "message": {"type": "string"},
    },
}
_SUMMARY = {
    "type": "object",
    "required": [
        "id",
        "name",
        "sha256",
        "created",
        "changed",
        "state",
        "merchant",
        "date",
        "total",
        "currency",
        "doubts",
    ],
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "sha256": {"type": "string"},
        "created": {"type": "number"},
        "changed": {
            "type": "integer",
            "description": "clock of its last change: of two answers the greater is the newer",
        },
        "state": {
            "type": "string",
            "enum": ["waiting", "reading", "doubtful", "checked", "reviewed", "failed"],
        },
        "problem": {"type": ["object", "null"]},
        **dict.fromkeys(("merchant", "date", "total", "currency", "tax"), _TEXT),
        "taxes": {"type": "array", "items": {"type": "object"}},
        "checks": {"type": "array", "items": _CHECK},
        "doubts": {"type": "array", "items": {"type": "string"}, "description": "paths of doubtful fields"},
        "warnings": {"type": "array", "items": {"type": "object"}},
        "text": {"type": "string"},
        "pages": {"type": "integer"},
    },
}
_EDIT = {
    "type": "object",
    "required": ["number", "receipt", "path", "value"],
    "properties": {
        "number": {
            "type": "integer",
            "minimum": 0,
            "maximum": 2**53 - 1,
            "description": "counted up by the client, which sends an edit again until it is acknowledged",
        },
        "receipt": {"type": "string"},
        "path": {"type": "string", "minLength": 1, "maxLength": 200, "description": "such as items.0.amount"},
        "value": {"description": "a string, null for nothing, or {unset: true} for what was read"},
    },
}
_POINT = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_LINE = {
    "type": "object",
    "required": ["page", "polygon"],
    "properties": {
        "page": {"type": "integer", "minimum": 0},
        "polygon": {"type": "array", "items": _POINT, "minItems": 4, "maxItems": 4},
    },
}
SCHEMAS: dict[str, Any] = {"ReviewReceipt": _SUMMARY, "ReviewEdit": _EDIT}
_RECEIPT = {"$ref": "#/components/schemas/ReviewReceipt"}
_REJECTED = {422: "A parameter or the body was rejected."}
_NOT_FOUND = {404: "There is no such receipt."}
_RECEIVED = {408: "The body did not arrive in time.", 413: "The body is too large."}
_FAULT = {500: "A defect of the server.", 507: "It cannot be kept on the disk."}


def operations(form: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """What each operation takes and answers, by path and method.

    Args:
        form: the body of a request with one file.

    Returns:
        For each its ``summary``, ``parameters``, ``body``, the ``good`` answers (status to description and content),
        and the ``bad`` ones (status to description) beside those that every path has.
    """
    base, one = "/v1/review", "/v1/review/receipts/{identifier}"
    page = _parameter("page", "path", {"type": "integer"})
    return {
        (f"{base}/receipts", "get"): _operation(
            "All receipts of the pile",
            good=(200, "The pile.", _object(clock=_WHOLE, receipts=_list(_RECEIPT))),
        ),
        (f"{base}/receipts", "post"): _operation(
            "Add a receipt, which is read as soon as a thread is free",
            body=form,
            good=(201, "It is kept.", _json(_RECEIPT)),
            bad={400: "The multipart form is damaged.", **_RECEIVED, **_REJECTED},
        ),
        (one, "get"): _operation(
            "What was read of a receipt, and what people changed",
            good=(
                200,
                "The receipt.",
                _json(
                    {
                        "allOf": [
                            _RECEIPT,
                            {
                                "type": "object",
                                "properties": {
                                    "document": {"type": ["object", "null"]},
                                    "values": {"type": "object"},
                                    "reading": {
                                        "type": ["object", "null"],
                                        "description": "what follows from the lines where people changed some",
                                    },
                                },
                            },
                        ]
                    }
                ),
            ),
            bad=_NOT_FOUND,
        ),
        (one, "delete"): _operation(
            "Delete a receipt with its picture and history",
            good=(200, "It is gone.", _object(deleted={"type": "string"})),
            bad=_NOT_FOUND,
        ),
        (f"{one}/history", "get"): _operation(
            "Every change of a receipt: who, when, before and after",
            good=(200, "The changes.", _object(edits=_list({"type": "object"}))),
            bad=_NOT_FOUND,
        ),
        (f"{one}/pages/{{page}}", "get"): _operation(
            "The picture of a page",
            parameters=[page, _parameter("width", "query", {"type": "integer"})],
            good=(200, "The picture.", {"image/jpeg": {}}),
            bad={**_NOT_FOUND, **_REJECTED, 415: "The input is of no format that is read."},
        ),
        (f"{one}/lines", "post"): _operation(
            "Read a line at a place that a person drew",
            body=_body(_LINE),
            good=(200, "The line.", _object(text={"type": "string"}, confidence={"type": "number"})),
            bad={
                **_NOT_FOUND,
                **_RECEIVED,
                **_REJECTED,
                415: "The input is of no format that is read.",
                503: "Too many requests wait.",
                504: "Too late.",
            },
        ),
        (f"{base}/edits", "post"): _operation(
            "Keep changes of people, each once",
            body=_body(
                _object_schema(
                    client={"type": "string", "minLength": 1, "maxLength": 64},
                    edits={**_list({"$ref": "#/components/schemas/ReviewEdit"}), "maxItems": 1000},
                )
            ),
            good=(
                200,
                "They are on the disk.",
                _object(acknowledged=_list(_WHOLE), readings={"type": "object"}, receipts=_list(_RECEIPT)),
            ),
            bad={**_RECEIVED, **_REJECTED},
        ),
        (f"{base}/changes", "get"): _operation(
            "What changed since a state of the pile",
            parameters=[_parameter("since", "query", {"type": "integer"})],
            good=(
                200,
                "The changes.",
                _object(clock=_WHOLE, readings={"type": "object"}, receipts=_list(_RECEIPT)),
            ),
            bad=_REJECTED,
        ),
        (f"{base}/export", "get"): _operation(
            "Receipts as they were left, in one file",
            parameters=[
                _parameter("format", "query", {"type": "string", "enum": list(FORMATS)}),
                _parameter(
                    "ids", "query", {"type": "string", "description": "parted by commas; all if empty"}
                ),
            ],
            good=(
                200,
                "The file.",
                {
                    "text/csv": {},
                    "application/json": {},
                    "application/pdf": {},
                    "application/zip": {},
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {},
                },
            ),
            bad={**_NOT_FOUND, **_REJECTED},
        ),
    }


_WHOLE = {"type": "integer"}


def _operation(
    summary: str,
    *,
    good: tuple[int, str, dict[str, Any]],
    bad: dict[int, str] | None = None,
    parameters: list[dict[str, Any]] | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    status, description, content = good
    return {
        "summary": summary,
        "parameters": parameters or [],
        "body": body,
        "good": {status: (description, content)},
        "bad": {**(bad or {}), **_FAULT},
    }


def _parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _object_schema(**members: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(members), "properties": members}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _object(**members: dict[str, Any]) -> dict[str, Any]:
    return _json(_object_schema(**members))


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": _json(schema)}
