"""Two models on the same pictures: agreement, differences, times and figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ocr import cli
from ocr.bench.comparison import compare
from ocr.datasets import Sample
from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration
from tests.bench.test_bench import sample
from tests.models_for_tests import ROWS, detection_model, receipt_like, recognition_model
from tests.pictures import encoded

DETECTION = ModelFile.load(detection_model(name="one"), task="detection")
#: Keeps the two best rows alone.
PICKY = ModelFile.load(
    detection_model(
        name="picky",
        postprocess={"threshold": 0.3, "box_threshold": 0.4, "unclip_ratio": 0.1, "max_candidates": 2},
    ),
    task="detection",
)
RECOGNITION = ModelFile.load(recognition_model(name="one"), task="recognition")
SWAPPED = ModelFile.load(recognition_model(name="swapped", charset="mi"), task="recognition")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    path.write_bytes(encoded(receipt_like(), "PNG"))
    return path


def test_equal_detectors_agree_and_another_one_differs(page: Path) -> None:
    samples = [sample(page), sample(page)]
    same = compare(DETECTION, DETECTION, samples, threads=1)
    assert (same.agreement, [p.differences for p in same.pictures]) == (1, [(), ()])
    seen: list[tuple[int, ...]] = []
    found = compare(
        DETECTION, PICKY, samples, threads=1, on_picture=lambda image, picture: seen.append(picture.lines)
    )
    assert seen == [(3, 2), (3, 2)]
    assert found.agreement == pytest.approx(2 / 3)
    (lost,) = found.pictures[0].differences
    assert (lost.one, lost.other) == ("", None)
    assert [len(timing.seconds) for timing in found.timings] == [2, 2]
    assert found.truth is not None
    assert [report.to_dict()["iou"]["recall"] for report in found.truth] == [1, pytest.approx(2 / 3)]  # type: ignore[index]
    assert json.loads(json.dumps(found.to_dict()))["models"][1]["name"] == "picky"


def test_recognisers_read_the_same_lines(page: Path) -> None:
    found = compare(RECOGNITION, SWAPPED, [sample(page)], threads=1)
    (picture,) = found.pictures
    assert [line.truth for line in picture.differences] == list(ROWS)
    assert [line.one for line in picture.differences] == list(ROWS)
    assert picture.differences[1].other == "mmi"
    assert found.distance == pytest.approx(9 / 13)
    assert found.truth is not None
    assert [result.to_dict()["line_accuracy"] for result in found.truth] == [1, 0]


def test_without_annotation_the_lines_are_found_first(page: Path) -> None:
    bare = sample(page, known=False)
    with pytest.raises(BadConfiguration, match="detection model"):
        compare(RECOGNITION, SWAPPED, [bare])
    found = compare(RECOGNITION, SWAPPED, [bare], regions=DETECTION, threads=1)
    assert sorted(line.one or "" for line in found.pictures[0].differences) == sorted(ROWS)
    assert found.truth is None


def test_models_of_different_tasks_are_refused_and_a_broken_picture_is_named(page: Path) -> None:
    with pytest.raises(BadConfiguration, match="two for the same task"):
        compare(DETECTION, RECOGNITION, [])
    broken = Sample(image_path=page.with_name("absent.png"), lines=(), name="absent")
    found = compare(DETECTION, DETECTION, [broken, sample(page)], threads=1)
    assert len(found.pictures) == 1
    assert [(failure.name, failure.error.code) for failure in found.failures] == [
        ("absent", "input_not_found")
    ]


def test_the_command(tmp_path: Path, page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = []
    for model in (DETECTION, PICKY, RECOGNITION, SWAPPED):
        paths.append(tmp_path / f"{model.task}-{model.name}.onnx")
        paths[-1].write_bytes(model.data)

    def run(*arguments: object) -> int:
        with pytest.raises(SystemExit) as ending:
            cli.main(["models", "compare", *map(str, arguments)])
        return int(ending.value.code or 0)

    assert run(*paths[:2], page, "--draw", tmp_path / "drawn", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["task"], told["agreement"]) == (
        "ocr.comparison/1",
        "detection",
        pytest.approx(2 / 3),
    )
    assert [path.name for path in (tmp_path / "drawn").iterdir()] == ["page.jpg"]
    assert run(*paths[2:], page, "--detection", paths[0]) == 0
    assert "B 'mmi'" in capsys.readouterr().out
    assert run(paths[0], paths[2], page) == 2
    assert run(paths[0], tmp_path / "none.onnx", page) == 5
    assert run(paths[0], paths[0], tmp_path / "none.png") == 3
    assert "input_not_found" in capsys.readouterr().err
    assert np.array(told["pictures"][0]["differences"][0]["polygon"]).shape == (4, 2)
