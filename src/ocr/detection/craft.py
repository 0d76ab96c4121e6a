"""Region and affinity maps of CRAFT to text regions (Baek et al., CVPR 2019, section 3.3 and its published code)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.detection.regions import ConnectedComponents, Decoded
from ocr.runtime.options import Number, OptionRecord, Whole, setting


@dataclass(frozen=True)
class CraftOptions(OptionRecord):
    """How a region map and an affinity map become regions."""

    option_name = "decode option"
    kind: ClassVar[str] = "craft"
    #: Region and affinity.
    maps: ClassVar[int] = 2

    low_text: float = setting(
        0.4,
        Number(0, 1, above=True, below=True),
        "region score above which a pixel belongs to a character (the paper's τ_r)",
        usual=(0.05, 0.95),
    )
    link_threshold: float = setting(
        0.4,
        Number(0, 1, above=True, below=True),
        "affinity score above which a pixel links two characters (the paper's τ_a)",
    )
    text_threshold: float = setting(
        0.7, Number(0, 1), "regions whose maximum region score is lower are discarded", usual=(0, 1)
    )
    sigma: float = setting(
        0.3,
        Number(0, 1),
        "standard deviation of a character's heat in the training maps, as a share of its side; a region is grown by "
        "the part of such a heat that lies below low_text, 0 for no growth",
    )
    min_size: float = setting(
        2.0,
        Number(0, 1000),
        "regions with a shorter short side, in pixels of the map before growth, are discarded",
    )
    max_candidates: int = setting(1000, Whole(1), "most regions kept, best scores first")

    @property
    def min_score(self) -> float:
        """Regions with a lower score are discarded."""
        return self.text_threshold

    def relaxed(self, by: float) -> CraftOptions:
        """The same options with a score threshold lower by ``by``."""
        return replace(self, text_threshold=max(0.0, self.text_threshold - by))


def decode(maps: npt.NDArray[np.float32], options: CraftOptions) -> Decoded:
    """Turn the maps of one page into text regions.

    Pixels over either threshold are joined into connected regions; each gives the rotated rectangle of least area.
    The published code then widens every region by an empirical number of pixels; here it grows by exactly the part of
    a training heat that lies below the threshold.

    Args:
        maps: (2, H, W) float32 in [0, 1]: region score, affinity score.
        options: thresholds.
    """
    region, affinity = maps
    components = ConnectedComponents.of((region > options.low_text) | (affinity > options.link_threshold))
    components = components.select(components.sizes.min(axis=1) >= options.min_size)
    scores = components.maxima(region)
    good = scores >= options.text_threshold
    components = components.select(good)
    grown = [polygons.grown_heat(w, h, options.sigma, options.low_text) for w, h in components.sizes.tolist()]
    sizes = np.array(grown, np.float64).reshape(-1, 2)
    return Decoded.best(components, sizes, np.minimum(scores[good], 1.0), options.max_candidates)
