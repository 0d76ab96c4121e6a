"""The application that answers requests: `POST /v1/read` and what belongs to it."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

import ocr
from ocr.errors import OcrError
from ocr.server import answers, problems
from ocr.server.bodies import uploads
from ocr.server.guard import Guard, drained
from ocr.server.inference import Cancelled
from ocr.server.job_store import summary
from ocr.server.metrics import Metrics
from ocr.server.page import add_page
from ocr.server.problems import HttpError
from ocr.server.reading import PASSWORD_HEADER, Result, options_of
from ocr.server.review_api import add_review
from ocr.server.schema import describe
from ocr.server.service import Service
from ocr.server.settings import ServeSettings

_LOG = logging.getLogger(__name__)


def create_app(settings: ServeSettings | None = None) -> Callable[..., Awaitable[None]]:
    """The ASGI application of one process; it loads its models when the server starts it.

    Args:
        settings: of the server; those of the environment where ``None``, for use with any ASGI server.

    Raises:
        BadConfiguration: a setting is wrong.
    """
    settings = settings or ServeSettings.from_environment({})
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(service.reading.warm_up)
        service.jobs.start()
        service.review_jobs.start()
        service.ready = True
        try:
            yield
        finally:
            service.ready = False
            await asyncio.to_thread(service.jobs.stop)
            await asyncio.to_thread(service.review_jobs.stop)
            await asyncio.to_thread(service.pool.close, 30.0)

    app = FastAPI(
        title="ocr",
        summary="Reads receipts",
        version=ocr.__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.service = service
    _add_errors(app, service)
    _add_reading(app, service)
    _add_jobs(app, service)
    add_review(app, service)
    add_page(app)
    _add_state(app, service)
    describe(app, settings)
    return _Counted(Guard(app, settings, service.keys), service.metrics, frozenset(_paths(app)))


def _add_reading(app: FastAPI, service: Service) -> None:
    @app.post("/v1/read")
    async def read(request: Request) -> Response:
        return await _answer(service, request, regions_only=False)

    @app.post("/v1/detect")
    async def detect(request: Request) -> Response:
        return await _answer(service, request, regions_only=True)


async def _answer(service: Service, request: Request, *, regions_only: bool) -> Response:
    settings = service.settings
    name = request.query_params.get("format")
    accept = request.headers.get("accept")
    # Before the body is received: a caller with a wrong header should not send megabytes first.
    answers.negotiate(accept, name, 1)
    options_of(dict(request.query_params), None, ("format",))
    if service.pool.full:
        # Said before a form is taken apart, which under overload would cost those who are read.
        await drained(request.receive)
        raise service.pool.refusal()
    files = await uploads(request, settings.max_files, settings.max_body)
    chosen = answers.negotiate(accept, name, len(files))
    if len(files) > 1 and chosen.media_type != answers.NDJSON:
        raise HttpError(406, "not_acceptable", f"several files are answered as {answers.NDJSON} only")
    results = await service.results(
        request, files, regions_only=regions_only, keep=chosen.images, also=("format",)
    )
    if len(files) > 1:
        documents = [one.document if isinstance(one, Result) else one for one in results]
        content = answers.result_lines(documents, [file.name for file in files])
        return Response(content, media_type=answers.NDJSON)
    (result,) = results
    if isinstance(result, Exception):
        raise result
    if chosen.media_type == answers.NDJSON:
        return Response(answers.page_lines(result.document), media_type=answers.NDJSON)
    content = await asyncio.to_thread(answers.written, result.document, chosen, result.pictures)
    return Response(content, media_type=chosen.media_type)


def _add_jobs(app: FastAPI, service: Service) -> None:
    store = service.store

    @app.post("/v1/jobs", status_code=202)
    async def add_job(request: Request) -> Response:
        query = dict(request.query_params)
        webhook = query.pop("webhook", None)
        password = request.headers.get(PASSWORD_HEADER)
        options_of(query, password, ())
        if webhook is not None:
            if service.webhooks is None:
                raise HttpError(
                    422, "bad_configuration", "this server calls no webhooks; see --webhook-prefixes"
                )
            service.webhooks.check(webhook)
        files = await uploads(request, 1, service.settings.max_body)
        owner = request.scope["ocr.owner"]
        job = await asyncio.to_thread(
            store.add, owner, files[0].name, files[0].data, json.dumps(query), webhook, password
        )
        return _json(summary(job), 202, {"Location": f"/v1/jobs/{job.id}"})

    @app.get("/v1/jobs/{identifier}")
    async def get_job(identifier: str, request: Request) -> Response:
        job = await asyncio.to_thread(store.get, identifier, request.scope["ocr.owner"])
        content = summary(job)
        document = await asyncio.to_thread(store.result, job.id) if job.state == "done" else None
        content["document"] = None if document is None else json.loads(document)
        return _json(content)

    @app.delete("/v1/jobs/{identifier}")
    async def cancel_job(identifier: str, request: Request) -> Response:
        job = await asyncio.to_thread(store.cancel, identifier, request.scope["ocr.owner"])
        return _json(summary(job))


def _add_state(app: FastAPI, service: Service) -> None:
    @app.get("/live")
    async def live() -> Response:
        return _json({"status": "alive"})

    @app.get("/ready")
    async def ready() -> Response:
        if not service.ready:
            raise HttpError(503, "not_ready", "the models are being loaded, or the server is stopping")
        return _json({"status": "ready"})

    @app.get("/metrics")
    async def metrics() -> Response:
        service.metrics.depth.set(service.pool.depth)
        service.metrics.running.set(service.pool.running)
        text = await asyncio.to_thread(service.metrics.text)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/v1/models")
    async def models() -> Response:
        reader = service.reading.reader
        if reader is None:
            raise HttpError(503, "not_ready", "the models are being loaded")
        listed = [{"task": one.task, "name": one.name, "sha256": one.sha256} for one in reader.models]
        return _json({"models": listed, "version": ocr.__version__})


def _add_errors(app: FastAPI, service: Service) -> None:
    def answer(error: BaseException) -> Response:
        headers = problems.headers_of(error, service.pool.retry_after())
        status = problems.status_of(error)
        if status in (408, 413):
            # What the caller still sends is not read.
            headers["Connection"] = "close"
        return Response(problems.body(error), status, headers, problems.MEDIA_TYPE)

    async def known(request: Request, error: Exception) -> Response:
        request.scope["ocr.code"] = error.code if isinstance(error, OcrError) else OcrError.code
        return answer(error)

    async def unknown(request: Request, error: Exception) -> Response:
        _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return await known(request, error)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
        headers = dict(error.headers or {})
        return await known(request, HttpError(error.status_code, code, str(error.detail), headers))

    async def invalid(request: Request, error: Exception) -> Response:
        return await known(request, HttpError(422, "bad_configuration", str(error)[:500]))

    app.add_exception_handler(OcrError, known)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unknown)


class _Counted:
    """Counts answers and their seconds, by path, status and code."""

    def __init__(self, app: Any, metrics: Metrics, paths: frozenset[str]) -> None:
        self._app, self._metrics, self._paths = app, metrics, paths

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        status = 0

        async def watch(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            route = scope.get("route")
            path = getattr(route, "path", None) or (
                scope["path"] if scope["path"] in self._paths else "other"
            )
            self._metrics.answers.labels(path, str(status), scope.get("ocr.code", "")).inc()
            self._metrics.seconds.labels(path).observe(time.monotonic() - started)
            if status == Cancelled.http_status:
                self._metrics.abandoned.inc()


def _paths(app: FastAPI) -> list[str]:
    return [str(path) for route in app.routes if (path := getattr(route, "path", None))]


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    data = json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
    return Response(data, status, headers, "application/json")
