"""Lines cut from annotated pages for the recogniser."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("torch")

from tests.training.runs import TEXTS, write_pages

from ocr.datasets import open_dataset
from ocr.errors import InputNotFound
from ocr.training.recognition_data import AnnotatedLines


def drawn(lines: AnnotatedLines, count: int = 60) -> set[tuple[str, str]]:
    rng = np.random.default_rng(0)
    return {(line.name, line.text) for line in (lines.line(rng, 32) for _ in range(count))}


def test_lines_of_all_pages_are_drawn(tmp_path):
    lines = AnnotatedLines(open_dataset(write_pages(tmp_path / "pages", 2)))
    assert drawn(lines) == {(f"page{k}", text) for k in range(2) for text in TEXTS}


def test_lines_that_a_report_contradicts_are_left_out(tmp_path):
    data = write_pages(tmp_path / "pages", 2)
    finding = {"rule": "contradicted", "name": "page1", "line": 2}
    report = tmp_path / "report.json"
    report.write_text(
        json.dumps({"findings": [finding, finding | {"rule": "odd_width", "line": 1}]}), "utf-8"
    )
    kept = drawn(AnnotatedLines(open_dataset(data), leave_out=str(report)))
    assert kept == {(f"page{k}", text) for k in range(2) for text in TEXTS} - {("page1", TEXTS[1])}
    with pytest.raises(InputNotFound):
        AnnotatedLines(open_dataset(data), leave_out=str(tmp_path / "none.json"))
