"""A reader over the samples of a dataset, as `ocr.metrics.evaluate` asks for it, and what is kept of the figures."""

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
from ocr.metrics.error_analysis import Miss, Seen
from ocr.metrics.report import Reading, Report
from ocr.metrics.scores import Prediction
from ocr.metrics.text import character_error_rate
from ocr.pipeline import given_text
from ocr.pipeline.reader import Reader, ReadOptions

#: What a look at a page for the second time needs not compute again: its maps.
_MEMORY = 256 * 2**20

#: A reading this sure, of which so many of the characters are others, contradicts a transcript.
_SURE, _OTHER = 0.5, 0.5


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
        BadConfiguration: there is no picture.
    """
    source = sample.image_path if sample.image_path is not None else sample.image
    read = reader.detect if regions_only else reader.read
    if source is None:
        raise BadConfiguration(
            f"{sample.name} has no picture; its annotated words can be given instead: --words"
        )
    document = read(source, options)
    page = document.pages[0]
    lines = tuple(Prediction(line.polygon, line.text, line.confidence) for line in page.lines)
    return Reading(lines, page.width, page.height, None if regions_only else document.receipts)


def given_words(sample: Sample) -> Reading:
    """The annotated lines or words of a sample as if they had been read, to measure extraction alone.

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
    """The lines of a sample that a reading lost, each with its cause; the networks run again where there are some.

    Args:
        reader: that read it.
        sample: with the polygon rules applied.
        reading: what was read.
        options: how it was read. A page that was turned is looked at as it came in, so that its causes say little.
        regions_only: whether texts were left out.

    Raises:
        OcrError: the picture cannot be read.
    """
    options = options or ReadOptions()
    again = reader.with_cache(InferenceCache(_MEMORY))

    def look() -> Seen:
        image = sample.load()
        height, width = image.shape[:2]
        own = {"box_threshold", "text_threshold"} & set(vars(again.decoding))
        everything = replace(options, decoding={**options.decoding, **dict.fromkeys(own, 0.0)})
        found = again.detect(image, everything).pages[0].lines
        regions = [Region(line.polygon, line.confidence) for line in found]
        decoding = again.decoding_of(options)
        return Seen(again.probability(image, options), width, height, decoding, regions)

    def read(quads: Sequence[npt.NDArray[np.float32]]) -> list[str]:
        return [text for text, _ in again.read_regions(sample.load(), quads, options)]

    return error_analysis.find(sample.lines, reading.lines, look, None if regions_only else read)


def to_file_text(
    report: Report, dataset: Path, reader: Reader | None, version: str, parts: Sequence[Part] = ()
) -> str:
    """Figures with where they come from as JSON for a file, a picture a line.

    Args:
        report: the figures.
        dataset: that was measured, as it was named.
        reader: that read it; ``None`` where annotated words were given.
        version: of this package.
        parts: figures by what makes pictures hard.
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
    """What a reader surely reads on annotated lines where it is not what the annotation says, letter case aside.

    Args:
        reader: its confidences should be calibrated.
        image: RGB (H, W, 3) uint8, upright.
        lines: with transcripts.

    Returns:
        For each line a reading of which half of the characters are others and whose confidence is at least 0.5; ``""``
        where there is none.
    """
    height, width = image.shape[:2]
    checked = [polygons.validate(line.polygon, width, height).polygon for line in lines]
    places = [k for k, outline in enumerate(checked) if outline is not None]
    quads = [polygons.to_quad(outline) for outline in checked if outline is not None]
    found = [""] * len(lines)
    for k, (text, confidence) in zip(places, reader.read_regions(image, quads), strict=True):
        truth = (lines[k].text or "").upper()
        if confidence >= _SURE and character_error_rate(truth, text.upper()) >= _OTHER:
            found[k] = text
    return found
