"""The whole path with tiny models: bars on a page to text, polygons, warnings, failures."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ocr
from ocr.document import Document
from ocr.errors import BadConfiguration, ImageEmpty, ModelInvalid, ModelOutputInvalid
from ocr.io import exif, images
from ocr.pipeline.reader import Failure, Reader, ReadOptions
from tests.models_for_tests import ROWS, detection_model, receipt_like, recognition_model
from tests.pictures import encoded, encrypted_pdf, pdf

TEXT = "\n".join(ROWS)
PAGE = receipt_like()


def test_a_page_is_read_with_texts_places_and_confidence(reader: Reader) -> None:
    document = reader.read(PAGE)
    assert document.text == TEXT
    (page,) = document.pages
    assert (page.width, page.height) == (320, 240)
    for k, line in enumerate(page.lines):
        x0, y0 = line.polygon.min(axis=0)
        x1, y1 = line.polygon.max(axis=0)
        wide = 24 * len(ROWS[k]) - 12
        assert abs(x0 - 40) < 16
        assert abs(x1 - 40 - wide) < 16
        assert abs(y1 - 72 - 60 * k) < 6
        assert y0 > 30 + 60 * k
        assert 0.5 < line.confidence <= 1
        # Clockwise from the text's own top-left corner.
        np.testing.assert_array_equal(line.polygon[0], [x0, y0])
        np.testing.assert_array_equal(line.polygon[2], [x1, y1])
    assert Document.from_json(document.to_json()) == document


def test_every_way_in_and_every_kind_of_pixels_gives_the_same_document(
    reader: Reader, tmp_path: Path
) -> None:
    expected = reader.read(PAGE)
    grey, path = PAGE[..., 0], tmp_path / "page.png"
    path.write_bytes(encoded(PAGE, "PNG"))
    clear = np.dstack([np.zeros_like(PAGE), 255 - grey])
    twins = [
        path, str(path), path.read_bytes(), path.open("rb"), Image.fromarray(PAGE),
        grey, grey.astype(np.uint16) * 257, clear,
        encoded(clear, "PNG"), encoded(Image.fromarray(PAGE).quantize(8), "PNG"),
        encoded(Image.fromarray(PAGE).convert("1"), "PNG"), encoded(PAGE, "BMP"), encoded(PAGE, "GIF"),
        encoded(PAGE, "TIFF", compression="tiff_lzw"), encoded(Image.fromarray(PAGE).convert("CMYK"), "TIFF"),
        encoded(PAGE, "WEBP", lossless=True),
    ]  # fmt: skip
    for twin in twins:
        assert replace(reader.read(twin), source=None) == expected
    lossy = [
        encoded(Image.fromarray(PAGE).convert("CMYK"), "JPEG", quality=95),
        encoded(PAGE, "JPEG", quality=95),
    ]
    for twin in lossy:
        assert reader.read(twin).text == TEXT


@pytest.mark.parametrize("value", range(1, 9))
def test_a_turned_photograph_is_read_in_upright_pixels(reader: Reader, value: int) -> None:
    stored = Image.fromarray(exif.upright(PAGE, {6: 8, 8: 6}.get(value, value)))
    tags = Image.Exif()
    tags[0x0112] = value
    data = encoded(stored, "PNG", exif=tags.tobytes())
    assert reader.read(data) == reader.read(PAGE)


def test_pdf_pages_share_a_document(reader: Reader) -> None:
    data = pdf([PAGE, receipt_like(("mii",))])
    document = reader.read(data)
    assert [page.text for page in document.pages] == [TEXT, "mii"]
    locked = encrypted_pdf(data, "sesame")
    assert reader.read(locked, ReadOptions(password="sesame")).text == document.text


def test_tall_receipts_are_read_with_a_warning_where_they_had_to_be_shrunk(
    reader: Reader, models: tuple[Path, Path]
) -> None:
    rows = tuple(ROWS) * 6
    tall = receipt_like(rows, width=240, height=60 * len(rows) + 60)
    document = reader.read(tall)
    assert document.text == "\n".join(rows)
    assert document.warnings == ()
    info = {"color": "grey", "short_side": 240, "max_pixels": 40_000, "multiple": 32, "pad": 255}
    narrow = Reader(detection_model(preprocess=info), models[1], threads=1)
    assert narrow.read(PAGE).warnings == ()
    (warning,) = narrow.read(receipt_like(ROWS * 33, width=240, height=6000)).warnings
    assert (warning.code, warning.page) == ("page_shrunk", 0)
    assert "shrunk to 17%" in warning.message


def test_more_regions_than_the_limit_are_left_out_with_a_warning(reader: Reader) -> None:
    document = reader.read(PAGE, ReadOptions(max_regions=2))
    assert len(document.lines) == 2
    assert [(warning.code, warning.page) for warning in document.warnings] == [("regions_left_out", 0)]
    # The option of one call leaves no trace on the reader.
    assert len(reader.read(PAGE).lines) == 3


def test_detect_gives_the_polygons_without_texts(reader: Reader) -> None:
    found, read = reader.detect(PAGE), reader.read(PAGE)
    assert [line.text for line in found.lines] == [""] * 3
    for one, other in zip(found.lines, read.lines, strict=True):
        np.testing.assert_array_equal(one.polygon, other.polygon)


def test_a_reader_of_regions_only_needs_no_recognition_model(
    reader: Reader, models: tuple[Path, Path]
) -> None:
    regions = Reader.for_regions(models[0], threads=1)
    assert regions.detect(PAGE) == reader.detect(PAGE)
    assert [model.task for model in regions.models] == ["detection"]
    assert [model.task for model in reader.models] == ["detection", "recognition"]
    with pytest.raises(BadConfiguration, match="regions only"):
        regions.read(PAGE)


def test_a_blank_page_and_a_dot_are_documents_without_lines(reader: Reader) -> None:
    for page in (np.full((300, 200, 3), 255, np.uint8), np.zeros((1, 1, 3), np.uint8)):
        document = reader.read(page)
        assert document.text == ""
        assert document.pages[0].width == page.shape[1]


def test_one_broken_input_takes_no_other_with_it(reader: Reader, tmp_path: Path) -> None:
    data = encoded(PAGE, "PNG")
    (tmp_path / "cut.png").write_bytes(data[:200])
    sources = [data, tmp_path / "cut.png", tmp_path / "absent.png", PAGE, np.zeros((0, 0)), 7]
    found = list(reader.read_many(sources))
    assert [type(item) for item in found] == [Document, Failure, Failure, Document, Failure, Failure]
    codes = [item.code for item in found if isinstance(item, Failure)]
    assert codes == ["image_decode_failed", "input_not_found", "image_empty", "image_bad_array"]
    assert isinstance(found[1], Failure)
    assert found[1].source == str(tmp_path / "cut.png")
    with pytest.raises(ImageEmpty, match="no inputs"):
        list(reader.read_many([]))


def test_results_of_read_many_come_one_by_one(reader: Reader) -> None:
    def sources() -> object:
        yield PAGE
        raise RuntimeError("never asked for")

    many = reader.read_many(sources())  # type: ignore[arg-type]
    assert isinstance(next(many), Document)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_many_inputs_read_at_once_give_the_documents_of_read(models: tuple[Path, Path], threads: int) -> None:
    rng = np.random.default_rng(5)
    pages: list[object] = [
        receipt_like(width=int(rng.integers(200, 500)), height=int(rng.integers(200, 700))) for _ in range(12)
    ]
    pages[4] = b"no picture"
    reader = Reader(*models, threads=threads)
    found = list(reader.read_many(iter(pages)))
    assert [isinstance(item, Failure) for item in found] == [k == 4 for k in range(12)]
    expected = [reader.read(page).to_json() for k, page in enumerate(pages) if k != 4]
    assert [item.to_json() for item in found if isinstance(item, Document)] == expected
    # Nothing of it stays with the reader.
    assert reader.threads == threads


def test_a_reader_is_shared_between_threads(reader: Reader) -> None:
    expected = reader.read(PAGE)
    found: list[Document] = []

    def work() -> None:
        found.extend(reader.read(PAGE) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 20


def test_output_that_is_not_finite_never_becomes_text(models: tuple[Path, Path]) -> None:
    sick_detection = Reader(detection_model(poison=True), models[1])
    with pytest.raises(ModelOutputInvalid, match="detection"):
        sick_detection.read(PAGE)
    sick_recognition = Reader(models[0], recognition_model(poison=True))
    with pytest.raises(ModelOutputInvalid, match="recognition"):
        sick_recognition.read(PAGE)
    (failed,) = sick_recognition.read_many([PAGE])
    assert isinstance(failed, Failure)
    assert failed.code == "model_output_invalid"


def test_models_for_another_task_and_bad_options_are_refused(models: tuple[Path, Path]) -> None:
    with pytest.raises(ModelInvalid, match="'recognition'; expected one for 'detection'"):
        Reader(models[1], models[1])
    with pytest.raises(BadConfiguration, match="threads"):
        Reader(*models, threads=0)
    with pytest.raises(BadConfiguration, match="max_regions"):
        ReadOptions(max_regions=0)
    with pytest.raises(BadConfiguration, match="min_confidence"):
        ReadOptions(min_confidence=2)


def test_lines_below_the_wanted_confidence_are_left_out(reader: Reader) -> None:
    faint = np.maximum(PAGE, 172)
    (lines,) = {page.lines for page in reader.read(faint).pages}
    assert all(0 < line.confidence < 0.99 for line in lines), [line.confidence for line in lines]
    assert len(lines) == 3
    assert reader.read(faint, ReadOptions(min_confidence=0.99)).lines == ()


def test_pages_are_observed_as_they_are_finished(reader: Reader) -> None:
    seen: list[tuple[int, tuple[int, ...], str]] = []
    data = pdf([PAGE, receipt_like(("mii",))])
    reader.read(data, on_page=lambda index, image, page: seen.append((index, image.shape, page.text)))
    assert seen == [(0, PAGE.shape, TEXT), (1, PAGE.shape, "mii")]


def test_limits_of_a_call_hold(reader: Reader) -> None:
    with pytest.raises(ocr.OcrError, match="megapixels"):
        reader.read(PAGE, ReadOptions(limits=images.Limits(max_pixels=1000)))


def test_the_weight_of_the_language_model_has_a_new_name() -> None:
    with pytest.warns(DeprecationWarning, match="lm_weight"):
        options = ReadOptions(prior=0.5)
    assert options == ReadOptions(lm_weight=0.5)
    assert replace(options, min_confidence=0.2).lm_weight == 0.5
    with pytest.raises(BadConfiguration, match="lm_weight"):
        ReadOptions(lm_weight=3)
