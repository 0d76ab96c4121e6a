"""Statistics of a dataset for the choice of sizes, charsets and augmentation; only headers of pictures are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ocr.datasets.frames import read_frame
from ocr.datasets.measure import text_size
from ocr.datasets.sample import LazyDataset, Sample
from ocr.errors import OcrError

#: Quantiles of every distribution.
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
#: Below this angle a line counts as level, in degrees.
_LEVEL = 2.0


@dataclass(frozen=True)
class Distribution:
    """A quantity over a dataset.

    Attributes:
        name: with its unit.
        values: one per picture or line.
    """

    name: str
    values: Sequence[float]

    def quantiles(self) -> tuple[float, ...]:
        """The values at `QUANTILES`; empty without values."""
        return tuple(np.quantile(self.values, QUANTILES).tolist()) if len(self.values) else ()


@dataclass
class Statistics:
    """Result of `collect`.

    Attributes:
        images: pictures that were read.
        lines: lines in them, dropped ones left out.
        dropped: lines that the polygon rules dropped.
        unreadable: lines marked as unreadable.
        untranscribed: lines whose place alone is known.
        quads: lines with exactly four points.
        level: lines within 2° of the horizontal.
        characters: how often each occurs in the transcripts.
        fields: in how many pictures each field is given.
        failures: name and error of samples that could not be read.
    """

    images: int = 0
    lines: int = 0
    dropped: int = 0
    unreadable: int = 0
    untranscribed: int = 0
    quads: int = 0
    level: int = 0
    characters: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, OcrError]] = field(default_factory=list)
    _values: dict[str, list[float]] = field(default_factory=dict)

    @property
    def distributions(self) -> tuple[Distribution, ...]:
        """Sizes of pictures and lines, and counts per picture."""
        return tuple(Distribution(name, self._values.get(name, [])) for name in _NAMES)

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON."""
        return {
            "schema": "ocr.data-stats/1",
            "images": self.images,
            "lines": self.lines,
            "dropped": self.dropped,
            "unreadable": self.unreadable,
            "untranscribed": self.untranscribed,
            "quads": self.quads,
            "level": self.level,
            "quantiles": list(QUANTILES),
            "distributions": {d.name: [round(v, 4) for v in d.quantiles()] for d in self.distributions},
            "characters": dict(self.characters.most_common()),
            "fields": dict(self.fields.most_common()),
            "failures": [
                {"name": name, "code": error.code, "message": str(error)} for name, error in self.failures
            ],
        }

    def add(self, sample: Sample, width: int, height: int) -> None:
        """Add a sample, after the polygon rules for the size of its upright picture."""
        checked = sample.validated(width, height)
        self.images += 1
        self.lines += len(checked.lines)
        self.dropped += len(checked.drops)
        self.fields.update(checked.fields.keys())
        short = min(width, height)
        self._put(_WIDTH, width)
        self._put(_HEIGHT, height)
        self._put(_MEGAPIXELS, width * height / 1e6)
        self._put(_ASPECT, height / width)
        self._put(_LINES, len(checked.lines))
        for line in checked.lines:
            wide, tall, angle = text_size(line.polygon)
            self.quads += len(line.polygon) == 4
            self.level += abs(angle) <= _LEVEL
            self._put(_TEXT_HEIGHT, tall)
            self._put(_TEXT_SHARE, 1000 * tall / short)
            self._put(_TEXT_ASPECT, wide / max(tall, 1e-6))
            if line.text is None:
                self.unreadable += 1
            elif not line.text:
                self.untranscribed += 1
            else:
                self.characters.update(line.text)
                self._put(_LENGTH, len(line.text))

    def _put(self, name: str, value: float) -> None:
        self._values.setdefault(name, []).append(float(value))


def collect(dataset: LazyDataset[Any], on_sample: Callable[[str], None] | None = None) -> Statistics:
    """Collect the statistics of a dataset.

    Args:
        dataset: what `ocr.datasets.open_dataset` gives.
        on_sample: called with the name of each sample once it is done, for instance to show progress.
    """
    statistics = Statistics()
    for index in range(len(dataset)):
        name = dataset.name_of(index)
        try:
            sample = dataset[index]
            statistics.add(sample, *_size(sample))
        except OcrError as error:
            statistics.failures.append((name, error))
        if on_sample is not None:
            on_sample(name)
    return statistics


def missing_from(characters: Mapping[str, int], charset: Any) -> dict[str, int]:
    """Characters outside a charset with their counts, most frequent first."""
    missing = Counter({c: count for c, count in characters.items() if c not in charset})
    return dict(missing.most_common())


def _size(sample: Sample) -> tuple[int, int]:
    if sample.image_path is None:
        height, width = sample.load().shape[:2]
        return width, height
    return read_frame(sample.image_path).upright_size


_WIDTH = "picture width, px"
_HEIGHT = "picture height, px"
_MEGAPIXELS = "picture size, megapixels"
_ASPECT = "picture height / width"
_LINES = "lines in a picture"
_TEXT_HEIGHT = "text height, px"
_TEXT_SHARE = "text height, ‰ of the short side"
_TEXT_ASPECT = "line width / height"
_LENGTH = "characters in a line"
_NAMES = (
    _WIDTH,
    _HEIGHT,
    _MEGAPIXELS,
    _ASPECT,
    _LINES,
    _TEXT_HEIGHT,
    _TEXT_SHARE,
    _TEXT_ASPECT,
    _LENGTH,
)
