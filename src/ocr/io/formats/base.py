"""What all formats share: the record of a header, an opened file, and unsigned integers in bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ocr.errors import ImageDecodeFailed, InputError, UnsupportedMediaType
from ocr.io.limits import Limits
from ocr.io.page_image import PageImage


@dataclass(frozen=True)
class Header:
    """What the header of a picture says, before any pixel is decoded.

    Attributes:
        format: name of the format, for instance ``jpeg``.
        sizes: (width, height) in stored pixels of every page; all frames of an animation share the first. Empty for
            PDF, whose pages have no pixels before they are rendered.
        orientation: EXIF orientation 1 to 8 of each page (the first counts for all where only one is given).
        frames: number of frames of an animated picture, 1 for a still one.
    """

    format: str
    sizes: tuple[tuple[int, int], ...]
    orientation: tuple[int, ...] = (1,)
    frames: int = 1


@dataclass(frozen=True)
class FailedPage:
    """A page that cannot be read, in the place of its pixels.

    Attributes:
        number: of the page, from 1.
        count: pages of the file.
        error: what was wrong.
    """

    number: int
    count: int
    error: InputError


@dataclass(frozen=True)
class OpenFile:
    """A file whose header was read and lies within the limits; no pixel is decoded yet.

    Attributes:
        header: what the header says.
        decode: decodes page after page; only one page is held at a time.
    """

    header: Header
    decode: Callable[[], Iterator[PageImage | FailedPage]]


class Opener(Protocol):
    """Opens the bytes of one format.

    Raises:
        ImageEmpty, ImageTooLarge, ImageBadAspect, TooManyPages: outside the limits, by the header alone.
        UnsupportedMediaType: a kind of the format that is not read; the message names it.
        ImageDecodeFailed: the header is damaged or cut off.
    """

    def __call__(self, data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
        """Read the header."""
        ...


def always(data: bytes) -> bool:
    """Accept every file that starts with a signature."""
    return True


@dataclass(frozen=True)
class Format:
    """One format that is recognised.

    Attributes:
        name: in code, lower case.
        title: as people write it.
        signatures: the first bytes of a file, one of these.
        open: reads the header.
        confirms: a further look at the bytes where the signature alone is too weak.
    """

    name: str
    title: str
    signatures: tuple[bytes, ...]
    open: Opener
    confirms: Callable[[bytes], bool] = always

    def matches(self, data: bytes) -> bool:
        """Whether the bytes begin as a file of this format does."""
        return data.startswith(self.signatures) and self.confirms(data)


def broken(title: str, reason: str) -> ImageDecodeFailed:
    """The error for a file of a known format that cannot be read whole."""
    return ImageDecodeFailed(f"the {title} file cannot be decoded: {reason}; send the complete file")


def not_read(title: str, kind: str) -> UnsupportedMediaType:
    """The error for a kind of a known format that is not read."""
    return UnsupportedMediaType(
        f"the {title} file holds {kind}, which is not read; save the picture as JPEG or PNG"
    )
