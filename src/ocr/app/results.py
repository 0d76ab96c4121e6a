"""Evaluations that one person holds: measured here, or read from files that `ocr eval --json` wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import streamlit as st

from ocr import __version__
from ocr.app import bench, options, pictures, settings, truths
from ocr.app.bench import Setup
from ocr.app.jobs import Job
from ocr.app.pictures import Picture
from ocr.datasets import Sample
from ocr.errors import BadConfiguration, OcrError
from ocr.metrics import saved
from ocr.metrics.evaluate import evaluate
from ocr.metrics.evaluation import read_sample, to_file_text, why
from ocr.metrics.outcomes import Outcome, outcomes
from ocr.metrics.report import SCHEMA
from ocr.metrics.saved import Saved, SavedImage
from ocr.pipeline.reader_cache import shared_reader
from ocr.runtime.lazy import cached_property

#: Results that one person may hold at once; the oldest goes.
_MOST = 8
EXAMPLES = "examples"


@dataclass(frozen=True, eq=False)
class Result:
    """An evaluation.

    Attributes:
        saved: its figures.
        text: the JSON of a file with them; empty where it came from one.
        samples: the pictures with their truth by name; empty where they are not at hand.
    """

    saved: Saved
    text: str = field(default="", repr=False)
    samples: Callable[[str], Sample | None] = lambda name: None

    @cached_property
    def names(self) -> frozenset[str]:
        """Of its pictures."""
        return frozenset(image.name for image in self.saved.images)

    @cached_property
    def outcomes(self) -> dict[str, tuple[Outcome, ...]]:
        """What became of the lines of each picture by its name."""
        return {
            image.name: outcomes(image.truths, image.predictions, texts="CER" in image.figures)
            for image in self.saved.images
        }

    def picture(self, image: SavedImage) -> npt.NDArray[np.uint8] | None:
        """The picture (H, W, 3) uint8 RGB; ``None`` where it is not at hand or has another size by now."""
        try:
            sample = self.samples(image.name)
            if sample is None or sample.image_path is None:
                return None
            file = Picture.of(sample.image_path.name, sample.image_path.read_bytes())
            pixels = file.pages()[0].image
        except (OcrError, OSError):
            return None
        return pixels if (pixels.shape[1], pixels.shape[0]) == image.size else None


def held() -> dict[str, Result]:
    """The results of this person by label, in the order they came."""
    results: dict[str, Result] = st.session_state.setdefault("evaluations", {})
    return results


def keep(label: str, result: Result) -> None:
    """Add a result and look at it; what was looked at last becomes what it is held against."""
    results = held()
    number = st.session_state["evaluations-count"] = st.session_state.get("evaluations-count", 0) + 1
    label = f"{number} · {label}"
    results[label] = result
    while len(results) > _MOST:
        del results[next(iter(results))]
    st.session_state["evaluate-new"] = label


def opened(text: str, limit: int | None) -> tuple[str, Sequence[Sample]]:
    """The dataset at a path that somebody typed, or the examples where none was: its name and its samples.

    Raises:
        OcrError: there is none, or it lies outside of the root.
    """
    if not text.strip():
        return EXAMPLES, list(truths.of_examples().values())[:limit]
    samples = truths.dataset(text)[:limit]
    if not len(samples):
        raise BadConfiguration(f"{text} holds no annotated pictures")
    return text.strip(), samples


def measure(name: str, samples: Sequence[Sample], setup: Setup) -> Job[Result]:
    """Start an evaluation."""

    def work(job: Job[Result]) -> Result:
        # Without memory: seconds are those of a whole read.
        reader = shared_reader(setup.detection, setup.recognition)
        read_options = setup.options()
        report = evaluate(
            samples,
            lambda sample: read_sample(reader, _allowed(sample), options=read_options),
            on_outcome=lambda outcome: job.step(outcome.name),
            why=lambda sample, reading: why(reader, sample, reading, options=read_options),
        )
        text = to_file_text(report, Path(name), reader, __version__)
        result = Result(saved.loads(text), text, _finder(samples))
        _ = result.outcomes
        return result

    return bench.get().long_job(work, len(samples))


def load(data: bytes, name: str) -> Result:
    """A result from the bytes of a file, with its pictures where the dataset lies below the root.

    Raises:
        SavedInvalid: it is none.
    """
    evaluation = saved.loads(data, pictures.plain_name(name))
    try:
        if evaluation.dataset == EXAMPLES:
            return Result(evaluation, samples=_finder(list(truths.of_examples().values())))
        return Result(evaluation, samples=_finder(truths.dataset(evaluation.dataset)))
    except OcrError:
        return Result(evaluation)


def from_root(text: str) -> Result | None:
    """The saved result at a path that somebody typed; ``None`` where it is no file of figures, but a dataset perhaps.

    Raises:
        BadConfiguration: the path leads out of the root.
        SavedInvalid: the figures are damaged.
    """
    path = settings.current().inside(text)
    if (
        path.suffix != ".json"
        or not path.is_file()
        or path.stat().st_size > 4 * settings.current().limits.max_bytes
    ):
        return None
    data = path.read_bytes()
    return load(data, path.name) if SCHEMA.encode() in data[:200] else None


def label(name: str, setup: Setup) -> str:
    """What a result is called: what was measured, and what differs from the defaults."""
    how = options.described(setup)
    return pictures.plain_name(name) if how == "nothing" else f"{pictures.plain_name(name)}, {how}"


def _finder(samples: Sequence[Sample]) -> Callable[[str], Sample | None]:
    """Samples by name, each parsed when it is asked for."""
    name_of = getattr(samples, "name_of", lambda k: samples[k].name)
    places = {name_of(k): k for k in range(len(samples))}

    def find(name: str) -> Sample | None:
        place = places.get(name)
        if place is None:
            return None
        return _allowed(samples[place])

    return find


def _allowed(sample: Sample) -> Sample:
    """The sample; annotations below the root can name pictures anywhere.

    Raises:
        BadConfiguration: its picture lies outside of the root, and is no example.
    """
    path = sample.image_path
    if path is not None and path not in pictures.examples():
        settings.current().inside(str(path))
    return sample
