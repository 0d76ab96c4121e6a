"""What callers hand in beside files: arrays of all kinds, tensors, PIL pictures, open files, paths that are none."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ocr.errors import ImageBadArray, ImageEmpty, ImageTooLarge, InputError, InputNotFound, InputUnreadable
from ocr.io import images
from ocr.io.images import Limits
from tests.pictures import encoded

Y, X = np.mgrid[:48, :64]
GREY = (255 - (X * 3 + Y)).astype(np.uint8)
RGB = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], -1)
WIDE = [np.int16, np.int32, np.int64, np.uint16, np.uint32, np.uint64]


class Tensor:
    """What a tensor of PyTorch or JAX offers."""

    def __init__(self, values: np.ndarray | None) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        if self.values is None:
            raise TypeError("it lies on a graphics card; copy it first")
        return self.values


@pytest.mark.parametrize(
    "array",
    [
        np.asfortranarray(RGB),
        np.ascontiguousarray(RGB[::-1])[::-1],
        np.dstack([RGB, RGB])[..., :3],
        *(RGB.astype(kind) for kind in WIDE),
        RGB.astype(np.int32) * 257,
        RGB.astype(np.uint16) * 257,
        RGB.astype(">u2") * 257,
        RGB / 255.0,
        (RGB / np.float32(255)).astype(np.float32),
        RGB.astype(np.float32),
        RGB.astype(np.float64) * 257,
        np.ma.masked_array(RGB, mask=False),
        np.dstack([RGB, np.full_like(GREY, 255)]),
        Tensor(RGB),
        Tensor(RGB / 255.0),
    ],
)
def test_arrays_of_one_picture_agree(array: Any) -> None:
    (page,) = images.load(array)
    assert np.abs(page.image.astype(int) - RGB).max() <= 1
    assert page.image.dtype == np.uint8


@pytest.mark.parametrize(
    "array", [GREY, GREY[..., None], np.dstack([GREY, np.full_like(GREY, 255)]), GREY.astype(float)]
)
def test_grey_arrays_agree(array: np.ndarray) -> None:
    np.testing.assert_array_equal(images.load(array)[0].image, GREY[..., None].repeat(3, 2))


def test_masked_pixels_are_white_and_bools_are_black_and_white() -> None:
    masked = np.ma.masked_array(GREY, mask=X < 10)
    page = images.load(masked)[0].image
    assert (page[:, :10] == 255).all()
    np.testing.assert_array_equal(page[:, 10:, 0], GREY[:, 10:])
    np.testing.assert_array_equal(images.load(GREY > 128)[0].image[..., 0], np.where(GREY > 128, 255, 0))


def test_the_array_of_the_caller_is_left_alone() -> None:
    array = RGB.copy()
    array.setflags(write=False)
    page = images.load(array)[0].image
    page[:] = 0
    np.testing.assert_array_equal(array, RGB)


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (np.moveaxis(RGB, 2, 0), "channels first.*moveaxis"),
        (GREY[None], "channels first"),
        (RGB[None], r"array\[0\]"),
        (np.zeros((50, 50, 5), np.uint8), r"\(50, 50, 5\)"),
        (RGB.astype(int) - 1000, "from -9"),
        (RGB.astype(int) * 1000, "values from"),
        (RGB.astype(complex), "complex"),
        (RGB.astype(object), "object"),
        (np.full((5, 5), np.datetime64("2024-01-01")), "datetime"),
        (Tensor(None), "graphics card"),
        ({"a": 1}, "dict"),
        (b"".join, "builtin"),
    ],
)
def test_other_arrays_and_objects_are_refused_with_what_came_and_what_was_expected(
    array: Any, match: str
) -> None:
    with pytest.raises(ImageBadArray, match=match) as error:
        images.load(array)
    assert "got" in str(error.value)
    assert "expected" in str(error.value)


@pytest.mark.parametrize(
    "mode",
    ["1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "LA", "I;16", "RGBX", "RGBa", "La"],
)
def test_every_mode_of_a_pil_picture_is_read(mode: str) -> None:
    grey = Image.fromarray(GREY)
    if mode == "I;16":
        picture = Image.fromarray(GREY.astype(np.uint16) * 257)
    elif mode in ("RGBa", "La"):
        picture = grey.convert("RGBA" if mode == "RGBa" else "LA").convert(mode)
    else:
        picture = grey.convert("RGB").convert(mode) if mode in ("CMYK", "HSV") else grey.convert(mode)
    page = images.load(picture)[0].image
    expected = np.where(GREY > 127, 255, 0) if mode == "1" else GREY
    limit = 255 if mode == "1" else 3  # Pillow scatters dots there.
    assert np.abs(page[..., 0].astype(int) - expected).max() <= limit
    assert np.abs(page[..., 0].mean() - GREY.mean()) < 3


def test_light_ink_on_transparency_shows() -> None:
    ink = np.zeros((60, 200), np.uint8)
    ink[20:30, 20:180:6] = 255
    white = np.dstack([np.full((60, 200, 3), 255, np.uint8), ink])
    black = np.dstack([np.zeros((60, 200, 3), np.uint8), ink])
    for array in (
        white,
        Image.fromarray(white),
        encoded(white, "PNG"),
        encoded(white, "WEBP", lossless=True),
    ):
        page = images.load(array)[0].image
        assert set(np.unique(page)) == {0, 255}
        np.testing.assert_array_equal(page[..., 0], ink)
    np.testing.assert_array_equal(images.load(black)[0].image[..., 0], 255 - ink)
    # White paper on a transparent table stays white.
    paper = np.where(ink > 0, 0, 255).astype(np.uint8)
    alpha = np.full((60, 200), 255, np.uint8)
    alpha[:, :10] = 0
    page = images.load(np.dstack([paper, paper, paper, alpha]))[0].image
    assert (page[:, :10] == 255).all()


def test_open_files(tmp_path: Path) -> None:
    data = encoded(RGB, "PNG")
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with path.open("rb") as file:
        np.testing.assert_array_equal(images.load(file)[0].image, RGB)
        with pytest.raises(ImageEmpty, match=r"seek\(0\)"):
            images.load(file)
    with path.open(encoding="latin-1") as text, pytest.raises(InputUnreadable, match="binary mode"):
        images.load(text)
    with path.open("rb") as file:
        closed = file
    with pytest.raises(InputUnreadable, match="closed"):
        images.load(closed)

    class Odd:
        def read(self) -> bytes:
            return b""

    with pytest.raises(InputUnreadable, match="Odd"):
        images.load(Odd())


@pytest.mark.parametrize(
    ("path", "match"),
    [
        ("https://example.com/r.jpg", "URL.*nothing is fetched"),
        ("file:///tmp/r.jpg", "URL"),
        (r"C:\Users\me\r.jpg", "no file"),
        ("~/there/is/no/such/picture.jpg", "no file"),
        ("~nobody-of-that-name/r.jpg", "no path"),
        ("a\0b.png", "no path"),
        ("a" * 5000, "cannot be read|no file"),
    ],
)
def test_paths_that_lead_nowhere(path: str, match: str) -> None:
    with pytest.raises((InputNotFound, InputUnreadable), match=match):
        images.load(path)


def test_the_home_folder_has_a_short_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "r.png").write_bytes(encoded(RGB, "PNG"))
    np.testing.assert_array_equal(images.load("~/r.png")[0].image, RGB)


def test_a_line_feed_in_a_name_stays_on_one_line() -> None:
    with pytest.raises(InputNotFound) as error:
        images.load("a\nb\x1b[31m.png")
    assert str(error.value).isprintable()


def test_a_large_sparse_file_is_refused_by_its_size_alone(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(5 << 30)
    with pytest.raises(ImageTooLarge, match="5368709120 bytes"):
        images.load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "pipe.png"
    os.mkfifo(path)
    with pytest.raises(InputUnreadable, match="pipe or a device"):
        images.load(path)


@pytest.mark.parametrize("source", [io.BytesIO(), b"", bytearray(), memoryview(b"")])
def test_nothing_is_named_so(source: Any) -> None:
    with pytest.raises(ImageEmpty, match="0 bytes"):
        images.load(source, Limits())


def test_every_failure_is_one_of_ours() -> None:
    for source in (object, lambda: None, 1.5, {1}, [], (), "", Path(), range(3)):
        with pytest.raises(InputError):
            images.load(source)
