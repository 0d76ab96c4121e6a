"""Annotation readers: layouts, encodings, faults, laziness."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.datasets import LineAnnotation, Sample, open_dataset
from ocr.errors import AnnotationInvalid, BadConfiguration, InputNotFound

LINE = "10,10,110,10,110,30,10,30"


def picture(path: Path, width: int = 200, height: int = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((height, width, 3), (10, 20, 200), np.uint8))
    return path


def sroie(folder: Path, content: bytes | str, name: str = "007") -> Path:
    picture(folder / "images" / f"{name}.png")
    boxes = folder / "boxes"
    boxes.mkdir(exist_ok=True)
    (boxes / f"{name}.txt").write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def words(folder: Path, images: object) -> Path:
    path = folder / "labels.json"
    path.write_text(json.dumps(images if images is None else {"images": images}), encoding="utf-8")
    return path


def test_sroie_lines_fields_and_pixels(tmp_path: Path) -> None:
    sroie(tmp_path, f"{LINE},TOTAL, RM 12.90 \n\n{LINE},###\n{LINE},\n")
    (tmp_path / "fields").mkdir()
    (tmp_path / "fields" / "007.json").write_text('{"total": 12.9, "date": null, "company": "A, B"}')
    dataset = open_dataset(tmp_path)
    assert len(dataset) == 1
    sample = dataset[0]
    assert [line.text for line in sample.lines] == ["TOTAL, RM 12.90", None, ""]
    assert [line.ignore for line in sample.lines] == [False, True, False]
    assert sample.lines[0].polygon.tolist() == [[10, 10], [110, 10], [110, 30], [10, 30]]
    assert sample.lines[0].polygon.dtype == np.float32
    assert dict(sample.fields) == {"total": "12.9", "company": "A, B"}
    assert sample.name == "007"
    assert sample.load()[0, 0].tolist() == [200, 20, 10]  # RGB, where the file was written from BGR


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbf" + f"{LINE},CAFÉ".encode(), "CAFÉ"),  # byte order mark
        (f"{LINE},CAFÉ".encode("latin-1"), "CAFÉ"),  # not UTF-8
        (f"{LINE},a\r\n".encode(), "a"),  # Windows line ends
        (f'{LINE},"quoted"'.encode(), '"quoted"'),  # quotes belong to the transcript
        (f"{LINE},영수증 합계".encode(), "영수증 합계"),
        (f"{LINE},a\u2028b".encode(), "a\u2028b"),  # a line separator inside a transcript ends no line
        (b"10.5,10,110,10,110,30,10,-3.25,x", "x"),
    ],
)
def test_transcripts_come_as_they_stand(tmp_path: Path, content: bytes, text: str) -> None:
    lines = open_dataset(sroie(tmp_path, content))[0].lines
    assert [line.text for line in lines] == [text]


@pytest.mark.parametrize("fault", ["1,2,3,4,TOTAL", "x,2,3,4,5,6,7,8,TOTAL", "1;2;3", "1,2,,4,5,6,7,8,TOTAL"])
def test_a_faulty_line_is_named_by_file_and_number(tmp_path: Path, fault: str) -> None:
    dataset = open_dataset(sroie(tmp_path, f"{LINE},fine\n\n{fault}\n"))
    with pytest.raises(AnnotationInvalid, match=r"007\.txt, line 3") as caught:
        dataset[0]
    assert fault[:10] in str(caught.value)
    assert caught.value.exit_status == 3


def test_text_files_beside_pictures(tmp_path: Path) -> None:
    for name, file in (("a", "a.txt"), ("b", "gt_b.txt")):
        picture(tmp_path / f"{name}.jpg")
        (tmp_path / file).write_text(f"{LINE},{name}")
    picture(tmp_path / "c.jpg")
    (tmp_path / "README.txt").write_text("no annotation")
    dataset = open_dataset(tmp_path)
    assert sorted(sample.name for sample in dataset) == ["a", "b"]
    assert sorted(line.text or "" for sample in dataset for line in sample.lines) == ["a", "b"]
    assert dataset.unannotated == ("c",)  # type: ignore[attr-defined]


def test_opening_parses_nothing_and_slices_stay_lazy(tmp_path: Path) -> None:
    sroie(tmp_path, "broken", name="1")
    sroie(tmp_path, f"{LINE},fine", name="2")
    dataset = open_dataset(tmp_path)
    rest = dataset[1:]
    assert len(dataset) == 2
    assert [sample.name for sample in rest] == ["2"]
    assert dataset[-1].lines[0].text == "fine"
    assert dataset.name_of(0) == "1"  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(dataset))[1].name == "2"  # loader processes get a copy


def test_folds_share_the_pictures_out(tmp_path: Path) -> None:
    for name in "abcdefg":
        sroie(tmp_path, f"{LINE},fine", name=name)

    def names(fold: str) -> str:
        return "".join(sample.name for sample in open_dataset(tmp_path, fold=fold))

    assert [names(f"{k}/3") for k in (1, 2, 3)] == ["adg", "be", "cf"]
    assert [names(f"-{k}/3") for k in (1, 2, 3)] == ["bcef", "acdfg", "abdeg"]
    assert names("1/1") == "abcdefg"
    for wrong in ("0/3", "4/3", "1/0", "2", "a/b", "", "1/3/5", "--1/3"):
        with pytest.raises(BadConfiguration, match="expected a fold"):
            open_dataset(tmp_path, fold=wrong)


def test_a_missing_picture_is_met_when_it_is_loaded(tmp_path: Path) -> None:
    sroie(tmp_path, f"{LINE},x")
    (tmp_path / "images" / "007.png").unlink()
    sample = open_dataset(tmp_path)[0]
    with pytest.raises(InputNotFound, match="007"):
        sample.load()


def test_fields_that_are_no_object_are_named(tmp_path: Path) -> None:
    sroie(tmp_path, f"{LINE},x")
    (tmp_path / "fields").mkdir()
    for content in ("[1]", "{", '{"total": {"value": 1}}'):
        (tmp_path / "fields" / "007.json").write_text(content)
        with pytest.raises(AnnotationInvalid, match=r"007\.json"):
            open_dataset(tmp_path)[0]


def test_words_json(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "r.jpg")
    square = [[10, 10], [110, 10], [110, 30], [10, 30]]
    path = words(
        tmp_path,
        {
            "r.jpg": {
                "words": {
                    "1": {"points": square, "transcription": "TOTAL"},
                    "2": {
                        "points": [[0, 0], [50, 5], [100, 0], [100, 20], [50, 25], [0, 20]],
                        "transcription": "bent",
                    },
                    "3": {"points": square, "transcription": None},
                    "4": {"points": square, "transcription": "?", "illegibility": True},
                    "5": {"points": square[:2], "transcription": "gone"},
                }
            },
            "none.jpg": {"words": {}},
        },
    )
    for where in (path, tmp_path):
        dataset = open_dataset(where)
        sample = dataset[0]
        assert [line.text for line in sample.lines] == ["TOTAL", "bent", None, None]
        assert sample.lines[1].polygon.shape == (6, 2)
        assert sample.drops == ("too_few_points",)
        assert sample.load().shape == (100, 200, 3)
        assert dataset[1].lines == ()


@pytest.mark.parametrize(
    ("images", "match"),
    [
        ({"r.jpg": {"words": {"7": {"points": "no", "transcription": "x"}}}}, "word '7'"),
        ({"r.jpg": {"words": {"7": {"points": [[1, 2, 3]] * 4, "transcription": "x"}}}}, "word '7'"),
        ({"r.jpg": {"words": {"7": {"points": [[1, 2]] * 4, "transcription": 5}}}}, "word '7'"),
        ({"r.jpg": {"words": {"7": {"transcription": "x"}}}}, "word '7'"),
        ({"r.jpg": {"lines": {}}}, r"r\.jpg"),
        ({"r.jpg": []}, r"r\.jpg"),
    ],
)
def test_faulty_words_are_named(tmp_path: Path, images: object, match: str) -> None:
    dataset = open_dataset(words(tmp_path, images))
    with pytest.raises(AnnotationInvalid, match=match):
        dataset[0]


@pytest.mark.parametrize("content", ["{", "[]", '{"pictures": {}}', '{"images": []}', "\xff\xfe"])
def test_a_json_file_of_another_kind_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "labels.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(AnnotationInvalid, match="labels"):
        open_dataset(tmp_path / "labels.json")


def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputNotFound, match="nowhere"):
        open_dataset(tmp_path / "nowhere")
    for format in ("auto", "sroie", "words_json"):
        with pytest.raises(AnnotationInvalid, match=tmp_path.name):
            open_dataset(tmp_path, format)
    with pytest.raises(BadConfiguration, match="'sroie'"):
        open_dataset(tmp_path, "sroei")


def test_polygon_rules_drop_and_count(tmp_path: Path) -> None:
    faults = "300,10,400,10,400,30,300,30,outside\n10,10,10,10,10,10,10,10,flat\nnan,0,9,0,9,9,0,9,nan\n"
    content = f"{LINE},kept\n{faults}"
    image, sample = open_dataset(sroie(tmp_path, content))[0].load_validated()
    assert image.shape == (100, 200, 3)
    assert [line.text for line in sample.lines] == ["kept"]
    assert sample.drops == ("outside", "too_few_points", "not_finite")


def test_records_check_themselves() -> None:
    with pytest.raises(ValueError, match="shape"):
        LineAnnotation(np.zeros((2, 2), np.float32), "x")
    with pytest.raises(ValueError, match="neither"):
        Sample(None, ()).load()
    pixels = np.zeros((5, 5, 3), np.uint8)
    assert Sample(None, (), image=pixels).load() is pixels
