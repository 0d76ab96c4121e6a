"""Readers of PaddleOCR, COCO-Text and docTR files: layouts, faults, laziness, auto-detection."""

from __future__ import annotations

import contextlib
import json
import pickle
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.datasets import open_dataset
from ocr.errors import AnnotationInvalid, InputNotFound

QUAD = [[10, 10], [110, 10], [110, 30], [10, 30]]
BENT = [[0, 0], [50, 5], [100, 0], [100, 20], [50, 25], [0, 20]]


def picture(path: Path, width: int = 200, height: int = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((height, width, 3), 240, np.uint8))
    return path


def dump(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def label_line(file: str, *regions: dict[str, Any]) -> str:
    return f"{file}\t{json.dumps(list(regions), ensure_ascii=False)}\n"


def region(text: Any = "TOTAL", points: Any = QUAD, **more: Any) -> dict[str, Any]:
    return {"transcription": text, "points": points, **more}


# PaddleOCR


def test_paddle_labels(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.png")
    picture(tmp_path / "images" / "unused.png")
    words = [
        region("MÜLLER\u2028& CO"),
        region("bent", BENT),
        region("###"),
        region("*"),
        region("smeared", difficult=True),
        region("two points", QUAD[:2]),
        region("7.50", key_cls="total", difficult=False),
    ]
    content = "\ufeff" + label_line("images/a.png", *words) + "\n" + "images/b.png\t[]\r\n"
    (tmp_path / "Label.txt").write_bytes(content.encode())
    (tmp_path / "rec_gt.txt").write_text("crop_img/a_0.png\tTOTAL\n")
    for where in (tmp_path, tmp_path / "Label.txt"):
        assert open_dataset(where).format == "paddle"
        dataset = open_dataset(where)
        sample = dataset[0]
        assert [line.text for line in sample.lines] == [
            "MÜLLER\u2028& CO",
            "bent",
            None,
            None,
            None,
            "7.50",
        ]
        assert sample.lines[1].polygon.shape == (6, 2)
        assert sample.drops == ("too_few_points",)
        assert sample.load().shape == (100, 200, 3)
        assert [s.name for s in dataset] == ["images/a.png", "images/b.png"]
        assert dataset[1].lines == ()
        assert dataset.unannotated == ("unused.png",)
        assert pickle.loads(pickle.dumps(dataset[1:]))[0].name == "images/b.png"


@pytest.mark.parametrize(
    "place",
    ["x/shop/a.png", "x/shop/shop/a.png", "x/shop/images/a.png"],  # PPOCRLabel's, a data root, by name alone
)
def test_paddle_paths_are_found_from_where_tools_write_them(tmp_path: Path, place: str) -> None:
    picture(tmp_path / place)
    (tmp_path / "x" / "shop" / "Label.txt").write_text(label_line("shop/a.png", region()))
    assert open_dataset(tmp_path / "x" / "shop")[0].load().shape == (100, 200, 3)


@pytest.mark.parametrize(
    "fault",
    [
        "a.png\t[{",
        "a.png\t{}",
        label_line("a.png", {"points": QUAD}).strip(),
        label_line("a.png", {"transcription": "x"}).strip(),
        label_line("a.png", region(5)).strip(),
        label_line("a.png", region("x", [[1, 2, 3]] * 4)).strip(),
        "a.png\t[3]",
    ],
)
def test_a_faulty_paddle_line_is_named_and_leaves_the_others(tmp_path: Path, fault: str) -> None:
    (tmp_path / "Label.txt").write_text(f"{label_line('ok.png', region())}\n{fault}\n")
    dataset = open_dataset(tmp_path)
    assert dataset[0].lines[0].text == "TOTAL"
    with pytest.raises(AnnotationInvalid, match=r"Label\.txt, line 3") as caught:
        dataset[1]
    assert caught.value.exit_status == 3


def test_paddle_files_that_hold_no_polygons(tmp_path: Path) -> None:
    (tmp_path / "rec_gt.txt").write_text("a.png\tTOTAL\nb.png\t[RM 5]\n")
    with pytest.raises(AnnotationInvalid, match="recognition"):
        open_dataset(tmp_path / "rec_gt.txt", "paddle")
    with pytest.raises(AnnotationInvalid, match="no dataset"):
        open_dataset(tmp_path)
    (tmp_path / "no_tab.txt").write_text("\na.png TOTAL\n")
    with pytest.raises(AnnotationInvalid, match=r"no_tab\.txt, line 2"):
        open_dataset(tmp_path / "no_tab.txt", "paddle")


def test_several_paddle_files_need_a_choice(tmp_path: Path) -> None:
    for name in ("train.txt", "test.txt"):
        (tmp_path / name).write_text(label_line(f"{name}.png", region()))
    with pytest.raises(AnnotationInvalid, match=r"test\.txt, train\.txt"):
        open_dataset(tmp_path)
    assert open_dataset(tmp_path / "test.txt")[0].name == "test.txt.png"


# COCO-Text


def coco(outline: str = "mask") -> dict[str, Any]:
    flat = [value for point in QUAD for value in point]
    word = {"bbox": [10, 10, 100, 20], "image_id": 7, "legibility": "legible"}
    return {
        "cats": {},
        "imgs": {
            "7": {"id": 7, "file_name": "a.jpg", "width": 200, "height": 100, "set": "train"},
            "9": {"id": 9, "file_name": "b.jpg", "width": 200, "height": 100, "set": "val"},
        },
        "anns": {
            "1": {**word, outline: flat, "utf8_string": "TOTAL"},
            "2": {**word, outline: [], "utf8_string": "box"},
            "3": {**word, outline: flat, "legibility": "illegible"},
            "4": {**word, outline: flat[:4], "utf8_string": "short"},
        },
        "imgToAnns": {"7": [1, 2, 3, 4], "9": []},
    }


@pytest.mark.parametrize("outline", ["mask", "polygon", "points"])
def test_coco_text(tmp_path: Path, outline: str) -> None:
    picture(tmp_path / "train2014" / "a.jpg")
    path = dump(tmp_path / "cocotext.v2.json", coco(outline))
    for where in (path, tmp_path):
        assert open_dataset(where).format == "coco_text"
        dataset = open_dataset(where)
        sample = dataset[0]
        assert [line.text for line in sample.lines] == ["TOTAL", "box", None]
        assert [line.polygon.tolist() for line in sample.lines] == [QUAD] * 3
        assert sample.drops == ("too_few_points",)
        assert sample.load().shape == (100, 200, 3)
        assert (dataset[1].name, dataset[1].lines) == ("b.jpg", ())


def test_textocr_marks_the_unreadable_with_a_dot(tmp_path: Path) -> None:
    content = coco("points")
    for word in content["anns"].values():
        del word["legibility"]
        word["utf8_string"] = "."
    assert all(line.ignore for line in open_dataset(dump(tmp_path / "t.json", content))[0].lines)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"mask": "no"}, "annotation '1'"),
        ({"mask": [1, 2, 3]}, "annotation '1'"),
        ({"mask": [], "bbox": [1, 2, 3]}, "annotation '1'"),
        ({"mask": [], "bbox": None}, "annotation '1'"),
        ({"utf8_string": 5}, "annotation '1'"),
    ],
)
def test_faulty_coco_text_annotations_are_named(tmp_path: Path, change: dict[str, Any], match: str) -> None:
    content = coco()
    content["anns"]["1"].update(change)
    dataset = open_dataset(dump(tmp_path / "c.json", content))
    assert dataset[1].lines == ()
    with pytest.raises(AnnotationInvalid, match=rf"c\.json, {match}"):
        dataset[0]


