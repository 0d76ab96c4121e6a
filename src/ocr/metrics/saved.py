"""Figures as they are kept in files: what `Report.to_dict` wrote, read back as records."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.errors import InputError
from ocr.metrics.error_analysis import CAUSES, Miss
from ocr.metrics.report import SCHEMA
from ocr.metrics.scores import Polygon, Prediction

#: Labels of figures, where each lies in the JSON, and whether more of it is better.
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
        text: the transcript; ``None`` where it is unreadable.
    """

    polygon: Polygon
    text: str | None

    @property
    def ignore(self) -> bool:
        """Whether it counts neither for nor against anything."""
        return self.text is None


@dataclass(frozen=True, eq=False)
class SavedImage:
    """Figures of one picture.

    Attributes:
        name: of the picture in its dataset.
        seconds: from file to result.
        figures: by label, see `FIGURES`; those that were measured.
        size: (width, height) in pixels; ``None`` where lines were not kept, as with files of earlier versions.
        truths: the true lines.
        predictions: what was read.
        misses: the lost lines; ``None`` where nobody asked why.
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
        images: the worst first.
        failures: name, code and message of pictures that could not be measured.
        dataset: that was measured, as it was named; empty where it is not known.
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
        """How many lines were lost by each cause; ``None`` where nobody asked why."""
        if not any(image.misses is not None for image in self.images):
            return None
        found = [miss.cause for image in self.images for miss in image.misses or ()]
        return {cause: found.count(cause) for cause in CAUSES if cause in found}


def loads(text: str | bytes, name: str = "the file") -> Saved:
    """Figures from the text of a file that ``ocr eval --json`` wrote.

    Raises:
        SavedInvalid: it holds none; the message says what is wrong.
    """
    try:
        return from_dict(json.loads(text))
    except SavedInvalid as fault:
        raise SavedInvalid(f"{name}: {fault}") from fault
    except (ValueError, RecursionError) as fault:
        raise SavedInvalid(f"{name} is no JSON: {fault}; expected what `ocr eval --json` writes") from fault


def from_dict(found: Any) -> Saved:
    """Figures from what `Report.to_dict` gives.

    Raises:
        SavedInvalid: something is missing or of another kind; the message says what.
    """
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        schema = found.get("schema") if isinstance(found, dict) else type(found).__name__
        raise SavedInvalid(f"got {schema!r}, expected figures of an evaluation with schema {SCHEMA!r}")
    try:
        images = [_image(image) for image in found["per_image"]]
        return Saved(
            figures(found),
            float(found["median_seconds"]),
            tuple(sorted(images, key=lambda image: (*image.rank, image.name))),
            tuple(
                {key: str(value) for key, value in failure.items()} for failure in found.get("failures", ())
            ),
            str(found.get("dataset", "")),
            {str(task): str(model["name"]) for task, model in found.get("models", {}).items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise SavedInvalid(
            f"the figures are damaged ({type(fault).__name__}: {fault}); measure again"
        ) from fault


def figures(found: Mapping[str, Any]) -> dict[str, float]:
    """The figures of a set or picture by label, those of `FIGURES` that are there."""
    return {
        label: float(found[part][key])
        for label, (part, key, _) in FIGURES.items()
        if key in found.get(part, ())
    }


def _image(found: Mapping[str, Any]) -> SavedImage:
    truths = tuple(SavedLine(_polygon(line["polygon"]), line["text"]) for line in found.get("truths", ()))
    predictions = tuple(
        Prediction(_polygon(line["polygon"]), str(line["text"]), float(line["confidence"]))
        for line in found.get("predictions", ())
    )
    size = (int(found["width"]), int(found["height"])) if "width" in found else None
    misses = (
        None if "misses" not in found else tuple(_miss(one, truths, predictions) for one in found["misses"])
    )
    return SavedImage(
        str(found["name"]), float(found["seconds"]), figures(found), size, truths, predictions, misses
    )


def _miss(found: Mapping[str, Any], truths: Sequence[SavedLine], predictions: Sequence[Prediction]) -> Miss:
    line, prediction = int(found["line"]), found["prediction"]
    if not 0 <= line < len(truths) or (prediction is not None and not 0 <= prediction < len(predictions)):
        raise ValueError(
            f"a lost line points to line {line} and prediction {prediction}, which are not there"
        )
    return Miss(
        line,
        str(found["cause"]),
        prediction,
        float(found["iou"]),
        *(None if found[key] is None else float(found[key]) for key in ("probability", "score")),
    )


def _polygon(points: Any) -> npt.NDArray[np.float32]:
    made = np.asarray(points, np.float32)
    if made.ndim != 2 or made.shape[1] != 2 or len(made) < 3 or not np.isfinite(made).all():
        raise ValueError(f"an outline has shape {made.shape}; expected at least 3 finite points of 2 numbers")
    return made
