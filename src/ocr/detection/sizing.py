"""At which size a page goes into the detector; training validation and inference use the same policy."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.errors import BadConfiguration, ModelInvalid
from ocr.io.letterbox import Letterbox

#: No side and no area in pixels is larger than this.
_MOST = 100_000_000
#: What may be nothing: no second look, one at every angle, black padding.
_MAY_BE_ZERO = frozenset({"min_text_height", "max_skew", "pad"})


@dataclass(frozen=True)
class SizePolicy:
    """Scale by the short side first: receipts are narrow, and the width of one sets the size of its text.

    Where the text that is then found is small (a whole sheet of paper, a receipt far from the camera) or skewed, the
    page is taken again at the scale and the angle that its text asks for.

    Attributes:
        short_side: length of the short side in pixels after scaling.
        max_pixels: most pixels after scaling; a longer page is scaled down to them, with a warning where its text
            becomes small.
        tile_area: pixels of one run of the network: a larger picture is looked at in overlapping tiles.
        text: height of the median line in pixels that a second look aims at.
        min_text_height: height of the median line in pixels below which there is a second look; 0 for never.
        max_skew: degrees by which lines may be off level before there is another look, level with them.
        max_upscale: a small picture is enlarged by this factor at most.
        multiple: both sides are padded to a multiple of this.
        pad: grey value of the padding, 0 to 255.
    """

    short_side: int = 640
    max_pixels: int = 640 * 640 * 48
    tile_area: int = 640 * 640 * 4
    text: float = 16.0
    min_text_height: float = 11.0
    max_skew: float = 3.0
    max_upscale: float = 3.0
    multiple: int = 32
    pad: int = 255

    def wanted(self, width: int, height: int) -> float:
        """The factor that the short side of a page asks for."""
        return min(self.short_side / min(width, height), self.max_upscale)

    def bounded(self, width: float, height: float, scale: float) -> float:
        """A factor, or the smaller one at which a page of this size in pixels has ``max_pixels``."""
        return min(scale, math.sqrt(self.max_pixels / (width * height)))

    @property
    def largest(self) -> tuple[int, int]:
        """(height, width) in pixels of the largest picture that the network is given: a whole tile."""
        width = self.multiple * math.ceil(self.short_side / self.multiple)
        return self.multiple * max(1, self.tile_area // width // self.multiple), width

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> SizePolicy:
        """A policy from a configuration; the defaults for what it does not name.

        Raises:
            BadConfiguration: a key that is no field, or a value out of its range.
        """
        known = [field.name for field in fields(cls)]
        for key, value in values.items():
            if key not in known:
                near = get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"options are {', '.join(known)}"
                raise BadConfiguration(f"unknown sizing option {key!r}; {hint}")
            zero = key in _MAY_BE_ZERO
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not (value >= 0 if zero else value > 0) or value > _MOST:
                least = "of at least 0" if zero else "above 0"
                raise BadConfiguration(f"{key} is {value!r}; expected a number {least}, at most {_MOST}")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """The policy as a model's metadata holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SizePolicy:
        """The policy of a model's metadata; keys of other subjects are passed over.

        Raises:
            ModelInvalid: a value is missing or no positive number.
        """
        known = {field.name for field in fields(cls)}
        try:
            policy = cls(**{key: value for key, value in values.items() if key in known})
            if not (
                policy.short_side > 0
                and policy.max_pixels > 0
                and policy.tile_area > 0
                and policy.max_upscale > 0
                and policy.multiple > 0
            ):
                raise ValueError(f"sizes must be positive: {policy}")
        except (TypeError, ValueError) as error:
            raise ModelInvalid(f"the model's size policy cannot be used: {error}") from error
        return policy


def fit(
    page: npt.NDArray[np.uint8], policy: SizePolicy, scale: float
) -> tuple[npt.NDArray[np.uint8], Letterbox]:
    """Resize and pad a page for the detector.

    Args:
        page: (H, W) grey uint8.
        policy: says how to pad.
        scale: factor for both sides.

    Returns:
        (H', W') uint8 with sides that are multiples of ``policy.multiple``, and the placement that takes points back.
    """
    height, width = page.shape[:2]
    placement = Letterbox.fit(width, height, scale, multiple=policy.multiple)
    return placement.apply(page, policy.pad), placement