def test_coco_text_annotations_of_no_image_are_refused(tmp_path: Path) -> None:
    content = coco()
    content["anns"]["4"]["image_id"] = 8
    with pytest.raises(AnnotationInvalid, match="annotation '4'"):
        open_dataset(dump(tmp_path / "c.json", content))
    content = coco()
    content["imgs"]["9"] = "b.jpg"
    with pytest.raises(AnnotationInvalid, match="image '9'"):
        open_dataset(dump(tmp_path / "c.json", content))[1]


# docTR


def test_doctr_detection(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.png")
    picture(tmp_path / "images" / "unused.png")
    content = {
        "a.png": {
            "img_dimensions": [100, 200],
            "img_hash": "",
            "polygons": [QUAD, QUAD],
            "labels": ["TOTAL", None],
        },
        "places.png": {"polygons": [QUAD, QUAD[:2]]},
        "classes.png": {
            "polygons": {"words": [QUAD], "lines": [BENT]},
            "labels": {"lines": ["bent"], "words": ["w"]},
        },
    }
    path = dump(tmp_path / "labels.json", content)
    for where in (path, tmp_path):
        assert open_dataset(where).format == "doctr"
        dataset = open_dataset(where)
        assert [line.text for line in dataset[0].lines] == ["TOTAL", None]
        assert dataset[0].load().shape == (100, 200, 3)
        assert [line.text for line in dataset[1].lines] == [""]
        assert dataset[1].drops == ("too_few_points",)
        assert [line.text for line in dataset[2].lines] == ["w", "bent"]
        assert dataset.unannotated == ("unused.png",)


@pytest.mark.parametrize(
    "fault",
    [
        {},
        [],
        {"polygons": 3},
        {"polygons": {"words": 3}},
        {"polygons": [QUAD], "labels": []},
        {"polygons": [QUAD], "labels": ["a", "b"]},
        {"polygons": [QUAD], "labels": [3]},
        {"polygons": {"words": [QUAD]}, "labels": ["a"]},
        {"polygons": [QUAD, "no"]},
    ],
)
def test_a_faulty_doctr_entry_is_named(tmp_path: Path, fault: Any) -> None:
    dataset = open_dataset(dump(tmp_path / "labels.json", {"ok.png": {"polygons": []}, "bad.png": fault}))
    assert dataset[0].lines == ()
    with pytest.raises(AnnotationInvalid, match=r"labels\.json, image 'bad\.png'"):
        dataset[1]


def test_doctr_recognition(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "1.png", 80, 20)
    path = dump(tmp_path / "labels.json", {"1.png": "TOTAL", "2.png": "gone", "3.png": 5})
    assert open_dataset(path).format == "doctr_recognition"
    dataset = open_dataset(tmp_path)
    (line,) = dataset[0].lines
    assert (line.text, line.polygon.tolist()) == ("TOTAL", [[0, 0], [80, 0], [80, 20], [0, 20]])
    with pytest.raises(InputNotFound, match=r"2\.png"):
        dataset[1]
    with pytest.raises(AnnotationInvalid, match=r"labels\.json, image '3\.png'"):
        dataset[2]


# telling formats apart


@pytest.mark.parametrize("format", ["coco_text", "doctr", "doctr_recognition", "words_json", "paddle"])
def test_another_json_or_none_is_refused(tmp_path: Path, format: str) -> None:
    with pytest.raises(AnnotationInvalid, match=tmp_path.name):
        open_dataset(tmp_path, format)
    other = dump(tmp_path / "x.json", {"settings": {"a": 1}, "n": 3})
    with pytest.raises(AnnotationInvalid, match=r"x\.json"):
        open_dataset(other, format)


def test_several_json_files_need_a_choice(tmp_path: Path) -> None:
    for name in ("train.json", "val.json"):
        dump(tmp_path / name, {"a.png": {"polygons": []}})
    with pytest.raises(AnnotationInvalid, match=r"train\.json, val\.json"):
        open_dataset(tmp_path)


def test_datasets_in_folders_need_a_choice(tmp_path: Path) -> None:
    for part in ("train", "val"):
        for name in ("images", "boxes"):
            (tmp_path / part / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / part / "images" / "a.png"), np.zeros((9, 9), np.uint8))
        (tmp_path / part / "boxes" / "a.txt").write_text("1,1,8,1,8,8,1,8,x\n", "utf-8")
    assert len(open_dataset(tmp_path / "train")) == 1
    with pytest.raises(AnnotationInvalid, match=r"in folders \(train, val\)"):
        open_dataset(tmp_path)


