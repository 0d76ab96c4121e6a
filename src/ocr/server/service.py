"""What the requests of one process share: reader, pool, jobs, receipts under review."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ocr import records
from ocr.errors import OcrError
from ocr.server.bodies import Upload
from ocr.server.inference import Cancelled, InferencePool, Ticket
from ocr.server.job_store import Job, JobStore
from ocr.server.jobs import JobRunner
from ocr.server.keys import KeyFile
from ocr.server.metrics import Metrics
from ocr.server.reading import PASSWORD_HEADER, Reading, Result, options_of
from ocr.server.review_pictures import Pictures
from ocr.server.review_store import ReviewStore
from ocr.server.review_store import Upload as ReviewUpload
from ocr.server.settings import ServeSettings
from ocr.server.webhooks import Webhooks

if TYPE_CHECKING:
    from starlette.requests import Request


class Service:
    """What the requests of one process share.

    Args:
        settings: of the server.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.pool = InferencePool(settings.pool_size, settings.queue_size, self.metrics.wait.observe)
        self.reading = Reading(settings.detection, settings.recognition, self.metrics)
        self.keys = KeyFile(settings.key_file)
        self.store = JobStore(settings.data_folder, settings.job_hours)
        hooks = Webhooks(settings.prefixes, settings.webhook_secret or "") if settings.prefixes else None
        self.webhooks = hooks
        self.jobs = JobRunner(self.store, self.pool, self.read_job, self.call_webhooks if hooks else None)
        self.reviews = ReviewStore(settings.data_folder)
        self.pictures = Pictures(self.reviews)
        self.review_jobs = JobRunner(self.reviews, self.pool, self.read_upload)
        self.ready = False

    def call_webhooks(self) -> None:
        """Tell about one job that ended."""
        ended = self.store.to_notify()
        if ended is not None and self.webhooks is not None:
            self.webhooks.call(ended, self.store.result(ended.id))

    def read_upload(self, upload: ReviewUpload, data: bytes, password: str | None, ticket: Ticket) -> str:
        """The document of a receipt under review as JSON; called in a thread of the pool."""
        options = options_of(
            {"mask": ",".join(self.settings.mask)} if self.settings.mask else {}, password, ()
        )
        return self.reading.one(Upload(upload.name, data), options, ticket).document.to_json()

    async def read_line(self, identifier: str, page: int, polygon: list[Any]) -> tuple[str, float]:
        """Text and confidence of a line that a person drew on a page."""
        checked = records.polygon(polygon)

        def read(ticket: Ticket) -> tuple[str, float]:
            ticket.check()
            image = self.pictures.image(identifier, page)
            assert self.reading.reader is not None
            return self.reading.reader.read_regions(image, [checked])[0]

        return await self.pool.run(read, self.settings.deadline)

    def read_job(self, job: Job, data: bytes, password: str | None, ticket: Ticket) -> str:
        """The document of a job as JSON; called in a thread of the pool."""
        options = options_of(json.loads(job.options), password, ())
        return self.reading.one(Upload(job.name, data), options, ticket).document.to_json()

    async def results(
        self, request: Request, files: list[Upload], *, regions_only: bool, keep: bool, also: tuple[str, ...]
    ) -> list[Result | Exception]:
        """Read the uploads of a request one after the other; one that fails takes no other with it."""
        options = options_of(dict(request.query_params), request.headers.get(PASSWORD_HEADER), also)

        def read(ticket: Ticket) -> list[Result | Exception]:
            results: list[Result | Exception] = []
            for upload in files:
                ticket.check()
                try:
                    results.append(
                        self.reading.one(upload, options, ticket, regions_only=regions_only, keep=keep)
                    )
                except OcrError as error:
                    if isinstance(error, Cancelled) or len(files) == 1:
                        raise
                    results.append(error)
            return results

        async def gone() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass

        return await self.pool.run(read, self.settings.deadline, gone)
