"""Converting between formats: round trips by property, what formats cannot hold, pictures and their frames."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr.datasets import LazyDataset, LineAnnotation, Sample, open_dataset
from ocr.datasets.convert import Options, convert, writers
from ocr.datasets.frames import Frame
from ocr.errors import BadConfiguration
from tests.pictures import encoded

WIDTH, HEIGHT = 64, 48
PNG = cv2.imencode(".png", np.full((HEIGHT, WIDTH, 3), 200, np.uint8))[1].tobytes()
PAGE_FORMATS = ("sroie", "words_json", "paddle", "coco_text", "doctr")


class InMemory(LazyDataset[Sample]):
    """Samples as they are given."""

    def _parse(self, entry: Sample) -> Sample:
        return entry

    def _name(self, entry: Sample) -> str:
        return entry.name


def coordinates() -> st.SearchStrategy[float]:
    return st.floats(-500, 5000, width=32)


def quads() -> st.SearchStrategy[Any]:
    point = st.tuples(coordinates(), coordinates())
    return st.lists(point, min_size=4, max_size=4).map(lambda points: np.array(points, np.float32))


# What every format can hold: no line breaks, no spaces at the ends, none of the marks for "unreadable".
TEXTS = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n\0"), min_size=1, max_size=12
).filter(lambda text: text == text.strip() and text not in ("###", "*", "."))
LINES = st.builds(LineAnnotation, quads(), st.one_of(st.none(), st.just(""), TEXTS))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pages=st.lists(st.lists(LINES, max_size=4), min_size=1, max_size=3))
@pytest.mark.parametrize("first", PAGE_FORMATS)
def test_round_trips_keep_polygons_texts_and_pictures(first: str, pages: list[list[LineAnnotation]]) -> None:
    second = PAGE_FORMATS[(PAGE_FORMATS.index(first) + 1) % len(PAGE_FORMATS)]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(len(pages)):
            (Path(folder) / f"{number}.png").write_bytes(PNG)
        dataset: LazyDataset[Any] = InMemory(
            [Sample(Path(folder) / f"{i}.png", tuple(page), name=f"{i}.png") for i, page in enumerate(pages)]
        )
        for step, to in enumerate((first, second)):
            out = Path(folder) / f"step{step}"
            done = convert(dataset, out, to)
            assert (done.samples, done.failures, dict(done.losses)) == (len(pages), (), {})
            assert open_dataset(out).format == to
            dataset = open_dataset(out)
        assert len(dataset) == len(pages)
        for sample, lines in zip(dataset, pages, strict=True):
            assert [line.text for line in sample.lines] == [line.text for line in lines]
            for got, expected in zip(sample.lines, lines, strict=True):
                np.testing.assert_allclose(got.polygon, expected.polygon, atol=0.006)
            assert sample.image_path is not None
            assert sample.image_path.read_bytes() == PNG


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(coordinates(), coordinates()), min_size=3, max_size=9),
    st.text("a\n\r \u2028", max_size=4),
)
@pytest.mark.parametrize("to", ["words_json", "paddle", "coco_text"])
def test_formats_of_any_polygon_keep_its_points_and_any_text(
    to: str, points: list[tuple[float, float]], text: str
) -> None:
    polygon = np.array(points, np.float32)
    with tempfile.TemporaryDirectory() as folder:
        sample = Sample(None, (LineAnnotation(polygon, text),), {}, "x", np.zeros((8, 8, 3), np.uint8))
        assert not convert(InMemory([sample]), Path(folder) / "o", to).losses
        (line,) = open_dataset(Path(folder) / "o")[0].lines
    assert line.text == text
    np.testing.assert_allclose(line.polygon, polygon, atol=0.006)


def sample(
    folder: Path, *lines: LineAnnotation, fields: dict[str, str] | None = None, name: str = "a.png"
) -> Sample:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PNG)
    return Sample(path, lines, fields or {}, name)


QUAD = np.array([[5, 5], [45, 5], [45, 15], [5, 15]], np.float32)
BENT = np.array([[0, 0], [20, 4], [40, 0], [40, 10], [20, 14], [0, 10]], np.float32)


def test_what_a_format_cannot_hold_is_counted(tmp_path: Path) -> None:
    lines = [
        LineAnnotation(BENT, "bent"),
        LineAnnotation(QUAD, " two\nlines "),
        LineAnnotation(QUAD, "###"),
        LineAnnotation(QUAD, "*"),
        LineAnnotation(np.full((4, 2), np.nan, np.float32), "nowhere"),
    ]
    dataset = InMemory([sample(tmp_path, *lines, fields={"total": "1.00", "date": "1/2/26"})])
    losses = {to: dict(convert(dataset, tmp_path / to, to).losses) for to in writers()}
    assert losses == {
        "sroie": {
            "polygons_to_quads": 1,
            "texts_respaced": 1,
            "texts_taken_for_unreadable": 1,
            "lines_left_out": 1,
        },
        "words_json": {"texts_taken_for_unreadable": 1, "lines_left_out": 1},
        "paddle": {"texts_taken_for_unreadable": 2, "fields_left_out": 2, "lines_left_out": 1},
        "coco_text": {"fields_left_out": 2, "lines_left_out": 1},
        "doctr": {"polygons_to_quads": 1, "fields_left_out": 2, "lines_left_out": 1},
        "doctr_recognition": {"polygons_to_quads": 1, "fields_left_out": 2, "lines_left_out": 1},
    }
    for to in ("sroie", "words_json"):
        assert dict(open_dataset(tmp_path / to)[0].fields) == {"total": "1.00", "date": "1/2/26"}


def test_what_cannot_be_read_is_named_and_the_rest_is_written(tmp_path: Path) -> None:
    good, gone, text = (sample(tmp_path, LineAnnotation(QUAD, "x"), name=f"{n}.png") for n in "abc")
    (tmp_path / "b.png").unlink()
    (tmp_path / "c.png").write_text("no picture")
    seen: list[str] = []
    done = convert(InMemory([gone, good, text]), tmp_path / "out", "paddle", on_sample=seen.append)
    assert (done.samples, done.lines) == (1, 1)
    assert [(name, error.code) for name, error in done.failures] == [
        ("b.png", "input_not_found"),
        ("c.png", "unsupported_media_type"),
    ]
    assert seen == ["b.png", "a.png", "c.png"]
    assert [s.name for s in open_dataset(tmp_path / "out")] == ["images/a.png"]


def test_pictures_of_one_name_keep_apart(tmp_path: Path) -> None:
    names = ("one/a.png", "two/A.png", "two/a.jpeg")
    dataset = InMemory([sample(tmp_path, LineAnnotation(QUAD, n), name=n) for n in names])
    convert(dataset, tmp_path / "out", "sroie")
    assert {s.name: s.lines[0].text for s in open_dataset(tmp_path / "out")} == {
        "a": "one/a.png",
        "A-2": "two/A.png",
        "a-3": "two/a.jpeg",
    }


def test_a_folder_with_files_and_an_unknown_format_are_refused(tmp_path: Path) -> None:
    dataset = InMemory([sample(tmp_path, LineAnnotation(QUAD, "x"))])
    with pytest.raises(BadConfiguration, match="holds files"):
        convert(dataset, tmp_path, "sroie")
    with pytest.raises(BadConfiguration, match="coco_text"):
        convert(dataset, tmp_path / "out", "coco")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("pictures", "links"), [("link", 2), ("copy", 1)])
def test_pictures_are_linked_or_copied(tmp_path: Path, pictures: Any, links: int) -> None:
    convert(InMemory([sample(tmp_path)]), tmp_path / "out", "words_json", Options(pictures=pictures))
    assert (tmp_path / "a.png").stat().st_nlink == links
    assert (tmp_path / "out" / "images" / "a.png").read_bytes() == PNG


def test_no_pictures_where_none_are_wanted(tmp_path: Path) -> None:
    convert(InMemory([sample(tmp_path)]), tmp_path / "out", "words_json", Options(pictures="none"))
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["words.json"]


def test_the_polygon_rules_on_the_way(tmp_path: Path) -> None:
    lines = [LineAnnotation(QUAD + shift, "x") for shift in (0, 20, 500)]
    done = convert(InMemory([sample(tmp_path, *lines)]), tmp_path / "out", "paddle", Options(validate=True))
    assert dict(done.losses) == {"lines_left_out": 1}
    assert open_dataset(tmp_path / "out")[0].lines[1].polygon.max() == WIDTH


def test_crops_of_lines_for_recognition(tmp_path: Path) -> None:
    image = np.full((100, 200, 3), 255, np.uint8)
    image[20:40, 50:150] = (200, 30, 30)
    quad = np.array([[50, 20], [150, 20], [150, 40], [50, 40]], np.float32)
    upside_down = np.roll(quad, 2, axis=0)
    lines = tuple(
        LineAnnotation(q, t) for q, t in ((quad, "red"), (quad, None), (quad, ""), (upside_down, "der"))
    )
    done = convert(
        InMemory([Sample(None, lines, name="p", image=image)]), tmp_path / "o", "doctr_recognition"
    )
    assert dict(done.losses) == {"lines_left_out": 2}
    found = open_dataset(tmp_path / "o")
    assert [s.lines[0].text for s in found] == ["red", "der"]
    crop = found[0].load()
    assert crop.shape == (20, 100, 3)
    assert crop[10, 50].tolist() == [200, 30, 30]


def turned(folder: Path, orientation: int) -> tuple[Sample, Sample]:
    """A page of ink bars stored turned, annotated in upright and in stored pixels."""
    from PIL import Image

    quads = [np.array([[20, y], [90, y], [90, y + 8], [20, y + 8]], np.float32) for y in range(10, 120, 24)]
    # Told apart from the mirrored and the upside-down page by where the bars are.
    stored_size = (160, 120) if orientation >= 5 else (120, 160)
    frame = Frame(*stored_size, orientation)
    upright = np.full((160, 120, 3), 250, np.uint8)
    for quad in quads:
        (x0, y0), (x1, y1) = quad[0].astype(int), quad[2].astype(int)
        upright[y0:y1:2, x0:x1] = 20
    # Each stored pixel comes from where its centre is upright.
    ys, xs = np.mgrid[: stored_size[1], : stored_size[0]]
    centres = frame.to_upright(np.column_stack([xs.ravel() + 0.5, ys.ravel() + 0.5]))
    stored = upright[centres[:, 1].astype(int), centres[:, 0].astype(int)].reshape(*stored_size[::-1], 3)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = folder / f"{orientation}.jpg"
    path.write_bytes(encoded(stored, "JPEG", exif=exif, quality=95))
    back = [next(q for q in _stored(quad, frame)) for quad in quads]
    name = path.name
    return (
        Sample(path, tuple(LineAnnotation(q, "x") for q in quads), name=name),
        Sample(path, tuple(LineAnnotation(q, "x") for q in back), name=name),
    )


def _stored(quad: Any, frame: Frame) -> list[Any]:
    """Upright points as stored ones: the inverse of `Frame.to_upright` by solving its affine map."""
    corners = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    origin, right, down = frame.to_upright(corners)
    matrix = np.stack([right - origin, down - origin])
    return [((quad - origin) @ np.linalg.inv(matrix)).astype(np.float32)]


@pytest.mark.parametrize("orientation", range(2, 9))
def test_annotations_of_stored_pixels_are_turned_upright(tmp_path: Path, orientation: int) -> None:
    upright, raw = turned(tmp_path, orientation)
    for number, dataset in enumerate((upright, raw)):
        out = tmp_path / str(number)
        done = convert(InMemory([dataset]), out, "paddle", Options(turn=True, upright=True))
        assert done.turned == ((dataset.name,) if number else ())
        (found,) = open_dataset(out)
        assert found.load().shape == (160, 120, 3)
        assert found.image_path is not None
        assert found.image_path.suffix == ".png"
        for got, expected in zip(found.lines, upright.lines, strict=True):
            np.testing.assert_allclose(got.polygon, expected.polygon, atol=0.01)