def test_broken_json_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a.png":\n {"polygons": [}}')
    for format in ("auto", "doctr", "coco_text", "doctr_recognition", "words_json"):
        with pytest.raises(AnnotationInvalid, match=r"x\.json, line 2"):
            open_dataset(tmp_path / "x.json", format)
    (tmp_path / "x.json").write_text("[" * 100_000)
    with pytest.raises(AnnotationInvalid, match="nested"):
        open_dataset(tmp_path / "x.json")


# whatever a file holds


def json_values() -> st.SearchStrategy[Any]:
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text("a#.*", max_size=3))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
        ),
        max_leaves=12,
    )


KEYS = (
    *("images", "words", "fields", "imgs", "anns", "polygons", "labels", "a.png", "1", "7"),
    *("points", "transcription", "mask", "bbox", "image_id", "utf8_string", "file_name"),
)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@settings(max_examples=12, deadline=None)
@given(content=json_values())
@pytest.mark.parametrize(
    "wrap",
    [
        lambda content: content,
        lambda content: {"images": {"a.png": {"words": {"1": content}}}},
        lambda content: {
            "imgs": {"7": {"file_name": "a.png"}},
            "anns": {"1": {"image_id": 7, "mask": content}},
        },
        lambda content: {"imgs": {"7": content}, "anns": {}},
        lambda content: {"a.png": {"polygons": content}},
        lambda content: {"a.png": {"polygons": [QUAD], "labels": content}},
        lambda content: [{"transcription": "x", "points": content}],
        lambda content: [content],
    ],
)
def test_any_content_is_read_or_named(wrap: Any, content: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(wrap(content))
        (Path(folder) / "x.json").write_text(text)
        (Path(folder) / "Label.txt").write_text(f"a.png\t{text}\n")
        for name in ("x.json", "Label.txt"):
            with contextlib.suppress(AnnotationInvalid, InputNotFound):
                for sample in open_dataset(Path(folder) / name):
                    assert all(line.polygon.shape[1] == 2 for line in sample.lines)
