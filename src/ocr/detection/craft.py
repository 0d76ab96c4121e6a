"""Region and affinity maps of CRAFT to text regions (Baek et al., CVPR 2019, section 3.3 and its published code)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.detection.regions import ConnectedComponents, Decoded
from ocr.errors import BadConfiguration


@dataclass(frozen=True)
class CraftOptions:
    """How a region map and an affinity map become regions.

    Attributes:
        low_text: region score in (0, 1) above which a pixel belongs to a character (the paper's τ_r).
        link_threshold: affinity score in (0, 1) above which a pixel links two characters (the paper's τ_a).
        text_threshold: least greatest region score in [0, 1] of a region that is kept.
        sigma: standard deviation of a character's heat in the training maps, as a share of its side; a region is
            grown by what ``low_text`` cuts off of such a heat, 0 leaves it as it is.
        min_size: least short side in pixels of the map of a region before growth.
        max_candidates: most regions that are kept, best scores first.
    """

    kind: ClassVar[str] = "craft"
    #: Region and affinity.
    maps: ClassVar[int] = 2

    low_text: float = 0.4
    link_threshold: float = 0.4
    text_threshold: float = 0.7
    sigma: float = 0.3
    min_size: float = 2.0
    max_candidates: int = 1000

    def __post_init__(self) -> None:
        for name in ("low_text", "link_threshold"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise BadConfiguration(
                    f"{name} is {getattr(self, name)!r}; expected a number between 0 and 1"
                )
        if not 0.0 <= self.text_threshold <= 1.0:
            raise BadConfiguration(
                f"text_threshold is {self.text_threshold!r}; expected a number from 0 to 1"
            )
        if not 0.0 <= self.sigma <= 1.0:
            raise BadConfiguration(f"sigma is {self.sigma!r}; expected a number from 0 to 1")
        if self.max_candidates < 1:
            raise BadConfiguration(f"max_candidates is {self.max_candidates!r}; expected at least 1")

    @property
    def least_score(self) -> float:
        """The score below which a region is none."""
        return self.text_threshold

    def relaxed(self, by: float) -> CraftOptions:
        """The same options, with regions that miss the least score by so much."""
        return replace(self, text_threshold=max(0.0, self.text_threshold - by))


def decode(maps: npt.NDArray[np.float32], options: CraftOptions) -> Decoded:
    """Turn the maps of one page into text regions.

    Pixels over either threshold are joined into connected regions; each gives the rotated rectangle of least area.
    The published code then widens every region by a number of pixels that was found by trial; here it grows by
    just what the threshold cuts off of the heat that the network was taught.

    Args:
        maps: (2, H, W) float32 in [0, 1]: region score, affinity score.
        options: thresholds.
    """
    region, affinity = maps
    blobs = ConnectedComponents.of((region > options.low_text) | (affinity > options.link_threshold))
    blobs = blobs.kept(blobs.sizes.min(axis=1) >= options.min_size)
    scores = blobs.greatest(region)
    good = scores >= options.text_threshold
    blobs = blobs.kept(good)
    grown = [polygons.grown_heat(w, h, options.sigma, options.low_text) for w, h in blobs.sizes.tolist()]
    sizes = np.array(grown, np.float64).reshape(-1, 2)
    return Decoded.best(blobs, sizes, np.minimum(scores[good], 1.0), options.max_candidates)
