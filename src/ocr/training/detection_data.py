"""Training crops and validation pages for the detector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ocr import polygons
from ocr.datasets.sample import LineAnnotation, Sample
from ocr.errors import BadConfiguration, OcrError
from ocr.models.loss import CraftTargets, DbTargets
from ocr.training import augment, craft_targets, targets
from ocr.training.mixture import Mixture, Source
from ocr.training.photometric import Photometric
from ocr.training.pixel_weights import PixelWeights
from ocr.training.unreadable import Unreadable

#: Draws in a row of which at least one has to be readable.
_DRAWS = 100


class DetectionBatch(NamedTuple):
    """A batch of training crops.

    Attributes:
        image: (N, 1, H, W) uint8 grey.
        targets: of the kind of the detector's loss.
        names: the samples' names, for reports of bad batches.
        unreadable: messages of samples that were left out, because they could not be read.
    """

    image: Tensor
    targets: DbTargets | CraftTargets
    names: list[str]
    unreadable: tuple[str, ...] = ()


class _Page(NamedTuple):
    """A grey page (H, W) and its validated lines: the points of all of them, where each begins, which to leave out,
    and the transcripts.
    """

    image: np.ndarray
    points: np.ndarray
    starts: np.ndarray
    ignore: np.ndarray
    texts: list[str | None]
    name: str

    @classmethod
    def of(cls, image: np.ndarray, lines: Sequence[LineAnnotation], name: str) -> _Page:
        outlines = [line.polygon for line in lines]
        starts = np.cumsum([0, *(len(outline) for outline in outlines)])[:-1]
        points = np.concatenate(outlines) if outlines else np.zeros((0, 2), np.float32)
        ignore = np.array([line.ignore for line in lines], bool)
        return cls(grey(image), points, starts, ignore, [line.text for line in lines], name)


class _Crop(NamedTuple):
    image: np.ndarray
    maps: targets.TargetMaps | craft_targets.CraftMaps
    name: str
    unreadable: tuple[str, ...] = ()


class DetectionCrops(Dataset[_Crop]):
    """Square crops around text, augmented, with their target maps.

    Args:
        sources: datasets by name with their weights.
        size: side of a crop in pixels, a multiple of 32.
        seed: a draw depends on the seed and its number alone.
        geometry: limits of scale, rotation and so on.
        photometric: strength of the changes of light and noise.
        shrink_ratio: of the text map, of the kind ``db``.
        sigma: of a character's heat, of the kind ``craft``.
        cache: whether grey pages stay in memory once decoded or rendered (about 1 MB each).
        kind: of the detector, which says what its target maps are.
        pixel_weights: which pixels of the text map count more, of the kind ``db``; all alike where ``None``.
        unreadable: ``skip`` draws again in the place of a sample that cannot be read, ``fail`` ends the run.
    """

    def __init__(
        self,
        sources: Mapping[str, Source[Sample]],
        size: int = 640,
        seed: int = 0,
        geometry: augment.GeometryRange | None = None,
        photometric: float = 1.0,
        shrink_ratio: float = 0.7,
        sigma: float = 0.3,
        cache: bool = True,
        kind: str = "db",
        pixel_weights: PixelWeights | None = None,
        unreadable: str = "skip",
    ) -> None:
        if size % 32:
            raise ValueError(f"the crop size is {size}; expected a multiple of 32")
        self.mixture = Mixture(sources, seed)
        self.size, self.shrink_ratio, self.sigma, self.kind = size, shrink_ratio, sigma, kind
        self.pixel_weights = pixel_weights
        self.geometry = geometry or augment.GeometryRange()
        self.change_light = Photometric(photometric) if photometric > 0 else None
        self.pages: dict[tuple[int, int], _Page] | None = {} if cache else None
        self.unreadable = Unreadable(unreadable)
        self._left_out: set[tuple[int, int]] = set()

    def __getitem__(self, draw: int) -> _Crop:
        rng = self.mixture.rng(draw)
        page = self._drawn(rng)
        height, width = page.image.shape
        matrix = augment.crop_matrix(rng, (height, width), self._focus(page, rng), self.size, self.geometry)
        fill = int(rng.integers(0, 256)) if rng.random() < 0.5 else 255
        image = augment.warp(page.image, matrix, self.size, self.size, fill)
        maps = self._draw(page, matrix)
        if self.change_light is not None:
            image = self.change_light(image, rng)
        return _Crop(image, maps, page.name, self.unreadable.take())

    def _drawn(self, rng: np.random.Generator) -> _Page:
        """A page that can be read; which one depends on the generator alone.

        Raises:
            OcrError: a page cannot be read, and the policy is to fail, or none could be in many draws.
        """
        for _ in range(_DRAWS):
            picked = self.mixture.pick(rng)
            if picked in self._left_out:
                continue
            try:
                return self._page(*picked)
            except OcrError as error:
                self.unreadable.note(self.mixture.name(*picked), error)
                self._left_out.add(picked)
        raise BadConfiguration(
            f"of {_DRAWS} samples drawn none could be read ({'; '.join(self.unreadable.take()[:3])}); "
            "`ocr data check` names them all"
        )

    def _focus(self, page: _Page, rng: np.random.Generator) -> tuple[float, float]:
        """A point on a line that is to be learnt, or anywhere on a page without."""
        learnt = np.flatnonzero(~page.ignore)
        if not len(learnt):
            return rng.uniform(0, page.image.shape[1]), rng.uniform(0, page.image.shape[0])
        x0, y0, x1, y1 = polygons.bounds(_outline(page, page.points, int(rng.choice(learnt))))
        return rng.uniform(x0, x1), (y0 + y1) / 2

    def _in_crop(self, page: _Page, matrix: augment.Matrix) -> tuple[list[np.ndarray], list[bool]]:
        """The lines in the crop's pixels, those at its edge cut off there, and which of them to leave out."""
        if not len(page.starts):
            return [], []
        moved = polygons.transform(page.points, matrix)
        low, high = np.minimum.reduceat(moved, page.starts), np.maximum.reduceat(moved, page.starts)
        touching = np.asarray(((high > 0) & (low < self.size)).all(axis=1))
        within = np.asarray(((low >= 0) & (high <= self.size)).all(axis=1))
        outlines, ignore = [], []
        for number in np.flatnonzero(touching).tolist():
            outline = _outline(page, moved, number)
            if not within[number]:
                # Half a word at the crop's edge is text as well, as long as something of it is left to see.
                cut = polygons.clip(outline, self.size, self.size)
                if cut is None or polygons.area(cut) <= 4:
                    continue
                outline = cut
            outlines.append(outline)
            ignore.append(bool(page.ignore[number]))
        return outlines, ignore

    def _draw(self, page: _Page, matrix: augment.Matrix) -> targets.TargetMaps | craft_targets.CraftMaps:
        if self.kind == "craft":
            # Its characters are counted over the whole line, of which the crop may show a part.
            moved = polygons.transform(page.points, matrix)
            whole = [_outline(page, moved, number) for number in range(len(page.starts))]
            return craft_targets.draw(whole, page.texts, self.size, self.size, sigma=self.sigma)
        outlines, ignore = self._in_crop(page, matrix)
        return targets.draw(
            outlines,
            ignore,
            self.size,
            self.size,
            shrink_ratio=self.shrink_ratio,
            pixel_weights=self.pixel_weights,
        )

    def _page(self, which: int, index: int) -> _Page:
        if self.pages is not None and (which, index) in self.pages:
            return self.pages[which, index]
        image, sample = self.mixture.record(which, index).load_validated()
        page = _Page.of(image, sample.lines, sample.name)
        if self.pages is not None:
            self.pages[which, index] = page
        return page


def _outline(page: _Page, points: np.ndarray, number: int) -> np.ndarray:
    """The points of one line among those of all."""
    end = page.starts[number + 1] if number + 1 < len(page.starts) else len(points)
    return points[page.starts[number] : end]


def grey(image: np.ndarray) -> np.ndarray:
    """RGB (H, W, 3) uint8 to grey (H, W) uint8 with the weights that inference uses."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def collate(crops: Sequence[_Crop]) -> DetectionBatch:
    """Stack crops of one size."""

    def stack(arrays: Sequence[np.ndarray]) -> Tensor:
        return torch.from_numpy(np.stack(arrays))

    kind = CraftTargets if isinstance(crops[0].maps, craft_targets.CraftMaps) else DbTargets
    return DetectionBatch(
        stack([crop.image for crop in crops])[:, None],
        kind(*(stack([getattr(crop.maps, name) for crop in crops]) for name in kind._fields)),
        [crop.name for crop in crops],
        tuple(message for crop in crops for message in crop.unreadable),
    )
