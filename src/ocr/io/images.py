"""The one way in for pixels: path, bytes, file, array, PIL picture or PDF to upright RGB pages.

Bytes are told apart by their content, refused by their header before a pixel is allocated, checked for
completeness, decoded once, and turned upright once. Whatever way a picture comes in, the same pixels come
out.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.errors import (
    ImageBadArray,
    ImageTooLarge,
    InputNotFound,
    InputUnreadable,
)
from ocr.io import formats
from ocr.io.formats import exif, jpeg, pdf, pnm, tiff
from ocr.io.formats.header import Header, broken
from ocr.io.limits import Limits
from ocr.io.page_image import Image, PageImage, check_size
from ocr.io.pixels import from_array, from_pil, to_rgb

__all__ = ["Image", "Limits", "PageImage", "load", "pages", "read_bytes", "to_grey"]


def load(source: Any, limits: Limits | None = None, password: str | None = None) -> list[PageImage]:
    """Decode all pages of an input at once; see `pages` for inputs and errors."""
    return list(pages(source, limits, password))


def pages(source: Any, limits: Limits | None = None, password: str | None = None) -> Iterator[PageImage]:
    """Decode an input page after page.

    Args:
        source: a path, ``bytes``, a binary file object, an array (RGB (H, W, 3), RGBA (H, W, 4) or grey (H,
            W), uint8 or uint16, upright already), a PIL picture, or a tuple of pages that were decoded before.
        limits: what to refuse; the defaults of `Limits` where ``None``.
        password: password of an encrypted PDF.

    Yields:
        Upright pages in order, at least one.

    Raises:
        InputNotFound, InputUnreadable: the path cannot be read.
        ImageEmpty, UnsupportedMediaType, ImageDecodeFailed: the bytes are no whole picture.
        ImageTooLarge, ImageBadAspect, TooManyPages: outside the limits.
        ImageBadArray: an array of a wrong shape or type, or with values that are not finite.
        PdfEncrypted: the PDF needs a password, or another one.
    """
    limits = limits or Limits()
    if isinstance(source, tuple) and source and all(isinstance(page, PageImage) for page in source):
        yield from source
    elif isinstance(source, np.ndarray):
        if source.ndim in (2, 3) and source.size:
            check_size(source.shape[1], source.shape[0], limits)
        yield PageImage(from_array(source))
    elif isinstance(source, (bytes, bytearray, memoryview)):
        yield from _decode(_bounded(bytes(source), limits.max_bytes), limits, password)
    elif isinstance(source, (str, os.PathLike)):
        yield from _decode(read_bytes(source, limits.max_bytes), limits, password)
    elif hasattr(source, "convert") and hasattr(source, "mode") and hasattr(source, "size"):
        width, height = source.size
        check_size(width, height, limits)
        yield PageImage(from_pil(source))
    elif hasattr(source, "read"):
        data = source.read(limits.max_bytes + 1)
        if not isinstance(data, bytes):
            raise InputUnreadable(f"the file object gives {type(data).__name__}; open it in binary mode")
        yield from _decode(_bounded(data, limits.max_bytes), limits, password)
    else:
        raise ImageBadArray(
            f"got {type(source).__name__}; expected a path, bytes, a binary file, an RGB array or a picture"
        )


def read_bytes(path: str | os.PathLike[str], max_bytes: int) -> bytes:
    """Read a file whole.

    Raises:
        InputNotFound, InputUnreadable: the path cannot be read.
        ImageTooLarge: the file is longer than ``max_bytes``.
    """
    try:
        if stat.S_ISDIR(Path(path).stat().st_mode):
            raise InputUnreadable(f"{path} is a folder; expected a picture or a PDF")
        with Path(path).open("rb") as file:
            return _bounded(file.read(max_bytes + 1), max_bytes)
    except (FileNotFoundError, NotADirectoryError) as fault:
        raise InputNotFound(f"there is no file {path}") from fault
    except ValueError as fault:
        raise InputNotFound(f"{path!r} is no path: {fault}") from fault
    except OSError as fault:
        raise InputUnreadable(f"{path} cannot be read: {fault.strerror or fault}") from fault


def to_grey(image: Image) -> Image:
    """RGB (H, W, 3) or grey (H, W) uint8 -> grey (H, W) uint8."""
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def _bounded(data: bytes, max_bytes: int) -> bytes:
    if len(data) > max_bytes:
        raise ImageTooLarge(f"the input is longer than {max_bytes} bytes")
    return data


def _decode(data: bytes, limits: Limits, password: str | None) -> Iterator[PageImage]:
    name = formats.sniff(data)
    if name == "pdf":
        yield from _from_pdf(data, limits, password)
        return
    header = formats.read_header(data, name)
    for width, height in header.sizes:
        check_size(width, height, limits)
    formats.check(data, name)
    if name == "tiff":
        yield from _from_tiff(data, header, limits)
    elif header.frames > 1:
        yield from _from_animation(data, header, limits)
    elif name == "pnm":
        yield PageImage(to_rgb(pnm.decode(data)))
    else:
        raw = _imdecode(data, name)
        if name == "jpeg" and jpeg.filled_up(data, raw):
            raise broken("jpeg", "its pixel data ends early")
        if name == "bmp" and raw.ndim == 3 and raw.shape[2] == 4 and not raw[..., 3].any():
            raw = raw[..., :3]  # The fourth byte of 32-bit rows is most often unused, not alpha.
        yield PageImage(exif.upright(to_rgb(_reversed(raw)), header.orientation[0]))


def _from_pdf(data: bytes, limits: Limits, password: str | None) -> Iterator[PageImage]:
    rendered = pdf.render(
        data,
        password=password,
        max_pages=limits.max_pages,
        max_pixels=limits.max_pixels,
        dpi=limits.pdf_dpi,
        render_pixels=min(limits.pdf_pixels, limits.max_pixels),
    )
    for image, dpi, draws in rendered:
        check_size(image.shape[1], image.shape[0], limits)
        warnings: tuple[tuple[str, str], ...] = ()
        if dpi < 0.75 * limits.pdf_dpi:
            message = f"a large PDF page was rendered at {dpi:.0f} dpi; small text can be lost"
            warnings = (("low_resolution", message),)
        if not draws:
            warnings += (
                ("page_empty", "nothing is seen on the PDF page: it is blank, or its content is damaged"),
            )
        yield PageImage(image, warnings)


def _from_tiff(data: bytes, header: Header, limits: Limits) -> Iterator[PageImage]:
    warnings = _left_out(len(header.sizes), limits.max_pages, "pages")
    if tiff.hides_alpha(data):
        warnings += (("alpha_ignored", "the transparency of a grey TIFF is not read"),)
    straight = np.frombuffer(tiff.unturned(data), np.uint8)
    for number, turned in list(zip(header.pages, header.orientation, strict=True))[: limits.max_pages]:
        try:
            fine, found = cv2.imdecodemulti(straight, cv2.IMREAD_UNCHANGED, range=(number, number + 1))
        except cv2.error as fault:
            raise broken("tiff", "the decoder refused it") from fault
        if not fine or not found:
            raise broken("tiff", f"page {number + 1} is damaged or of a kind that is not read")
        # libtiff's conversion to 8 bits multiplies colours by alpha, unlike the other decoders.
        rgb = to_rgb(_reversed(found[0]), premultiplied=found[0].dtype == np.uint8)
        yield PageImage(exif.upright(rgb, turned), warnings)
        warnings = ()


def _from_animation(data: bytes, header: Header, limits: Limits) -> Iterator[PageImage]:
    warnings = _left_out(header.frames, limits.max_frames, "frames")
    decoder = getattr(cv2, "imdecodeanimation", None)
    if decoder is None:
        frames: list[Any] = [_imdecode(data, header.format)]
        warnings = _left_out(header.frames, 1, "frames")
    else:
        count = min(header.frames, limits.max_frames)
        # All wanted frames are held at once, so together they stay below the limit of one picture.
        width, height = header.sizes[0]
        affordable = max(1, limits.max_pixels // (width * height))
        if affordable < count:
            count, warnings = affordable, _left_out(header.frames, affordable, "frames")
        try:
            # One row: OpenCV 4.12 refuses a column of WebP bytes.
            fine, animation = decoder(np.frombuffer(data, np.uint8)[None], start=0, count=count)
        except cv2.error as fault:
            raise broken(header.format, "the decoder refused it") from fault
        frames = list(animation.frames) if fine else []
        if not frames:
            raise broken(header.format, "its frames are damaged")
    for frame in frames:
        yield PageImage(exif.upright(to_rgb(_reversed(frame)), header.orientation[0]), warnings)
        warnings = ()


def _left_out(found: int, read: int, what: str) -> tuple[tuple[str, str], ...]:
    if found <= read:
        return ()
    return (("pages_left_out", f"the input has {found} {what}; the first {read} were read"),)


def _imdecode(data: bytes, name: str) -> npt.NDArray[Any]:
    """Stored pixels, neither turned nor reduced in depth; colour in OpenCV's order."""
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as fault:
        raise broken(name, "the decoder refused it") from fault
    if found is None:
        raise broken(name, "it is damaged or of a kind that is not read")
    return found


def _reversed(found: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """BGR(A) -> RGB(A); grey as it is."""
    if found.ndim == 3 and found.shape[2] >= 3:
        kind = cv2.COLOR_BGR2RGB if found.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        return cv2.cvtColor(np.ascontiguousarray(found), kind)
    return found
