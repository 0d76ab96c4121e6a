"""A page to text polygons: size policy, network, decoding, and the way back to page pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.detection.decode import DecodeOptions, Region, decode
from ocr.engine.model_file import ModelFile
from ocr.engine.runtime import Session, session
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.images import to_grey
from ocr.placement import Placement

#: Larger upscaling only blurs: no detail comes back.
_MAX_UPSCALE = 3.0
#: A page shrunk below this share of the scale that its text wants gets a warning.
_UNREADABLE = 0.6


@dataclass(frozen=True)
class Detection:
    """Text regions of one page.

    Attributes:
        regions: in pixels of the page, best score first.
        warnings: (code, message) pairs.
    """

    regions: tuple[Region, ...]
    warnings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SizePolicy:
    """How large a page goes into the network.

    The short side is brought to ``short_side``, so that receipts of any length keep their letters at one
    size; long pages are scaled down as far as their area asks for.

    Attributes:
        short_side: wanted short side in pixels.
        max_side: long side in pixels that a page of ordinary shape may reach; the area is held below
            2 × short_side × max_side.
        min_side: padded sides are at least this long.
        multiple: padded sides are multiples of this.
        pad: grey value of the padding, 0 to 255.
    """

    short_side: int = 736
    max_side: int = 1600
    min_side: int = 32
    multiple: int = 32
    pad: int = 127

    @classmethod
    def of(cls, model: ModelFile) -> SizePolicy:
        """The policy in a model's metadata.

        Raises:
            ModelInvalid: a value is no sensible number.
        """
        d = cls()
        pad = int(model.number("pad", d.pad, least=0))
        if pad > 255:
            raise ModelInvalid(f"preprocess.pad of the model is {pad}; expected a grey value from 0 to 255")
        return cls(
            int(model.number("short_side", d.short_side)),
            int(model.number("max_side", d.max_side)),
            int(model.number("min_side", d.min_side)),
            int(model.number("multiple", d.multiple)),
            pad,
        )

    def scale(self, width: int, height: int) -> tuple[float, float]:
        """(scale to use, scale that the short side asks for) of a page in pixels."""
        wanted = min(self.short_side / min(width, height), _MAX_UPSCALE)
        area = 2.0 * self.short_side * self.max_side
        return min(wanted, math.sqrt(area / (width * height))), wanted

    def place(self, width: int, height: int) -> Placement:
        """Where a page of a size in pixels lies inside the network's input."""
        scale, _ = self.scale(width, height)
        return Placement.fit(width, height, scale, multiple=self.multiple, least=self.min_side)


class Detector:
    """Finds text regions; made once, then only read, safe to share between threads."""

    def __init__(self, model: ModelFile, threads: int | None = None) -> None:
        """Load a detection model.

        Raises:
            ModelInvalid: the model or its metadata cannot be used.
        """
        self.model = model
        self.policy = SizePolicy.of(model)
        try:
            self.options = DecodeOptions.from_mapping(_numbers(model.postprocess))
        except (BadConfiguration, TypeError) as fault:
            raise ModelInvalid(f"postprocess of the detection model cannot be used: {fault}") from fault
        self._session: Session = session(model, threads)

    def detect(self, image: npt.NDArray[np.uint8], options: DecodeOptions | None = None) -> Detection:
        """Find the text regions of a page.

        Args:
            image: RGB (H, W, 3) or grey (H, W) uint8, upright.
            options: how the probability map is decoded; the model's own where ``None``.

        Raises:
            ModelOutputInvalid: the network answered with values that are not finite.
        """
        options = options or self.options
        height, width = image.shape[:2]
        scale, wanted = self.policy.scale(width, height)
        placement = self.policy.place(width, height)
        batch = placement.apply(to_grey(image), self.policy.pad)[None, None]
        output = self._session.run(np.ascontiguousarray(batch))
        if output.shape != batch.shape:
            raise ModelInvalid(
                f"the detection model answers {output.shape} to {batch.shape}; expected the same shape"
            )
        decoded = decode(output[0, 0, : placement.scaled[1], : placement.scaled[0]], options)
        regions = []
        for region in decoded.regions:
            checked = polygons.validate(placement.inverse(region.polygon), width, height)
            if checked.polygon is not None:
                regions.append(Region(polygons.to_quad(checked.polygon), region.score))
        return Detection(tuple(regions), tuple(_warnings(decoded.left_out, options, scale, wanted)))


def _warnings(left_out: int, options: DecodeOptions, scale: float, wanted: float) -> list[tuple[str, str]]:
    found = []
    if left_out:
        found.append(
            (
                "regions_left_out",
                f"{left_out + options.max_candidates} text regions were found; "
                f"the best {options.max_candidates} were kept",
            )
        )
    if scale < 1.0 and scale < _UNREADABLE * wanted:
        found.append(
            (
                "page_shrunk",
                f"the page is so long that it was shrunk to {scale:.0%}; small text can be lost",
            )
        )
    return found


def _numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in values.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise BadConfiguration(f"{key} is {value!r}; expected a number")
    return dict(values)
