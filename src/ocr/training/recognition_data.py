"""Line crops for the recogniser: cut from annotated pages, or rendered."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from ocr import polygons
from ocr.datasets.sample import LineAnnotation, Sample
from ocr.errors import BadConfiguration
from ocr.models.loss.ctc import CtcTargets
from ocr.recognition.charset import Charset
from ocr.training.detection_data import grey
from ocr.training.mixture import process_rank

Grey = npt.NDArray[np.uint8]

#: What is added around a line on every side, as a share of its height, in training and inference alike.
MARGIN = 0.1
#: Grey value right of a line in its batch.
PAD = 127
#: A pool that refuses this many lines for each that it needs is given up.
_MAX_REFUSED = 20
#: Wider crops than this are left out of training.
_MAX_WIDTH = 1024


class Line(NamedTuple):
    """A line crop with its transcript.

    Attributes:
        image: (height, W) uint8 grey.
        text: the transcript.
        folded: whether the transcript was written in upper case whatever the print.
        name: of the sample it comes from.
    """

    image: Grey
    text: str
    folded: bool
    name: str


class LineSource(Protocol):
    """Gives the line of a draw."""

    weight: float

    def line(self, rng: np.random.Generator, height: int) -> Line:
        """A line of this height in pixels; all randomness comes from ``rng``."""
        ...


class AnnotatedLines:
    """Lines cut from the pages of a dataset, a little beside the annotation, as a detector would give them.

    Args:
        samples: annotated pages; decoded grey pages stay in memory, about 1 MB each.
        weight: share of the draws, relative to other sources.
        upper_case: whether the transcripts are in upper case whatever the print.
        jitter: standard deviation of an edge's displacement, as a share of the line's height.
        wear: share of the crops that get each of blur, noise, compression and change of contrast.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        weight: float = 1.0,
        upper_case: bool = False,
        jitter: float = 0.06,
        wear: float = 0.25,
    ) -> None:
        self.samples, self.weight, self.upper_case = samples, weight, upper_case
        self.jitter, self.wear = jitter, wear
        self.places = [
            (index, position)
            for index, sample in enumerate(samples)
            for position, line in enumerate(sample.lines)
            if line.text and line.text.strip()
        ]
        self._pages: dict[int, Grey] = {}

    def line(self, rng: np.random.Generator, height: int) -> Line:
        """A line drawn evenly from all of the dataset; one whose polygon the rules drop is drawn again."""
        while True:
            index, position = self.places[int(rng.integers(len(self.places)))]
            sample = self.samples[index]
            if index not in self._pages:
                self._pages[index] = grey(sample.load())
            page, annotation = self._pages[index], sample.lines[position]
            checked = polygons.validate(annotation.polygon, page.shape[1], page.shape[0]).polygon
            if checked is not None:
                break
        quad = _displaced(polygons.to_quad(checked), rng, self.jitter)
        image = polygons.crop(
            page, quad, height, margin=max(0.0, MARGIN + rng.normal(0, self.jitter)), fill=PAD
        )
        return Line(_worn(image, rng, self.wear), _tidy(annotation.text or ""), self.upper_case, sample.name)


class RenderedLines:
    """Synthetic lines, rendered on the fly.

    Args:
        seed: of the generator; lines of other seeds are other lines.
        weight: share of the draws, relative to other sources.
        charset: the characters that may be drawn.
        fonts: ``train``, ``validation`` or ``all``.
    """

    def __init__(self, seed: int, charset: Charset, weight: float = 1.0, fonts: str = "train") -> None:
        from ocr.datasets.synthetic.lines import SyntheticLines

        self.weight = weight
        self.lines = SyntheticLines(seed, charset.characters, fonts)  # type: ignore[arg-type]

    def line(self, rng: np.random.Generator, height: int) -> Line:
        """A line that has not been seen before."""
        image, text = self.lines.line(int(rng.integers(2**62)))
        width = max(1, round(image.shape[1] * height / image.shape[0]))
        kind = cv2.INTER_AREA if image.shape[0] > height else cv2.INTER_LINEAR
        resized = np.asarray(cv2.resize(image, (width, height), interpolation=kind), np.uint8)
        return Line(resized, _tidy(text), False, "synthetic")


