"""At which scale a page goes into the detector; training validation and inference use the same policy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.errors import BadConfiguration, ModelInvalid
from ocr.io.letterbox import Letterbox
from ocr.runtime.options import Number, OptionRecord, Whole, setting, settings_of

#: No side and no area in pixels is larger than this.
_MOST = 100_000_000
#: Names of settings in the metadata of models of the previous release.
_FORMER_NAMES = {"least_text": "min_text_height", "most_skew": "max_skew"}


@dataclass(frozen=True)
class SizePolicy(OptionRecord):
    """Scale by the short side first: receipts are narrow, and the width of one sets the size of its text.

    If the text found then is small (a whole sheet of paper, a receipt far from the camera) or skewed, the page is
    detected again at a larger scale, and levelled.
    """

    option_name = "sizing option"

    short_side: int = setting(
        640, Whole(1, _MOST), "length of a page's short side in pixels after scaling", usual=(160, 1600)
    )
    max_pixels: int = setting(
        640 * 640 * 48,
        Whole(1, _MOST),
        "most pixels after scaling; a longer page is scaled down to them, with a warning where its text becomes small",
        usual=(500_000, 20_000_000),
    )
    tile_area: int = setting(
        640 * 640 * 4,
        Whole(1, _MOST),
        "pixels of one run of the network: a larger picture is cut into overlapping tiles",
    )
    text: float = setting(
        16.0, Number(0, 1000, above=True), "height of the median line in pixels that a second pass aims at"
    )
    min_text_height: float = setting(
        11.0,
        Number(0, 1000),
        "height of the median line in pixels below which there is a second pass, 0 for never",
    )
    max_skew: float = setting(
        3.0,
        Number(0, 180),
        "skew of the lines in degrees above which there is another, levelled pass",
    )
    max_upscale: float = setting(
        3.0, Number(0, 100, above=True), "a small picture is enlarged by this factor at most"
    )
    multiple: int = setting(32, Whole(1, 256), "both sides are padded to a multiple of this number of pixels")
    pad: int = setting(255, Whole(0, 255), "grey value of the padding")

    def wanted(self, width: int, height: int) -> float:
        """The scale that brings the short side of a page to ``short_side``."""
        return min(self.short_side / min(width, height), self.max_upscale)

    def bounded(self, width: float, height: float, scale: float) -> float:
        """``scale``, or the smaller one at which a page of this size in pixels has ``max_pixels``."""
        return min(scale, math.sqrt(self.max_pixels / (width * height)))

    @property
    def largest(self) -> tuple[int, int]:
        """(height, width) in pixels of the largest picture that the network is given: a whole tile."""
        width = self.multiple * math.ceil(self.short_side / self.multiple)
        return self.multiple * max(1, self.tile_area // width // self.multiple), width

    @classmethod
    def from_metadata(cls, values: Mapping[str, Any]) -> SizePolicy:
        """The policy of a model's ``preprocess``; other keys are ignored.

        Raises:
            ModelInvalid: a value of a wrong type or out of range.
        """
        renamed = {_FORMER_NAMES.get(name, name): value for name, value in values.items()}
        known = settings_of(cls)
        try:
            return cls(**{name: value for name, value in renamed.items() if name in known})
        except BadConfiguration as error:
            raise ModelInvalid(f"the model's size policy cannot be used: {error}") from error


def fit(
    page: npt.NDArray[np.uint8], policy: SizePolicy, scale: float
) -> tuple[npt.NDArray[np.uint8], Letterbox]:
    """Resize and pad a page for the detector.

    Args:
        page: (H, W) grey uint8.
        policy: its multiple and padding are used.
        scale: factor for both sides.

    Returns:
        (H', W') uint8 with sides that are multiples of ``policy.multiple``, and the letterbox that takes
        points back.
    """
    height, width = page.shape[:2]
    letterbox = Letterbox.fit(width, height, scale, multiple=policy.multiple)
    return letterbox.apply(page, policy.pad), letterbox
