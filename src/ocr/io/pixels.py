"""Pixels of any kind to RGB uint8: depth, channels, alpha; arrays and PIL pictures that callers hand in."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.errors import ImageBadArray, ImageDecodeFailed, ImageEmpty, OcrError
from ocr.io.formats import exif

Image = npt.NDArray[np.uint8]


def to_rgb(image: npt.NDArray[Any], *, premultiplied: bool = False) -> Image:
    """Any grey, grey with alpha, RGB or RGBA pixels to RGB (H, W, 3) uint8, alpha laid over white.

    Args:
        image: (H, W) or (H, W, 1 to 4); uint8, uint16 (0..65535), bool, or finite floats (scaled by their
            maximum where it passes 1).
        premultiplied: colours were multiplied by alpha already.
    """
    pixels = _to_uint8(image)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    channels = pixels.shape[2]
    if channels in (2, 4):
        alpha = pixels[..., -1:].astype(np.uint16)
        if channels == 4 and bool((alpha == 255).all()):
            return np.ascontiguousarray(pixels[..., :3])
        colour = pixels[..., :-1].astype(np.uint16)
        over = colour if premultiplied else (colour * alpha + 127) // 255
        pixels = np.minimum(over + (255 - alpha), 255).astype(np.uint8)
        channels -= 1
    if channels == 1:
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_GRAY2RGB), np.uint8)
    return np.ascontiguousarray(pixels)


def _to_uint8(image: npt.NDArray[Any]) -> Image:
    if image.dtype == np.uint8:
        return np.asarray(image, np.uint8)
    if image.dtype == np.bool_:
        return np.asarray(np.where(image, 255, 0), np.uint8)
    if image.dtype == np.uint16:
        return np.asarray((image.astype(np.uint32) + 128) // 257, np.uint8)
    if image.dtype.kind == "f":
        if not np.isfinite(image).all():
            raise ImageDecodeFailed("the picture holds pixels that are not finite numbers")
        top = max(1.0, float(image.max(initial=0.0)))
        return np.rint(np.clip(image / top, 0, 1) * 255).astype(np.uint8)
    raise ImageDecodeFailed(f"the picture has pixels of type {image.dtype}; expected 1 to 16 bits a channel")


def from_array(array: npt.NDArray[Any]) -> Image:
    """An upright array given by a caller, checked, to RGB (H, W, 3) uint8."""
    expected = "expected RGB (H, W, 3), RGBA (H, W, 4) or grey (H, W) of uint8 in 0..255 or uint16"
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        if array.size == 0:
            raise ImageEmpty(f"got an array of shape {array.shape}, which holds no pixels; {expected}")
        raise ImageBadArray(f"got an array of shape {array.shape}; {expected}")
    if array.size == 0:
        raise ImageEmpty(f"got an array of shape {array.shape}, which holds no pixels; {expected}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ImageBadArray(f"got an array with NaN or Inf ({array.dtype}); {expected}")
    if array.dtype not in (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.bool_)):
        raise ImageBadArray(f"got an array of {array.dtype}; {expected}")
    return to_rgb(array)


def from_pil(picture: Any) -> Image:
    """A PIL picture by its methods alone; its current frame, turned upright by the EXIF tag it carries."""
    try:
        # Loading comes first: Pillow turns a TIFF on its own and takes the tag away.
        picture.load()
        turned = int(picture.getexif().get(0x0112, 1)) if hasattr(picture, "getexif") else 1
        mode = picture.mode
        if mode not in ("RGB", "L", "RGBA", "F") and not mode.startswith("I"):
            clear = mode in ("LA", "PA", "La", "RGBa") or "transparency" in getattr(picture, "info", {})
            picture = picture.convert("RGBA" if clear else "RGB")
        pixels = np.asarray(picture)
    except OcrError:
        raise
    except Exception as fault:  # Pillow's plug-ins raise whatever they meet; all of it means: not decodable.
        raise ImageDecodeFailed(f"the PIL picture cannot be decoded: {fault}") from fault
    if pixels.dtype.kind == "i" or pixels.dtype.byteorder == ">":
        pixels = np.clip(pixels, 0, 65535).astype(np.uint16)
    return exif.upright(to_rgb(pixels), turned if 1 <= turned <= 8 else 1)
