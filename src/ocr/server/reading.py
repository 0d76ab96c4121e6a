"""The work of a request in a thread of the pool: bytes to documents, with the reader of this process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ocr.errors import OcrError
from ocr.server.bodies import Upload
from ocr.server.inference import Ticket
from ocr.server.metrics import Metrics

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ocr.document import Document, Page
    from ocr.pipeline.options import ReadOptions
    from ocr.pipeline.reader import Reader
    from ocr.writers.pictures import Picture, Pictures

_LOG = logging.getLogger(__name__)
#: Fields of `ReadOptions` that a query cannot give: a password would be logged, and the others are no plain values.
_NOT_IN_QUERIES = frozenset({"limits", "password", "prepare", "decoding", "sizing"})
#: Header of the password of an encrypted PDF.
PASSWORD_HEADER = "X-PDF-Password"


class Result(NamedTuple):
    """What was read from one upload.

    Attributes:
        document: with the name of the upload as ``source``.
        pictures: of the pages, where they were asked for.
    """

    document: Document
    pictures: Pictures | None


class Reading:
    """The reader of a process and what is counted while it reads.

    Args:
        detection: name or file of a model.
        recognition: likewise.
        metrics: of this process.
    """

    def __init__(self, detection: str | None, recognition: str | None, metrics: Metrics) -> None:
        self._choice = detection, recognition
        self._metrics = metrics
        self._recorder: Any = None
        self._counted: dict[str, float] = {}
        self._lock = threading.Lock()
        self.reader: Reader | None = None

    def warm_up(self) -> None:
        """Load the models and read a page made for the purpose, so that the first request is as fast as the next.

        Raises:
            ModelInvalid: a model cannot be used.
        """
        import contextlib

        import numpy as np

        from ocr.pipeline.reader import Reader
        from ocr.runtime import timing

        reader = Reader(*self._choice, threads=1)
        page = np.full((640, 480, 3), 255, np.uint8)
        page[100:110, 60:300] = 0
        for _ in range(2):
            reader.read(page)
        recording = timing.recording()
        with contextlib.suppress(RuntimeError):
            self._recorder = recording.__enter__()
        # Kept for the life of the process: leaving it would end the recording.
        self._recording = recording
        self.reader = reader

    def one(
        self,
        upload: Upload,
        options: ReadOptions,
        ticket: Ticket,
        *,
        regions_only: bool = False,
        keep: bool = False,
    ) -> Result:
        """Read one upload.

        Args:
            upload: the bytes.
            options: of the request.
            ticket: checked before and after every page.
            regions_only: find lines without reading them.
            keep: keep the pictures of the pages.

        Raises:
            OcrError: the input cannot be read, the deadline passed or the caller went away.
        """
        from dataclasses import replace

        from ocr.writers.pictures import Pictures, pack, without_private_data

        assert self.reader is not None
        packed: list[Picture] = []

        def observe(_: int, image: npt.NDArray[np.uint8], __: Page) -> None:
            ticket.check()
            if keep:
                packed.append(pack(image))

        ticket.check()
        call = self.reader.detect if regions_only else self.reader.read
        try:
            document = call(upload.data, options, on_page=observe)
        except OcrError:
            raise
        except Exception as error:  # A defect met on one input must not become an answer without a code.
            _LOG.exception("an input could not be read")
            raise OcrError(f"an internal fault: {type(error).__name__}") from error
        finally:
            self._count_stages()
        self._metrics.pages.inc(len(document.pages))
        name = None if upload.name is None else upload.name.encode("utf-8", "backslashreplace").decode()
        pdf = upload.data if upload.data.startswith(b"%PDF-") else None
        pictures = None
        if keep:
            pictures = without_private_data(document, Pictures(tuple(packed), pdf, options.password))
        return Result(replace(document, source=name), pictures)

    def _count_stages(self) -> None:
        if self._recorder is None:
            return
        with self._lock:
            for stage, seconds in list(self._recorder.seconds.items()):
                self._metrics.stages.labels(stage).inc(max(0.0, seconds - self._counted.get(stage, 0.0)))
                self._counted[stage] = seconds


def query_settings() -> dict[str, Any]:
    """The declarations of the `ReadOptions` that a query can give, by name."""
    from ocr.pipeline.options import ReadOptions
    from ocr.runtime.options import settings_of

    return {name: one for name, one in settings_of(ReadOptions).items() if name not in _NOT_IN_QUERIES}


def options_of(query: Mapping[str, str], password: str | None, also: tuple[str, ...]) -> ReadOptions:
    """The options of a request.

    Args:
        query: the parameters, as text.
        password: of an encrypted PDF.
        also: parameters that are no reading options.

    Raises:
        BadConfiguration: an unknown parameter, or a value of the wrong kind or out of range.
    """
    from dataclasses import replace

    from ocr.errors import BadConfiguration
    from ocr.pipeline.options import ReadOptions
    from ocr.runtime.suggestions import did_you_mean

    known = query_settings()
    for name in query:
        if name not in known and name not in also:
            raise BadConfiguration(
                f"unknown parameter {name!r:.80}; {did_you_mean(name, [*known, *also], 'parameters')}"
            )
    options = ReadOptions.from_texts({name: text for name, text in query.items() if name in known})
    return replace(options, password=password) if password else options
