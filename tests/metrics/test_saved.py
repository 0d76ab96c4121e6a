"""Figures written to a file and read back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ocr.datasets import LineAnnotation, Sample
from ocr.metrics import Prediction, Reading
from ocr.metrics.error_analysis import Miss
from ocr.metrics.evaluate import evaluate
from ocr.metrics.saved import SavedInvalid, from_dict, loads


def _report(*, texts: bool = True, why: bool = True) -> Any:
    polygon = np.array([[10, 10], [60, 10], [60, 30], [10, 30]], np.float32)
    blank = np.zeros((100, 100, 3), np.uint8)
    samples = [
        Sample(None, (LineAnnotation(polygon, "abc"),), name=name, image=blank) for name in ("good", "bad")
    ]

    def read(sample: Sample) -> Reading:
        lines = (Prediction(polygon, "abc", 0.9),) if sample.name == "good" else ()
        return Reading(lines, 100, 100)

    def reasons(sample: Sample, reading: Reading) -> tuple[Miss, ...]:
        return () if reading.lines else (Miss(0, "probability", None, 0.0, 0.02),)

    return evaluate(samples, read, texts=texts, why=reasons if why else None)


def test_what_was_written_comes_back_the_worst_first() -> None:
    report = _report()
    found = loads(json.dumps(report.to_dict()))
    assert [image.name for image in found.images] == ["bad", "good"]
    assert found.figures["IoU 0.5"] == report.iou.hmean
    assert found.figures["token F1"] == report.tokens.f1
    assert found.images[1].figures["CER"] == 0
    assert found.images[0].misses == (Miss(0, "probability", None, 0.0, 0.02),)
    assert found.causes == {"probability": 1}
    assert found.images[0].size == (100, 100)
    assert found.images[1].predictions[0].text == "abc"
    np.testing.assert_array_equal(found.images[0].truths[0].polygon, report.images[1].sample.lines[0].polygon)


def test_files_without_texts_reasons_or_lines_are_read_too() -> None:
    found = from_dict(_report(texts=False, why=False).to_dict())
    assert set(found.figures) == {"CLEval detection", "IoU 0.5"}
    assert found.causes is None
    old = _report().to_dict()
    for image in old["per_image"]:
        for key in ("width", "height", "truths", "predictions", "misses"):
            image.pop(key)
    found = from_dict(old)
    assert found.images[0].size is None
    assert found.causes is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no JSON", "is no JSON"),
        ("[1]", "'list'"),
        ('{"schema": "ocr.document/1"}', "ocr.document/1"),
        ('{"schema": "ocr.metrics.evaluation/1"}', "damaged"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_other_files_are_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(SavedInvalid, match=said) as caught:
        loads(text, "a.json")
    assert str(caught.value).startswith("a.json")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("truths", [{"polygon": [[0, 0], [1, 1]], "text": "x"}]),
        ("truths", [{"polygon": [[0, 0], [1, 1], [float("nan"), 2]], "text": "x"}]),
        ("predictions", "x"),
        (
            "misses",
            [{"line": 7, "cause": "crop", "prediction": None, "iou": 0, "probability": None, "score": None}],
        ),
        ("seconds", None),
    ],
)
def test_damaged_pictures_are_refused(key: str, value: object) -> None:
    found = _report().to_dict()
    found["per_image"][0][key] = value
    with pytest.raises(SavedInvalid, match="damaged"):
        from_dict(found)