class LineBatches(Dataset[list[Line]]):
    """Batches of lines of like widths: a pool of lines is drawn, sorted by width and cut into batches.

    An item is a batch. Items of a pool are made together; a `PoolSampler` sees to it that one loader process asks for
    all items of a pool, one after the other.

    Args:
        sources: by name.
        charset: lines with other characters are drawn again.
        batch: lines in a batch.
        pool: batches in a pool.
        height: of the crops in pixels.
        stride: pixels a step, to leave out lines with more characters than steps.
        seed: a pool depends on the seed and its number alone.
    """

    def __init__(
        self,
        sources: Mapping[str, LineSource],
        charset: Charset,
        batch: int = 64,
        pool: int = 8,
        height: int = 32,
        stride: int = 4,
        seed: int = 0,
    ) -> None:
        self.sources = list(sources.values())
        weights = np.array([source.weight for source in self.sources], np.float64)
        self.shares = weights / weights.sum()
        self.charset, self.batch, self.pool = charset, batch, pool
        self.height, self.stride, self.seed = height, stride, seed
        self._made: tuple[int, list[list[Line]]] = (-1, [])

    def __getitem__(self, item: int) -> list[Line]:
        number, part = divmod(item, self.pool)
        if self._made[0] != number:
            self._made = (number, self._make(number))
        return self._made[1][part]

    def _make(self, number: int) -> list[list[Line]]:
        rng = np.random.default_rng((self.seed, number))
        lines: list[Line] = []
        refused = 0
        while len(lines) < self.batch * self.pool:
            source = self.sources[int(rng.choice(len(self.sources), p=self.shares))]
            line = source.line(rng, self.height)
            if line.image.shape[1] <= _MAX_WIDTH and self.charset.covers(line.text) and self._fits(line):
                lines.append(line)
                continue
            refused += 1
            if refused > _MAX_REFUSED * self.batch * self.pool:
                raise BadConfiguration(
                    f"{refused} lines were drawn that hold characters outside the charset or are too long for their "
                    f"width, the last {line.text!r} of {line.name}; is this the charset of the data?"
                )
        lines.sort(key=lambda line: line.image.shape[1])
        batches = [lines[start : start + self.batch] for start in range(0, len(lines), self.batch)]
        return [batches[i] for i in rng.permutation(len(batches))]

    def _fits(self, line: Line) -> bool:
        steps = math.ceil(line.image.shape[1] / self.stride)
        repeats = sum(a == b for a, b in zip(line.text, line.text[1:], strict=False))
        return bool(0 < len(line.text) + repeats <= steps)


class PoolSampler(Sampler[int]):
    """Numbers of batches, in an order in which each of several loader processes works through pools of its own.

    Args:
        length: batches in an epoch, a multiple of ``pool``.
        pool: batches in a pool.
        workers: loader processes; 0 counts as 1.
    """

    def __init__(self, length: int, pool: int, workers: int) -> None:
        if length % pool:
            raise ValueError(f"{length} batches an epoch are no multiple of the pool of {pool}")
        self.length, self.pool, self.workers = length, pool, max(1, workers)
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration belongs to."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[int]:
        rank, world = process_rank()
        pools = self.length // self.pool
        for start in range(0, pools, self.workers):
            together = range(start, min(start + self.workers, pools))
            for part in range(self.pool):
                for pool in together:
                    number = (self.epoch * pools + pool) * world + rank
                    yield number * self.pool + part


@dataclass(frozen=True)
class LineBatch:
    """A batch of lines.

    Attributes:
        image: (N, 1, height, W) uint8 grey, padded on the right.
        targets: the transcripts.
        texts: the same as text.
        names: the samples' names.
    """

    image: Tensor
    targets: CtcTargets
    texts: list[str]
    names: list[str]

    def to(self, device: torch.device) -> LineBatch:
        """The batch with its tensors on a device."""
        targets = CtcTargets(*(t.to(device, non_blocking=True) for t in self.targets))
        return LineBatch(self.image.to(device, non_blocking=True), targets, self.texts, self.names)

    def pin_memory(self) -> LineBatch:
        """The batch in page-locked memory."""
        return LineBatch(
            self.image.pin_memory(),
            CtcTargets(*(t.pin_memory() for t in self.targets)),
            self.texts,
            self.names,
        )


