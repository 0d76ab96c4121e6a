"""The reader: models chosen once, inputs to documents; shared readers are in `ocr.pipeline.reader_cache`."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ocr.detection.decode import Options
from ocr.detection.detector import Detector
from ocr.detection.sizing import SizePolicy
from ocr.document import Document, Page, ReadWarning
from ocr.engine.backends import DEFAULT
from ocr.engine.choice import ModelChoice, further_scripts, resolve
from ocr.engine.inference_cache import InferenceCache
from ocr.engine.model_file import SCRIPTS, ModelFile
from ocr.engine.providers import ProviderChoice
from ocr.errors import BadConfiguration
from ocr.io import images
from ocr.io.page_image import in_colour
from ocr.pipeline.failure import Failure, source_name
from ocr.pipeline.many import Progress, read_each, shares
from ocr.pipeline.options import ReadOptions, merged
from ocr.pipeline.page import PageLines, detect_page, detection_settings, read_page
from ocr.prepare import Prepared
from ocr.receipt import Code
from ocr.receipts import code_checks
from ocr.receipts import codes as code_reading
from ocr.receipts.extract import extract
from ocr.receipts.masking import Masker, painted
from ocr.recognition.alternatives import Alternatives
from ocr.recognition.beam import Beam
from ocr.recognition.by_script import ScriptRecognizer
from ocr.recognition.recognizer import Recognizer
from ocr.runtime import timing
from ocr.runtime.options import Choice, OrNone, Whole, checked

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ocr.pipeline.options import ReadKeywords

__all__ = ["Failure", "PageObserver", "ReadOptions", "Reader"]

#: Called for every finished page with its index, its RGB (H, W, 3) uint8 pixels and the result.
PageObserver = Callable[[int, npt.NDArray[np.uint8], Page], None]
_REGIONS_ONLY = "this reader finds regions only; make one with Reader(...) to read them"
_READ_KEYWORDS = ("options", "on_page")
_MANY_KEYWORDS = ("options", "cancel", "on_result")


class Reader:
    """Reads pictures and PDFs; models chosen once, immutable, safe to share between threads."""

    __slots__ = ("__weakref__", "_detector", "_recognizer")

    def __init__(
        self,
        detection: ModelChoice = None,
        recognition: ModelChoice = None,
        *,
        threads: int | None = None,
        backend: str | None = None,
        providers: ProviderChoice = None,
        scripts: Sequence[str] | None = None,
    ) -> None:
        """Load models.

        Args:
            detection: a detection model: its name in the catalogue, a path, or bytes; the promoted one where
                ``None``, or else the shipped one.
            recognition: a recognition model, likewise.
            threads: threads that one call uses; the cores that this process may use where ``None``.
            backend: ``"onnx"`` or ``"torch"``; what the environment variable ``OCR_BACKEND`` names, else ``"onnx"``,
                where ``None``. One that cannot start is replaced by ``"onnx"`` with a logged warning.
            providers: execution providers of ONNX Runtime, such as ``["cuda"]``, the preferred one first; those that
                the environment variable ``OCR_PROVIDERS`` names, else the CPU, where ``None``. One that the installed
                ONNX Runtime does not have, or that cannot start, is replaced by the CPU with a logged warning.
            scripts: further scripts that are tried where a page does not read well, such as ``["korean"]``: their
                models are loaded only then. All that there are models for where ``None`` and no recognition model is
                chosen, else none.

        Raises:
            ModelInvalid: a model cannot be used; the message says why.
            BadConfiguration: there is no such backend or provider, or ``threads`` is below 1.
        """
        checked_threads(threads)
        self._detector = Detector(resolve(detection, "detection"), threads, backend, providers)
        first = Recognizer(resolve(recognition, "recognition"), threads, backend, providers)
        if scripts is None:
            slots = further_scripts() if recognition is None else ()
        else:
            slots = tuple(f"recognition-{checked('scripts', s, Choice(*SCRIPTS))}" for s in scripts)
        load = partial(_recognizer_of, threads=threads, backend=backend, providers=providers)
        self._recognizer: Recognizer | None = ScriptRecognizer(first, load, slots) if slots else first

    @classmethod
    def for_regions(
        cls,
        detection: ModelChoice = None,
        *,
        threads: int | None = None,
        backend: str | None = None,
        providers: ProviderChoice = None,
    ) -> Reader:
        """A reader that only detects: no recognition model is loaded, and `read` is refused.

        Raises:
            ModelInvalid: the model cannot be used; the message says why.
        """
        model = resolve(detection, "detection")
        return cls._of(Detector(model, checked_threads(threads), backend, providers), None)

    @classmethod
    def _of(cls, detector: Detector, recognizer: Recognizer | None) -> Reader:
        reader = cls.__new__(cls)
        reader._detector = detector
        reader._recognizer = recognizer
        return reader

    @property
    def models(self) -> tuple[ModelFile, ...]:
        """The models that read every page, detection first, with names and hashes; none of further scripts."""
        models = (self._detector.model,)
        return models if self._recognizer is None else (*models, self._recognizer.model)

    @property
    def threads(self) -> int:
        """Threads that one call uses."""
        return self._detector.threads

    @property
    def backends(self) -> tuple[str, ...]:
        """What runs the network of each model, after any fallback: ``"onnx"`` or ``"torch"``."""
        backends = (self._detector.backend,)
        return backends if self._recognizer is None else (*backends, self._recognizer.backend)

    @property
    def providers(self) -> tuple[str, ...]:
        """Execution providers of ONNX Runtime that were asked for, by its own names, the CPU last."""
        return self._detector.providers

    def read(
        self,
        source: Any,
        options: ReadOptions | None = None,
        *,
        on_page: PageObserver | None = None,
        **keywords: Unpack[ReadKeywords],
    ) -> Document:
        """Read one input.

        Args:
            source: a path, bytes, a binary file, an RGB (H, W, 3) uint8 array, a PIL picture; PDFs included.
            options: what this call asks for.
            on_page: called for every finished page, for instance to draw it.
            keywords: fields of `ReadOptions`, which win over ``options``: ``read(path, min_confidence=0.5)``.

        Raises:
            OcrError: the input cannot be read; see `ocr.io.images.pages` for its kinds.
            BadConfiguration: an unknown keyword, or a value of a wrong type or out of range.
        """
        wanted = merged(options, keywords, _READ_KEYWORDS)
        return self._document(source, wanted, self._read_page, on_page, meaning=True)

    def detect(
        self,
        source: Any,
        options: ReadOptions | None = None,
        *,
        on_page: PageObserver | None = None,
        **keywords: Unpack[ReadKeywords],
    ) -> Document:
        """Find the text regions of one input without reading them; arguments as of `read`.

        Returns:
            A document whose lines have no text; their confidence is the score of the region.

        Raises:
            OcrError: as `read`.
        """
        return self._document(source, merged(options, keywords, _READ_KEYWORDS), self._detect_page, on_page)

    def read_many(
        self,
        sources: Iterable[Any],
        options: ReadOptions | None = None,
        *,
        cancel: threading.Event | None = None,
        on_result: Progress | None = None,
        **keywords: Unpack[ReadKeywords],
    ) -> Iterator[Document | Failure]:
        """Read inputs; one that cannot be read takes no other with it.

        As many are read at once as one call uses threads, each with one thread: no core waits for the parts of a read
        that only one can do. Documents are the same as those of `read`, and a few inputs are asked for ahead.

        Args:
            sources: inputs as of `read`.
            options: what is asked for, of each.
            cancel: once set, nothing further is started; what runs is finished and yielded.
            on_result: called with the number of results so far before each of them is yielded.
            keywords: fields of `ReadOptions`, which win over ``options``.

        Yields:
            For each input in order its `Document`, or a `Failure` in its place; both have ``ok``.

        Raises:
            ImageEmpty: there are no inputs at all.
            BadConfiguration: as `read`, at once.
        """
        wanted = merged(options, keywords, _MANY_KEYWORDS)
        reader, workers = self.for_many(sources)
        return read_each(
            lambda source: reader.read(source, wanted), sources, workers, cancel=cancel, on_result=on_result
        )

    def for_many(self, inputs: Iterable[Any]) -> tuple[Reader, int]:
        """The reader to read inputs with, and how many to read at once; see `ocr.pipeline.many.read_each`."""
        # Threads of PyTorch are a setting of the whole process, so there it stays one after the other.
        if set(self.backends) != {DEFAULT}:
            return self, 1
        workers, threads = shares(self.threads, inputs)
        return (self if threads == self.threads else self.with_threads(threads)), workers

    def with_threads(self, threads: int) -> Reader:
        """The same reader, of which one call uses another number of threads.

        Raises:
            BadConfiguration: it is below 1.
        """
        count = checked("threads", threads, Whole(1))
        recognizer = None if self._recognizer is None else self._recognizer.with_threads(count)
        return self._of(self._detector.with_threads(count), recognizer)

    def with_beam(self, beam: Beam | None) -> Reader:
        """The same reader with another language model, or without one: to measure what it is worth."""
        recognizer = None if self._recognizer is None else self._recognizer.with_beam(beam)
        return self._of(self._detector, recognizer)

    def with_cache(self, cache: InferenceCache) -> Reader:
        """The same reader, which runs its networks only on what the cache does not hold.

        For interactive use, where the same pages are read again with other options. Both readers share their networks.
        """
        recognizer = None if self._recognizer is None else self._recognizer.with_cache(cache)
        return self._of(self._detector.with_cache(cache), recognizer)

    def remembering(self, cache: InferenceCache) -> Reader:
        """The name of `with_cache` in the release before."""
        warnings.warn("Reader.remembering is now Reader.with_cache", DeprecationWarning, stacklevel=2)
        return self.with_cache(cache)

    def probability(
        self, image: npt.NDArray[np.uint8], options: ReadOptions | None = None, *, longest: int = 1600
    ) -> npt.NDArray[np.float32]:
        """The probability map of a page, laid over the page as it came in, whatever was done to prepare it.

        Args:
            image: RGB (H, W, 3) uint8, upright.
            options: what this call asks for; pages are not turned.
            longest: longer side of the result in pixels at most.

        Returns:
            (H', W') float32 in [0, 1] that covers the whole page; 0 beside what was looked at.
        """
        options = options or ReadOptions()
        page = _prepared(image, options)
        probabilities = self._detector.map_of(page.grey, *detection_settings(self._detector, options))
        scale = min(1.0, longest / max(page.size))
        size = (max(1, round(page.size[0] * scale)), max(1, round(page.size[1] * scale)))
        return page.overlay(probabilities, size)

    @property
    def decoding(self) -> Options:
        """How the detection model has its maps decoded unless a call asks otherwise."""
        return self._detector.options

    def decoding_of(self, options: ReadOptions) -> Options:
        """How a call with these options has its maps decoded."""
        return detection_settings(self._detector, options)[0]

    @property
    def sizing(self) -> SizePolicy:
        """At which size the detection model looks at pages unless a call asks otherwise."""
        return self._detector.policy

    def read_regions(
        self,
        image: npt.NDArray[np.uint8],
        quads: Iterable[npt.ArrayLike],
        options: ReadOptions | None = None,
    ) -> list[tuple[str, float]]:
        """Read given regions of a page.

        Args:
            image: RGB (H, W, 3) uint8, upright.
            quads: (4, 2) polygons in pixels of the page, clockwise from the text's own top-left corner.
            options: what this call asks for; only its ``lm_weight`` counts.

        Returns:
            Text and confidence in [0, 1] of each.
        """
        if self._recognizer is None:
            raise BadConfiguration(_REGIONS_ONLY)
        recognizer = self._recognizer
        if options is not None and options.lm_weight is not None:
            recognizer = recognizer.with_lm_weight(options.lm_weight)
        readings = recognizer.read(images.to_grey(image), list(quads))
        return [(reading.text, reading.confidence) for reading in readings]

    def _read_page(self, page: Prepared, options: ReadOptions) -> PageLines:
        if self._recognizer is None:
            raise BadConfiguration(_REGIONS_ONLY)
        return read_page(self._detector, self._recognizer, page, options)

    def _detect_page(self, page: Prepared, options: ReadOptions) -> PageLines:
        return detect_page(self._detector, page, options)

    def _document(
        self,
        source: Any,
        options: ReadOptions,
        lines_of: Callable[[Prepared, ReadOptions], PageLines],
        on_page: PageObserver | None,
        *,
        meaning: bool = False,
    ) -> Document:
        """Each page to lines and, with ``meaning``, lines and codes to receipts."""
        pages: list[Page] = []
        codes: list[Code] = []
        masker = Masker(options.mask if meaning else ())
        read_warnings: list[ReadWarning] = []
        # Other readings of lines with figures by page and line, for what makes receipts of the lines.
        alternatives: dict[tuple[int, int], Alternatives] = {}
        decoded = images.pages(source, options.limits, options.password)
        for index, page_image in enumerate(timing.each(decoded, timing.DECODE)):
            prepared = _prepared(page_image.pixels, options)
            lines = lines_of(prepared, options)
            read = lines.to_page(*prepared.size)
            page, page_warnings = read.page, read.warnings
            page_codes: tuple[Code, ...] = ()
            if meaning and options.codes != "off":
                with timing.stage(timing.CODES):
                    grey = prepared.grey if options.prepare is None else images.to_grey(page_image.pixels)
                    page_codes = code_reading.find(grey, index, options.codes)
                page, code_warnings = code_reading.without_code_text(page, page_codes)
                codes += page_codes
                page_warnings = (*page_warnings, *code_warnings)
            # Masked lines are other lines, so that they have no other readings either.
            page = masker.page(page)
            others = {id(read.page.lines[k]): texts for k, texts in read.alternatives.items()}
            alternatives |= {
                (index, k): others[id(line)] for k, line in enumerate(page.lines) if id(line) in others
            }
            pages.append(page)
            for code, message in (*page_image.warnings, *page_warnings):
                read_warnings.append(ReadWarning(code, message, index))
            if on_page is not None:
                on_page(index, painted(page_image.image, page, map(masker.code, page_codes)), page)
        read_warnings += [ReadWarning(code, message) for code, message in decoded.warnings]
        receipts = extract(pages, alternatives) if meaning else ()
        receipts = code_checks.with_codes(receipts, pages, codes) if codes else receipts
        document = Document(tuple(pages), receipts, tuple(read_warnings), source_name(source))
        return masker.document(document)


def checked_threads(threads: int | None) -> int | None:
    """A number of threads, as it is.

    Raises:
        BadConfiguration: it is no whole number, or below 1.
    """
    return checked("threads", threads, OrNone(Whole(1)))


def _prepared(pixels: npt.NDArray[np.uint8], options: ReadOptions) -> Prepared:
    """A page, RGB or grey, after the stages that a call asks for."""
    if options.prepare is None:
        return Prepared.untouched(pixels)
    return options.prepare.run(in_colour(pixels))


def _recognizer_of(
    slot: str, threads: int | None, backend: str | None, providers: ProviderChoice
) -> Recognizer:
    """The recogniser of a further script."""
    return Recognizer(resolve(None, slot), threads, backend, providers)
