"""A reader over the samples of a dataset, as `ocr.metrics.evaluate` asks for it."""

from __future__ import annotations

from ocr.datasets.sample import Sample
from ocr.metrics.report import Reading
from ocr.metrics.scores import Prediction
from ocr.reader import Reader, ReadOptions


def read_sample(
    reader: Reader, sample: Sample, options: ReadOptions | None = None, *, regions_only: bool = False
) -> Reading:
    """The lines that a reader finds on the picture of a sample.

    Args:
        reader: reads, or with ``regions_only`` only detects.
        sample: its picture is read from its file where it has one, as a user's would be.
        options: what the reader is asked for.
        regions_only: whether texts are left out.

    Raises:
        OcrError: the picture cannot be read.
    """
    source = sample.image_path if sample.image_path is not None else sample.image
    read = reader.detect if regions_only else reader.read
    page = read(source, options).pages[0]
    lines = tuple(Prediction(line.polygon, line.text, line.confidence) for line in page.lines)
    return Reading(lines, page.width, page.height)
