"""Words of the shipped model on synthetic receipts, whose boxes are known to the pixel."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from ocr.datasets.synthetic.receipts import Fixed, SyntheticReceipts
from ocr.pipeline.options import ReadOptions
from ocr.pipeline.reader import Reader

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "words.py"


@pytest.mark.parametrize("quarters", [0, 1, 2])
def test_words_stand_where_their_ink_is(quarters: int) -> None:
    of_receipt = runpy.run_path(str(SCRIPT), run_name="benchmarks.words")["of_receipt"]
    reader = Reader(threads=1)
    receipts = SyntheticReceipts(3, 2, "validation", fixed=Fixed(setting="scan"))
    overlaps = np.concatenate(
        [of_receipt(reader, receipts.make(k), ReadOptions(), quarters) for k in range(2)]
    )
    assert len(overlaps) > 60
    assert np.median(overlaps) >= 0.8
    assert (overlaps >= 0.6).mean() >= 0.95


def test_words_make_up_the_line() -> None:
    image = SyntheticReceipts(4, 1, "validation", fixed=Fixed(setting="photo"))[0].load()
    (page,) = Reader(threads=1).read(image).pages
    assert len(page.lines) > 10
    for line in page.lines:
        assert " ".join(word.text for word in line.words) == line.text
        assert all(word.confidence >= line.confidence - 1e-3 for word in line.words)
