"""Arrays and PIL pictures that callers hand in, checked, to RGB uint8 pages."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.errors import ImageBadArray, ImageDecodeFailed, ImageEmpty, OcrError
from ocr.io import exif
from ocr.io.limits import Limits
from ocr.io.page_image import Image, check_size
from ocr.io.pixels import to_rgb

_EXPECTED = (
    "expected RGB (H, W, 3), RGBA (H, W, 4), grey with alpha (H, W, 2) or grey (H, W), with values from 0 to 255, "
    "0 to 65535 or, as floats, 0 to 1"
)
_CHANNELS = (1, 2, 3, 4)
#: EXIF tag of the orientation.
_ORIENTATION = 0x0112


def is_array_like(source: Any) -> bool:
    """Whether a source is an array, or a tensor that turns into one."""
    return isinstance(source, np.ndarray) or (hasattr(source, "__array__") and not is_pil(source))


def is_pil(source: Any) -> bool:
    """Whether a source is a PIL picture, by its methods alone."""
    return all(hasattr(source, name) for name in ("convert", "mode", "size", "load"))


def from_array(source: Any, limits: Limits) -> Image:
    """An upright array, or a tensor that turns into one, to RGB.

    Args:
        source: (H, W) or (H, W, 1 to 4) of bool, integers or floats; masked pixels become white.
        limits: what to refuse.

    Returns:
        (H, W, 3) uint8, a copy.

    Raises:
        ImageEmpty, ImageTooLarge, ImageBadAspect: outside the limits.
        ImageBadArray: another shape or type, or values that are negative, above 65535 or not finite.
    """
    try:
        array = np.asarray(source)
    except (
        Exception
    ) as error:  # A tensor raises what it likes, for instance where it lies on a graphics card.
        raise ImageBadArray(
            f"got {type(source).__name__}, which gives no array ({error}); {_EXPECTED}"
        ) from error
    _check_shape(array)
    check_size(array.shape[1], array.shape[0], limits)
    if isinstance(source, np.ma.MaskedArray) and np.ma.is_masked(source):
        array = np.asarray(source.filled(_white(array)))
    return to_rgb(_in_range(array))


def _check_shape(array: npt.NDArray[Any]) -> None:
    shape = array.shape
    got = f"got an array of shape {shape}"
    if array.size == 0:
        raise ImageEmpty(f"{got}, which holds no pixels; {_EXPECTED}")
    if array.ndim == 4:
        hint = "; pass one page at a time, for instance array[0]" if shape[0] == 1 else ""
        raise ImageBadArray(f"{got}, a batch; {_EXPECTED}{hint}")
    if array.ndim == 3 and shape[0] in _CHANNELS and shape[2] not in _CHANNELS:
        raise ImageBadArray(
            f"{got} with the channels first; {_EXPECTED}; turn it with numpy.moveaxis(array, 0, -1)"
        )
    if array.ndim not in (2, 3) or (array.ndim == 3 and shape[2] not in _CHANNELS):
        raise ImageBadArray(f"{got}; {_EXPECTED}")


def _white(array: npt.NDArray[Any]) -> Any:
    if array.dtype.kind == "b":
        return True
    return 1.0 if array.dtype.kind == "f" and float(array.max()) <= 1 else 255


def _in_range(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """bool, uint8, uint16 or floats from 0 to 1; the range that wider types use is told by their highest value."""
    if array.dtype in (np.dtype(np.bool_), np.dtype(np.uint8)):
        return array
    if array.dtype.kind not in "iuf":
        raise ImageBadArray(f"got an array of {array.dtype}; {_EXPECTED}")
    lowest, highest = array.min(), array.max()
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        raise ImageBadArray(f"got an array with NaN or Inf ({array.dtype}); {_EXPECTED}")
    if lowest < 0 or highest > 65535:
        raise ImageBadArray(
            f"got an array of {array.dtype} with values from {lowest} to {highest}; {_EXPECTED}"
        )
    if array.dtype.kind == "f":
        if highest <= 1:
            return array
        array = np.rint(array)
    return array.astype(np.uint8 if highest <= 255 else np.uint16)


def from_pil(picture: Any, limits: Limits) -> Image:
    """The current frame of a PIL picture, turned upright by the EXIF tag it carries.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ImageEmpty, ImageTooLarge, ImageBadAspect: outside the limits.
        ImageDecodeFailed: Pillow cannot decode it.
    """
    width, height = picture.size
    check_size(width, height, limits)
    try:
        # Loading comes first: Pillow turns a TIFF on its own and takes the tag away.
        picture.load()
        orientation = int(picture.getexif().get(_ORIENTATION, 1)) if hasattr(picture, "getexif") else 1
        mode = picture.mode
        if mode not in ("RGB", "L", "RGBA", "F") and not mode.startswith("I"):
            clear = mode in ("LA", "PA", "La", "RGBa") or "transparency" in getattr(picture, "info", {})
            if mode == "La":
                picture = picture.convert("LA")
            picture = picture.convert("RGBA" if clear else "RGB")
        pixels = np.asarray(picture)
        if pixels.dtype.kind == "i":
            pixels = np.clip(pixels, 0, 65535)
        pixels = _in_range(pixels)
    except OcrError:
        raise
    except Exception as error:  # Pillow's plug-ins raise whatever they meet; all of it means: not decodable.
        raise ImageDecodeFailed(f"the PIL picture cannot be decoded: {error}") from error
    return exif.upright(to_rgb(pixels), orientation if 1 <= orientation <= 8 else 1)
