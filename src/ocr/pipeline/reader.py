"""A page to lines: regions found, read, merged and put in rows; shared readers are in `ocr.pipeline.reader_cache`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import InitVar, dataclass, field, replace
from itertools import islice
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr.detection.decode import Options, changed, check_changes
from ocr.detection.detector import Detection, Detector
from ocr.detection.sizing import SizePolicy
from ocr.document import Document, Line, Page, ReadWarning
from ocr.engine.backends import DEFAULT
from ocr.engine.choice import ModelChoice, resolve
from ocr.engine.inference_cache import InferenceCache
from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration, ImageEmpty, OcrError
from ocr.io import images
from ocr.io.limits import Limits
from ocr.layout import merging
from ocr.layout.rows import rows
from ocr.pipeline import orientation
from ocr.prepare import Pipeline, Prepared
from ocr.prepare.orientation import turned
from ocr.recognition.beam import MAX_LM_WEIGHT, Beam
from ocr.recognition.recognizer import Recognizer
from ocr.runtime import timing
from ocr.runtime.parallel import in_order

#: Called for every finished page with its index, its RGB (H, W, 3) uint8 pixels and the result.
PageObserver = Callable[[int, npt.NDArray[np.uint8], Page], None]
_REGIONS_ONLY = "this reader finds regions only; make one with Reader(...) to read them"

#: Regions that miss the model's score by up to this much, single digits mostly, are kept where they read surely.
_DOUBT = 0.1
#: Such readings are right as often as this, where the model's confidences are calibrated.
_SURE = 0.45


@dataclass(frozen=True)
class ReadOptions:
    """What one call asks for; a reader is never changed by it.

    Attributes:
        limits: what is read at most.
        password: password of an encrypted PDF.
        min_confidence: lines below this confidence in [0, 1] are left out.
        max_regions: text regions of a page at most, best scores first; the model's own limit where ``None``.
        decoding: decode options that differ from the model's own, such as ``{"box_threshold": 0.5}``.
        sizing: fields of `SizePolicy` that differ from the model's own, such as ``{"short_side": 800}``.
        prepare: stages that clean up each page first; results stay in pixels of the page as it came in.
        turn: ``"auto"`` reads pages that lie on their side or upside-down as well, which costs a page that reads well
            nothing (not used by `Reader.detect`); ``"off"`` takes them as they come.
        lm_weight: how much the recogniser's language model counts, 0 to 2; 0 decides by the look of the letters alone,
            ``None`` as the model has it.
        prior: what version 0.1 called ``lm_weight``; deprecated.
    """

    limits: Limits = field(default_factory=Limits)
    password: str | None = field(default=None, repr=False)
    min_confidence: float = 0.0
    max_regions: int | None = None
    decoding: Mapping[str, float | None] = field(default_factory=dict)
    sizing: Mapping[str, float] = field(default_factory=dict)
    prepare: Pipeline | None = None
    turn: Literal["off", "auto"] = "auto"
    lm_weight: float | None = None
    prior: InitVar[float | None] = None

    def __post_init__(self, prior: float | None) -> None:
        if prior is not None:
            warnings.warn("prior is now called lm_weight", DeprecationWarning, stacklevel=3)
            object.__setattr__(self, "lm_weight", prior)
        if not 0 <= self.min_confidence <= 1:
            raise BadConfiguration(
                f"min_confidence is {self.min_confidence!r}; expected a number from 0 to 1"
            )
        if self.max_regions is not None and self.max_regions < 1:
            raise BadConfiguration(f"max_regions is {self.max_regions!r}; expected at least 1")
        if self.prepare is not None and not isinstance(self.prepare, Pipeline):
            raise BadConfiguration(
                f"prepare is {self.prepare!r}; expected a Pipeline: Pipeline.of(...) or Pipeline.from_config(...)"
            )
        check_changes(self.decoding)
        SizePolicy.from_mapping(dict(self.sizing))
        if self.turn not in ("off", "auto"):
            raise BadConfiguration(f"turn is {self.turn!r}; expected 'off' or 'auto'")
        if self.lm_weight is not None and not 0 <= self.lm_weight <= MAX_LM_WEIGHT:
            raise BadConfiguration(
                f"lm_weight is {self.lm_weight!r}; expected a number from 0 to {MAX_LM_WEIGHT:g}"
            )


@dataclass(frozen=True)
class Failure:
    """An input that could not be read, in the place of its document.

    Attributes:
        source: the path, or a description of what was given.
        error: what was wrong.
    """

    source: str
    error: OcrError

    @property
    def code(self) -> str:
        """Stable identifier of the error."""
        return self.error.code

    @property
    def message(self) -> str:
        """What came, what was expected and what to do."""
        return str(self.error)


class _Seen(NamedTuple):
    """A page at one turn: as it is looked at, its grey (H, W) uint8 pixels, and the regions on it."""

    page: Prepared
    grey: npt.NDArray[np.uint8]
    detection: Detection


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
    ) -> None:
        """Load models.

        Args:
            detection: a detection model: its name in the catalogue, a path, or bytes; the promoted one where
                ``None``, or else the shipped one.
            recognition: a recognition model, likewise.
            threads: threads that one call uses; the cores that this process may use where ``None``.
            backend: ``"onnx"`` or ``"torch"``; what the environment variable ``OCR_BACKEND`` names, else ``"onnx"``,
                where ``None``. One that cannot start is replaced by ``"onnx"`` with a logged warning.

        Raises:
            ModelInvalid: a model cannot be used; the message says why.
            BadConfiguration: there is no such backend, or ``threads`` is below 1.
        """
        checked_threads(threads)
        self._detector = Detector(resolve(detection, "detection"), threads, backend)
        self._recognizer: Recognizer | None = Recognizer(
            resolve(recognition, "recognition"), threads, backend
        )

    @classmethod
    def for_regions(
        cls, detection: ModelChoice = None, *, threads: int | None = None, backend: str | None = None
    ) -> Reader:
        """A reader that only detects: no recognition model is loaded, and `read` is refused.

        Raises:
            ModelInvalid: the model cannot be used; the message says why.
        """
        made = cls.__new__(cls)
        made._detector = Detector(resolve(detection, "detection"), checked_threads(threads), backend)
        made._recognizer = None
        return made

    @property
    def models(self) -> tuple[ModelFile, ...]:
        """The models in use, detection first, with names and hashes."""
        found = (self._detector.model,)
        return found if self._recognizer is None else (*found, self._recognizer.model)

    @property
    def threads(self) -> int:
        """Threads that one call uses."""
        return self._detector.threads

    @property
    def backends(self) -> tuple[str, ...]:
        """What runs the network of each model, after any fallback: ``"onnx"`` or ``"torch"``."""
        found = (self._detector.backend,)
        return found if self._recognizer is None else (*found, self._recognizer.backend)

    def read(
        self, source: Any, options: ReadOptions | None = None, *, on_page: PageObserver | None = None
    ) -> Document:
        """Read one input.

        Args:
            source: a path, bytes, a binary file, an RGB (H, W, 3) uint8 array, a PIL picture; PDFs included.
            options: what this call asks for.
            on_page: called for every finished page, for instance to draw it.

        Raises:
            OcrError: the input cannot be read; see `ocr.io.images.pages` for its kinds.
        """
        return self._document(source, options or ReadOptions(), self._lines, on_page)

    def detect(
        self, source: Any, options: ReadOptions | None = None, *, on_page: PageObserver | None = None
    ) -> Document:
        """Find the text regions of one input without reading them.

        Returns:
            A document whose lines have no text; their confidence is the score of the region.

        Raises:
            OcrError: as `read`.
        """
        return self._document(source, options or ReadOptions(), self._regions, on_page)

    def read_many(
        self, sources: Iterable[Any], options: ReadOptions | None = None
    ) -> Iterator[Document | Failure]:
        """Read inputs; one that cannot be read takes no other with it.

        As many are read at once as one call uses threads, each with one thread: no core waits for the parts of a read
        that only one can do. Documents are the same as those of `read`, and a few inputs are asked for ahead.

        Yields:
            For each input in order its `Document`, or a `Failure` in its place.

        Raises:
            ImageEmpty: there are no inputs at all.
        """
        first = list(islice(remaining := iter(sources), 1))
        if not first:
            raise ImageEmpty("there are no inputs to read; expected at least one")
        yield self._read_or_fail(first[0], options)
        # Threads of PyTorch are a setting of the whole process, so there it stays one after the other.
        if self.threads == 1 or set(self.backends) != {DEFAULT}:
            for source in remaining:
                yield self._read_or_fail(source, options)
            return
        single = self._with_threads(1)
        yield from in_order(lambda source: single._read_or_fail(source, options), remaining, self.threads)

    def _read_or_fail(self, source: Any, options: ReadOptions | None) -> Document | Failure:
        try:
            return self.read(source, options)
        except Exception as fault:  # A defect met on one input must not lose the others' results.
            return failure(source, fault)

    def _with_threads(self, threads: int) -> Reader:
        made = Reader.__new__(Reader)
        made._detector = self._detector.with_threads(threads)
        made._recognizer = None if self._recognizer is None else self._recognizer.with_threads(threads)
        return made

    def with_beam(self, beam: Beam | None) -> Reader:
        """The same reader with another language model, or without one: to measure what it is worth."""
        made = Reader.__new__(Reader)
        made._detector = self._detector
        made._recognizer = None if self._recognizer is None else self._recognizer.with_beam(beam)
        return made

    def with_cache(self, memory: InferenceCache) -> Reader:
        """The same reader, which runs its networks only on what the memory does not hold.

        For interactive use, where the same pages are read again with other options. Both readers share their networks.
        """
        made = Reader.__new__(Reader)
        made._detector = self._detector.with_cache(memory)
        made._recognizer = None if self._recognizer is None else self._recognizer.with_cache(memory)
        return made

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
        page = options.prepare.run(image) if options.prepare else Prepared.untouched(image)
        found = self._detector.map_of(images.to_grey(page.image), *self._detecting(options))
        scale = min(1.0, longest / max(page.size))
        size = (max(1, round(page.size[0] * scale)), max(1, round(page.size[1] * scale)))
        return page.overlay(found, size)

    @property
    def decoding(self) -> Options:
        """How the detection model has its maps decoded unless a call asks otherwise."""
        return self._detector.options

    def decoding_of(self, options: ReadOptions) -> Options:
        """How a call with these options has its maps decoded."""
        return self._detecting(options)[0]

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

    def _document(
        self,
        source: Any,
        options: ReadOptions,
        find: Callable[[Prepared, ReadOptions], tuple[list[Line], Detection, Prepared]],
        on_page: PageObserver | None,
    ) -> Document:
        pages: list[Page] = []
        doubts: list[ReadWarning] = []
        decoded = images.pages(source, options.limits, options.password)
        for index, page_image in enumerate(timing.each(decoded, timing.DECODE)):
            image = page_image.image
            prepared = options.prepare.run(image) if options.prepare else Prepared.untouched(image)
            # In reading order of the page that was looked at: on the one that came in rows need not run level.
            lines, detection, seen = find(prepared, options)
            page = _page(image.shape[1], image.shape[0], lines, seen)
            pages.append(page)
            for code, message in (
                *page_image.warnings,
                *detection.warnings,
                *_lost(len(lines) - len(page.lines)),
            ):
                doubts.append(ReadWarning(code, message, index))
            if on_page is not None:
                on_page(index, image, page)
        return Document(tuple(pages), (), tuple(doubts), _label(source))

    def _regions(self, page: Prepared, options: ReadOptions) -> tuple[list[Line], Detection, Prepared]:
        detection = self._detect(images.to_grey(page.image), options)
        lines = [_line("", region.score, region.polygon) for region in detection.regions]
        return lines, detection, page

    def _lines(self, page: Prepared, options: ReadOptions) -> tuple[list[Line], Detection, Prepared]:
        if self._recognizer is None:
            raise BadConfiguration(_REGIONS_ONLY)
        recognizer = self._recognizer
        if options.lm_weight is not None:
            recognizer = recognizer.with_lm_weight(options.lm_weight)

        decoding, policy = self._detecting(options)
        doubtful = decoding.relaxed(_DOUBT)

        def attempt(quarters: int) -> orientation.Attempt[_Seen]:
            seen = page.then("turn", turned(page.image, quarters)) if quarters else page
            grey = images.to_grey(seen.image)
            detection = self._detector.detect(grey, doubtful, policy)
            readings = recognizer.read(grey, [region.polygon for region in detection.regions])
            kept = [
                (region, reading)
                for region, reading in zip(detection.regions, readings, strict=True)
                if region.score >= decoding.least_score or reading.confidence >= _SURE
            ]
            seen_regions = replace(detection, regions=tuple(region for region, _ in kept))
            quads = [region.polygon for region in seen_regions.regions]
            return orientation.Attempt(
                quads, [reading for _, reading in kept], _Seen(seen, grey, seen_regions)
            )

        best = attempt(0)
        if options.turn == "auto":
            best = orientation.upright(
                best, page.image, attempt, lambda one, quads: recognizer.read(one.result.grey, quads)
            )
        parts = [
            merging.Fragment(reading.text, reading.confidence, quad)
            for reading, quad in zip(best.readings, best.quads, strict=True)
            if reading.text.strip()
        ]
        lines = [
            _line(*part)
            for part in merging.merge_fragments(parts)
            if part.confidence >= options.min_confidence
        ]
        return lines, best.result.detection, best.result.page

    def _detect(self, grey: npt.NDArray[np.uint8], options: ReadOptions) -> Detection:
        return self._detector.detect(grey, *self._detecting(options))

    def _detecting(self, options: ReadOptions) -> tuple[Options, SizePolicy]:
        decoding: dict[str, Any] = dict(options.decoding)
        if options.max_regions is not None:
            decoding["max_candidates"] = options.max_regions
        sizing: dict[str, Any] = dict(options.sizing)
        detector = self._detector
        return changed(detector.options, decoding), replace(detector.policy, **sizing)


def failure(source: Any, fault: Exception) -> Failure:
    """The record of an input that could not be read; a fault of no known kind becomes an internal error."""
    label = _label(source) or type(source).__name__
    if isinstance(fault, OcrError):
        return Failure(label, fault)
    error = OcrError(f"an internal fault: {type(fault).__name__}: {fault}")
    error.__cause__ = fault
    return Failure(label, error)


def checked_threads(threads: int | None) -> int | None:
    """A number of threads, as it is.

    Raises:
        BadConfiguration: it is below 1.
    """
    if threads is not None and threads < 1:
        raise BadConfiguration(f"threads is {threads!r}; expected at least 1")
    return threads


def _label(source: Any) -> str | None:
    """The path of an input, the name of an open file; ``None`` where it has neither."""
    name = os.fsdecode(source) if isinstance(source, (str, os.PathLike)) else getattr(source, "name", None)
    # Names of files can hold bytes that are no UTF-8; JSON can not.
    return name.encode("utf-8", "backslashreplace").decode() if isinstance(name, str) else None


def _page(width: int, height: int, lines: list[Line], seen: Prepared) -> Page:
    """Lines of the page that was looked at as rows of the page that came in, without those that lie beside it."""
    # Rows are decided where the lines were read: on the page that came in they need not run level.
    kept: list[Line] = []
    grouped: list[tuple[int, ...]] = []
    for row in rows([line.polygon for line in lines]):
        first = len(kept)
        for line in (lines[k] for k in row):
            polygon = seen.back(line.polygon) if seen.moved else line.polygon
            if polygon is not None:
                kept.append(_line(line.text, line.confidence, polygon))
        if len(kept) > first:
            grouped.append(tuple(range(first, len(kept))))
    return Page(width, height, tuple(kept), tuple(grouped))


def _lost(count: int) -> Iterator[tuple[str, str]]:
    if count:
        yield "lines_outside", f"{count} lines lie outside of the page that came in and were left out"


def _line(text: str, confidence: float, quad: npt.NDArray[np.float32]) -> Line:
    # A hundredth of a pixel and a ten-thousandth of confidence are more than is known.
    return Line(text, round(float(confidence), 4), np.round(quad.astype(np.float64), 2).astype(np.float32))
