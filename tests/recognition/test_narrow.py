"""Lines of narrow letters are widened before they are read."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ocr.engine.model_file import ModelFile
from ocr.errors import ModelInvalid
from ocr.recognition.narrow import MOST, stroke_spacing, widened, widenings
from ocr.recognition.recognizer import Recognizer
from ocr.recognition.tones import levels
from tests.models_for_tests import ROWS, receipt_like, recognition_model


def stripes(spacing: int, count: int = 20, ink: int = 30, paper: int = 220) -> npt.NDArray[np.uint8]:
    """A line (32, W) of upright strokes, each so many columns from the last."""
    row = np.full(spacing * count, paper, np.uint8)
    row.reshape(count, spacing)[:, 2 : 2 + spacing // 2] = ink
    line = np.full((32, len(row)), paper, np.uint8)
    line[6:26] = row
    return line


def test_the_columns_of_a_stroke_are_counted() -> None:
    lines = [
        stripes(7),
        stripes(12),
        np.bitwise_not(stripes(12)),
        np.full((32, 40), 200, np.uint8),
        stripes(5, 3),
    ]
    found = stroke_spacing(lines, levels(lines))
    assert found == pytest.approx([7, 12, 12, 40, 5])
    # Each alone as well.
    alone = [float(stroke_spacing([line], levels([line]))[0]) for line in lines]
    assert found == pytest.approx(alone)
    assert stroke_spacing([], levels([])).shape == (0,)


def test_lines_are_widened_until_their_strokes_have_room() -> None:
    lines = [stripes(4), stripes(10), stripes(12), stripes(20)]
    assert widenings(lines, levels(lines), 12) == pytest.approx([MOST, 1.2, 1, 1])
    assert widenings(lines, levels(lines), 0) == pytest.approx([1, 1, 1, 1])
    wider = widened(lines[1], 1.2, 1600)
    assert wider.shape == (32, 240)
    assert wider.dtype == np.uint8
    assert stroke_spacing([wider], levels([wider])) == pytest.approx([12])
    assert widened(lines[1], 1.0, 1600) is lines[1]
    assert widened(lines[1], 1.5, 150) is lines[1]
    assert widened(lines[1], 1.5, 230).shape == (32, 230)


def test_a_model_says_how_wide_strokes_are_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    page = receipt_like()[..., 0]
    tops = [38 + 60 * k for k in range(len(ROWS))]
    ends = [24 * len(row) + 32 for row in ROWS]
    quads = [
        np.array([[36, top], [end, top], [end, top + 36], [36, top + 36]])
        for top, end in zip(tops, ends, strict=True)
    ]
    widths: list[list[int]] = []
    recognize = Recognizer._recognize

    def watched(self: Recognizer, crops: list[npt.NDArray[np.uint8]]) -> object:
        widths.append([crop.shape[1] for crop in crops])
        return recognize(self, crops)

    monkeypatch.setattr(Recognizer, "_recognize", watched)
    plain = Recognizer(ModelFile.load(recognition_model(), task="recognition"), threads=1)
    settings = {**plain.model.preprocess, "narrow": 40.0}
    wide = Recognizer(ModelFile.load(recognition_model(preprocess=settings), task="recognition"), threads=1)
    for one, other in zip(plain.read(page, quads), wide.read(page, quads), strict=True):
        assert one.text == other.text
        # Words stand where they stood; the network of this test answers for every four columns.
        assert np.abs(one.words[0].quad - other.words[0].quad).max() < 5
    assert all(one < other <= MOST * one + 1 for one, other in zip(*widths, strict=True))
    with pytest.raises(ModelInvalid, match="narrow"):
        Recognizer(
            ModelFile.load(recognition_model(preprocess={**settings, "narrow": -1}), task="recognition")
        )
