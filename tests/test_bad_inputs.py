"""One table of bad inputs: the same code in Python and on the command line, with the exit status that belongs to it."""

from __future__ import annotations

import io
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ocr import cli, errors
from ocr.document import Document
from ocr.engine.model_file import ModelFile
from ocr.errors import OcrError
from ocr.io.limits import Limits
from ocr.io.pdfium.process import Budget
from ocr.pipeline.reader import Reader, ReadOptions
from tests.io import pdfs
from tests.io.test_costs import gif_of_a_large_canvas
from tests.models_for_tests import detection_model, receipt_like, recognition_model
from tests.pictures import (
    SCRIPTS_THAT_NO_MODEL_READS,
    encoded,
    encrypted_pdf,
    in_a_script_that_no_model_reads,
    pdf,
    pdf_with_box,
    png_header,
)

PAGE = receipt_like()
JPEG = encoded(PAGE, "JPEG")


def packed_by(method: int) -> bytes:
    """A TIFF that claims another compression."""
    data = bytearray(encoded(PAGE, "TIFF"))
    at = data.rfind(struct.pack("<HHI", 259, 3, 1))
    data[at + 8 : at + 10] = struct.pack("<H", method)
    return bytes(data)


def tiff_pages(*damaged: int) -> bytes:
    """Two pages, some of which have their pixels past the end of the file."""
    data = bytearray(encoded(PAGE, "TIFF", save_all=True, append_images=[Image.fromarray(PAGE)]))
    tag, places = struct.pack("<HH", 273, 4), []
    while (at := data.find(tag, places[-1] + 1 if places else 0)) >= 0:
        places.append(at)
    for number in damaged:
        at = places[number]
        # The only offset, or where the table of offsets stands.
        data[at + 8 : at + 12] = struct.pack("<I", len(data) + 1000)
    return bytes(data)


