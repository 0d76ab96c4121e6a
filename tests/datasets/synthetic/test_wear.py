"""What lies on the paper behind the print of a line, and on the print."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from ocr.datasets.synthetic import wear


@pytest.mark.parametrize("draw", [wear._pattern, wear._stroke])
def test_patterns_and_strokes_are_shares_of_ink(draw: object) -> None:
    drawn = [draw(Random(k), 32, 200) for k in range(60)]  # type: ignore[operator]
    assert all(one.shape == (32, 200) and one.min() >= 0 and one.max() <= 1 for one in drawn)
    # Nearly all leave paper, and nearly all mark it.
    assert sum(one.mean() < 0.9 for one in drawn) > 50
    assert sum(one.max() > 0.5 for one in drawn) > 30


def test_a_pattern_repeats() -> None:
    stripes = [wear._pattern(Random(k), 32, 256)[16] for k in range(40)]
    uneven = [row - row.mean() for row in stripes if np.ptp(row) > 0.3]
    assert len(uneven) > 15
    # Its spectrum has peaks, unlike that of noise.
    peaks = [float((power := np.abs(np.fft.rfft(row)) ** 2).max() / power.sum()) for row in uneven]
    assert float(np.median(peaks)) > 0.25


def test_print_stays_darker_than_the_pattern_behind_it() -> None:
    ink = np.zeros((32, 200), np.float32)
    ink[8:24, 20:180:6] = ink[8:24, 21:180:6] = 1.0
    marked = 0
    for k in range(200):
        grey = wear.lay_on_paper(ink.copy(), Random(k), wear.Noise())
        on, off = grey[ink == 1], grey[ink == 0]
        assert on.mean() < off.mean()
        marked += float(np.std(off)) > 3
    assert marked > 5
