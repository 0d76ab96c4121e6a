"""TIFF and BigTIFF: every strip and tile lies inside the file and holds enough for its pixels; a page at a time."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from ocr.errors import InputError
from ocr.io import exif
from ocr.io.formats import jpeg_markers, opencv, tiff_directories
from ocr.io.formats.base import FailedPage, Format, Header, OpenFile, broken, not_read
from ocr.io.formats.inflating import inflated_size
from ocr.io.formats.tiff_directories import Directories, Directory
from ocr.io.limits import Limits
from ocr.io.page_image import PageImage, check_size
from ocr.io.pixels import to_rgb

_FAX, _JPEG, _DEFLATE = frozenset({2, 3, 4}), 7, frozenset({8, 32946})
_YCBCR = 6
#: Bytes that one packed byte can become: not packed, LZW (runs that grow by one with every code of 12 bits), PackBits.
_MOST_PER_BYTE = {1: 1, 5: 1400, 32773: 64}
_DECODED = _FAX | {_JPEG} | _DEFLATE | _MOST_PER_BYTE.keys()
_NAMES = {
    6: "old-style JPEG",
    9: "JBIG",
    10: "JBIG",
    32766: "NeXT",
    32809: "ThunderScan",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34661: "JBIG",
    34676: "SGI LogLuv",
    34677: "SGI LogLuv",
    34712: "JPEG 2000",
    34887: "LERC",
    34892: "lossy JPEG (DNG)",
    34925: "LZMA",
    34926: "Zstandard",
    34927: "WebP",
    34933: "PNG",
    34934: "JPEG XR",
    50000: "Zstandard",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
#: Strips may be shared, for instance blank ones; together they are at most so many times as long as the file.
_MOST_SHARED = 2
#: Pages of a file may have so many times the pixels of the largest page together.
_MOST_PAGES = 10
_ALPHA_IGNORED = ("alpha_ignored", "the transparency of a grey TIFF is not read")


def open(data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
    """Read all directories; see `ocr.io.formats.base.Opener`."""
    directories = tiff_directories.read(data)
    pages = directories.pages
    for page in pages:
        check_size(*page.size, limits)
    header = Header("tiff", tuple(page.size for page in pages), tuple(page.orientation for page in pages))
    return OpenFile(header, lambda: _decode(data, directories, limits))


def _decode(data: bytes, directories: Directories, limits: Limits) -> Iterator[PageImage | FailedPage]:
    pages = directories.pages
    count = _affordable(pages, limits)
    warnings = opencv.left_out(len(pages), count, "pages")
    if any(page.one(tiff_directories.SAMPLES, 1) == 2 for page in pages[:count]):
        warnings += (_ALPHA_IGNORED,)
    straight = _straightened(data, directories)
    total = len(pages) + (not directories.complete)
    for number, page in enumerate(pages[:count], start=1):
        try:
            yield _decode_page(data, straight, page, warnings)
        except InputError as error:
            yield FailedPage(number, total, error)
            continue
        warnings = ()
    if not directories.complete and count == len(pages):
        yield FailedPage(total, total, broken("TIFF", "the directory of a page is cut off"))


def _affordable(pages: tuple[Directory, ...], limits: Limits) -> int:
    """How many pages are read."""
    count = pixels = 0
    for page in pages[: limits.max_pages]:
        pixels += page.size[0] * page.size[1]
        if pixels > _MOST_PAGES * limits.max_pixels:
            break
        count += 1
    return count


def _decode_page(
    data: bytes, straight: npt.NDArray[np.uint8], page: Directory, warnings: tuple[tuple[str, str], ...]
) -> PageImage:
    _check(data, page)
    opencv.check_depth(*page.size, max(1.0, page.bits / 8))
    try:
        fine, stored = cv2.imdecodemulti(straight, cv2.IMREAD_UNCHANGED, range=(page.index, page.index + 1))
    except cv2.error as error:
        raise broken("TIFF", "the decoder refused it") from error
    if not fine or not stored:
        raise broken("TIFF", f"page {page.index + 1} is damaged or of a kind that is not read")
    pixels = stored[0]
    del stored
    # libtiff's conversion to 8 bits multiplies colours by alpha, unlike the other decoders.
    rgb = to_rgb(pixels, bgr=True, premultiplied=pixels.dtype == np.uint8, reuse=True)
    return PageImage(exif.upright(rgb, page.orientation), warnings)


def _check(data: bytes, page: Directory) -> None:
    """Strips and tiles lie inside the file and can hold the pixels; decoders fill up what is missing, at any size."""
    packing = page.one(tiff_directories.COMPRESSION, 1)
    if packing not in _DECODED:
        raise not_read("TIFF", f"pixels packed by {_NAMES.get(packing, f'method {packing}')}")
    offsets, counts = page.parts()
    if bool((counts <= 0).any()) or bool((offsets > len(data) - counts).any()):
        raise broken("TIFF", "it is truncated (pixel data lies past the end of the file)")
    sizes = page.part_sizes()
    if len(offsets) < len(sizes):
        raise broken("TIFF", "its table of strips is incomplete")
    offsets, counts = offsets[: len(sizes)], counts[: len(sizes)]
    if packing != 1 and int(counts.sum()) > _MOST_SHARED * len(data):
        raise broken("TIFF", "its strips lie on top of each other")
    if not _enough(data, page, packing, offsets, counts, sizes):
        raise broken("TIFF", "its pixel data ends early")


def _enough(
    data: bytes,
    page: Directory,
    packing: int,
    offsets: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    sizes: npt.NDArray[np.int64],
) -> bool:
    """Whether packed strips or tiles can hold the pixels of a page.

    Exact for deflate and what is not packed at all; for the others the most that so many bytes can ever give.
    """
    width, height = page.size
    size = int(counts.sum())
    if packing in _FAX:
        return 8 * size >= height
    view = memoryview(data)
    if packing == _JPEG:
        return _enough_jpeg(view, offsets, counts, width * height)
    needed = height * ((width * page.bits + 7) // 8)
    if page.one(tiff_directories.PHOTOMETRIC, 0) == _YCBCR:
        needed = width * height  # Colour may be stored at a lower resolution than brightness.
    if packing not in _DEFLATE:
        return size * _MOST_PER_BYTE[packing] >= needed
    unpacked = 0
    for start, count, room in zip(offsets.tolist(), counts.tolist(), sizes.tolist(), strict=True):
        part = view[start : start + count]
        unpacked += min(room, inflated_size(zlib.decompressobj(), part, room, "TIFF"))
    return unpacked >= min(needed, int(sizes.sum()))


def _enough_jpeg(
    view: memoryview, offsets: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], pixels: int
) -> bool:
    enough = scanned = 0
    for start, count in zip(offsets.tolist(), counts.tolist(), strict=True):
        part = bytes(view[start : start + count])
        width, height = jpeg_markers.read_header(part).sizes[0]
        enough += width * height
        scanned += jpeg_markers.scanned_pixels(part)
        if scanned > jpeg_markers.MAX_SCANNED_PIXELS:
            raise broken("TIFF", "it goes through its pixels in far too many scans")
    return enough >= pixels


def _straightened(data: bytes, directories: Directories) -> npt.NDArray[np.uint8]:
    """The file with every orientation tag set to 1: decoders turn some kinds of pixels and not others."""
    turned = [page for page in directories.pages if page.one(tiff_directories.ORIENTATION, 1) != 1]
    if not turned:
        return np.frombuffer(data, np.uint8)
    patched = bytearray(data)
    for page in turned:
        at, size = page.orientation_at, page.orientation_size
        if at is not None:
            patched[at : at + size] = (1).to_bytes(size, "little" if directories.order == "little" else "big")
    return np.frombuffer(patched, np.uint8)


FORMAT = Format("tiff", "TIFF", (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"), open)
