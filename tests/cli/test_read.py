"""`ocr read` and `ocr detect` as people call them: outputs, exit statuses, bad inputs beside good ones."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.cli import main
from ocr.document import Document
from tests.models_for_tests import ROWS, detection_model, receipt_like, recognition_model
from tests.pictures import encoded, encrypted_pdf, pdf, pdf_with_box, png_header

PAGE = receipt_like()
TEXT = "\n".join(ROWS) + "\n"
GOOD = encoded(PAGE, "PNG")


class Ocr:
    """Calls the command in this process with the tiny models."""

    def __init__(self, models: tuple[Path, Path], capfd: pytest.CaptureFixture[str]) -> None:
        self.models = models
        self.capfd = capfd

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        """(exit status, standard output, standard error)."""
        command, *rest = [str(a) for a in arguments]
        chosen = ["--detection", str(self.models[0]), "--threads", "1"]
        if command == "read":
            chosen += ["--recognition", str(self.models[1])]
        with pytest.raises(SystemExit) as ending:
            main([command, *chosen, *rest])
        out, err = self.capfd.readouterr()
        return int(ending.value.code or 0), out, err


@pytest.fixture
def ocr(models: tuple[Path, Path], capfd: pytest.CaptureFixture[str]) -> Ocr:
    return Ocr(models, capfd)


class OcrBytes:
    """Calls ``ocr read`` in this process for what is no text."""

    def __init__(
        self,
        models: tuple[Path, Path],
        capfdbinary: pytest.CaptureFixture[bytes],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.chosen = ["--detection", str(models[0]), "--recognition", str(models[1]), "--threads", "1"]
        self.capfdbinary = capfdbinary
        self.monkeypatch = monkeypatch

    def __call__(self, *arguments: object, given: bytes = b"") -> tuple[int, bytes, bytes]:
        """(exit status, standard output, standard error)."""
        self.monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
        with pytest.raises(SystemExit) as ending:
            main(["read", *self.chosen, *map(str, arguments)])
        return int(ending.value.code or 0), *self.capfdbinary.readouterr()


@pytest.fixture
def ocr_bytes(
    models: tuple[Path, Path], capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> OcrBytes:
    return OcrBytes(models, capfdbinary, monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good receipts, a cut one, a text file, a hidden file, a subfolder."""
    (tmp_path / "a.png").write_bytes(GOOD)
    (tmp_path / "b.jpg").write_bytes(encoded(receipt_like(("mii",)), "JPEG", quality=95))
    (tmp_path / "notes.md").write_text("no picture")
    (tmp_path / ".hidden.png").write_bytes(GOOD)
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "a.png").write_bytes(GOOD)
    return tmp_path


def test_text_of_one_picture(ocr: Ocr, folder: Path) -> None:
    assert ocr("read", folder / "a.png") == (0, TEXT, "")


def test_a_folder_is_read_in_order_with_a_header_each(ocr: Ocr, folder: Path) -> None:
    status, out, err = ocr("read", folder)
    assert (status, err) == (0, "")
    assert out == f"==> {folder / 'a.png'} <==\n{TEXT}\n==> {folder / 'b.jpg'} <==\nmii\n"
    assert ocr("read", "--recursive", folder)[1].count("==>") == 3


def test_json_is_one_document_a_line(ocr: Ocr, folder: Path) -> None:
    status, out, _ = ocr("read", "--format", "json", folder)
    assert status == 0
    found = [json.loads(line) for line in out.splitlines()]
    assert [f["source"] for f in found] == [str(folder / "a.png"), str(folder / "b.jpg")]
    assert [Document.from_dict(f).text for f in found] == [TEXT.strip(), "mii"]
    assert found[0]["schema"] == "ocr.document/2"
    assert len(ocr("read", "-f", "json", folder / "a.png")[1].splitlines()) == 1


def test_patterns_are_expanded(ocr: Ocr, folder: Path) -> None:
    assert ocr("read", folder / "*.png")[1] == TEXT
    assert ocr("read", folder / "**" / "*.png")[1].count("==>") == 2
    status, _, err = ocr("read", folder / "*.gif")
    assert status == 3
    assert err.startswith("ocr: error: input_not_found: ")


