"""The one decode path: ways in, kinds of pixels, limits, PDFs."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from ocr.errors import (
    ImageBadArray,
    ImageBadAspect,
    ImageDecodeFailed,
    ImageEmpty,
    ImageTooLarge,
    InputNotFound,
    InputUnreadable,
    PdfEncrypted,
    TooManyPages,
)
from ocr.io import images
from tests.models_for_tests import receipt_like
from tests.pictures import encoded, encrypted_pdf, pdf, pdf_with_box, png_header

PAGE = receipt_like()
Y, X = np.mgrid[:48, :64]
COLOUR = np.stack([X * 4, Y * 5, (X + Y) * 2], -1).astype(np.uint8)


def test_path_bytes_file_array_and_picture_agree(tmp_path: Path) -> None:
    data = encoded(COLOUR, "PNG")
    path = tmp_path / "receipt.txt"  # The name never counts.
    path.write_bytes(data)
    ways = [
        path,
        str(path),
        data,
        bytearray(data),
        io.BytesIO(data),
        COLOUR,
        Image.fromarray(COLOUR),
        Image.open(path),
    ]
    for way in ways:
        (found,) = images.load(way)
        np.testing.assert_array_equal(found.image, COLOUR)
        assert found.warnings == ()


RAMP = np.broadcast_to(X * 4, (48, 64)).astype(np.uint8)
ALPHA = np.where(X < 32, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("data", "twin"),
    [
        (encoded(Image.fromarray(COLOUR).convert("CMYK"), "TIFF"), COLOUR),
        (encoded(Image.fromarray(COLOUR).convert("CMYK"), "JPEG", quality=100, subsampling=0), COLOUR),
        (encoded(Image.fromarray(RAMP).convert("P"), "PNG"), np.dstack([RAMP] * 3)),
        (encoded(RAMP, "PNG"), np.dstack([RAMP] * 3)),
        (encoded(RAMP.astype(np.uint16) * 257, "PNG"), np.dstack([RAMP] * 3)),
        (encoded(RAMP.astype(np.uint16) * 257, "TIFF"), np.dstack([RAMP] * 3)),
        (encoded(Image.fromarray(ALPHA).convert("1"), "PNG"), np.dstack([ALPHA] * 3)),
        (encoded(Image.fromarray(ALPHA).convert("1"), "TIFF", compression="group4"), np.dstack([ALPHA] * 3)),
        (encoded((RAMP / 255).astype(np.float32), "TIFF"), np.dstack([RAMP] * 3)),
    ],
    ids=[
        "cmyk tiff",
        "cmyk jpeg",
        "palette",
        "grey",
        "16-bit png",
        "16-bit tiff",
        "1-bit",
        "1-bit fax",
        "float tiff",
    ],
)
def test_every_kind_of_pixels_reads_like_its_plain_twin(data: bytes, twin: np.ndarray) -> None:
    found = images.load(data)[0].image
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - twin).max() <= 4


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "array", "picture"])
def test_alpha_is_laid_over_white(kind: str) -> None:
    pixels = np.dstack([COLOUR, ALPHA])
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    source = {"array": pixels, "picture": Image.fromarray(pixels)}.get(kind)
    found = images.load(encoded(pixels, kind, **options) if source is None else source)[0].image
    assert (found[:, :32] == 255).all()
    np.testing.assert_array_equal(found[:, 32:], COLOUR[:, 32:])


def test_transparent_palette_colour_becomes_white() -> None:
    picture = Image.fromarray(ALPHA).convert("P")
    dark = picture.getpixel((0, 0))
    assert (images.load(encoded(picture, "PNG", transparency=dark))[0].image == 255).all()


def test_unused_fourth_byte_of_a_bitmap_is_no_alpha() -> None:
    data = bytearray(encoded(np.dstack([COLOUR, ALPHA]), "BMP"))
    start = int.from_bytes(data[10:14], "little")
    data[start + 3 :: 4] = bytes(len(data[start + 3 :: 4]))
    np.testing.assert_array_equal(images.load(bytes(data))[0].image, COLOUR)


@pytest.mark.parametrize(
    ("array", "error", "match"),
    [
        (np.zeros((0, 5, 3), np.uint8), ImageEmpty, "no pixels"),
        (np.zeros((5, 0), np.uint8), ImageEmpty, "no pixels"),
        (np.zeros((0, 5, 5, 3), np.uint8), ImageEmpty, "no pixels"),
        (np.full((5, 5, 3), np.nan), ImageBadArray, "NaN or Inf"),
        (np.full((5, 5, 3), np.inf, np.float32), ImageBadArray, "NaN or Inf"),
        (np.full((5, 5, 3), -0.5, np.float32), ImageBadArray, "float32.*-0.5.*expected"),
        (np.full((5, 5, 3), 70_000, np.int64), ImageBadArray, "int64.*70000"),
        (np.zeros((3, 5, 5), np.uint8), ImageBadArray, r"\(3, 5, 5\) with the channels first.*moveaxis"),
        (np.zeros((1, 5, 5, 3), np.uint8), ImageBadArray, r"\(1, 5, 5, 3\), a batch.*array\[0\]"),
        (np.zeros((2, 5, 5, 3), np.uint8), ImageBadArray, r"\(2, 5, 5, 3\)"),
        (np.zeros((5, 5, 5), np.uint8), ImageBadArray, r"\(5, 5, 5\)"),
        (np.zeros((5, 5, 3), np.complex64), ImageBadArray, "complex64"),
        (np.zeros(5, np.uint8), ImageBadArray, r"\(5,\)"),
        (np.zeros((1, 30_000, 3), np.uint8), ImageBadAspect, "30000"),
        (np.array([["a"]]), ImageBadArray, "<U1"),
    ],
)
def test_bad_arrays_are_refused(array: np.ndarray, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        images.load(array)


@pytest.mark.parametrize("source", [None, 3, ["a.jpg"], object()])
def test_things_that_are_no_input_are_refused(source: object) -> None:
    with pytest.raises(ImageBadArray, match="expected a path"):
        images.load(source)


def test_paths_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputNotFound, match=r"absent\.jpg"):
        images.load(tmp_path / "absent.jpg")
    with pytest.raises(InputUnreadable, match="folder"):
        images.load(tmp_path)
    with pytest.raises(InputNotFound):
        images.load("nul\0byte")
    with pytest.raises(InputUnreadable, match="binary"):
        images.load(io.StringIO("text"))


def test_long_files_and_narrow_pages_are_refused() -> None:
    with pytest.raises(ImageTooLarge, match="100 bytes"):
        images.load(encoded(COLOUR, "PNG"), images.Limits(max_bytes=100))
    with pytest.raises(ImageBadAspect):
        images.load(encoded(np.zeros((30_000, 1), np.uint8), "PNG"))
    tall = images.load(encoded(np.zeros((2000, 100), np.uint8), "PNG"))[0].image
    assert tall.shape == (2000, 100, 3)


def test_a_bomb_is_refused_by_its_header_in_bounded_memory() -> None:
    bomb = png_header(20_000, 20_000)
    assert len(bomb) < 1_000_000
    code = (
        "import resource, sys; from ocr.io import images; from ocr.errors import ImageTooLarge\n"
        "data = sys.stdin.buffer.read(); before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: images.load(data)\n"
        "except ImageTooLarge as e: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, e)\n"
    )
    pytest.importorskip("resource")
    done = subprocess.run([sys.executable, "-c", code], input=bomb, capture_output=True, check=True)
    grown, _, message = done.stdout.decode().partition(" ")
    assert int(grown) < 50_000  # kilobytes; decoded it would be 400,000 and more
    assert "400.0 megapixels" in message


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_the_pixel_limit_holds_for_every_format(kind: str) -> None:
    with pytest.raises(ImageTooLarge, match="64 × 48"):
        images.load(encoded(COLOUR, kind), images.Limits(max_pixels=3000))


def test_tiff_pages_are_capped_with_a_warning() -> None:
    pages = [np.full((20, 30, 3), 40 * k, np.uint8) for k in range(5)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=[Image.fromarray(p) for p in pages[1:]])
    assert [int(page.image[0, 0, 0]) for page in images.load(data)] == [0, 40, 80, 120, 160]
    found = images.load(data, images.Limits(max_pages=2))
    assert len(found) == 2
    assert found[0].warnings == (("pages_left_out", "the input has 5 pages; the first 2 were read"),)


def test_a_grey_tiff_with_alpha_is_read_with_a_warning() -> None:
    data = encoded(Image.merge("LA", [Image.fromarray(RAMP), Image.fromarray(ALPHA)]), "TIFF")
    assert images.load(data)[0].warnings[0][0] == "alpha_ignored"


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_frames_are_whole_pages_and_capped_with_a_warning(kind: str) -> None:
    frames = []
    for k in range(4):
        frame = Image.new("RGB", (60, 60), "white")
        frame.paste((0, 0, 0), (k * 10, k * 10, k * 10 + 10, k * 10 + 10))
        frames.append(frame)
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, **options)
    found = images.load(data)
    for page, frame in zip(found, frames, strict=True):
        np.testing.assert_array_equal(page.image, np.asarray(frame))
    few = images.load(data, images.Limits(max_frames=3))
    assert len(few) == 3
    assert few[0].warnings[0][0] == "pages_left_out"


def test_pdf_pages_come_at_the_wanted_resolution() -> None:
    found = images.load(pdf([PAGE, PAGE[::-1]]))
    assert len(found) == 2
    assert found[0].image.shape == PAGE.shape
    assert np.abs(found[0].image.astype(int) - PAGE).mean() < 8
    assert np.abs(found[1].image.astype(int) - PAGE[::-1]).mean() < 8


def test_pdf_limits() -> None:
    data = pdf([PAGE] * 3)
    with pytest.raises(TooManyPages, match="3 pages"):
        images.load(data, images.Limits(max_pages=2))
    with pytest.raises(ImageTooLarge, match="14400"):
        images.load(pdf_with_box(14_400, 14_400))
    with pytest.raises(ImageBadAspect):
        images.load(pdf_with_box(10, 14_000))
    (large,) = images.load(pdf_with_box(3000, 3000))
    assert large.image.shape[0] * large.image.shape[1] < 25.2e6


def test_encrypted_pdf_wants_its_password() -> None:
    data = encrypted_pdf(pdf([PAGE]), "sesame")
    with pytest.raises(PdfEncrypted, match="needs a password"):
        images.load(data)
    with pytest.raises(PdfEncrypted, match="wrong"):
        images.load(data, password="open")
    assert images.load(data, password="sesame")[0].image.shape == PAGE.shape


def test_damaged_pdf_is_refused() -> None:
    data = pdf([PAGE])
    for damaged in (data[:300], b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(500)):
        with pytest.raises((ImageDecodeFailed, ImageEmpty)):
            images.load(damaged)


def test_pdfs_are_rendered_from_many_threads() -> None:
    data = pdf([PAGE] * 3)
    wrong: list[object] = []

    def work() -> None:
        try:
            for page in images.pages(data):
                if page.image.shape != PAGE.shape:
                    wrong.append(page.image.shape)
        except Exception as fault:
            wrong.append(fault)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_truncated_pil_picture_is_refused() -> None:
    data = encoded(np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8), "PNG")
    with pytest.raises(ImageDecodeFailed, match="PIL"):
        images.load(Image.open(io.BytesIO(data[:3000])))


def test_colours_that_are_equally_light_differ_in_grey():
    page = np.full((120, 300, 3), (120, 120, 120), np.uint8)
    cv2.putText(page, "TOTAL", (40, 80), cv2.FONT_HERSHEY_SIMPLEX, 2, (230, 87, 0), 5)
    assert np.ptp(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)) < 20
    assert np.ptp(images.to_grey(page)) > 80
    # Where grey shows something, it is the usual grey.
    page[:20] = 0
    assert np.array_equal(images.to_grey(page), cv2.cvtColor(page, cv2.COLOR_RGB2GRAY))
