"""Lines cut from annotated pages: displaced and worn for training, as they are for validation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch.utils.data import Dataset

from ocr import polygons
from ocr.datasets.sample import LineAnnotation, Sample
from ocr.recognition.charset import Charset
from ocr.training.detection_data import grey
from ocr.training.recognition_data.line import MARGIN, PAD, Grey, Line, tidy
from ocr.training.recognition_data.wear import worn


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
        return Line(worn(image, rng, self.wear), tidy(annotation.text or ""), self.upper_case, sample.name)


class HeldOutLines(Dataset[Line]):
    """All annotated lines of a dataset whose characters the charset has, as they are, for validation."""

    def __init__(self, samples: Sequence[Sample], charset: Charset, height: int, upper_case: bool) -> None:
        self.lines: list[Line] = []
        for sample in samples:
            image, checked = sample.load_validated()
            page = grey(image)
            for annotation in checked.lines:
                text = tidy(annotation.text or "")
                if text and charset.covers(text):
                    self.lines.append(Line(_upright(page, annotation, height), text, upper_case, sample.name))
        self.lines.sort(key=lambda line: line.image.shape[1])

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, index: int) -> Line:
        return self.lines[index]


def _upright(page: Grey, annotation: LineAnnotation, height: int) -> Grey:
    return polygons.crop(page, polygons.to_quad(annotation.polygon), height, margin=MARGIN, fill=PAD)


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
