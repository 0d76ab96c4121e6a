"""Lines cut from annotated pages: displaced and worn for training, as they are for validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
from torch.utils.data import Dataset

from ocr import polygons
from ocr.datasets.findings import contradicted
from ocr.datasets.sample import LineAnnotation, Sample
from ocr.detection.detector import Detector
from ocr.engine.choice import resolve
from ocr.errors import BadConfiguration, OcrError
from ocr.metrics.matching import match_lines
from ocr.metrics.scores import Prediction
from ocr.recognition.charset import Charset
from ocr.training.detection_data import grey
from ocr.training.recognition_data.line import MARGIN, PAD, Grey, Line, tidy, with_wide_letters
from ocr.training.recognition_data.wear import worn
from ocr.training.unreadable import Told, Unreadable

#: Least intersection over union of a region with the annotated line that it counts as.
_SAME_LINE = 0.7
#: How far a displaced edge may cut into the text at its ends, as a share of the line's height.
_MOST_CUT = 0.04
#: Draws in a row of which at least one has to be readable.
_DRAWS = 1000


class AnnotatedLines:
    """Lines cut from the pages of a dataset, a little beside the annotation, as a detector would give them.

    Args:
        samples: annotated pages; decoded grey pages stay in memory, about 1 MB each.
        weight: share of the draws, relative to other sources.
        upper_case: whether the transcripts are in upper case whatever the print.
        jitter: standard deviation of an edge's displacement, as a share of the line's height.
        wear: share of the crops that get each kind of wear; see `worn`.
        detector: a detection model (a path, a name of the catalogue, ``shipped``) whose regions are cut instead of
            the annotated ones wherever it finds the line; they are found once a page.
        leave_out: a report of ``ocr data check --read --json``; the lines that it names as contradicted are left out.

        unreadable: ``skip`` leaves out samples that cannot be read, ``fail`` ends the run.

    Raises:
        InputNotFound: there is no such report.
        AnnotationInvalid: it is none.
        BadConfiguration: no sample has a line with a text.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        weight: float = 1.0,
        upper_case: bool = False,
        jitter: float = 0.06,
        wear: float = 0.3,
        detector: str | None = None,
        leave_out: str | None = None,
        unreadable: str = "skip",
    ) -> None:
        self.unreadable = Unreadable(unreadable)
        contradictory = contradicted(leave_out) if leave_out else set()
        self.samples, self.weight, self.upper_case = samples, weight, upper_case
        self.jitter, self.wear = jitter, wear
        self.places = [
            (index, position)
            for index, sample in readable(samples, self.unreadable)
            for position, line in enumerate(sample.lines)
            if line.text and line.text.strip() and (sample.name, position + 1) not in contradictory
        ]
        if not self.places:
            reasons = "; ".join(self.unreadable.take()[:3])
            raise BadConfiguration(f"no sample has a line with a text{reasons and f' ({reasons})'}")
        self.detector = detector
        self._pages: dict[int, _Page] = {}

    def line(self, rng: np.random.Generator, height: int) -> Line:
        """A line drawn evenly from all of the dataset; one whose polygon the rules drop is drawn again."""
        for _ in range(_DRAWS):
            index, position = self.places[int(rng.integers(len(self.places)))]
            sample = self.samples[index]
            if index not in self._pages:
                try:
                    self._pages[index] = self._load(sample)
                except OcrError as error:
                    self.unreadable.note(sample.name, error)
                    self._pages[index] = np.zeros((0, 0), np.uint8), {}
            page, quads = self._pages[index]
            checked = quads.get(position)
            if checked is not None:
                break
        else:
            raise BadConfiguration(
                f"of {_DRAWS} lines drawn none could be read ({'; '.join(self.unreadable.take()[:3])}); "
                "`ocr data check` names what is wrong"
            )
        quad = _displaced(checked, rng, self.jitter)
        image = polygons.crop(
            page, quad, height, margin=max(0.0, MARGIN + rng.normal(0, self.jitter)), fill=PAD
        )
        text = tidy(sample.lines[position].text or "")
        unreadable = self.unreadable.take()
        return Line(worn(image, rng, self.wear), text, self.upper_case, sample.name, unreadable)

    def _load(self, sample: Sample) -> _Page:
        page = grey(sample.load())
        quads = {}
        for position, line in enumerate(sample.lines):
            checked = polygons.validate(line.polygon, page.shape[1], page.shape[0]).polygon
            if checked is not None:
                quads[position] = polygons.to_quad(checked)
        if self.detector is not None:
            # Made here, in the process that loads: a session does not survive the fork of the loader's processes.
            quads.update(_detected(_detector(self.detector), page, quads))
        return page, quads


def readable(samples: Sequence[Sample], unreadable: Unreadable) -> Iterator[tuple[int, Sample]]:
    """The samples whose annotation can be read, each with its place; the others are noted."""
    for index in range(len(samples)):
        try:
            sample = samples[index]
        except OcrError as error:
            name_of = getattr(samples, "name_of", str)
            unreadable.note(name_of(index), error)
        else:
            yield index, sample


#: A grey page and the quads of those of its lines that the polygon rules keep.
_Page = tuple[Grey, dict[int, polygons.Polygon]]


@lru_cache(maxsize=1)
def _detector(choice: str) -> Detector:
    return Detector(resolve(choice, "detection"), threads=1)


def _detected(
    detector: Detector, page: Grey, quads: Mapping[int, polygons.Polygon]
) -> dict[int, polygons.Polygon]:
    """The detector's quads of those lines that it finds as one region each, by their places."""
    places = list(quads)
    truths = [LineAnnotation(quads[place], "") for place in places]
    predictions = [
        Prediction(region.polygon, confidence=region.score) for region in detector.detect(page).regions
    ]
    pairs = match_lines(truths, predictions, _SAME_LINE).pairs
    return {places[truth]: polygons.to_quad(predictions[region].polygon) for truth, region in pairs}


class HeldOutLines(Dataset[Line]):
    """All annotated lines of a dataset whose characters the charset has, as they are, for validation.

    Args:
        samples: annotated pages.
        charset: lines with other characters are left out.
        height: of the crops in pixels.
        upper_case: whether the transcripts are in upper case whatever the print.
        unreadable: ``skip`` leaves out samples that cannot be read and says so, ``fail`` ends the run.
        narrow: as `LineBatches` takes it.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        charset: Charset,
        height: int,
        upper_case: bool,
        unreadable: str = "skip",
        narrow: float = 0.0,
    ) -> None:
        self.lines: list[Line] = []
        noted = Unreadable(unreadable)
        for _, sample in readable(samples, noted):
            try:
                image, checked = sample.load_validated()
            except OcrError as error:
                noted.note(sample.name, error)
                continue
            page = grey(image)
            for annotation in checked.lines:
                text = tidy(annotation.text or "")
                if text and charset.covers(text):
                    line = Line(_upright(page, annotation, height), text, upper_case, sample.name)
                    self.lines.append(with_wide_letters(line, narrow))
        Told().tell(noted.take())
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
    # A first letter that has lost its stem would look like a minus sign.
    left, right = min(left, _MOST_CUT * height), max(right, -_MOST_CUT * height)
    edges = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    # A side moves along and across the text: directions of the quad, not of the page.
    along = (quad[1] - quad[0]) / max(1.0, float(np.linalg.norm(quad[1] - quad[0])))
    across = np.array([-along[1], along[0]])
    moved = quad + edges[:, :1] * along + edges[:, 1:] * across
    moved = moved + rng.normal(0, 0.3 * jitter * height, (4, 2))
    return np.asarray(moved, np.float32)
