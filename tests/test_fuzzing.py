"""Damaged files by a seed: none crashes, hangs, is read by half, or costs memory when it is rejected."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from ocr.errors import ImageDecodeFailed
from ocr.io import images
from ocr.pipeline.reader import Reader
from ocr.runtime.machine import peak_bytes, resident_bytes
from tests import fuzzing, structures


def test_damaged_files_are_rejected_or_read_whole(reader: Reader) -> None:
    found = fuzzing.run(range(300), also=reader.read)
    assert found.faults == []
    assert found.codes["image_decode_failed"] > 100
    assert found.codes["read"] > 30
    assert found.memory <= fuzzing.MOST_MEMORY


def test_files_with_damaged_parts_are_rejected_or_read_whole(reader: Reader) -> None:
    files = structures.seeds()
    found = fuzzing.run(range(400), also=reader.read, files=files, make=structures.case)
    assert found.faults == []
    assert found.codes["image_decode_failed"] > 50
    assert found.codes["read"] > 50
    assert found.codes["model_invalid"] > 5
    assert found.codes["document_invalid"] > 5
    assert found.memory <= fuzzing.MOST_MEMORY
    assert structures.case(7, files) == structures.case(7, files)
    assert structures.case(7, files) != structures.case(7, files, seed=1)


# Files that were read wrongly once: pixel data that ends early, PDF pages whose picture has no area.
@pytest.mark.parametrize("number", [8040, 13170, 16267, 17919, 9708, 18865])
def test_files_that_were_faults_are_none_any_more(number: int) -> None:
    assert fuzzing.run([number]).faults == []


# A frame of an animated PNG that is not as large as the picture; a picture in a PDF with a height of -1.
@pytest.mark.parametrize("number", [29685, 204191])
def test_files_with_damaged_parts_that_were_faults_are_none_any_more(number: int) -> None:
    found = fuzzing.run([number], files=structures.seeds(), make=structures.case)
    assert found.faults == []


def test_the_same_number_is_the_same_file() -> None:
    files = fuzzing.seeds()
    assert fuzzing.case(7, files) == fuzzing.case(7, files)
    assert fuzzing.case(7, files) != fuzzing.case(7, files, seed=1)


def test_the_watch_sees_a_crash_a_half_picture_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes) -> list[images.PageImage]:
        kind = len(data) % 3
        if kind == 0:
            raise RuntimeError("a defect")
        if kind == 1:
            return [images.PageImage(np.full((120, 160, 3), 128, np.uint8))]
        np.ones(80 * 2**20, np.uint8)
        raise ImageDecodeFailed("no picture, after all that")

    files = fuzzing.seeds()
    found = fuzzing.Findings()
    monkeypatch.setattr(images, "pages", lambda data: images.Pages(iter(broken(data))))
    for damage in ("flip", "truncate"):
        for size in (300, 301, 302):
            case = fuzzing.Case(size, "jpeg", (damage,), files["jpeg"][:size])
            fuzzing._try(case, files["jpeg"], [], found, None)
    told = " ".join(message for *_, message in found.faults)
    assert "RuntimeError" in told
    assert "half of a picture" in told
    assert "made up" in told
    if fuzzing._reset_peak():
        assert "MiB" in told


@pytest.mark.parametrize(
    ("name", "at", "put"),
    [
        ("jpeg", 0.5, b"\xff\xda"),  # Another scan where all is sent.
        ("jpeg", 0.5, b"\xff\xff\xd3"),  # A restart that was never announced.
        ("jpeg", 0.5, b"\xff\x01"),
        ("jpeg cmyk", 0.5, b"\xff\x01"),
        ("jpeg cmyk", 0.5, b"\xff\xd9"),
        ("pdf", 0.3, b"\xff\xd9"),
        ("pdf", 0.3, b"\xff\xff\xd3"),
    ],
)
def test_a_marker_in_the_midst_of_pixel_data_breaks_it_off(name: str, at: float, put: bytes) -> None:
    data = bytearray(fuzzing.seeds()[name])
    place = int(len(data) * at)
    data[place : place + len(put)] = put
    with pytest.raises(ImageDecodeFailed):
        images.load(bytes(data))


def claimed(name: str, width: int, height: int) -> bytes:
    """A small file whose header claims another size."""
    data = bytearray(fuzzing.seeds()[name])
    if name.startswith("jpeg"):
        at = next(at for at in range(len(data)) if data[at] == 0xFF and data[at + 1] in (0xC0, 0xC2))
        data[at + 5 : at + 9] = struct.pack(">HH", height, width)
        return bytes(data)
    (start,) = struct.unpack("<I", data[4:8])
    for at in range(start + 2, start + 2 + 12 * int.from_bytes(data[start : start + 2], "little"), 12):
        tag = int.from_bytes(data[at : at + 2], "little")
        if tag in (256, 257, 278):
            data[at + 2 : at + 12] = struct.pack("<HII", 4, 1, width if tag == 256 else height)
    return bytes(data)


@pytest.mark.parametrize(
    "name", ["jpeg", "jpeg progressive", "jpeg cmyk", "tiff", "tiff lzw", "tiff deflate", "tiff jpeg"]
)
def test_a_small_file_that_claims_many_pixels_is_refused_before_it_costs_memory(name: str) -> None:
    data = claimed(name, 9000, 9000)
    watched, held = fuzzing._reset_peak(), resident_bytes()
    with pytest.raises(ImageDecodeFailed):
        images.load(data)
    if watched and held is not None:
        assert (peak_bytes() or 0) - held < fuzzing.MOST_MEMORY
    assert images.load(claimed(name, 160, 120))[0].image.size == 160 * 120 * 3


def test_restarts_that_were_announced_and_a_comment_at_the_end_are_fine() -> None:
    import cv2

    page = images.load(fuzzing.seeds()["png"])[0].image
    fine, packed = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_RST_INTERVAL, 4])
    assert fine
    data = packed.tobytes()
    assert b"\xff\xd3" in data
    assert images.load(data[:-2] + b"\xff\xfe\x00\x06done\xff\xd9")[0].image.shape == page.shape


def test_an_empty_pdf_page_comes_with_a_warning() -> None:
    from tests.pictures import pdf_with_box

    (page,) = images.load(pdf_with_box(200, 300))
    assert [code for code, _ in page.warnings] == ["page_empty"]
