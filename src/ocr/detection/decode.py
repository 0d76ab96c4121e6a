"""Score maps to text regions; the one place that does it, for training validation and inference alike.

The kind of a detector names its maps. ``craft`` has a region and an affinity map, decoded in `ocr.detection.craft`.
``db`` has a probability map, decoded here as DBNet does it (Liao et al., "Real-time Scene Text Detection with
Differentiable Binarization", AAAI 2020, section 3.4): threshold, connected regions, rotated rectangle of each, score as
the mean probability inside, and growth back to the size of the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.detection import craft
from ocr.detection.craft import CraftOptions
from ocr.detection.regions import ConnectedComponents, Decoded
from ocr.errors import BadConfiguration, ModelOutputInvalid
from ocr.runtime.options import Number, OptionRecord, OrNone, Whole, setting, shown
from ocr.runtime.suggestions import did_you_mean


@dataclass(frozen=True)
class DecodeOptions(OptionRecord):
    """How a probability map becomes regions."""

    option_name = "decode option"
    kind: ClassVar[str] = "db"
    #: The probability map alone.
    maps: ClassVar[int] = 1

    threshold: float = setting(
        0.3,
        Number(0, 1, above=True, below=True),
        "probability above which a pixel is text",
        usual=(0.05, 0.95),
    )
    box_threshold: float = setting(
        0.6, Number(0, 1), "regions with a lower mean probability are discarded", usual=(0, 1)
    )
    shrink_ratio: float = setting(
        0.7,
        Number(0, 1, above=True, below=True),
        "shrink ratio r whose inverse grows regions: that of the training maps, or slightly more for a network "
        "whose regions are larger than them",
    )
    unclip_ratio: float | None = setting(
        None,
        OrNone(Number(0, 10)),
        "unclip ratio r' of D' = A' r' / L' in the paper; None inverts the shrinking exactly for a rectangle",
        usual=(0, 3),
    )
    min_size: float = setting(
        2.0, Number(0, 1000), "regions with a shorter short side, in pixels before growth, are discarded"
    )
    max_candidates: int = setting(1000, Whole(1), "most regions kept, best scores first")

    @property
    def min_score(self) -> float:
        """Regions with a lower score are discarded."""
        return self.box_threshold

    def relaxed(self, by: float) -> DecodeOptions:
        """The same options with a score threshold lower by ``by``."""
        return replace(self, box_threshold=max(0.0, self.box_threshold - by))


#: Decode options of any kind; `options_from` makes one from a model's metadata.
Options = DecodeOptions | CraftOptions
KINDS: dict[str, type[DecodeOptions] | type[CraftOptions]] = {
    options.kind: options for options in (DecodeOptions, CraftOptions)
}


def options_from(values: Mapping[str, Any]) -> Options:
    """Options from a model's metadata or a configuration.

    Args:
        values: options by name; ``kind`` is the kind of the maps, by default ``db``.

    Raises:
        BadConfiguration: an unknown kind, or a key that is no option of it; the message names the nearest one.
    """
    given = dict(values)
    kind = given.pop("kind", DecodeOptions.kind)
    record = KINDS.get(kind) if isinstance(kind, str) else None
    if record is None:
        hint = did_you_mean(kind, KINDS, "kinds")
        raise BadConfiguration(f"unknown kind of detection {shown(kind)}; {hint}")
    return record.from_mapping(given)


def changed(options: Options, values: Mapping[str, Any]) -> Options:
    """Options with some of them replaced.

    Raises:
        BadConfiguration: as of `options_from`, for the kind of the options.
    """
    return options_from({**options_to(options), **values})


def check_changes(values: Mapping[str, Any]) -> None:
    """Reject options that no kind of detector takes.

    Raises:
        BadConfiguration: as of `options_from`.
    """
    errors = []
    for kind in KINDS:
        try:
            options_from({"kind": kind, **values})
            return
        except BadConfiguration as error:
            errors.append(error)
    raise errors[0]


def options_to(options: Options) -> dict[str, Any]:
    """Options as a model's metadata holds them."""
    return {"kind": options.kind, **options.to_dict()}


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
    components = ConnectedComponents.of(probability > options.threshold)
    components = components.select(components.sizes.min(axis=1) >= options.min_size)
    scores = components.means(probability)
    good = scores >= options.box_threshold
    components = components.select(good).levelled()
    sizes = polygons.grown_rectangles(components.sizes, options.shrink_ratio, options.unclip_ratio)
    return Decoded.best(components, sizes, scores[good], options.max_candidates)
