"""Figures of an evaluation read from a file: the inverse of `Report.to_dict`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.errors import InputError
from ocr.metrics.error_analysis import CAUSES, Miss
from ocr.metrics.report import SCHEMA
from ocr.metrics.scores import Polygon, Prediction

#: Figures by label: section and key in the JSON, and whether higher is better.
FIGURES: Mapping[str, tuple[str, str, bool]] = {
    "CLEval detection": ("cleval_detection", "hmean", True),
    "CLEval end to end": ("cleval_end_to_end", "hmean", True),
    "IoU 0.5": ("iou", "hmean", True),
    "CER": ("lines", "cer", False),
    "line recall": ("lines", "line_recall", True),
    "token F1": ("tokens", "f1", True),
    "field F1": ("fields", "f1", True),
}


class SavedInvalid(InputError):
    """A file holds no figures of an evaluation."""

    code = "evaluation_invalid"


@dataclass(frozen=True, eq=False)
class SavedLine:
    """A true line.

    Attributes:
        polygon: (N, 2) float32 in pixels.
        text: the transcript; ``None`` for an unreadable line.
    """

    polygon: Polygon
    text: str | None

    @property
    def ignore(self) -> bool:
        """Whether the line is left out of all figures."""
        return self.text is None


@dataclass(frozen=True, eq=False)
class SavedImage:
    """Figures of one picture.

    Attributes:
        name: of the picture in its dataset.
        seconds: from file to result.
        figures: those that were measured, by label of `FIGURES`.
        size: (width, height) in pixels; ``None`` if the file has no lines, as files of earlier versions.
        truths: the true lines.
        predictions: the predicted lines.
        misses: the lost lines; ``None`` without error analysis.
    """

    name: str
    seconds: float
    figures: Mapping[str, float]
    size: tuple[int, int] | None = None
    truths: tuple[SavedLine, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    misses: tuple[Miss, ...] | None = None

    @property
    def rank(self) -> tuple[float, float]:
        """Sorts pictures from worst to best, as `ImageReport.rank`."""
        main = self.figures.get("CLEval end to end", self.figures.get("CLEval detection", 0.0))
        return main, self.figures.get("IoU 0.5", 0.0)


@dataclass(frozen=True, eq=False)
class Saved:
    """Figures of a set.

    Attributes:
        figures: by label, see `FIGURES`.
        median_seconds: of a picture.
        images: worst first.
        failures: name, code and message of pictures that could not be measured.
        dataset: name of the measured dataset; empty if it is not known.
        models: names of the models by task.
    """

    figures: Mapping[str, float]
    median_seconds: float
    images: tuple[SavedImage, ...]
    failures: tuple[Mapping[str, str], ...] = ()
    dataset: str = ""
    models: Mapping[str, str] = field(default_factory=dict)

    @property
    def causes(self) -> dict[str, int] | None:
        """Number of lost lines by cause; ``None`` without error analysis."""
        if not any(image.misses is not None for image in self.images):
            return None
        causes = [miss.cause for image in self.images for miss in image.misses or ()]
        return {cause: causes.count(cause) for cause in CAUSES if cause in causes}


def loads(text: str | bytes, name: str = "the file") -> Saved:
    """Figures from the text of a file written by ``ocr eval --json``.

    Raises:
        SavedInvalid: the text is no such file; the message has the reason.
    """
    try:
        return from_dict(json.loads(text))
    except SavedInvalid as error:
        raise SavedInvalid(f"{name}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise SavedInvalid(f"{name} is no JSON: {error}; expected what `ocr eval --json` writes") from error


def from_dict(content: Any) -> Saved:
    """Figures from the result of `Report.to_dict`.

    Raises:
        SavedInvalid: a value is missing or of the wrong type; the message has the reason.
    """
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        schema = content.get("schema") if isinstance(content, dict) else type(content).__name__
        raise SavedInvalid(f"got {schema!r}, expected figures of an evaluation with schema {SCHEMA!r}")
    try:
        images = [_image(image) for image in content["per_image"]]
        return Saved(
            figures(content),
            float(content["median_seconds"]),
            tuple(sorted(images, key=lambda image: (*image.rank, image.name))),
            tuple(
                {key: str(value) for key, value in failure.items()} for failure in content.get("failures", ())
            ),
            str(content.get("dataset", "")),
            {str(task): str(model["name"]) for task, model in content.get("models", {}).items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SavedInvalid(
            f"the figures are damaged ({type(error).__name__}: {error}); measure again"
        ) from error


def figures(content: Mapping[str, Any]) -> dict[str, float]:
    """The figures of a set or picture by label of `FIGURES`, as far as they were measured."""
    return {
        label: float(content[part][key])
        for label, (part, key, _) in FIGURES.items()
        if key in content.get(part, ())
    }


def _image(content: Mapping[str, Any]) -> SavedImage:
    truths = tuple(SavedLine(_polygon(line["polygon"]), line["text"]) for line in content.get("truths", ()))
    predictions = tuple(
        Prediction(_polygon(line["polygon"]), str(line["text"]), float(line["confidence"]))
        for line in content.get("predictions", ())
    )
    size = (int(content["width"]), int(content["height"])) if "width" in content else None
    misses = (
        None
        if "misses" not in content
        else tuple(_miss(miss, truths, predictions) for miss in content["misses"])
    )
    return SavedImage(
        str(content["name"]), float(content["seconds"]), figures(content), size, truths, predictions, misses
    )


def _miss(content: Mapping[str, Any], truths: Sequence[SavedLine], predictions: Sequence[Prediction]) -> Miss:
    line, prediction = int(content["line"]), content["prediction"]
    if not 0 <= line < len(truths) or (prediction is not None and not 0 <= prediction < len(predictions)):
        raise ValueError(
            f"a lost line points to line {line} and prediction {prediction}, which are not there"
        )
    return Miss(
        line,
        str(content["cause"]),
        prediction,
        float(content["iou"]),
        *(None if content[key] is None else float(content[key]) for key in ("probability", "score")),
    )


def _polygon(points: Any) -> npt.NDArray[np.float32]:
    polygon = np.asarray(points, np.float32)
    if not polygons.is_outline(polygon) or not polygons.is_finite(polygon):
        raise ValueError(
            f"an outline has shape {polygon.shape}; expected at least 3 finite points of 2 numbers"
        )
    return polygon
