"""Score maps to text regions; the one place that does it, for training validation and inference alike.

A detector's kind says what its maps are. ``craft`` has a region and an affinity map, decoded in `ocr.detection.craft`.
``db`` has a probability map, decoded here as DBNet does it (Liao et al., "Real-time Scene Text Detection with
Differentiable Binarization", AAAI 2020, section 3.4): threshold, connected regions, rotated rectangle of each, score as
the mean probability inside, and growth back to the size of the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.detection import craft
from ocr.detection.craft import CraftOptions
from ocr.detection.regions import ConnectedComponents, Decoded
from ocr.errors import BadConfiguration, ModelOutputInvalid


@dataclass(frozen=True)
class DecodeOptions:
    """How a probability map becomes regions.

    Attributes:
        threshold: probability in (0, 1) above which a pixel is text.
        box_threshold: least mean probability in [0, 1] of a region that is kept.
        shrink_ratio: the ratio r in (0, 1) that regions are grown back from: that of the training maps, or a
            little more where the network's regions reach beyond them.
        unclip_ratio: r' of D' = A' r' / L' in the paper; ``None`` inverts the shrinking exactly for a rectangle.
        min_size: least short side in pixels of a region before growth.
        max_candidates: most regions that are kept, best scores first.
    """

    kind: ClassVar[str] = "db"
    #: The probability map alone.
    maps: ClassVar[int] = 1

    threshold: float = 0.3
    box_threshold: float = 0.6
    shrink_ratio: float = 0.7
    unclip_ratio: float | None = None
    min_size: float = 2.0
    max_candidates: int = 1000

    def __post_init__(self) -> None:
        for name in ("threshold", "shrink_ratio"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise BadConfiguration(
                    f"{name} is {getattr(self, name)!r}; expected a number between 0 and 1"
                )
        if not 0.0 <= self.box_threshold <= 1.0:
            raise BadConfiguration(f"box_threshold is {self.box_threshold!r}; expected a number from 0 to 1")
        if self.unclip_ratio is not None and not 0.0 <= self.unclip_ratio <= 10.0:
            raise BadConfiguration(f"unclip_ratio is {self.unclip_ratio!r}; expected 0 to 10, or none")
        if self.max_candidates < 1:
            raise BadConfiguration(f"max_candidates is {self.max_candidates!r}; expected at least 1")

    @property
    def least_score(self) -> float:
        """The score below which a region is none."""
        return self.box_threshold

    def relaxed(self, by: float) -> DecodeOptions:
        """The same options, with regions that miss the least score by so much."""
        return replace(self, box_threshold=max(0.0, self.box_threshold - by))


#: How maps of each kind are decoded; `options_from` makes one from a model's metadata.
Options = DecodeOptions | CraftOptions
KINDS: dict[str, type[DecodeOptions] | type[CraftOptions]] = {
    options.kind: options for options in (DecodeOptions, CraftOptions)
}


def options_from(values: Mapping[str, Any]) -> Options:
    """Options from a model's metadata or a configuration.

    Args:
        values: options by name; ``kind`` says of which kind the maps are, ``db`` where it is absent.

    Raises:
        BadConfiguration: an unknown kind, or a key that is no option of it; the message names the nearest one.
    """
    given = dict(values)
    kind = given.pop("kind", DecodeOptions.kind)
    made = KINDS.get(kind) if isinstance(kind, str) else None
    if made is None:
        raise BadConfiguration(f"unknown kind of detection {kind!r}; expected one of {', '.join(KINDS)}")
    known = [field.name for field in fields(made)]
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; options are {', '.join(known)}"
            raise BadConfiguration(f"unknown decode option {key!r}{hint}")
    return made(**given)


def changed(options: Options, values: Mapping[str, Any]) -> Options:
    """Options with some of them replaced.

    Raises:
        BadConfiguration: as of `options_from`, for the kind of the options.
    """
    return options_from({**options_to(options), **values})


def check_changes(values: Mapping[str, Any]) -> None:
    """Refuse options that no kind of detector takes.

    Raises:
        BadConfiguration: as of `options_from`.
    """
    faults = []
    for kind in KINDS:
        try:
            options_from({"kind": kind, **values})
            return
        except BadConfiguration as fault:
            faults.append(fault)
    raise faults[0]


def options_to(options: Options) -> dict[str, Any]:
    """Options as a model's metadata holds them."""
    return {"kind": options.kind, **vars(options)}


def decode(maps: npt.NDArray[np.float32], options: Options | None = None) -> Decoded:
    """Turn the maps of one page into text regions.

    Args:
        maps: (C, H, W) float32 in [0, 1], C maps as the kind has them; (H, W) where it has one.
        options: thresholds, of the kind of the maps; the defaults of `DecodeOptions` where ``None``.

    Raises:
        ModelOutputInvalid: a map holds NaN or infinity.
    """
    options = options or DecodeOptions()
    stack = maps[None] if maps.ndim == 2 else maps
    if stack.ndim != 3 or len(stack) != options.maps:
        raise ValueError(f"the maps have shape {maps.shape}; expected ({options.maps}, H, W)")
    if not np.isfinite(stack).all():
        raise ModelOutputInvalid("the detection network answered with values that are not finite")
    if isinstance(options, CraftOptions):
        return craft.decode(stack, options)
    return _decode_db(stack[0], options)


def _decode_db(probability: npt.NDArray[np.float32], options: DecodeOptions) -> Decoded:
    """Regions of a probability map (H, W) of DBNet."""
    blobs = ConnectedComponents.of(probability > options.threshold)
    blobs = blobs.kept(blobs.sizes.min(axis=1) >= options.min_size)
    scores = blobs.means(probability)
    good = scores >= options.box_threshold
    blobs = blobs.kept(good)
    sizes = polygons.grown_rectangles(blobs.sizes, options.shrink_ratio, options.unclip_ratio)
    return Decoded.best(blobs, sizes, scores[good], options.max_candidates)
