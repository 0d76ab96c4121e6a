"""Functions for `ocr.metrics.evaluate` that read samples with a reader, and the JSON of an evaluation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.datasets.sample import LineAnnotation, Sample
from ocr.detection.regions import Region
from ocr.engine.inference_cache import InferenceCache
from ocr.errors import BadConfiguration
from ocr.metrics import error_analysis
from ocr.metrics.breakdown import Part
from ocr.metrics.error_analysis import DetectionMap, Miss
from ocr.metrics.report import Reading, Report
from ocr.metrics.scores import Prediction
from ocr.metrics.text import character_error_rate
from ocr.pipeline import given_text
from ocr.pipeline.reader import Reader, ReadOptions

#: Bytes of the inference cache for repeated detection on a page.
_CACHE_BYTES = 256 * 2**20

#: Least confidence and least character error rate at which a reading contradicts a transcript.
_MIN_CONFIDENCE, _MIN_CER = 0.5, 0.5


def read_sample(
    reader: Reader, sample: Sample, options: ReadOptions | None = None, *, regions_only: bool = False
) -> Reading:
    """The lines that a reader finds in the picture of a sample.

    Args:
        reader: to evaluate.
        sample: its picture is read from its file if it has one, as for a user.
        options: for the reader.
        regions_only: detect only, without texts.

    Raises:
        OcrError: the picture cannot be read.
        BadConfiguration: there is no picture.
    """
    source = sample.image_path if sample.image_path is not None else sample.image
    read = reader.detect if regions_only else reader.read
    if source is None:
        raise BadConfiguration(
            f"{sample.name} has no picture; its annotated words can be used instead: --words"
        )
    document = read(source, options)
    page = document.pages[0]
    lines = tuple(Prediction(line.polygon, line.text, line.confidence) for line in page.lines)
    return Reading(lines, page.width, page.height, None if regions_only else document.receipts)


def given_words(sample: Sample) -> Reading:
    """The annotated lines or words of a sample in place of a reading, to measure extraction alone.

    Raises:
        BadConfiguration: lines are not annotated.
        OcrError: the size of the picture is not annotated and the picture cannot be read.
    """
    if not sample.lines_annotated:
        raise BadConfiguration(f"{sample.name} has no annotated words; measure it without --words")
    width, height = sample.size or sample.load().shape[1::-1]
    texts = [(line.text, line.polygon) for line in sample.lines if line.text is not None]
    document = given_text.document_of(texts, width, height, sample.name)
    lines = tuple(Prediction(line.polygon, line.text, line.confidence) for line in document.lines)
    return Reading(lines, width, height, document.receipts)


def why(
    reader: Reader,
    sample: Sample,
    reading: Reading,
    options: ReadOptions | None = None,
    *,
    regions_only: bool = False,
) -> tuple[Miss, ...]:
    """The lost lines of a sample, each with its cause. The networks run again only if there are any.

    Args:
        reader: that made the reading.
        sample: with the polygon rules applied.
        reading: of the sample.
        options: of the reading. A rotated page is analysed in its original orientation, so its causes are unreliable.
        regions_only: whether the reading has no texts.

    Raises:
        OcrError: the picture cannot be read.
    """
    options = options or ReadOptions()
    cached = reader.with_cache(InferenceCache(_CACHE_BYTES))

    def detect() -> DetectionMap:
        image = sample.load()
        height, width = image.shape[:2]
        thresholds = {"box_threshold", "text_threshold"} & set(vars(cached.decoding))
        everything = replace(options, decoding={**options.decoding, **dict.fromkeys(thresholds, 0.0)})
        lines = cached.detect(image, everything).pages[0].lines
        regions = [Region(line.polygon, line.confidence) for line in lines]
        decoding = cached.decoding_of(options)
        return DetectionMap(cached.probability(image, options), width, height, decoding, regions)

    def read(quads: Sequence[npt.NDArray[np.float32]]) -> list[str]:
        return [text for text, _ in cached.read_regions(sample.load(), quads, options)]

    return error_analysis.find(sample.lines, reading.lines, detect, None if regions_only else read)


def to_file_text(
    report: Report, dataset: Path, reader: Reader | None, version: str, parts: Sequence[Part] = ()
) -> str:
    """A report with its provenance as JSON for a file, one line per picture.

    Args:
        report: the figures.
        dataset: the measured dataset, as the caller named it.
        reader: the evaluated reader; ``None`` if annotated words were used.
        version: of this package.
        parts: figures by trait; see `ocr.metrics.breakdown`.
    """
    content: dict[str, Any] = {
        **report.to_dict(),
        "by_trait": [part.to_dict() for part in parts],
        "dataset": str(dataset),
        "models": {
            model.task: {"name": model.name, "sha256": model.sha256}
            for model in (reader.models if reader else ())
        },
        "version": version,
    }
    images = [json.dumps(image, ensure_ascii=False, allow_nan=False) for image in content.pop("per_image")]
    head = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2).removesuffix("\n}")
    listed = ",\n    ".join(images)
    return f'{head},\n  "per_image": [' + (f"\n    {listed}\n  ]" if images else "]") + "\n}\n"


def contradictions(
    reader: Reader, image: npt.NDArray[np.uint8], lines: Sequence[LineAnnotation]
) -> list[str]:
    """Confident readings of annotated lines that differ from their transcripts. Letter case is ignored.

    Args:
        reader: with calibrated confidences.
        image: RGB (H, W, 3) uint8, upright.
        lines: with transcripts.

    Returns:
        For each line its reading if the confidence and the character error rate are both at least 0.5, else ``""``.
    """
    height, width = image.shape[:2]
    checked = [polygons.validate(line.polygon, width, height).polygon for line in lines]
    places = [k for k, outline in enumerate(checked) if outline is not None]
    quads = [polygons.to_quad(outline) for outline in checked if outline is not None]
    readings = [""] * len(lines)
    for k, (text, confidence) in zip(places, reader.read_regions(image, quads), strict=True):
        truth = (lines[k].text or "").upper()
        if confidence >= _MIN_CONFIDENCE and character_error_rate(truth, text.upper()) >= _MIN_CER:
            readings[k] = text
    return readings
