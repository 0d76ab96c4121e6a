"""What a check finds: each rule on a dataset made for it, the report, the pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from ocr.datasets import Sample, open_dataset
from ocr.datasets.check import Options, check
from ocr.datasets.drawing import draw, write_worst
from ocr.datasets.findings import FAULTS, RULES, CheckReport, contradicted
from ocr.datasets.frames import Frame, judge
from ocr.errors import AnnotationInvalid, InputNotFound
from ocr.io import exif
from ocr.recognition.charset import Charset
from tests.datasets.test_convert import InMemory, turned

WIDTH, HEIGHT = 200, 100
LINE = "20,20,120,20,120,40,20,40"


def page(path: Path, seed: int = 0) -> None:
    """A page with ink everywhere but in its lowest fifth; another seed gives other bytes."""
    image = np.full((HEIGHT, WIDTH, 3), 250, np.uint8)
    image[:80:4] = 30
    image[90, seed] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


def dataset(folder: Path, **boxes: str) -> Path:
    for seed, (name, content) in enumerate(boxes.items()):
        page(folder / "images" / f"{name}.png", seed)
        (folder / "boxes").mkdir(exist_ok=True)
        (folder / "boxes" / f"{name}.txt").write_text(content, encoding="utf-8")
    return folder


def found(report: CheckReport) -> list[tuple[str, str, int | None]]:
    return [(finding.rule, finding.name, finding.line) for finding in report.findings]


def test_a_clean_dataset_has_no_findings(tmp_path: Path) -> None:
    report = check(open_dataset(dataset(tmp_path, a=f"{LINE},TOTAL", b=f"{LINE},9.00")))
    assert found(report) == []
    assert (report.faults, report.lines, len(report.images)) == (0, 2, 2)
    assert set(report.counts) == set(RULES)
    assert not any(report.counts.values())


@pytest.mark.parametrize(
    ("line", "rules", "detail"),
    [
        ("-2,20,120,20,120,40,-2,40,x", ["clipped"], "2.0 px outside"),
        ("-30,20,120,20,120,40,-30,40,x", ["clipped"], "30.0 px outside"),
        ("20,20,20,40,120,40,120,20,x", ["reordered"], ""),
        ("120,40,20,40,20,20,120,20,upside", ["turned_text"], "180°"),
        ("20,20,120,40,120,20,20,40,x", ["repaired"], ""),
        ("20,20,20,20,120,20,120,40,x", ["deduplicated"], ""),
        ("300,20,400,20,400,40,300,40,x", ["clipped", "dropped", "no_lines"], "200.0 px outside"),
        ("20,20,20,20,20,20,20,20,x", ["deduplicated", "dropped", "no_lines"], ""),
        ("nan,20,120,20,120,40,20,40,x", ["dropped", "no_lines"], "not_finite"),
        ("20,85,120,85,120,95,20,95,x", ["blank"], ""),
        (f"{LINE},###", ["unreadable_line"], ""),
        (f"{LINE},", ["untranscribed"], ""),
        (f"{LINE},ab→b", ["outside_charset"], "'→' U+2192"),
        (f"{LINE},a\n21,20,121,20,121,40,21,40,b", ["duplicate_line"], "on line 1, which says 'a'"),
        (f"{LINE},a\n{LINE},a", ["duplicate_line"], "on line 1, the same text"),
        (f"{LINE},{'a' * 26}", ["odd_width"], "100 × 20 px for 26 characters"),
        ("20,20,180,20,180,40,20,40,abc", ["odd_width"], "160 × 20 px for 3 characters"),
        ("20,20,180,20,180,40,20,40,***", [], None),
        ("", ["no_lines"], ""),
    ],
)
def test_each_rule_of_lines(tmp_path: Path, line: str, rules: list[str], detail: str | None) -> None:
    report = check(open_dataset(dataset(tmp_path, a=line)), Options(charset=Charset.load("receipt")))
    assert [finding.rule for finding in report.findings] == rules
    assert detail is None or report.findings[0].detail == detail
    json.dumps(report.to_dict(), allow_nan=False)


def test_what_cannot_be_read_is_named_and_nothing_else_is_lost(tmp_path: Path) -> None:
    dataset(tmp_path, a="1,2,3", b=f"{LINE},x", c=f"{LINE},x", d=f"{LINE},→")
    (tmp_path / "images" / "b.png").unlink()
    data = (tmp_path / "images" / "c.png").read_bytes()
    (tmp_path / "images" / "c.png").write_bytes(data[: len(data) // 2])
    page(tmp_path / "images" / "e.png", 9)
    report = check(open_dataset(tmp_path), Options(charset=Charset("x")))
    assert found(report) == [
        ("unreadable_annotation", "a", None),
        ("unreadable_picture", "b", None),
        ("unreadable_picture", "c", None),
        ("outside_charset", "d", 1),
        ("unannotated", "e", None),
    ]
    details = [finding.detail.split(":")[0] for finding in report.findings[:3]]
    assert details == ["annotation_invalid", "input_not_found", "image_decode_failed"]
    assert [image.name for image in report.unusable] == ["a", "b", "c"]
    # Headers are whole in the cut picture.
    quick = check(open_dataset(tmp_path), Options(pixels=False))
    assert [finding.name for finding in quick.findings] == ["a", "b", "e"]


def test_pictures_that_come_twice(tmp_path: Path) -> None:
    page(tmp_path / "a.png")
    page(tmp_path / "b.png")
    region = '[{"transcription": "x", "points": [[20,20],[120,20],[120,40],[20,40]]}]'
    (tmp_path / "Label.txt").write_text("".join(f"{name}.png\t{region}\n" for name in "aba"))
    report = check(open_dataset(tmp_path))
    assert found(report) == [("duplicate_picture", "b.png", None), ("duplicate_name", "a.png", None)]
    assert report.findings[0].detail == "the same as a.png"


def test_any_number_of_workers_reports_the_same(tmp_path: Path) -> None:
    boxes = {f"n{i}": f"{-i},20,120,20,120,40,{-i},40,x" for i in range(12)}
    where = dataset(tmp_path, **boxes)
    seen: list[str] = []
    one = check(open_dataset(where), on_sample=seen.append)
    assert check(open_dataset(where), Options(workers=3)).to_dict() == one.to_dict()
    assert seen == sorted(boxes)
    assert one.worst(2)[0].name == "n11"


@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_frame_of_turned_pictures_is_told(tmp_path: Path, orientation: int) -> None:
    upright, raw = turned(tmp_path, orientation)
    for sample, rule in ((upright, "upright_frame"), (raw, "raw_frame")):
        report = check(InMemory([sample]))
        # Polygons of a raw frame are checked where they belong, and not reported as outside.
        assert {finding.rule for finding in report.findings} - {"reordered"} == {rule}
        assert f"orientation {orientation}" in report.findings[0].detail


def test_a_frame_that_cannot_be_told_is_no_guess(tmp_path: Path) -> None:
    blank = np.full((40, 60, 3), 255, np.uint8)
    square = np.array([[20, 10], [40, 10], [40, 30], [20, 30]], np.float32)
    assert judge(blank, Frame(60, 40, 3), [square]).verdict == "unclear"
    assert judge(blank, Frame(60, 40, 3), []).verdict == "unclear"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_points_turn_as_pixels_do(orientation: int) -> None:
    stored = np.zeros((5, 8), np.uint8)
    stored[1, 6] = 1
    upright = exif.upright(stored, orientation)
    frame = Frame(8, 5, orientation)
    assert frame.upright_size == upright.shape[::-1]
    (y,), (x,) = np.nonzero(upright)
    assert frame.to_upright([[6.5, 1.5]]).tolist() == [[x + 0.5, y + 0.5]]


def test_drawings_show_the_worst_with_a_legend(tmp_path: Path) -> None:
    where = dataset(tmp_path, fine=f"{LINE},x", bad=f"{LINE},x\n300,20,400,20,400,40,300,40,→gone")
    report = check(open_dataset(where))
    (worst,) = report.worst(5)
    assert worst.sample is not None
    picture = draw(worst.sample.load(), worst)
    assert picture.shape[1] == WIDTH + 2 * 12
    assert picture.shape[0] > HEIGHT + 2 * 12
    assert (picture == (0, 150, 0)).all(axis=2).any()
    (path,) = write_worst(report.worst(5), tmp_path / "draw")
    assert path.name == "01-bad.jpg"
    assert cv2.imread(str(path)) is not None
    nowhere = "nan,1,2,3,4,5,6,7,x\n1e9,1,1e9,9,-1e9,9,-1e9,1,far"
    report = check(open_dataset(dataset(tmp_path / "odd", a=nowhere)))
    assert len(write_worst(report.worst(1), tmp_path / "draw2")) == 1


def test_real_receipts(shared_data: Path) -> None:
    report = check(
        open_dataset(shared_data / "data" / "sroie" / "val")[:5], Options(charset=Charset.load("receipt"))
    )
    assert not report.unusable
    assert report.counts["dropped"] == 0
    assert report.lines > 100


def test_pictures_without_a_file(tmp_path: Path) -> None:
    report = check(InMemory([Sample(None, (), name="x", image=np.zeros((9, 9, 3), np.uint8))]))
    assert found(report) == [("no_lines", "x", None)]


def test_lines_that_are_read_otherwise_are_named(tmp_path: Path) -> None:
    folder = dataset(tmp_path, a="10,10,100,10,100,30,10,30,TOTAL\n10,40,100,40,100,60,10,60,CASH\n")

    def contradict(image: Any, lines: Any) -> list[str]:
        return ["CHANGE" if line.text == "CASH" else "" for line in lines]

    report = check(open_dataset(folder), Options(contradict=contradict))
    findings = [f for f in report.findings if f.rule == "contradicted"]
    assert [(f.name, f.line, f.text, f.detail) for f in findings] == [("a", 2, "CASH", "reads 'CHANGE'")]
    assert "contradicted" not in FAULTS

    written = tmp_path / "report.json"
    written.write_text(json.dumps(report.to_dict()), "utf-8")
    assert contradicted(written) == {("a", 2)}


def test_what_is_no_report_of_a_check_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputNotFound, match="no report"):
        contradicted(tmp_path / "none.json")
    for content in ("", "[]", "{}", '{"findings": [{"rule": "contradicted"}]}', '{"findings": 7}'):
        written = tmp_path / "other.json"
        written.write_text(content, "utf-8")
        with pytest.raises(AnnotationInvalid, match="ocr data check"):
            contradicted(written)