def test_result_files_are_written_and_never_overwrite_each_other(ocr: Ocr, folder: Path) -> None:
    output = folder / "new" / "results"
    status, out, _ = ocr(
        "read",
        folder / "a.png",
        folder / "deeper" / "a.png",
        folder / "b.jpg",
        "--output",
        output,
        "--overlay",
    )
    assert status == 0
    assert TEXT in out
    assert sorted(p.name for p in output.iterdir()) == [
        "a-2.json", "a-2.overlay.png", "a-2.txt", "a.json", "a.overlay.png", "a.txt",
        "b.json", "b.overlay.png", "b.txt",
    ]  # fmt: skip
    assert Document.from_json((output / "a.json").read_text("utf-8")).text == TEXT.strip()
    assert (output / "b.txt").read_text("utf-8") == "mii\n"
    drawn = cv2.imread(str(output / "a.overlay.png"))
    assert drawn is not None
    assert drawn.shape == (240, 640, 3)
    assert (drawn[:, :320] != PAGE).any()
    assert (drawn[:, 320:] != 255).any()


def test_every_format_is_written_into_the_folder(ocr: Ocr, folder: Path) -> None:
    from ocr.writers.formats import FORMATS

    output = folder / "results"
    status, out, err = ocr("read", folder / "a.png", "--output", output, "--formats", ",".join(FORMATS))
    assert (status, out, err) == (0, TEXT, "")
    expected = {f"a{one.suffixes[0]}" for one in FORMATS.values()} - {"a.png"} | {"a.overlay.png"}
    assert {p.name for p in output.iterdir()} == expected
    assert (output / "a.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    "name", ["csv-lines", "xlsx", "markdown", "receipt", "beancount", "html", "pdf", "png"]
)
def test_every_kind_of_format_is_printed(ocr_bytes: OcrBytes, folder: Path, name: str) -> None:
    status, out, err = ocr_bytes(folder / "a.png", "--format", name)
    assert (status, err) == (0, b"")
    if name == "csv-lines":
        assert [row.split(b",")[4] for row in out.split(b"\r\n")[:-1]] == [
            b"text",
            *(row.encode() for row in ROWS),
        ]
    starts = {
        "xlsx": b"PK",
        "pdf": b"%PDF-",
        "png": b"\x89PNG",
        "html": b"<!DOCTYPE html>",
        "markdown": b"# a.png",
    }
    assert out.startswith(starts.get(name, b""))


def test_several_inputs_share_a_table_and_a_workbook_but_no_page(ocr_bytes: OcrBytes, folder: Path) -> None:
    table = ocr_bytes(folder, "--format", "csv-lines")[1].decode()
    assert table.count("source,") == 1
    assert {row.split(",")[0] for row in table.splitlines()[1:]} == {
        str(folder / "a.png"),
        str(folder / "b.jpg"),
    }
    assert ocr_bytes(folder, "--format", "xlsx")[1].startswith(b"PK")
    status, out, err = ocr_bytes(folder, "--format", "pdf")
    assert (status, out) == (2, b"")
    assert b"--output DIR --formats pdf" in err


