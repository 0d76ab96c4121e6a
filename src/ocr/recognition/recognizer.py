"""Text regions of a page to texts: crops, batches of like widths, network, decoding."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.engine.backends import DEFAULT, chosen, name_of, network
from ocr.engine.inference_cache import InferenceCache, digest
from ocr.engine.model_file import CHECKPOINT, ModelFile
from ocr.engine.network import Network
from ocr.engine.providers import ProviderChoice
from ocr.engine.providers import chosen as chosen_providers
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.recognition import evidence
from ocr.recognition.accents import without_unlikely
from ocr.recognition.alternatives import Alternatives, alternatives
from ocr.recognition.amounts import as_amounts
from ocr.recognition.beam import Beam
from ocr.recognition.calibration import Calibrator, LineScorer
from ocr.recognition.charset import Charset
from ocr.recognition.decode import Decoding, with_language_model
from ocr.recognition.decoded import Decoded
from ocr.recognition.figures_in_words import as_words_and_numbers
from ocr.recognition.likely_steps import Likely
from ocr.recognition.look_alikes import in_one_script
from ocr.recognition.narrow import widened, widenings
from ocr.recognition.tones import are_light_on_dark, levels
from ocr.recognition.web_addresses import with_whole_addresses
from ocr.recognition.words import Span, ink, spans
from ocr.runtime import timing
from ocr.runtime.cores import available_cores
from ocr.runtime.options import Number, Whole
from ocr.runtime.parallel import in_order

Image = npt.NDArray[np.uint8]

#: Lines wider than this after scaling to the network's height are squeezed: memory stays bounded.
_MAX_WIDTH = 1600
#: Regions this much taller than wide hold text that runs up or down.
_UPRIGHT = 1.5
#: Lines of one run of the network at most, and their pixels in width together.
_BATCH, _BATCH_WIDTH = 8, 2048
#: Pixels in width of the batches that are decoded together at most.
_GROUP_WIDTH = 16_384
#: Groups of batches for each thread, where there are several.
_GROUPS = 3
#: A line joins a batch where it is at least this share of the widest one: padding is wasted work.
_ALIKE = 0.85


class ReadWord(NamedTuple):
    """A word of a reading.

    Attributes:
        text: without spaces.
        confidence: 0 to 1, on the scale of the reading's.
        quad: (4, 2) float32 in pixels of the page, clockwise from the word's own top-left corner; as wide as its
            letters, as high as the region.
    """

    text: str
    confidence: float
    quad: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """The text of one region.

    Attributes:
        text: what is written, words separated by single spaces; empty where nothing was recognised.
        confidence: 0 to 1; the share of right readings among such, where the model was calibrated.
        certainty: 0 to 1; how clear the letters look to the network alone, the geometric mean of their probabilities.
        words: the words of the text in order.
        alternatives: other readings of a line with figures, at most five, the likeliest first: pairs of a whole text
            and the logarithm of its probability over that of ``text``; see `ocr.recognition.alternatives`.
        evidence: (F,) float32, what the confidence was told by; see `ocr.recognition.evidence`. ``None`` where the
            recogniser was not asked for it and has no scorer.
    """

    text: str
    confidence: float
    certainty: float = 0.0
    words: tuple[ReadWord, ...] = field(default=(), compare=False)
    alternatives: Alternatives = ()
    evidence: npt.NDArray[np.float32] | None = field(default=None, compare=False, repr=False)


class _Line(NamedTuple):
    """A crop that was read.

    Attributes:
        decoded: its text.
        confidence: 0 to 1.
        certainty: 0 to 1.
        spans: of its words, in columns of the crop.
        width: of the crop.
        evidence: (F,) of the line alone, where it is gathered.
    """

    decoded: Decoded
    confidence: float
    certainty: float
    spans: list[Span]
    width: int
    evidence: npt.NDArray[np.float32] | None


class Recognizer:
    """Reads text regions; made once, then only read, safe to share between threads."""

    def __init__(
        self,
        model: ModelFile,
        threads: int | None = None,
        backend: str | None = None,
        providers: ProviderChoice = None,
    ) -> None:
        """Load a recognition model; threads, backend and providers as `ocr.engine.backends.network` takes them.

        Raises:
            ModelInvalid: the model or its metadata cannot be used.
        """
        self.model = model
        self.height = model.setting("height", 32, Whole(1, 256))
        self.multiple = model.setting("width_multiple", 8, Whole(1, 256))
        self.stride = model.setting("stride", 4, Whole(1, 256))
        self.margin = model.setting("margin", 0.0, Number(0, 2))
        # Columns a stroke that lines are widened to; see `ocr.recognition.narrow`.
        self.narrow = model.setting("narrow", 0.0, Number(0, 64))
        self.pad = model.setting("pad", 127, Whole(0, 255))
        if self.multiple % self.stride:
            raise ModelInvalid(
                f"preprocess of the recognition model has width_multiple {self.multiple} and stride {self.stride}; "
                "expected a stride that divides it"
            )
        try:
            self.charset = Charset(model.charset)
        except (BadConfiguration, ValueError) as error:
            raise ModelInvalid(f"the charset of the recognition model cannot be used: {error}") from error
        try:
            confidence = model.info.get("confidence")
            self._calibrator = None if confidence is None else Calibrator.from_dict(confidence)
            scorer = model.info.get("line_confidence")
            self._scorer = None if scorer is None else LineScorer.from_dict(scorer)
        except ValueError as error:
            raise ModelInvalid(f"the calibration of the recognition model cannot be used: {error}") from error
        try:
            self.decoding = Decoding.from_mapping(model.postprocess)
        except BadConfiguration as error:
            raise ModelInvalid(f"postprocess of the recognition model cannot be used: {error}") from error
        try:
            self._beam = (
                Beam.of(model.language_model, model.language_model_settings, self.charset)
                if model.language_model
                else None
            )
        except ValueError as error:
            raise ModelInvalid(
                f"the language model of the recognition model cannot be used: {error}"
            ) from error
        if self._scorer is not None and self.decoding.kind != "ctc":
            raise ModelInvalid(
                "the recognition model has a scorer of lines, which only those of the kind ctc can use"
            )
        self._gathers = self._scorer is not None
        # Lines are independent of each other: whole batches in several threads waste less than threads inside a batch,
        # which wait for each other after every layer. In PyTorch threads are a setting of the whole process.
        many = chosen(backend) == DEFAULT and model.format != CHECKPOINT
        self._network: Network = network(model, 1 if many else threads, backend, providers)
        self.providers = chosen_providers(providers)
        self._workers = (threads or available_cores()) if many else 1
        self._own_beam = self._beam

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as what it is made of; a cache does not come along."""
        threads = self._workers if self.backend == DEFAULT else self._network.threads
        changed = () if self._beam is self._own_beam else (self._beam,)
        return _restored, (self.model, threads, self.backend, self.providers, changed)

    def __copy__(self) -> Recognizer:
        """One that shares what was loaded, which pickling would load anew."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    @property
    def backend(self) -> str:
        """What runs the network, the name of a registered backend."""
        return name_of(self._network)

    def with_threads(self, threads: int) -> Recognizer:
        """The same recogniser, which uses another number of threads."""
        other = copy.copy(self)
        if self.backend == DEFAULT:
            other._workers = threads
        else:
            other._network = network(self.model, threads, self.backend, self.providers)
        return other

    def with_lm_weight(self, weight: float) -> Recognizer:
        """The same recogniser, whose language model counts this much; 0 decides by the look of the letters alone.

        A recogniser without a language model stays as it is.
        """
        if self._beam is None:
            return self
        return self.with_beam(replace(self._beam, lm_weight=weight) if weight > 0 else None)

    def with_beam(self, beam: Beam | None) -> Recognizer:
        """The same recogniser with another language model, of its charset, or without one."""
        other = copy.copy(self)
        other._beam = beam
        return other

    def with_evidence(self) -> Recognizer:
        """The same recogniser, whose readings have their evidence; only for the kind ``ctc``."""
        other = copy.copy(self)
        other._gathers = self.decoding.kind == "ctc"
        return other

    def for_page(self, texts: Sequence[str]) -> Recognizer:
        """What reads more lines of a page with these texts; one that chooses between scripts has chosen by then.

        A few regions say little of each other: their confidences are the network's own, mapped.
        """
        if self._scorer is None:
            return self
        other = copy.copy(self)
        other._scorer = None
        return other

    @property
    def knows_words(self) -> bool:
        """Whether the model has a language model."""
        return self._own_beam is not None

    def surprise(self, text: str) -> float:
        """How unlikely the model's own language model finds a reading, in nats a character; 0 without one."""
        if self._own_beam is None or not text:
            return 0.0
        return self._own_beam.language_model.line_cost(text, self.charset) / len(text)

    def read(self, image: Image, quads: Sequence[npt.ArrayLike]) -> list[Reading]:
        """Read the text in regions of a page.

        Args:
            image: grey (H, W) uint8 page, upright.
            quads: (4, 2) polygons in pixels of the page, clockwise from the text's own top-left corner.

        Returns:
            A reading a quad, in the same order.

        Raises:
            ModelOutputInvalid: the network answered with values that are not finite.
        """
        crops: list[Image] = []
        owners: list[int] = []
        directed: list[npt.NDArray[np.float32]] = []
        with timing.stage(timing.CROPS):
            for k, quad in enumerate(quads):
                quad = np.asarray(quad, np.float32)
                wide, tall = polygons.sides(quad)
                for corners in _directions(quad, wide, tall):
                    crops.append(self._crop(image, corners))
                    owners.append(k)
                    directed.append(corners)
            # Nearly all print that the network has learnt is dark on light.
            tones = levels(crops)
            light = are_light_on_dark(tones)
            tones[light] = 255 - tones[light, ::-1]
            for k in np.flatnonzero(light).tolist():
                crops[k] = np.bitwise_not(crops[k])
            times = widenings(crops, tones, self.narrow)
            for k in np.flatnonzero(times > 1).tolist():
                crops[k] = widened(crops[k], float(times[k]), _MAX_WIDTH)
        lines = self._recognize(crops)
        best: list[int | None] = [None] * len(quads)
        for number, (line, k) in enumerate(zip(lines, owners, strict=True)):
            before = best[k]
            if line.decoded.text and (before is None or line.confidence > lines[before].confidence):
                best[k] = number
        with timing.stage(timing.TEXT):
            chosen = [number for number in best if number is not None]
            settled = in_one_script(
                without_unlikely(
                    with_whole_addresses(
                        as_words_and_numbers(as_amounts([lines[number].decoded for number in chosen]))
                    )
                )
            )
            for number, decoded in zip(chosen, settled, strict=True):
                if decoded is not lines[number].decoded:
                    lines[number] = lines[number]._replace(decoded=decoded)
            kept = [lines[number] for number in chosen]
            places = [directed[number] for number in chosen]
            known = self._evidence(kept, places, tones[chosen])
            if known is not None and self._scorer is not None:
                kept = [
                    line._replace(confidence=confidence)
                    for line, confidence in zip(kept, self._scorer(known).tolist(), strict=True)
                ]
            readings = {
                number: Reading(
                    line.decoded.text,
                    line.confidence,
                    line.certainty,
                    words,
                    alternatives(line.decoded),
                    None if known is None else known[n],
                )
                for n, (number, line, words) in enumerate(
                    zip(chosen, kept, self._words(kept, places), strict=True)
                )
            }
        return [Reading("", 0.0) if number is None else readings[number] for number in best]

    def _evidence(
        self,
        lines: Sequence[_Line],
        quads: Sequence[npt.NDArray[np.float32]],
        tones: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.float32] | None:
        """What is known of lines that are read together, (N, F), where it is gathered."""
        alone = [line.evidence for line in lines if line.evidence is not None]
        if not alone or len(alone) < len(lines):
            return None
        heights = evidence.heights(quads)
        among = evidence.of_page(quads, heights, [line.certainty for line in lines])
        of_crop = np.column_stack([heights, tones[:, 2] - tones[:, 0], tones[:, 1]]).astype(np.float32)
        return np.concatenate([np.stack(alone), of_crop, among], axis=1)

    def _words(
        self, lines: Sequence[_Line], quads: Sequence[npt.NDArray[np.float32]]
    ) -> list[tuple[ReadWord, ...]]:
        """The words of lines that were read in the direction of quads."""
        if not lines:
            return []
        counts = [len(line.spans) for line in lines]
        corners = np.repeat(np.stack(quads), counts, axis=0)
        # From columns of the crop to shares of the quad, which has no margin.
        width = np.array([line.width for line in lines], np.float64)
        margin = self.margin * np.array([tall / max(wide, 1.0) for wide, tall in map(polygons.sides, quads)])
        scale = (1 + 2 * margin) / width
        spans = np.array([span for line in lines for span in line.spans], np.float64)
        shares = spans * np.repeat(scale, counts)[:, None] - np.repeat(margin, counts)[:, None]
        places = polygons.parts_along(corners, shares)
        raw: list[float] = []
        for line in lines:
            begins = 0
            for word in line.decoded.text.split(" "):
                raw.append(math.prod(line.decoded.certainties[begins : begins + len(word)]))
                begins += len(word) + 1
        confidences = (np.array(raw) if self._calibrator is None else self._calibrator.map(raw)).tolist()
        words, k = [], 0
        for line in lines:
            words.append(
                tuple(
                    # A line is right where all of its words are: none is doubted more than all of them, and one that is
                    # alone as much.
                    ReadWord(
                        text,
                        max(confidences[n], line.confidence) if len(line.spans) > 1 else line.confidence,
                        places[n],
                    )
                    for n, text in enumerate(line.decoded.text.split(" "), k)
                )
            )
            k += len(line.spans)
        return words

    def with_cache(self, cache: InferenceCache) -> Recognizer:
        """The same recogniser, which reads only the regions that the cache does not hold."""
        return _CachedRecognizer(self, cache)

    def _crop(self, image: Image, quad: npt.NDArray[np.float32]) -> Image:
        wide, tall = polygons.sides(quad)
        width = _MAX_WIDTH if wide * self.height > _MAX_WIDTH * max(tall, 1.0) else None
        # The page goes on beyond its edge: a grey strip there would be the stem of a letter, and a minus an F.
        return polygons.crop(image, quad, self.height, margin=self.margin, width=width, fill=None)

    def _recognize(self, crops: Sequence[Image]) -> list[_Line]:
        widths = [crop.shape[1] for crop in crops]
        batches = list(_batches(widths))
        workers = min(self._workers, len(batches))
        # Several batches are decoded together; with more threads fewer, so that none of them waits for the last.
        limit = _GROUP_WIDTH if workers <= 1 else min(_GROUP_WIDTH, sum(widths) // (_GROUPS * workers))
        groups = list(_groups(batches, widths, limit))

        def job(group: list[list[int]]) -> list[_Line]:
            return self._read_batches([[crops[k] for k in batch] for batch in group])

        lines: dict[int, _Line] = {}
        for group, read in zip(
            groups, in_order(job, groups, workers) if workers > 1 else map(job, groups), strict=True
        ):
            lines.update(zip(itertools.chain.from_iterable(group), read, strict=True))
        return [lines[k] for k in range(len(crops))]

    def _read_batches(self, batches: Sequence[Sequence[Image]]) -> list[_Line]:
        pixels = [self._pixels(crops) for crops in batches]
        logits = []
        for batch in pixels:
            with timing.stage(timing.RECOGNITION):
                logits.append(self._network.run(batch))
            self.check_answer(logits[-1].shape, batch.shape)
        widths = [[crop.shape[1] for crop in crops] for crops in batches]
        with timing.stage(timing.TEXT):
            by_look, read, known = self._decode(logits, widths)
            stride = self.stride if self.decoding.kind == "ctc" else None
            columns = [
                line for batch, some in zip(pixels, widths, strict=True) for line in ink(batch[:, 0], some)
            ]
            raw = [min(1.0, max(0.0, line.confidence)) for line in read]
            calibrated = raw if self._calibrator is None else self._calibrator.map(raw).tolist()
            lines = []
            every = itertools.chain.from_iterable(widths)
            for k, (line, looks, inked, width) in enumerate(zip(read, by_look, columns, every, strict=True)):
                confidence = calibrated[k] if line.text else raw[k]
                certainty = looks.confidence ** (1 / len(looks.text)) if looks.text else 0.0
                lines.append(
                    _Line(
                        line,
                        confidence,
                        certainty,
                        spans(line, inked, stride),
                        width,
                        None if known is None else known[k],
                    )
                )
        return lines

    def _pixels(self, crops: Sequence[Image]) -> Image:
        """Crops as a batch (N, 1, H, W), padded at their right."""
        full = self.multiple * math.ceil(max(crop.shape[1] for crop in crops) / self.multiple)
        pixels = np.full((len(crops), 1, self.height, full), self.pad, np.uint8)
        for row, crop in enumerate(crops):
            pixels[row, 0, :, : crop.shape[1]] = crop
        return pixels

    def _decode(
        self, logits: Sequence[npt.NDArray[np.float32]], widths: Sequence[Sequence[int]]
    ) -> tuple[list[Decoded], list[Decoded], npt.NDArray[np.float32] | None]:
        """The lines of batches as they look, as they are read, and what is known of them where that is gathered.

        Widths are those of the crops.
        """
        lengths = [[math.ceil(width / self.stride) for width in some] for some in widths]
        if self.decoding.kind != "ctc":
            parts = [self.decoding.read(*batch, self.charset) for batch in zip(logits, lengths, strict=True)]
            by_look = list(itertools.chain.from_iterable(parts))
            return by_look, by_look, None
        # The steps of all lines in one array: a call of NumPy for each batch would take most of the time.
        counts = list(itertools.chain.from_iterable(lengths))
        lines = zip(itertools.chain.from_iterable(logits), counts, strict=True)
        steps = np.concatenate([line[:count] for line, count in lines])
        by_look = self.decoding.read(steps, counts, self.charset)
        if self._beam is None and not self._gathers:
            return by_look, by_look, None
        likely = Likely(steps, counts)
        read = (
            by_look
            if self._beam is None
            else with_language_model(by_look, likely, counts, self.charset, self._beam)
        )
        if not self._gathers:
            return by_look, read, None
        space = self.charset.characters.find(" ") + 1
        return by_look, read, evidence.of_lines(read, by_look, likely, counts, space)

    def check_answer(self, output: tuple[int, ...], batch: tuple[int, ...]) -> None:
        """Hold the shape of the network's answer to a batch (N, 1, H, W) against what the kind of the model wants.

        Raises:
            ModelInvalid: it is another.
        """
        expected = (batch[0], self.decoding.steps(batch[3] // self.stride), self.charset.classes)
        if output != expected:
            raise ModelInvalid(f"the recognition model answers {output} to {batch}; expected {expected}")


def _directions(quad: npt.NDArray[np.float32], wide: float, tall: float) -> Iterator[npt.NDArray[np.float32]]:
    """The quad as it is; for one that stands upright, with its text running down and running up."""
    if tall > _UPRIGHT * wide:
        yield np.roll(quad, -1, axis=0)
        yield np.roll(quad, 1, axis=0)
    # A single narrow letter or figure stands upright as well.
    if tall <= 3 * wide or tall <= _UPRIGHT * wide:
        yield quad


def _restored(
    model: ModelFile,
    threads: int,
    backend: str,
    providers: tuple[str, ...],
    changed: tuple[Beam | None, ...],
) -> Recognizer:
    recognizer = Recognizer(model, threads, backend, providers)
    return recognizer.with_beam(*changed) if changed else recognizer


class _CachedRecognizer(Recognizer):
    """Keeps the reading of each region: few of them change where a threshold of detection moves."""

    def __init__(self, recognizer: Recognizer, cache: InferenceCache) -> None:
        self.__dict__.update(recognizer.__dict__)
        self._cache = cache

    def read(self, image: Image, quads: Sequence[npt.ArrayLike]) -> list[Reading]:
        page = digest(image)
        beam = None if self._beam is None else self._beam.key
        reader = (
            self.model.sha256,
            self.backend,
            self.providers,
            beam,
            self._gathers,
            self._scorer is None,
            page,
        )
        keys = [(*reader, np.asarray(quad, np.float32).tobytes()) for quad in quads]
        readings: list[Reading | None] = [self._cache.get(key) for key in keys]
        missing = [k for k, reading in enumerate(readings) if reading is None]
        for k, reading in zip(missing, super().read(image, [quads[k] for k in missing]), strict=True):
            readings[k] = reading
            self._cache.put(keys[k], reading, 400 + (1 + len(reading.alternatives)) * len(reading.text))
        found = [reading for reading in readings if reading is not None]
        return self._scored_together(found, quads) if 0 < len(missing) < len(found) else found

    def _scored_together(self, readings: list[Reading], quads: Sequence[npt.ArrayLike]) -> list[Reading]:
        """Readings whose confidences are those of lines that are read together."""
        some = [k for k, reading in enumerate(readings) if reading.evidence is not None]
        if self._scorer is None or not some:
            return readings
        known = np.stack([reading.evidence for reading in readings if reading.evidence is not None])
        heights = known[:, evidence.FEATURES.index("height")].astype(np.float64)
        certainties = [readings[k].certainty for k in some]
        known[:, -len(evidence.OF_PAGE) :] = evidence.of_page(
            [np.asarray(quads[k], np.float32) for k in some], heights, certainties
        )
        scored = list(readings)
        for k, row, confidence in zip(some, known, self._scorer(known).tolist(), strict=True):
            reading = readings[k]
            words = [
                word._replace(
                    confidence=max(word.confidence, confidence)
                    if word.confidence > reading.confidence
                    else confidence
                )
                for word in reading.words
            ]
            scored[k] = replace(reading, confidence=confidence, words=tuple(words), evidence=row)
        return scored


def _batches(widths: Sequence[int]) -> Iterator[list[int]]:
    """Group indices of lines of like widths, widest first."""
    batch: list[int] = []
    for k in sorted(range(len(widths)), key=lambda k: -widths[k]):
        if batch:
            widest = widths[batch[0]]
            if (
                len(batch) == _BATCH
                or widest * (len(batch) + 1) > _BATCH_WIDTH
                or widths[k] < _ALIKE * widest
            ):
                yield batch
                batch = []
        batch.append(k)
    if batch:
        yield batch


def _groups(batches: Sequence[list[int]], widths: Sequence[int], limit: int) -> Iterator[list[list[int]]]:
    """Batches of lines, as many together as are at most ``limit`` pixels wide, or one alone."""
    group: list[list[int]] = []
    total = 0
    for batch in batches:
        width = len(batch) * widths[batch[0]]
        if group and total + width > limit:
            yield group
            group, total = [], 0
        group.append(batch)
        total += width
    if group:
        yield group
