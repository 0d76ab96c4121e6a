"""What all sessions of the workbench share: readers, an inference cache and pools of threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from ocr.app import settings
from ocr.app.jobs import Job
from ocr.document import Document
from ocr.engine.inference_cache import InferenceCache, digest
from ocr.errors import OcrError
from ocr.io import images
from ocr.io.images import PageImage
from ocr.pipeline.reader import Reader, ReadOptions
from ocr.pipeline.reader_cache import shared_reader
from ocr.prepare import Pipeline
from ocr.runtime.cores import available_cores

T = TypeVar("T")
Image = npt.NDArray[np.uint8]
#: Decoded pages, their pictures for the browser and the answers of networks, together.
_MEMORY = 512 * 2**20
#: Browsers get pictures no longer than this.
_SHOWN = 1600


@dataclass(frozen=True)
class Setup:
    """How pictures are read; the same setup on the same picture gives the same result.

    Attributes:
        detection: a detection model by name; the default one where ``None``.
        recognition: likewise.
        prepare: stages that clean up pages first.
        decoding: fields of `DecodeOptions` that differ from the model's own, as pairs.
        sizing: fields of `SizePolicy`, likewise.
        turn: read pages that lie on their side or upside-down as well.
        min_confidence: lines below it are left out.
    """

    detection: str | None = None
    recognition: str | None = None
    prepare: Pipeline | None = None
    decoding: tuple[tuple[str, float | None], ...] = ()
    sizing: tuple[tuple[str, float], ...] = ()
    turn: bool = True
    min_confidence: float = 0.0

    def options(self) -> ReadOptions:
        """What a reader takes."""
        return ReadOptions(
            limits=settings.current().limits,
            prepare=self.prepare,
            decoding=dict(self.decoding),
            sizing=dict(self.sizing),
            turn="auto" if self.turn else "off",
            min_confidence=self.min_confidence,
        )


@dataclass(frozen=True, eq=False)
class Outcome:
    """What was read from one picture.

    Attributes:
        document: the result.
        seconds: from decoded pages to the document.
    """

    document: Document
    seconds: float


@dataclass(frozen=True, eq=False)
class Bench:
    """What all sessions share; nothing in it belongs to one session."""

    memory: InferenceCache = field(default_factory=lambda: InferenceCache(_MEMORY))
    pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max(2, available_cores()), "workbench")
    )
    #: Long work waits here, so that a batch never keeps a single picture waiting for all threads.
    long: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "workbench-long"))

    @property
    def threads(self) -> int:
        """Pictures that are read at once."""
        return max(2, available_cores())

    def reader(self, setup: Setup) -> Reader:
        """The reader of a setup, with the shared inference cache.

        Raises:
            ModelInvalid: a model cannot be used.
        """
        return shared_reader(setup.detection, setup.recognition).with_cache(self.memory)

    def pages(self, sha256: str, data: bytes) -> tuple[PageImage, ...]:
        """The pages of a picture, decoded once.

        Raises:
            InputError: they cannot be read, or are over a limit.
        """
        key = ("pages", sha256, settings.current().limits)
        pages: tuple[PageImage, ...] | None = self.memory.get(key)
        if pages is None:
            pages = tuple(images.load(data, settings.current().limits))
            self.memory.put(key, pages, sum(page.image.nbytes for page in pages))
        return pages

    def read(
        self,
        sha256: str,
        data: bytes,
        setup: Setup,
        job: Job[Outcome] | None = None,
        *,
        timed: bool = False,
    ) -> Outcome:
        """Read a picture; found again where the same one was read with the same setup.

        Args:
            sha256: hash of the picture.
            data: its bytes.
            setup: how it is read.
            job: may call it off after any page.
            timed: run all networks, whatever is remembered of them, so that the seconds are those of a whole read.

        Raises:
            OcrError: it cannot be read.
        """
        reader = shared_reader(setup.detection, setup.recognition) if timed else self.reader(setup)
        key = ("outcome", timed, sha256, setup, settings.current().limits, _identity(reader))
        outcome: Outcome | None = self.memory.get(key)
        if outcome is None:
            pages = self.pages(sha256, data)
            if timed:
                reader.read(pages[:1], setup.options())  # The first run at a size is slower.
            started = perf_counter()
            document = reader.read(pages, setup.options(), on_page=lambda *_: job.check() if job else None)
            outcome = Outcome(document, perf_counter() - started)
            self.memory.put(key, outcome, 1000 + 1000 * len(document.lines))
        return outcome

    def shown(self, image: Image) -> bytes:
        """A page as a JPEG for the browser, reduced to what a screen shows."""
        key = ("shown", digest(image))
        picture: bytes | None = self.memory.get(key)
        if picture is None:
            scale = min(1.0, _SHOWN / max(image.shape[:2]))
            size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
            small = image if scale == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            fine, packed = cv2.imencode(
                ".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 88]
            )
            if not fine:
                raise OcrError("the picture could not be encoded for the browser")
            picture = packed.tobytes()
            self.memory.put(key, picture, len(picture))
        return picture

    def job(self, work: Callable[[Job[T]], T]) -> Job[T]:
        """Start a short piece of work, such as one picture."""
        return Job(self.pool, work)

    def long_job(self, work: Callable[[Job[T]], T], total: int) -> Job[T]:
        """Start long work of many steps."""
        return Job(self.long, work, total)

    def warm_up(self) -> None:
        """Load the default models and run them once."""
        shared_reader().read(np.full((64, 64, 3), 255, np.uint8))


def _identity(reader: Reader) -> tuple[object, ...]:
    """What of a reader changes its results."""
    return tuple(model.sha256 for model in reader.models), reader.backends, reader.providers


_lock = threading.Lock()
_bench: Bench | None = None


def get() -> Bench:
    """The engine of this process, made on the first call."""
    global _bench
    with _lock:
        if _bench is None:
            _bench = Bench()
        return _bench
