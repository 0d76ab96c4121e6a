"""PDFs: what is drawn, at which resolution, and that no file costs more than itself."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.errors import (
    DeadlineExceeded,
    ImageDecodeFailed,
    ImageEmpty,
    InputError,
    PdfEncrypted,
    TooManyPages,
)
from ocr.io import images
from ocr.io.images import Limits
from ocr.io.pdfium import process as pdfium_process
from ocr.io.pdfium.pool import POOL
from ocr.io.pdfium.resolution import Measured
from tests.io import pdfs
from tests.pictures import encoded, encrypted_pdf, pdf
from tests.waiting import PATIENCE

#: Grey, so that decoders do not differ in how they bring colour back to full resolution.
PAGE = (
    np.random.default_rng(5)
    .integers(0, 256, (40, 30, 1), dtype=np.uint8)
    .repeat(12, 0)
    .repeat(12, 1)
    .repeat(3, 2)
)
#: So that a test need not wait as long as people would.
SHORT, SMALL = Limits(max_seconds=1.0), Limits(max_memory=96 * 2**20)


def ink(page: images.PageImage, left: float, top: float, right: float, bottom: float) -> int:
    """Dark pixels in a part of a page of 300 × 300 points, given in points from the bottom left."""
    scale = page.image.shape[0] / 300
    rows = slice(int((300 - top) * scale), int((300 - bottom) * scale))
    return int((page.image[rows, int(left * scale) : int(right * scale)] < 128).sum())


@pytest.mark.parametrize(("appearance", "need"), [(True, False), (False, False), (False, True)])
def test_filled_fields_are_drawn(appearance: bool, need: bool) -> None:
    (page,) = images.load(pdfs.filled_form(appearance=appearance, need=need))
    assert ink(page, 100, 212, 260, 190) > 500


@pytest.mark.parametrize("dpi", [72, 150, 600, 1200, 2400])
def test_a_picture_is_drawn_at_its_own_resolution(dpi: float) -> None:
    data = encoded(PAGE, "JPEG", quality=95)
    (page,) = images.load(pdfs.picture_page(data, (PAGE.shape[1], PAGE.shape[0]), dpi))
    assert page.image.shape == PAGE.shape
    assert page.warnings == ()
    assert np.abs(page.image.astype(int) - images.load(data)[0].image).mean() < 8


@pytest.mark.parametrize(
    ("measured", "dpi"),
    [
        (Measured(300, 300, [], 10.0, 0), 200),
        (Measured(300, 300, [(1200, 1.0)], None, 0), 1200),
        (Measured(300, 300, [(1200, 1.0)], None, 500), 1200),
        (Measured(300, 300, [(100, 1.0)], None, 0), 100),
        (Measured(300, 300, [(100, 1.0)], 10.0, 0), 200),  # Text beside a coarse picture.
        (Measured(300, 300, [(1200, 0.02)], 10.0, 0), 200),  # A logo.
        (Measured(300, 300, [(75, 1.0), (300, 1.0)], None, 0), 300),  # A scan in two layers.
        (Measured(300, 300, [(5, 1.0)], None, 0), 36),
        (Measured(3000, 3000, [], None, 0), 120),
        (Measured(9000, 9000, [], None, 0), 72),
    ],
)
def test_resolution(measured: Measured, dpi: float) -> None:
    assert measured.resolution(200, 25_000_000, 100_000_000) == pytest.approx(dpi, rel=0.01)


def test_small_text_on_a_large_page_draws_a_warning() -> None:
    box = b"0 0 6000 6000"
    assert [code for code, _ in images.load(pdfs.text_pages([b"TOTAL"], 8, box))[0].warnings] == [
        "low_resolution"
    ]
    assert images.load(pdfs.text_pages([b"TOTAL"], 40, box))[0].warnings == ()


def test_a_picture_without_its_end_marker_draws_a_warning() -> None:
    data = encoded(PAGE, "JPEG")[:-2]
    file = pdfs.picture_page(data, (PAGE.shape[1], PAGE.shape[0]), 200)
    (page,) = images.load(file)
    assert [code for code, _ in page.warnings] == ["image_incomplete"]
    with pytest.raises(ImageDecodeFailed, match="damaged"):
        images.load(file, Limits(strict=True))
    with pytest.raises(ImageDecodeFailed, match="damaged"):
        images.load(pdfs.picture_page(data[:-600], (PAGE.shape[1], PAGE.shape[0]), 200))


@pytest.mark.parametrize("turned", [0, 90])
def test_a_picture_that_cannot_be_drawn_beside_others_is_refused(turned: int) -> None:
    picture = encoded(PAGE, "JPEG")
    tables = picture.index(b"\xff\xdb")
    about = (
        b"/Type/XObject/Subtype/Image/Width 360/Height 480/ColorSpace/DeviceRGB/BitsPerComponent 8"
        b"/Filter/DCTDecode"
    )

    def page(second: bytes) -> bytes:
        content = b"q 100 0 0 100 20 180 cm /I Do Q q 100 0 0 100 0 0 cm /F Do Q"
        return pdfs.one_page(
            pdfs.stream(content),
            b"/XObject<</I 5 0 R/F 6 0 R>>>>/Rotate %d/Other<<" % turned,
            pdfs.stream(picture, about),
            pdfs.form(b"q 1 0 0 1 1 0.5 cm /J Do Q", b"/XObject<</J 7 0 R>>", b"0 0 3 3"),
            pdfs.stream(second, about),
        )

    assert images.load(page(picture))[0].warnings == ()
    # A byte of the first table is missing, so that all that follows stands one byte too early.
    with pytest.raises(ImageDecodeFailed, match="a picture on page 1 of the PDF is damaged"):
        images.load(page(picture[: tables + 20] + picture[tables + 21 :]))


@pytest.mark.parametrize("name", [b"DCTDecode", b"CTDecode"])
def test_a_picture_in_a_form_that_does_not_exist_is_refused(name: bytes) -> None:
    data = encoded(PAGE, "JPEG")
    file = pdfs.picture_page(data, (PAGE.shape[1], PAGE.shape[0]), 200).replace(b"DCTDecode", name)
    if name == b"DCTDecode":
        assert images.load(file)[0].warnings == ()
        return
    # PDFium takes the bytes of the file for pixels, as far as they go.
    with pytest.raises(ImageDecodeFailed, match="damaged"):
        images.load(file)


def test_one_bad_page_costs_itself() -> None:
    file = pdfs.text_pages([b"TOTAL 12.50", None, b"CASH 20.00"])
    pages = images.pages(file, SMALL)
    assert len(list(pages)) == 2
    ((code, message),) = pages.warnings
    assert code == "page_failed"
    assert "page 2 of 3" in message
    with pytest.raises(ImageDecodeFailed, match="page 2"):
        images.load(file, Limits(max_memory=SMALL.max_memory, strict=True))
    with pytest.raises(ImageDecodeFailed, match="page 1"):
        images.load(pdfs.text_pages([None, None]), SMALL)


@pytest.mark.parametrize("make", [pdfs.form_that_draws_itself, pdfs.nested_forms, pdfs.inflating])
def test_a_file_that_fills_memory_costs_itself(make: object) -> None:
    with pytest.raises((ImageDecodeFailed, DeadlineExceeded)):
        images.load(make(), SMALL)  # type: ignore[operator]
    assert len(images.load(pdfs.text_pages([b"TOTAL"]))) == 1


def test_a_file_that_takes_too_long_is_ended() -> None:
    with pytest.raises(DeadlineExceeded, match=r"1 seconds.*max_seconds") as error:
        images.load(pdfs.many_pictures(), SHORT)
    assert error.value.code == "deadline"
    assert len(images.load(pdfs.text_pages([b"TOTAL"]))) == 1


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this system does not say who waits")
def test_what_a_process_waits_for_a_core_is_not_its_time() -> None:
    loops = [subprocess.Popen(["sh", "-c", "while :; do :; done"], stdout=subprocess.PIPE) for _ in range(6)]
    try:
        for loop in loops:
            os.sched_setaffinity(loop.pid, {min(os.sched_getaffinity(0))})
        watch, started = pdfium_process._Watch(loops[0], PATIENCE), time.monotonic()
        time.sleep(1)
        spent = watch.stop()
        # It had a sixth of a core.
        assert spent < 0.4 * (time.monotonic() - started)
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def test_a_file_without_pages_does_not_report_what_came_before() -> None:
    with pytest.raises(PdfEncrypted):
        images.load(encrypted_pdf(pdf([PAGE]), "sesame"))
    with pytest.raises(ImageEmpty, match="no pages"):
        images.load(pdfs.without_pages())


def test_processes_are_kept_and_end_with_their_document() -> None:
    POOL.clear()
    data = pdfs.text_pages([b"ONE", b"TWO", b"THREE"])
    pages = images.pages(data)
    next(pages)
    images.load(data)
    del pages  # A document that is left in the midst of its pages.
    for _ in range(3):
        images.load(data)
    assert 1 <= len(POOL._idle) <= 2
    POOL.clear()
    assert POOL._idle == []


def test_a_process_outlives_what_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdfium_process, "_FREE", PATIENCE)
    POOL.clear()
    images.load(pdfs.text_pages([b"ONE"]))
    (process,) = POOL._idle
    for data in (encrypted_pdf(pdf([PAGE]), "sesame"), pdfs.without_pages(), b"%PDF-1.4 nothing more"):
        with pytest.raises(InputError):
            images.load(data)
    with pytest.raises(TooManyPages):
        images.load(pdfs.text_pages([b"ONE", b"TWO"]), images.Limits(max_pages=1))
    assert len(images.load(pdfs.text_pages([b"ONE", b"TWO"]))) == 2
    assert POOL._idle == [process]


def test_a_process_that_dies_when_a_document_is_freed_is_no_fault_of_the_next() -> None:
    POOL.clear()
    data = pdfs.text_pages([b"ONE"])
    images.load(data)
    (process,) = POOL._idle
    process._process.kill()
    process._process.wait()
    assert len(images.load(data)) == 1
    assert POOL._idle != [process]


def test_many_threads_read_at_once() -> None:
    data = pdfs.text_pages([b"ONE", b"TWO"])
    expected = [page.image for page in images.load(data)]
    wrong: list[object] = []

    def work() -> None:
        try:
            for _ in range(5):
                for page, other in zip(images.load(data), expected, strict=True):
                    if not np.array_equal(page.image, other):
                        wrong.append("differs")
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_copy_made_by_fork_reads_with_processes_of_its_own() -> None:
    code = """