#: What the file holds, and the code.
FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty file": (lambda: b"", "image_empty"),
    "zero wide": (lambda: b"P5\n0 5\n255\n", "image_empty"),
    "text named .jpg": (lambda: b"just text, no picture at all\n", "unsupported_media_type"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported_media_type"),
    "eps": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", "unsupported_media_type"),
    "html": (lambda: b"<!DOCTYPE html><html></html>", "unsupported_media_type"),
    "truncated jpeg": (lambda: JPEG[: len(JPEG) // 2], "image_decode_failed"),
    "truncated png": (lambda: encoded(PAGE, "PNG")[:-20], "image_decode_failed"),
    "truncated tiff": (lambda: encoded(PAGE, "TIFF", compression="tiff_lzw")[:500], "image_decode_failed"),
    "truncated webp": (lambda: encoded(PAGE, "WEBP")[:-9], "image_decode_failed"),
    "truncated pdf": (lambda: pdf([PAGE])[:600], "image_decode_failed"),
    "bomb": (lambda: png_header(20_000, 20_000), "image_too_large"),
    "1 × 30,000": (lambda: encoded(np.zeros((30_000, 1), np.uint8), "PNG"), "image_bad_aspect"),
    "encrypted pdf": (lambda: encrypted_pdf(pdf([PAGE]), "sesame"), "pdf_encrypted"),
    "giant page box": (lambda: pdf_with_box(14_400, 14_400), "image_too_large"),
    "too many pages": (lambda: pdf([PAGE] * 3), "too_many_pages"),
    "pdf without pages": (pdfs.without_pages, "image_empty"),
    "pdf that draws itself": (pdfs.form_that_draws_itself, "image_decode_failed"),
    "tiff of JPEG 2000": (lambda: packed_by(34712), "unsupported_media_type"),
    "tiff of JPEG XL": (lambda: packed_by(50002), "unsupported_media_type"),
    "tiff of PNG": (lambda: packed_by(34933), "unsupported_media_type"),
    "jpeg of 12 bits": (
        lambda: JPEG.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c"),
        "unsupported_media_type",
    ),
    "jpeg that lacks rows": (lambda: JPEG[:-900], "image_decode_failed"),
    "gif of nothing": (gif_of_a_large_canvas, "image_decode_failed"),
    "tiff with all pages damaged": (lambda: tiff_pages(0, 1), "image_decode_failed"),
}
TWO_PAGES = ReadOptions(limits=Limits(max_pages=2, max_memory=96 * 2**20))


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ending:
        cli.main([str(argument) for argument in arguments])
    return int(ending.value.code or 0)


def chosen(models: tuple[Path, Path]) -> tuple[object, ...]:
    return "--detection", models[0], "--recognition", models[1], "--threads", 1, "--max-pages", 2


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_has_one_code_everywhere(
    name: str,
    reader: Reader,
    models: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make, code = FILES[name]
    data, path = make(), tmp_path / "receipt.jpg"
    path.write_bytes(data)
    for use in (reader.read, reader.detect):
        for source in (path, str(path), data, io.BytesIO(data)):
            with pytest.raises(OcrError) as fault:
                use(source, TWO_PAGES)
            assert fault.value.code == code
    # On the command line by name and on standard input, and beside an input that is fine.
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    for given in (path, "-"):
        assert run("read", given, *chosen(models)) == 3
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.startswith(f"ocr: error: {code}: ")
        assert len(told.err.splitlines()) == 1
    good = tmp_path / "good.png"
    good.write_bytes(encoded(PAGE, "PNG"))
    assert run("read", path, good, *chosen(models)) == 4
    assert "mmimm" in capsys.readouterr().out
    (failed, read) = reader.read_many([path, good], TWO_PAGES)
    assert getattr(failed, "code", "") == code
    assert isinstance(read, Document)


#: What the file holds, and the warning with which it is read.
READ_WITH_A_WARNING: dict[str, tuple[Callable[[], bytes], str]] = {
    "jpeg without its end marker": (lambda: JPEG[:-2], "image_incomplete"),
    "jpeg with zeros for its end": (lambda: JPEG[:-2] + bytes(4096), "image_incomplete"),
    "one damaged page of a pdf": (lambda: pdfs.text_pages([b"TOTAL", None]), "page_failed"),
    "one damaged page of a tiff": (lambda: tiff_pages(1), "page_failed"),
    "letters of four pixels": (lambda: encoded(PAGE[::8, ::8], "PNG"), "low_resolution"),
    "no text": (lambda: encoded(np.full((300, 200, 3), 255, np.uint8), "PNG"), "no_text_found"),
}


@pytest.mark.parametrize("name", READ_WITH_A_WARNING)
def test_what_is_missing_is_told(
    name: str, reader: Reader, models: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, code = READ_WITH_A_WARNING[name]
    data, path = make(), tmp_path / "receipt.jpg"
    path.write_bytes(data)
    for source in (path, data):
        assert code in [warning.code for warning in reader.read(source).warnings]
    assert run("read", path, *chosen(models)) == 0
    assert f"ocr: warning: {code}: " in capsys.readouterr().err
    if code in ("image_incomplete", "page_failed"):
        with pytest.raises(OcrError) as error:
            reader.read(data, ReadOptions(limits=Limits(strict=True)))
        assert error.value.code == "image_decode_failed"
        assert run("read", "--strict", path, *chosen(models)) == 3
        assert "image_decode_failed" in capsys.readouterr().err


@pytest.mark.parametrize("script", SCRIPTS_THAT_NO_MODEL_READS)
def test_a_script_that_no_model_reads_is_told(
    script: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the shipped models, all scripts of which are tried."""
    path = tmp_path / "receipt.png"
    path.write_bytes(in_a_script_that_no_model_reads(script))
    document = Reader(threads=1).read(path)
    assert [warning.code for warning in document.warnings] == ["unknown_script"]
    assert max(line.confidence for line in document.pages[0].lines) < 0.1
    assert run("read", path, "--threads", 1) == 0
    told = capsys.readouterr()
    assert told.out == document.text + "\n"
    assert told.err.startswith("ocr: warning: unknown_script: ")
    assert run("read", path, "--threads", 1, "--format", "json") == 0
    assert Document.from_json(capsys.readouterr().out).warnings == document.warnings


def test_a_file_that_takes_too_long(reader: Reader, tmp_path: Path) -> None:
    good, slow = tmp_path / "good.png", tmp_path / "slow.pdf"
    good.write_bytes(encoded(PAGE, "PNG"))
    slow.write_bytes(pdfs.many_pictures())
    options = ReadOptions(limits=Limits(max_seconds=0.5))
    failed, read = reader.read_many([slow, good], options)
    assert getattr(failed, "code", "") == "deadline"
    assert isinstance(read, Document)


def test_a_file_that_takes_too_long_on_the_command_line(
    models: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = tmp_path / "slow.pdf"
    slow.write_bytes(pdfs.many_pictures())
    # Instead of the ten seconds of the default.
    monkeypatch.setattr("ocr.io.formats.pdf.Budget", lambda seconds: Budget(0.3))
    assert run("read", slow, *chosen(models)) == 3
    assert "ocr: error: deadline: " in capsys.readouterr().err


#: First bytes of a file of each format that is read with an extra alone, and its title.
WITH_AN_EXTRA = {
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "AVIF": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf",
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40),
    "JPEG XL": b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(40),
}


@pytest.mark.parametrize("title", WITH_AN_EXTRA)
def test_formats_of_an_extra_are_named_without_it(
    title: str,
    reader: Reader,
    models: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("PIL", "pillow_heif", "pillow_jxl"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(errors.UnsupportedMediaType, match=rf"{title}.*receipt-ocr\[heif\]"):
        reader.read(WITH_AN_EXTRA[title])
    # In a folder it is named, not passed over.
    (tmp_path / "photo").write_bytes(WITH_AN_EXTRA[title])
    assert run("read", tmp_path, *chosen(models)) == 3
    told = capsys.readouterr().err
    assert "unsupported_media_type" in told
    assert title in told


def test_a_name_with_a_line_feed_takes_one_line(
    models: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a\nb.png"
    try:
        path.write_bytes(b"no picture")
    except OSError:
        pytest.skip("this system has no such names")
    assert run("read", path, tmp_path / "absent\n.png", *chosen(models)) == 3
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 3
    assert all(line.startswith("ocr: ") for line in told)


def test_large_and_endless_files_are_not_opened(
    reader: Reader, models: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(5 << 30)
    with pytest.raises(errors.ImageTooLarge):
        reader.read(large)
    assert run("read", large, *chosen(models)) == 3
    assert "image_too_large" in capsys.readouterr().err
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        with pytest.raises(errors.InputUnreadable):
            reader.read(tmp_path / "pipe.png")
        assert run("read", tmp_path / "pipe.png", *chosen(models)) == 3
        assert "input_unreadable" in capsys.readouterr().err


def test_paths_that_lead_nowhere(
    models: tuple[Path, Path], reader: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, code in ((tmp_path / "absent.jpg", "input_not_found"), (tmp_path, "input_unreadable")):
        with pytest.raises(OcrError) as fault:
            reader.read(path)
        assert (fault.value.code, str(path) in str(fault.value)) == (code, True)
    assert run("read", tmp_path / "absent.jpg", *chosen(models)) == 3
    assert "input_not_found" in capsys.readouterr().err
    # An empty folder is an empty batch.
    assert run("read", tmp_path, *chosen(models)) == 3
    assert "image_empty" in capsys.readouterr().err
    with pytest.raises(errors.ImageEmpty):
        list(reader.read_many([]))


@pytest.mark.parametrize(
    ("array", "code"),
    [
        (np.full((50, 50, 3), np.nan, np.float32), "image_bad_array"),
        (np.full((50, 50), np.inf), "image_bad_array"),
        (np.full((50, 50, 3), -1, np.int32), "image_bad_array"),
        (np.zeros((3, 50, 50), np.uint8), "image_bad_array"),
        (np.zeros((50, 50, 7), np.uint8), "image_bad_array"),
        (np.zeros((50,), np.uint8), "image_bad_array"),
        (np.zeros((0, 50, 3), np.uint8), "image_empty"),
        (np.zeros((1, 30_000), np.uint8), "image_bad_aspect"),
        (np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (20_000, 20_000, 3)), "image_too_large"),
        ([[0, 1], [2, 3]], "image_bad_array"),
        (None, "image_bad_array"),
    ],
)
def test_bad_arrays_say_what_came_and_what_was_expected(reader: Reader, array: Any, code: str) -> None:
    with pytest.raises(OcrError) as fault:
        reader.read(array)
    assert fault.value.code == code
    if code == "image_bad_array":
        assert "got" in str(fault.value)
        assert "expected" in str(fault.value)


@pytest.mark.parametrize("tall", [True, False])
def test_receipts_of_one_to_twenty_are_read(reader: Reader, tall: bool) -> None:
    rows = ("mimim",) * 5
    page = receipt_like(rows, width=200, height=4000) if tall else receipt_like(("mimim",), 4000, 200)
    assert reader.read(page).pages[0].height == page.shape[0]


@pytest.mark.parametrize("mode", ["CMYK", "P", "RGBA", "LA", "I;16", "L", "1"])
def test_kinds_of_pixels_read_like_their_plain_twin(
    reader: Reader, models: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    plain, grey = reader.read(PAGE), Image.fromarray(PAGE).convert("L")
    kind = "TIFF" if mode == "CMYK" else "PNG"
    picture = (
        Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
        if mode == "I;16"
        else Image.fromarray(PAGE).convert(mode)
    )
    data, path = encoded(picture, kind), tmp_path / "receipt"
    assert reader.read(data).text == plain.text
    path.write_bytes(data)
    assert run("read", path, *chosen(models)) == 0
    assert capsys.readouterr().out == plain.text + "\n"


def test_what_is_read_is_told_on_the_command_line_as_well(
    reader: Reader,
    models: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = reader.read(PAGE).text + "\n"
    turned, moving, path = tmp_path / "turned.png", tmp_path / "moving.tif", tmp_path / "plain.png"
    tags = Image.Exif()
    tags[0x0112] = 6
    turned.write_bytes(encoded(Image.fromarray(np.rot90(PAGE).copy()), "PNG", exif=tags.tobytes()))
    assert run("read", turned, *chosen(models)) == 0
    assert capsys.readouterr() == (plain, "")
    moving.write_bytes(encoded(PAGE, "TIFF", save_all=True, append_images=[Image.fromarray(PAGE)] * 2))
    assert run("read", moving, *chosen(models)) == 0
    told = capsys.readouterr()
    assert told.out == f"{plain}\n{plain}"
    assert told.err.startswith("ocr: warning: pages_left_out: ")
    path.write_bytes(encoded(PAGE, "PNG"))
    assert run("read", path, *chosen(models), "--max-regions", 1) == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 1
    assert told.err.startswith("ocr: warning: regions_left_out: ")
    # As if letters of this height were too small.
    monkeypatch.setattr("ocr.pipeline.legibility._MIN_HEIGHT", 100.0)
    assert "low_resolution" in [warning.code for warning in reader.read(PAGE).warnings]
    assert run("read", path, *chosen(models)) == 0
    assert "ocr: warning: low_resolution: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "empty"),
        (b"\x80\x04\x95pickle", "no ONNX model"),
        (detection_model()[:200], "no ONNX model"),
        (recognition_model(), "task"),
    ],
)
def test_bad_model_files(data: bytes, match: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, page = tmp_path / "model.onnx", tmp_path / "page.png"
    path.write_bytes(data)
    page.write_bytes(encoded(PAGE, "PNG"))
    with pytest.raises(OcrError, match=match) as fault:
        Reader(path)
    assert fault.value.code == "model_invalid"
    assert run("read", page, "--detection", path) == 5
    assert "model_invalid" in capsys.readouterr().err


def test_a_wrong_hash_is_refused() -> None:
    with pytest.raises(errors.ModelInvalid, match="SHA-256"):
        ModelFile.load(detection_model(), task="detection", sha256="0" * 64)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("raed", "x.jpg"), "read"),
        (("read", "x.jpg", "--overlai"), "--overlay"),
        (("read", "x.jpg", "--format", "jsn"), "json"),
        (("read", "x.jpg", "--backend", "onx"), "onnx"),
        (("read", "x.jpg", "--max-pages", "0"), "at least 1"),
        (("read", "x.jpg", "--min-confidence", "7"), "0 to 1"),
        (("read", "x.jpg", "--threads", "0"), "at least 1"),
        (("read", "x.jpg", "--prepare", "deskw"), "deskew"),
        (("read",), "INPUT"),
        (("models", "shwo"), "show"),
    ],
)
def test_wrong_use_ends_with_2_and_names_the_right_key(
    arguments: tuple[str, ...], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("ocr: error: bad_configuration: ")
    assert named in told


def test_a_network_that_answers_nonsense_is_an_internal_fault(
    models: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, page = tmp_path / "sick.onnx", tmp_path / "page.png"
    path.write_bytes(detection_model(poison=True))
    page.write_bytes(encoded(PAGE, "PNG"))
    assert run("read", page, "--detection", path, "--recognition", models[1]) == 1
    assert "model_output_invalid" in capsys.readouterr().err


def test_codes_are_unique_and_have_an_exit_status() -> None:
    found: dict[str, type[OcrError]] = {}
    waiting = [OcrError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if "code" in vars(kind):
            assert kind.code not in found, kind
            found[kind.code] = kind
    assert {"image_empty": 3, "bad_configuration": 2, "model_invalid": 5, "overloaded": 75}.items() <= {
        code: kind.exit_status for code, kind in found.items()
    }.items()
