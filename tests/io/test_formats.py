"""Headers, completeness and orientation, format by format, cut at every kind of place."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from ocr.errors import ImageDecodeFailed, ImageEmpty, InputError, UnsupportedMediaType
from ocr.io import exif, formats, images
from ocr.io.formats import jpeg_markers
from tests.pictures import encoded

Y, X = np.mgrid[:48, :64]
COLOUR = np.stack([X * 4, Y * 5, (X + Y) * 2], -1).astype(np.uint8)
NOISE = np.random.default_rng(7).integers(0, 256, (48, 64, 3), dtype=np.uint8)

WHOLE = {
    "jpeg": encoded(NOISE, "JPEG"),
    "jpeg progressive": encoded(NOISE, "JPEG", progressive=True),
    "jpeg grey": encoded(NOISE[..., 0], "JPEG"),
    "png": encoded(NOISE, "PNG"),
    "png palette": encoded(Image.fromarray(NOISE).quantize(16), "PNG"),
    "gif": encoded(NOISE, "GIF"),
    "bmp": encoded(NOISE, "BMP"),
    "bmp palette": encoded(Image.fromarray(NOISE).quantize(16), "BMP"),
    "webp": encoded(NOISE, "WEBP", quality=80),
    "webp lossless": encoded(NOISE, "WEBP", lossless=True),
    "tiff": encoded(NOISE, "TIFF"),
    "tiff lzw": encoded(NOISE, "TIFF", compression="tiff_lzw"),
    "tiff jpeg": encoded(NOISE, "TIFF", compression="jpeg"),
    "tiff fax": encoded(Image.fromarray(NOISE).convert("1"), "TIFF", compression="group4"),
    "ppm": encoded(NOISE, "PPM"),
    "pbm": encoded(Image.fromarray(NOISE).convert("1"), "PPM"),
    "png animated": encoded(NOISE, "PNG", save_all=True, append_images=[Image.fromarray(COLOUR)]),
    "gif animated": encoded(NOISE, "GIF", save_all=True, append_images=[Image.fromarray(COLOUR)]),
    "webp animated": encoded(NOISE, "WEBP", save_all=True, append_images=[Image.fromarray(COLOUR)]),
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_agree_with_pillow(name: str) -> None:
    data = WHOLE[name]
    header = formats.open_bytes(data).header
    assert header.sizes[0] == (64, 48)
    found = images.load(data)
    with Image.open(io.BytesIO(data)) as picture:
        twin = np.asarray(picture.convert("RGB")).astype(int)
        assert len(found) == getattr(picture, "n_frames", 1)
    assert found[0].image.shape == (48, 64, 3)
    assert found[0].image.dtype == np.uint8
    assert np.abs(found[0].image.astype(int) - twin).max() <= 1


@pytest.mark.parametrize("name", WHOLE)
def test_a_cut_file_is_never_read_as_if_whole(name: str) -> None:
    data = WHOLE[name]
    # A fax page ends in padding that no pixel needs.
    ends = [len(data) - k for k in range(1, 12)] if name != "tiff fax" else []
    if name.startswith("jpeg"):
        # Of these only the end marker is missing.
        for end in (ends.pop(0), ends.pop(0)):
            (page,) = images.load(data[:end])
            assert [code for code, _ in page.warnings] == ["image_incomplete"]
            np.testing.assert_array_equal(page.image, images.load(data)[0].image)
            with pytest.raises(ImageDecodeFailed, match="truncated"):
                images.load(data[:end], images.Limits(strict=True))
    for end in sorted({*range(1, 60), *range(60, len(data) - 20, max(1, len(data) // 60)), *ends}):
        with pytest.raises((ImageDecodeFailed, UnsupportedMediaType, ImageEmpty)):
            images.load(data[:end])
        if end > 18:
            with pytest.raises(ImageDecodeFailed):
                images.load(data[:end])


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def apng(*frames: tuple[int, int, int, int, int], separate: bool = False) -> bytes:
    """Grey noise of 64 x 48 pixels with frames of (width, height, left, top, rows that are there).

    The first frame is the still picture, or with ``separate`` another one.
    """

    def rows(width: int, count: int) -> bytes:
        return zlib.compress(b"".join(b"\x00" + row[:width].tobytes() for row in NOISE[:count, :, 0]))

    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 0, 0, 0, 0))]
    parts.append(chunk(b"acTL", struct.pack(">II", len(frames), 0)))
    if separate:
        parts.append(chunk(b"IDAT", rows(64, 48)))
    number = 0
    for width, height, left, top, count in frames:
        parts.append(chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, width, height, left, top, 1, 10, 0, 0)))
        number += 1
        if len(parts) == 3 and not separate:
            parts.append(chunk(b"IDAT", rows(width, count)))
        else:
            parts.append(chunk(b"fdAT", struct.pack(">I", number) + rows(width, count)))
            number += 1
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


_FULL = (64, 48, 0, 0, 48)


@pytest.mark.parametrize("separate", [False, True])
def test_frames_of_a_png_lie_inside_it_and_have_all_their_pixels(separate: bool) -> None:
    found = images.load(apng(_FULL, (20, 10, 44, 38, 10), separate=separate))
    np.testing.assert_array_equal(found[0].image, NOISE[..., :1].repeat(3, 2))
    np.testing.assert_array_equal(found[1].image[38:, 44:], NOISE[:10, :20, :1].repeat(3, 2))
    np.testing.assert_array_equal(found[1].image[:38], found[0].image[:38])
    for frame in ((64, 48, 0, 0, 40), (20, 10, 45, 38, 10), (20, 10, 44, 39, 10), (64, 0, 0, 0, 48)):
        with pytest.raises(ImageDecodeFailed, match="frame"):
            images.load(apng(_FULL, frame, separate=separate))
    # The frame that ends early is not read here.
    short = apng(_FULL, (64, 48, 0, 0, 40), separate=separate)
    assert len(images.load(short, images.Limits(max_frames=1))) == 1
    for first in ((64, 20, 0, 0, 20), (64, 0, 0, 0, 48)):
        with pytest.raises(ImageDecodeFailed, match="frame"):
            images.load(apng(first, _FULL, separate=True))


def test_the_still_picture_of_a_png_is_its_first_frame_whole_or_none() -> None:
    # Its pixels are all there; a frame of fewer would be shown on black.
    data = apng(_FULL, _FULL)
    at = data.index(b"fcTL")
    for height in (0, 20):
        body = data[at + 4 : at + 12] + struct.pack(">I", height) + data[at + 16 : at + 30]
        with pytest.raises(ImageDecodeFailed, match="frame"):
            images.load(data[: at - 4] + chunk(b"fcTL", body) + data[at + 34 :])


def test_an_empty_file_is_named_so() -> None:
    with pytest.raises(ImageEmpty, match="0 bytes"):
        images.load(b"")


@pytest.mark.parametrize(
    "data",
    [
        b"Dear reader, this is text named receipt.jpg",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"PK\x03\x04" + bytes(40),
        b"BM is how this sentence begins, and it is no bitmap",
        bytes(64),
    ],
    ids=["text", "svg", "eps", "zip", "text with BM", "zeros"],
)
def test_other_content_is_refused_with_a_list_of_formats(data: bytes) -> None:
    with pytest.raises(UnsupportedMediaType, match="JPEG, PNG"):
        images.load(data)


def _receipt() -> bytes:
    rng = np.random.default_rng(3)
    return encoded(rng.integers(0, 256, (160, 128, 3), dtype=np.uint8), "JPEG", quality=80)


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8, 0.95])
def test_a_cut_jpeg_with_an_end_marker_put_back_is_refused(share: float) -> None:
    data = _receipt()
    with pytest.raises(ImageDecodeFailed, match="ends early"):
        images.load(data[: int(len(data) * share)] + b"\xff\xd9")


@pytest.mark.parametrize("transform", [0, 2])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_cut_jpeg_of_four_colours_is_refused_wherever_it_is_cut(transform: int, share: float) -> None:
    data = bytearray(encoded(Image.fromarray(NOISE).convert("CMYK"), "JPEG"))
    data[data.index(b"Adobe") + 11] = transform  # CMYK, or YCCK.
    assert images.load(bytes(data))
    with pytest.raises(ImageDecodeFailed, match="ends early"):
        images.load(bytes(data[: int(len(data) * share)]) + b"\xff\xd9")


def test_a_jpeg_that_really_ends_in_mid_grey_is_read() -> None:
    page = np.full((160, 128, 3), 128, np.uint8)
    page[:80] = NOISE[:40].repeat(2, 0).repeat(2, 1)[:80, :128]
    found = images.load(encoded(page, "JPEG", quality=90))[0].image
    assert (found[-8:] == 128).all()


def test_a_progressive_jpeg_with_missing_scans_is_refused() -> None:
    data = WHOLE["jpeg progressive"]
    scans = [start for marker, start, _ in jpeg_markers.segments(data) if marker == 0xDA]
    with pytest.raises(ImageDecodeFailed, match="scans are missing"):
        images.load(data[: scans[-1] - 4] + b"\xff\xd9")


def test_a_png_with_a_flipped_bit_is_refused() -> None:
    data = bytearray(WHOLE["png"])
    data[len(data) // 2] ^= 0x10
    with pytest.raises(ImageDecodeFailed, match="checksum"):
        images.load(bytes(data))


@pytest.mark.parametrize("seed", range(40))
def test_damaged_bytes_raise_nothing_but_ocr_errors(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for data in WHOLE.values():
        damaged = bytearray(data)
        for at in rng.integers(4, len(damaged), 6):
            damaged[at] = rng.integers(0, 256)
        found: list[images.PageImage] = []
        with contextlib.suppress(InputError):
            found = images.load(bytes(damaged), images.Limits(max_pixels=1_000_000))
        assert all(page.image.ndim == 3 and page.image.dtype == np.uint8 for page in found)


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "TIFF lzw", "TIFF fax"])
def test_orientation_is_applied_exactly_once(kind: str, value: int) -> None:
    upright = np.zeros((40, 24, 3), np.uint8)
    upright[4:12, 4:20] = 255
    upright[12:30, 4:8] = 255
    # How a camera stores an upright scene for each orientation: the inverse of what a reader does.
    inverse = {6: 8, 8: 6}.get(value, value)
    stored = Image.fromarray(exif.upright(upright, inverse))
    tags = Image.Exif()
    tags[0x0112] = value
    name, _, way = kind.partition(" ")
    if name == "TIFF":
        options = {
            "tiffinfo": {274: value},
            "compression": {"lzw": "tiff_lzw", "fax": "group4"}.get(way, "raw"),
        }
        stored = stored.convert("1") if way == "fax" else stored
    else:
        options = {"exif": tags.tobytes(), "quality": 100} if name != "PNG" else {"exif": tags.tobytes()}
    data = encoded(stored, name, **options)
    found = images.load(data)[0].image
    assert found.shape == upright.shape
    assert np.abs(found.astype(int) - upright).mean() < 4
    with Image.open(io.BytesIO(data)) as picture:
        assert np.abs(images.load(picture)[0].image.astype(int) - upright).mean() < 4


def test_thumbnails_of_a_tiff_are_no_pages() -> None:
    second = Image.fromarray(COLOUR).resize((16, 12))
    data = bytearray(encoded(NOISE, "TIFF", save_all=True, append_images=[second]))
    whole = formats.open_bytes(bytes(data)).header
    assert whole.sizes == ((64, 48), (16, 12))
    # Pillow writes no subfile type; turn the last ordinary tag that nothing needs (planar layout) into one.
    at = data.rfind(struct.pack("<HHI", 284, 3, 1))
    data[at : at + 12] = struct.pack("<HHII", 254, 4, 1, 1)
    assert formats.open_bytes(bytes(data)).header.sizes == ((64, 48),)


@pytest.mark.parametrize("top", [1, 15, 255, 1023, 65535])
def test_pnm_is_scaled_by_its_maximal_value(top: int) -> None:
    values = np.linspace(0, top, 20).astype(int).reshape(4, 5)
    text = f"P2 # a comment\n5 4\n{top}\n".encode() + b" ".join(b"%d" % v for v in values.ravel()) + b"\n"
    binary = f"P5\n5 4\n{top}\n".encode() + values.astype(">u2" if top > 255 else "u1").tobytes()
    expected = np.rint(values * 255 / top)
    for data in (text, binary):
        assert np.abs(images.load(data)[0].image[..., 0] - expected).max() <= 1