class Collate:
    """Pads lines to one width and encodes their transcripts.

    Args:
        charset: gives the classes.
        stride: pixels a step.
        multiple: widths are padded to a multiple of this.
    """

    def __init__(self, charset: Charset, stride: int, multiple: int) -> None:
        self.charset, self.stride, self.multiple = charset, stride, multiple
        self.folding = charset.case_folding()

    def __call__(self, lines: Sequence[Line]) -> LineBatch:
        """Make a batch of at least one line."""
        widest = max(line.image.shape[1] for line in lines)
        width = self.multiple * math.ceil(widest / self.multiple)
        pixels = np.full((len(lines), 1, lines[0].image.shape[0], width), PAD, np.uint8)
        for row, line in enumerate(lines):
            pixels[row, 0, :, : line.image.shape[1]] = line.image
        texts = [self.charset.fold(line.text) if line.folded else line.text for line in lines]
        classes = [self.charset.encode(text) for text in texts]
        targets = CtcTargets(
            torch.tensor([c for text in classes for c in text], dtype=torch.long),
            torch.tensor([len(text) for text in classes], dtype=torch.long),
            torch.tensor([math.ceil(line.image.shape[1] / self.stride) for line in lines], dtype=torch.long),
            torch.tensor([line.folded for line in lines]),
            torch.tensor(self.folding, dtype=torch.long),
        )
        return LineBatch(torch.from_numpy(pixels), targets, texts, [line.name for line in lines])


class HeldOutLines(Dataset[Line]):
    """All annotated lines of a dataset whose characters the charset has, as they are, for validation."""

    def __init__(self, samples: Sequence[Sample], charset: Charset, height: int, upper_case: bool) -> None:
        self.lines: list[Line] = []
        for sample in samples:
            image, checked = sample.load_validated()
            page = grey(image)
            for annotation in checked.lines:
                text = _tidy(annotation.text or "")
                if text and charset.covers(text):
                    self.lines.append(Line(_upright(page, annotation, height), text, upper_case, sample.name))
        self.lines.sort(key=lambda line: line.image.shape[1])

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, index: int) -> Line:
        return self.lines[index]


def _upright(page: Grey, annotation: LineAnnotation, height: int) -> Grey:
    return polygons.crop(page, polygons.to_quad(annotation.polygon), height, margin=MARGIN, fill=PAD)


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _displaced(quad: polygons.Polygon, rng: np.random.Generator, jitter: float) -> polygons.Polygon:
    """Move the edges and, less, the corners of a quad by normal amounts relative to its height."""
    height = max(2.0, float(np.linalg.norm(quad[3] - quad[0])))
    left, top, right, bottom = rng.normal(0, jitter * height, 4)
    edges = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    # A side moves along and across the text: directions of the quad, not of the page.
    along = (quad[1] - quad[0]) / max(1.0, float(np.linalg.norm(quad[1] - quad[0])))
    across = np.array([-along[1], along[0]])
    moved = quad + edges[:, :1] * along + edges[:, 1:] * across
    moved = moved + rng.normal(0, 0.3 * jitter * height, (4, 2))
    return np.asarray(moved, np.float32)


def _worn(crop: Grey, rng: np.random.Generator, share: float) -> Grey:
    """Contrast, blur, noise, lower resolution and compression, each on a share of the crops."""
    image: Any = crop
    contrast, blur, low, noise, jpeg = rng.random(5) < share
    if contrast:
        curve = 127.5 + (np.arange(256) - 127.5) * rng.uniform(0.4, 1.3) + rng.uniform(-40, 40)
        image = cv2.LUT(image, np.clip(curve, 0, 255).astype(np.uint8))
    if low and image.shape[1] > 8:
        factor = rng.uniform(0.5, 0.9)
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    if blur:
        image = cv2.GaussianBlur(image, (3, 3), rng.uniform(0.3, 1.0))
    if noise:
        grain = rng.normal(0, rng.uniform(2, 14), image.shape).astype(np.float32)
        image = np.clip(image + grain, 0, 255).astype(np.uint8)
    if jpeg:
        data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))])[1]
        image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return np.asarray(image, np.uint8)
