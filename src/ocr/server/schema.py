"""The OpenAPI description of what is served; FastAPI draws the paths, this adds bodies, parameters and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocr.server import answers, review_schema
from ocr.server.problems import MEDIA_TYPE
from ocr.server.reading import PASSWORD_HEADER, query_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ocr.server.settings import ServeSettings

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "stable identifier"},
        "detail": {"type": "string"},
    },
}
_JOB = {
    "type": "object",
    "required": ["id", "state", "name", "created", "started", "finished", "expires", "problem"],
    "properties": {
        "id": {"type": "string"},
        "state": {"type": "string", "enum": ["queued", "running", "done", "failed", "cancelled"]},
        "name": {"type": ["string", "null"]},
        **{name: {"type": "number"} for name in ("created",)},
        **{name: {"type": ["number", "null"]} for name in ("started", "finished", "expires")},
        "problem": {"type": ["object", "null"]},
        "document": {"type": ["object", "null"]},
    },
}
_DOCUMENT = {
    "type": "object",
    "required": ["schema", "source", "pages", "receipts", "warnings"],
    "properties": {
        "schema": {"type": "string", "enum": ["ocr.document/2"]},
        "source": {"type": ["string", "null"]},
        **{
            name: {"type": "array", "items": {"type": "object"}} for name in ("pages", "receipts", "warnings")
        },
    },
}
#: Statuses that every path but the probes can answer with, and what they mean.
_GUARDED = {
    401: "A key is needed, or not known.",
    403: "The request comes from a page of another origin.",
    421: "The server answers for another host.",
    429: "Too many requests of one caller.",
}
_WITH_BODY = {
    400: "The multipart form is damaged.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The bytes are of no format that is read.",
    422: "The input or a parameter was rejected.",
    500: "A defect of the server.",
    503: "Too many requests wait, or the server is starting or stopping.",
}


def describe(app: FastAPI, settings: ServeSettings) -> None:
    """Replace the description that FastAPI makes by one that says everything.

    Args:
        app: with all its paths.
        settings: whose limits are named.
    """
    drawn: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not drawn:
            drawn.update(_complete(app, settings))
        return drawn

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(app: FastAPI, settings: ServeSettings) -> dict[str, Any]:
    from fastapi.openapi.utils import get_openapi

    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, routes=app.routes, openapi_version="3.1.0"
    )
    schemas = {"Problem": _PROBLEM, "Job": _JOB, "Document": _DOCUMENT}
    document["components"] = {
        "schemas": schemas,
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        },
    }
    document["security"] = [{}, {"bearer": []}, {"key": []}]
    reading = _parameters()
    chosen = {
        "name": "format",
        "in": "query",
        "schema": {"type": "string", "enum": sorted(answers.formats())},
    }
    webhook = {"name": "webhook", "in": "query", "schema": {"type": "string", "maxLength": 2000}}
    paths = document["paths"]
    for path in ("/v1/read", "/v1/detect"):
        operation = paths[path]["post"]
        operation["parameters"] = [*reading, chosen, _password()]
        operation["requestBody"] = _body(settings.max_files)
        content: dict[str, Any] = {one.media_type: {} for one in answers.formats().values()}
        content["application/json"] = {"schema": {"$ref": "#/components/schemas/Document"}}
        own = {
            406: "No media type of the Accept header is written.",
            499: "The caller hung up.",
            504: "Too late.",
        }
        operation["responses"] = _responses(
            {200: ("What was read.", content)}, {**_GUARDED, **_WITH_BODY, **own}
        )
    job = {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}
    add = paths["/v1/jobs"]["post"]
    add["parameters"] = [*reading, webhook, _password()]
    add["requestBody"] = _body(1)
    add["responses"] = _responses(
        {202: ("The job is queued.", job)}, {**_GUARDED, **_WITH_BODY, 507: "The job cannot be kept."}
    )
    for method in ("get", "delete"):
        operation = paths["/v1/jobs/{identifier}"][method]
        operation["parameters"] = [
            {"name": "identifier", "in": "path", "required": True, "schema": {"type": "string"}}
        ]
        operation["responses"] = _responses(
            {200: ("The job.", job)}, {**_GUARDED, 404: "There is no such job."}
        )
    schemas |= review_schema.SCHEMAS
    for (path, method), one in review_schema.operations(_body(1)).items():
        operation = paths[path][method]
        named = [given for given in one["parameters"] if given["in"] == "path"]
        if "{identifier}" in path:
            named.insert(
                0, {"name": "identifier", "in": "path", "required": True, "schema": {"type": "string"}}
            )
        operation |= {
            "tags": ["review"],
            "summary": one["summary"],
            "parameters": named + [given for given in one["parameters"] if given["in"] != "path"],
            "responses": _responses(one["good"], {**_GUARDED, **one["bad"]}),
        }
        if one["body"] is not None:
            operation["requestBody"] = one["body"]
    plain = {"application/json": {"schema": {"type": "object"}}}
    text = {"text/plain": {"schema": {"type": "string"}}}
    busy = {503: "The server is starting or stopping."}
    paths["/live"]["get"]["responses"] = _responses(
        {200: ("The process lives.", plain)}, {421: _GUARDED[421]}
    )
    paths["/ready"]["get"]["responses"] = _responses(
        {200: ("Requests are taken.", plain)}, {421: _GUARDED[421], **busy}
    )
    paths["/metrics"]["get"]["responses"] = _responses({200: ("Figures for Prometheus.", text)}, _GUARDED)
    paths["/v1/models"]["get"]["responses"] = _responses(
        {200: ("Models in use.", plain)}, {**_GUARDED, **busy}
    )
    return document


def _parameters() -> list[dict[str, Any]]:
    from ocr.runtime.options import Choice, Flag, Number, OrNone, Whole

    parameters: list[dict[str, Any]] = []
    for name, one in query_settings().items():
        kind: Any = one.kind.kind if isinstance(one.kind, OrNone) else one.kind
        schema: dict[str, Any] = {"type": "string"}
        if isinstance(kind, Choice):
            schema["enum"] = list(kind.words)
        elif isinstance(kind, Flag):
            schema = {"type": "boolean"}
        elif isinstance(kind, (Number, Whole)):
            schema = {"type": "integer" if isinstance(kind, Whole) else "number"}
            if kind.low is not None:
                schema["minimum"] = kind.low
            if kind.high is not None:
                schema["maximum"] = kind.high
        parameters.append({"name": name, "in": "query", "description": one.help, "schema": schema})
    return parameters


def _password() -> dict[str, Any]:
    return {
        "name": PASSWORD_HEADER,
        "in": "header",
        "description": "Password of an encrypted PDF.",
        "schema": {"type": "string"},
    }


def _body(max_files: int) -> dict[str, Any]:
    files: dict[str, Any] = {
        "type": "array",
        "items": {"type": "string", "format": "binary"},
        "maxItems": max_files,
    }
    form = {"type": "object", "required": ["file"], "properties": {"file": files}}
    raw: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
    return {
        "required": True,
        "content": {"multipart/form-data": {"schema": form}, "application/octet-stream": raw},
    }


def _responses(good: dict[int, tuple[str, dict[str, Any]]], bad: dict[int, str]) -> dict[str, Any]:
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses: dict[str, Any] = {
        str(status): {"description": description, "content": content}
        for status, (description, content) in good.items()
    }
    for status, description in sorted(bad.items()):
        responses[str(status)] = {"description": description, "content": problem}
        if status in (429, 503):
            responses[str(status)]["headers"] = {
                "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}
            }
    return responses
