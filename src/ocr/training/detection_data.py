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
from ocr.models.loss.db import DbTargets
from ocr.training import augment, targets
from ocr.training.mixture import Mixture, Source


class DetectionBatch(NamedTuple):
    """A batch of training crops.

    Attributes:
        image: (N, 1, H, W) uint8 grey.
        targets: `DbTargets`, each (N, H, W).
        names: the samples' names, for reports of bad batches.
    """

    image: Tensor
    targets: DbTargets
    names: list[str]


#: A grey page (H, W), its validated lines, and its name.
_Page = tuple[np.ndarray, tuple[LineAnnotation, ...], str]


class _Crop(NamedTuple):
    image: np.ndarray
    maps: targets.TargetMaps
    name: str


class DetectionCrops(Dataset[_Crop]):
    """Square crops around text, augmented, with their target maps.

    Args:
        sources: datasets by name with their weights.
        size: side of a crop in pixels, a multiple of 32.
        seed: a draw depends on the seed and its number alone.
        geometry: limits of scale, rotation and so on.
        photometric: strength of the changes of light and noise.
        shrink_ratio: of the text map.
        cache: whether grey pages stay in memory once decoded or rendered (about 1 MB each).
    """

    def __init__(
        self,
        sources: Mapping[str, Source[Sample]],
        size: int = 640,
        seed: int = 0,
        geometry: augment.GeometryRange | None = None,
        photometric: float = 1.0,
        shrink_ratio: float = 0.7,
        cache: bool = True,
    ) -> None:
        if size % 32:
            raise ValueError(f"the crop size is {size}; expected a multiple of 32")
        self.mixture = Mixture(sources, seed)
        self.size, self.shrink_ratio = size, shrink_ratio
        self.geometry = geometry or augment.GeometryRange()
        self.change_light = augment.photometric(photometric) if photometric > 0 else None
        self.pages: dict[tuple[int, int], _Page] | None = {} if cache else None

    def __getitem__(self, draw: int) -> _Crop:
        rng = self.mixture.rng(draw)
        page, annotated, name = self._page(*self.mixture.pick(rng))
        height, width = page.shape
        lines = [line for line in annotated if not line.ignore]
        if lines:
            x0, y0, x1, y1 = polygons.bounds(lines[int(rng.integers(len(lines)))].polygon)
            focus = (rng.uniform(x0, x1), (y0 + y1) / 2)
        else:
            focus = (rng.uniform(0, width), rng.uniform(0, height))
        matrix = augment.crop_matrix(rng, (height, width), focus, self.size, self.geometry)
        fill = int(rng.integers(0, 256)) if rng.random() < 0.5 else 255
        image = augment.warp(page, matrix, self.size, self.size, fill)
        kept, ignore = [], []
        for line in annotated:
            moved = polygons.transform(line.polygon, matrix)
            if _clear_of(moved, self.size):
                continue
            # Half a word at the crop's edge is text as well, as long as something of it is left to see.
            inside = polygons.clip(moved, self.size, self.size)
            if inside is not None and polygons.area(inside) > 4:
                kept.append(inside)
                ignore.append(line.ignore)
        maps = targets.draw(kept, ignore, self.size, self.size, shrink_ratio=self.shrink_ratio)
        if self.change_light is not None:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(int(rng.integers(2**31)))
                image = self.change_light(torch.from_numpy(image)[None])[0].numpy()
        return _Crop(image, maps, name)

    def _page(self, which: int, index: int) -> _Page:
        if self.pages is not None and (which, index) in self.pages:
            return self.pages[which, index]
        image, sample = self.mixture.record(which, index).load_validated()
        page = (grey(image), sample.lines, sample.name)
        if self.pages is not None:
            self.pages[which, index] = page
        return page


def grey(image: np.ndarray) -> np.ndarray:
    """RGB (H, W, 3) uint8 to grey (H, W) uint8 with the weights that inference uses."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def collate(crops: Sequence[_Crop]) -> DetectionBatch:
    """Stack crops of one size."""

    def stack(arrays: Sequence[np.ndarray]) -> Tensor:
        return torch.from_numpy(np.stack(arrays))

    maps = [crop.maps for crop in crops]
    return DetectionBatch(
        stack([crop.image for crop in crops])[:, None],
        DbTargets(
            stack([m.text for m in maps]),
            stack([m.mask for m in maps]),
            stack([m.threshold for m in maps]),
            stack([m.band for m in maps]),
        ),
        [crop.name for crop in crops],
    )


def _clear_of(polygon: np.ndarray, size: int) -> bool:
    x0, y0, x1, y1 = polygons.bounds(polygon)
    return x1 <= 0 or y1 <= 0 or x0 >= size or y0 >= size
