"""``ocr data``: results, exit statuses, files, help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ocr.cli import main
from tests.datasets.test_check import LINE, dataset
from tests.test_startup import _loaded


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["data", *(str(a) for a in arguments)])
    return int(ended.value.code or 0)


@pytest.fixture
def receipts(tmp_path: Path) -> Path:
    boxes = {"a": f"{LINE},TOTAL →", "b": "-2,20,120,20,120,40,-2,40,9.00"}
    return dataset(tmp_path / "receipts", **boxes)


def test_check_reports_and_writes_what_is_asked_for(
    receipts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, drawn = tmp_path / "report.json", tmp_path / "drawn"
    assert run("check", receipts, "--charset", "receipt", "--json", report, "--draw", drawn) == 0
    output = capsys.readouterr()
    assert "2 pictures, 2 lines (sroie)" in output.out
    assert "fault: outside_charset: 1" in output.out
    assert "a, line 1 'TOTAL →': '→' U+2192" in output.out
    assert "note: clipped: 1" in output.out
    assert output.err == ""
    content = json.loads(report.read_text())
    assert content["schema"] == "ocr.data-check/1"
    assert content["counts"]["clipped"] == 1
    assert {finding["rule"] for finding in content["findings"]} == {"outside_charset", "clipped"}
    assert len(list(drawn.glob("*.jpg"))) == 2


def test_check_ends_with_what_it_met(receipts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", receipts, "--quick") == 0
    assert "no faults" in capsys.readouterr().out
    assert run("check", receipts, "--strict") == 0  # clipping alone is a note
    assert run("check", receipts, "--strict", "--charset", "receipt") == 3
    (receipts / "boxes" / "a.txt").write_text("damaged")
    assert run("check", receipts, "--strict") == 4
    (receipts / "images" / "b.png").write_bytes(b"")
    assert run("check", receipts) == 3
    assert "unreadable_picture" in capsys.readouterr().out
    assert run("check", receipts / "nowhere") == 3
    assert run("check", receipts, "--format", "coco") == 2
    assert run("check", receipts, "--charset", "nothing") == 2


def test_convert_there_and_back(receipts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("convert", receipts, tmp_path / "p", "--to", "paddle") == 0
    assert "2 pictures, 2 lines" in capsys.readouterr().err
    assert run("convert", tmp_path / "p", tmp_path / "back", "--to", "sroie") == 0
    for name in "ab":
        read = [(f / "boxes" / f"{name}.txt").read_text().strip() for f in (receipts, tmp_path / "back")]
        assert read[0] == read[1]
    assert run("convert", receipts, tmp_path / "p", "--to", "paddle") == 2
    assert run("convert", receipts, tmp_path / "q", "--to", "yolo") == 2


def test_convert_tells_of_losses_and_failures(
    receipts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (receipts / "fields").mkdir()
    (receipts / "fields" / "a.json").write_text('{"total": "9.00"}')
    (receipts / "images" / "b.png").unlink()
    assert run("convert", receipts, tmp_path / "d", "--to", "doctr") == 4
    told = capsys.readouterr().err
    assert "input_not_found" in told
    assert "fields_left_out: 1" in told
    assert list(json.loads((tmp_path / "d" / "labels.json").read_text())) == ["a.png"]


def test_stats(receipts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("stats", receipts, "--json", tmp_path / "s.json", "--charset", "receipt") == 0
    output = capsys.readouterr().out
    assert "2 pictures, 2 lines" in output
    assert "text height, px" in output
    assert "outside the charset: → U+2192 1" in output
    content = json.loads((tmp_path / "s.json").read_text())
    assert content["outside_charset"] == {"→": 1}
    assert content["distributions"]["text height, px"][3] == 20
    (receipts / "images" / "b.png").unlink()
    assert run("stats", receipts) == 4


@pytest.mark.parametrize(
    "arguments", [[], ["--help"], ["check", "--help"], ["convert", "-h"], ["stats", "--help"]]
)
def test_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 0
    assert " ".join(["Usage: ocr data", *arguments[:-1]]) in capsys.readouterr().out


def test_help_of_the_group_loads_nothing_heavy() -> None:
    for arguments in ([], ["check"]):
        call = f"ocr.cli.main({['data', *arguments, '--help']!r})"
        code = f"import contextlib, ocr.cli\nwith contextlib.suppress(SystemExit): {call}"
        loaded = _loaded(code)
        assert "ocr.cli.data" in loaded
        assert loaded.isdisjoint({"numpy", "cv2", "onnxruntime", "torch", "rich.progress"})
    assert "ocr.cli.data" not in _loaded(
        "import contextlib, ocr.cli\nwith contextlib.suppress(SystemExit): ocr.cli.main(['--help'])"
    )


def test_an_unknown_command_of_the_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("chekc") == 2
    assert "'check'" in capsys.readouterr().err