def test_a_result_never_takes_the_place_of_an_input(ocr: Ocr, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    data = pdf([PAGE])
    path.write_bytes(data)
    status, out, err = ocr("read", path, "--output", tmp_path, "--formats", "json,pdf")
    assert (status, out) == (2, "")
    assert "would take the place of the input" in err
    assert path.read_bytes() == data
    assert [p.name for p in tmp_path.iterdir()] == ["a.pdf"]
    assert ocr("read", path, "--output", tmp_path / "out", "--formats", "pdf")[0] == 0
    assert (tmp_path / "out" / "a.pdf").read_bytes() != data


def test_a_missing_package_is_told_before_anything_is_read(
    ocr: Ocr, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pikepdf", None)
    status, out, err = ocr("read", folder, "--output", folder / "out", "--formats", "pdf")
    assert (status, out) == (2, "")
    assert "pip install 'receipt-ocr[formats]'" in err
    assert not (folder / "out").exists()


def test_a_pdf_of_which_a_page_cannot_be_read_takes_no_other_input_with_it(
    ocr: Ocr, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ocr.writers import pictures

    (folder / "0.pdf").write_bytes(pdf([PAGE]))
    # As if the file had one page more than could be read.
    monkeypatch.setattr(pictures, "pdf_of", lambda source: pdf([PAGE] * 2) if ".pdf" in source else None)
    status, out, err = ocr("read", folder, "--output", folder / "out", "--formats", "json,pdf")
    assert status == 4
    assert out.count("==>") == 3
    assert err.startswith("ocr: error: image_decode_failed: ")
    assert sorted(p.name for p in (folder / "out").iterdir()) == [
        *("0.json", "a.json", "a.pdf", "b.json", "b.pdf"),
    ]


def test_a_pdf_on_standard_input_keeps_its_pages(ocr_bytes: OcrBytes, tmp_path: Path) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(io.BytesIO(pdf([PAGE]))) as made:
        made.docinfo["/Title"] = "kept"
        made.save(tmp_path / "in.pdf")
    status, out, _ = ocr_bytes("-", "--format", "pdf", given=(tmp_path / "in.pdf").read_bytes())
    assert status == 0
    with pikepdf.open(io.BytesIO(out)) as opened:
        assert str(opened.docinfo["/Title"]) == "kept"


@pytest.mark.skipif(os.name == "nt", reason="the system has no such file names")
def test_a_newline_in_a_file_name_is_escaped(ocr: Ocr, tmp_path: Path) -> None:
    path = tmp_path / "a\nocr: error: x.gif"
    path.write_bytes(b"")
    good = tmp_path / "b\n.png"
    good.write_bytes(GOOD)
    status, out, err = ocr("read", path, good)
    assert status == 4
    assert [line[:12] for line in err.splitlines()] == ["ocr: error: ", "ocr: 1 of 2 "]
    assert out.splitlines()[0].endswith("b\\n.png <==")


def test_overlay_needs_a_folder(ocr: Ocr, folder: Path) -> None:
    status, out, err = ocr("read", folder / "a.png", "--overlay")
    assert (status, out) == (2, "")
    assert err.startswith("ocr: error: bad_configuration: --overlay")


def test_a_folder_that_cannot_be_written_is_named(ocr: Ocr, folder: Path) -> None:
    status, _, err = ocr("read", folder / "a.png", "--output", folder / "notes.md")
    assert status == 6
    assert err.startswith("ocr: error: output_failed: ")
    (folder / "out" / "a.json").mkdir(parents=True)
    status, _, err = ocr("read", folder / "a.png", "--output", folder / "out")
    assert status == 6
    assert err.startswith("ocr: error: output_failed: ")
    assert "a.json" in err


BAD = {
    "empty.jpg": (b"", "image_empty", []),
    "text.jpg": (b"just text", "unsupported_media_type", []),
    "vector.svg": (b"<svg/>", "unsupported_media_type", []),
    "cut.jpg": (encoded(PAGE, "JPEG")[:900], "image_decode_failed", []),
    "cut.png": (GOOD[:300], "image_decode_failed", []),
    "cut.tif": (encoded(PAGE, "TIFF")[:9000], "image_decode_failed", []),
    "cut.webp": (encoded(PAGE, "WEBP")[:200], "image_decode_failed", []),
    "bomb.png": (png_header(20_000, 20_000), "image_too_large", []),
    "narrow.png": (encoded(np.zeros((30_000, 1), np.uint8), "PNG"), "image_bad_aspect", []),
    "locked.pdf": (encrypted_pdf(pdf([PAGE]), "sesame"), "pdf_encrypted", []),
    "locked too.pdf": (encrypted_pdf(pdf([PAGE]), "sesame"), "pdf_encrypted", ["--password", "x"]),
    "long.pdf": (pdf([PAGE] * 3), "too_many_pages", ["--max-pages", "2"]),
    "giant.pdf": (pdf_with_box(14_400, 14_400), "image_too_large", []),
    "large.png": (GOOD, "image_too_large", ["--max-megapixels", "0.05"]),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_input_alone_ends_with_3_and_its_code(ocr: Ocr, tmp_path: Path, name: str) -> None:
    data, code, options = BAD[name]
    (tmp_path / name).write_bytes(data)
    status, out, err = ocr("read", tmp_path / name, *options)
    assert (status, out) == (3, "")
    # OpenCV's JPEG decoder has no way to be told not to write to the standard error of the process.
    (message,) = (line for line in err.splitlines() if not line.startswith("Corrupt JPEG data: "))
    assert message.startswith(f"ocr: error: {code}: ")
    assert name in message


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_bad_inputs_take_no_good_one_with_them(ocr: Ocr, tmp_path: Path, output_format: str) -> None:
    for name, (data, _, options) in BAD.items():
        if not options:
            (tmp_path / name).write_bytes(data)
    for name in ("00 good.png", "cut good.png", "zz good.png"):
        (tmp_path / name).write_bytes(GOOD)
    status, out, err = ocr("read", tmp_path, tmp_path / "absent.png", "--format", output_format)
    assert status == 4
    assert out.count("good.png") == 3
    assert out.count('"schema"' if output_format == "json" else "mmimm") == 3
    for name, (_, code, options) in BAD.items():
        if not options and name != "vector.svg":  # A folder stands for its pictures only.
            assert any(code in line and name in line for line in err.splitlines()), name
    assert "input_not_found" in err
    assert f"of {err.count('ocr: error:') + 3} inputs could not be read" in err


def test_an_empty_folder_and_missing_paths(ocr: Ocr, tmp_path: Path) -> None:
    assert ocr("read", tmp_path)[0] == 3
    status, _, err = ocr("read", tmp_path / "absent.jpg", tmp_path / "gone.jpg")
    assert status == 3
    assert err.count("input_not_found") == 2


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_an_unreadable_file_is_named(ocr: Ocr, folder: Path) -> None:
    (folder / "a.png").chmod(0)
    status, _, err = ocr("read", folder / "a.png")
    assert status == 3
    assert "input_unreadable" in err


def test_password_and_pages(ocr: Ocr, tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    path.write_bytes(encrypted_pdf(pdf([PAGE, receipt_like(("mii",))]), "sesame"))
    output = tmp_path / "out"
    status, out, _ = ocr("read", path, "--password", "sesame", "--output", output, "--overlay")
    assert (status, out) == (0, f"{TEXT}\nmii\n")
    assert sorted(p.name for p in output.iterdir()) == [
        "locked.json", "locked.overlay-2.png", "locked.overlay.png", "locked.txt",
    ]  # fmt: skip


def test_warnings_go_to_standard_error(ocr: Ocr, tmp_path: Path) -> None:
    path = tmp_path / "moving.gif"
    pages = [PAGE] * 3
    from PIL import Image

    frames = [Image.fromarray(np.roll(page, k, axis=1)) for k, page in enumerate(pages)]
    path.write_bytes(encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    status, out, err = ocr("read", path, "--max-pages", "2", "--format", "json")
    assert status == 0
    assert [w["code"] for w in json.loads(out)["warnings"]] == ["pages_left_out"]
    assert err.startswith("ocr: warning: pages_left_out: ")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["read", "--fromat", "json", "x"], "--format"),
        (["raed", "x"], "'read'"),
        (["read", "x", "--format", "jsno"], "did you mean 'json'"),
        (["read", "x", "--format", "docx"], "formats are text, json"),
        (["read", "x", "--formats", "pdf"], "--output DIR"),
        (["read", "x", "--output", "o", "--formats", "pdff"], "did you mean 'pdf'"),
        (["read"], "INPUT"),
        (["read", "x", "--threads", "many"], "--threads"),
        (["read", "x", "--max-pages", "0"], "--max-pages"),
        (["read", "x", "--max-megapixels", "nan"], "--max-megapixels"),
        (["read", "x", "--min-confidence", "2"], "--min-confidence"),
        (["--frobnicate"], "--frobnicate"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_is_right(
    arguments: list[str], hint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ending:
        main(arguments)
    out, err = capfd.readouterr()
    assert ending.value.code == 2
    assert out == ""
    assert err.startswith("ocr: error: bad_configuration: ")
    assert hint in err


def test_bad_models_end_with_5(ocr: Ocr, folder: Path) -> None:
    (folder / "bad.onnx").write_bytes(b"nothing")
    for wrong in (folder / "bad.onnx", folder / "absent.onnx", ocr.models[1]):
        status, out, err = ocr("read", folder / "a.png", "--detection", wrong)
        assert (status, out) == (5, "")
        assert err.startswith("ocr: error: model_invalid: ")


def test_output_that_is_not_finite_ends_with_1(ocr: Ocr, folder: Path) -> None:
    (folder / "sick.onnx").write_bytes(recognition_model(poison=True))
    status, out, err = ocr("read", folder / "a.png", "--recognition", folder / "sick.onnx")
    assert (status, out) == (1, "")
    assert err.startswith("ocr: error: model_output_invalid: ")


def test_detect_prints_polygons_with_scores(ocr: Ocr, folder: Path) -> None:
    status, out, _ = ocr("detect", folder / "a.png")
    rows = [[float(v) for v in line.split(",")] for line in out.splitlines()]
    assert status == 0
    assert [len(row) for row in rows] == [9, 9, 9]
    assert all(0.4 <= row[-1] <= 1 for row in rows)
    status, out, _ = ocr("detect", "--format", "json", folder)
    found = [json.loads(line) for line in out.splitlines()]
    assert [len(f["pages"][0]["lines"]) for f in found] == [3, 1]
    assert found[0]["pages"][0]["lines"][0]["text"] == ""
    assert np.allclose(np.ravel(found[0]["pages"][0]["lines"][0]["polygon"]), rows[0][:8], atol=0.01)


def _process(
    models: tuple[Path, Path], *arguments: str, **options: object
) -> subprocess.CompletedProcess[bytes]:
    chosen = ["--detection", str(models[0]), "--recognition", str(models[1])]
    return subprocess.run(
        [sys.executable, "-m", "ocr", "read", *chosen, *arguments],
        capture_output=True,
        **options,  # type: ignore[call-overload]
    )


def test_standard_input(models: tuple[Path, Path], tmp_path: Path) -> None:
    done = _process(models, "-", "--output", str(tmp_path / "out"), input=GOOD)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, TEXT, b"")
    assert (tmp_path / "out" / "stdin.json").exists()


def test_nothing_on_standard_input(ocr_bytes: OcrBytes) -> None:
    assert ocr_bytes("-")[0] == 3


def test_a_closed_pipe_ends_quietly(models: tuple[Path, Path], folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "ocr",
        "read",
        "--detection",
        str(models[0]),
        "--recognition",
        str(models[1]),
    ]
    with subprocess.Popen(
        [*command, *[str(folder)] * 1], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("output_format", ["text", "json"])
def test_a_full_disk_ends_with_6(models: tuple[Path, Path], folder: Path, output_format: str) -> None:
    command = [sys.executable, "-m", "ocr", "read", "--detection", str(models[0])]
    command += ["--recognition", str(models[1]), "--format", output_format, str(folder)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 6
    assert done.stderr.startswith(b"ocr: error: output_failed: ")
    assert done.stderr.count(b"\n") == 1


def test_an_ascii_terminal_gets_escapes_and_json_stays_json(
    models: tuple[Path, Path], tmp_path: Path
) -> None:
    path = tmp_path / "prix €.png"
    path.write_bytes(GOOD)
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    done = _process(models, str(path), "--format", "json", env=environment)
    assert done.returncode == 0
    assert json.loads(done.stdout)["source"].endswith(".png")
    assert done.stdout.isascii()


def test_detection_model_of_the_tests_is_sound() -> None:
    assert detection_model() == detection_model()