import os, sys
from ocr.io import images
from ocr.io.pdfium.pool import POOL
data = sys.stdin.buffer.read()
images.load(data)
before = POOL._idle[0]._process.pid
child = os.fork()
if child == 0:
    ok = not POOL._idle and len(images.load(data)) == 2 and POOL._idle[0]._process.pid != before
    POOL.clear()
    os._exit(0 if ok else 1)
status = os.waitpid(child, 0)[1]
assert status == 0, status
assert len(images.load(data)) == 2 and POOL._idle[0]._process.pid == before
"""
    data = pdfs.text_pages([b"ONE", b"TWO"])
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], input=data, check=True, timeout=PATIENCE)


def test_threads_that_outlive_the_main_one_read_and_nothing_stays() -> None:
    code = """
import sys, threading
from ocr.io import images
data = sys.stdin.buffer.read()
def work():
    for _ in range(3):
        print(len(images.load(data)), flush=True)
threading.Thread(target=work).start()
"""
    data = pdfs.text_pages([b"ONE", b"TWO"])
    done = subprocess.run(
        [sys.executable, "-c", code], input=data, capture_output=True, check=True, timeout=PATIENCE
    )
    assert done.stdout.split() == [b"2"] * 3
    assert done.stderr == b""


def test_modules_beside_the_user_are_not_run(tmp_path: Path) -> None:
    for name in ("json", "struct", "pypdfium2", "ocr"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')\n", encoding="utf-8")
    code = """
import sys
sys.path = [place for place in sys.path if place]
from ocr.io import images
print(len(images.load(sys.stdin.buffer.read())))
"""
    source = str(Path(__file__).resolve().parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=pdfs.text_pages([b"ONE"]),
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": source},
        check=False,
        timeout=PATIENCE,
    )
    assert done.stdout.strip() == b"1", done.stderr


@pytest.mark.parametrize("shared", [True, False])
def test_with_and_without_shared_memory(shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    POOL.clear()
    if not shared:
        monkeypatch.setattr("ocr.io.pdfium.process._shared_memory", lambda: None)
    data = pdf([PAGE, PAGE[::-1]])
    pages = images.load(data)
    assert [page.image.shape for page in pages] == [PAGE.shape] * 2
    assert (
        np.abs(pages[0].image.astype(int) - np.asarray(Image.fromarray(PAGE).convert("L"))[..., None]).mean()
        < 8
    )
    images.load(data)
    POOL.clear()
