"""What pixels of the text map count: more where lines could be joined or overlooked."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the [train] extra")

from ocr.errors import BadConfiguration  # noqa: E402
from ocr.models.loss.db import balanced_bce  # noqa: E402
from ocr.training import targets  # noqa: E402
from ocr.training.pixel_weights import PixelWeights  # noqa: E402

#: Twenty pixels high, and wide enough to be no figure.
LEFT = np.array([[10, 20], [90, 20], [90, 40], [10, 40]], np.float32)


def weights(*outlines: np.ndarray, ignore: int | None = None, size: int = 240) -> np.ndarray:
    left_out = [k == ignore for k in range(len(outlines))]
    return targets.draw(outlines, left_out, size, size, pixel_weights=PixelWeights(gaps=4, short=3)).weight


def about(outline: np.ndarray, degrees: float) -> np.ndarray:
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return ((outline - 100) @ turn + 100).astype(np.float32)


def test_the_gap_between_neighbours_counts_more_up_to_their_shrunk_insides():
    right = LEFT + np.array([95, 2], np.float32)
    found = targets.draw([LEFT, right], [False, False], 240, 240, pixel_weights=PixelWeights(gaps=4, short=3))
    row = found.weight[30]
    inside = found.text[30].astype(bool)
    last, first = np.flatnonzero(inside[:98]).max(), np.flatnonzero(inside[98:]).min() + 98
    assert (row[last + 2 : first - 1] == 4).all()
    assert (row[: last - 1] == 1).all()
    assert (row[first + 2 :] == 1).all()
    assert (found.weight[:18] == 1).all()
    assert (found.weight[44:] == 1).all()


@pytest.mark.parametrize(
    "offset",
    [(180, 0), (0, 24), (95, 15)],
    ids=["far along the row", "in the next row", "half a row down"],
)
def test_lines_that_nobody_joins_change_nothing(offset):
    assert (weights(LEFT, LEFT + np.array(offset, np.float32)) == 1).all()


def test_a_figure_counts_more_with_its_surroundings():
    figure = np.array([[100, 100], [112, 100], [112, 120], [100, 120]], np.float32)
    found = weights(figure)
    assert (found[100:120, 100:112] == 3).all()
    # Its surroundings reach as far as the text map was shrunk, here 1.9 px.
    assert found[98, 106] == 3
    assert found[96, 106] == 1


@pytest.mark.parametrize("degrees", [0, 30, 90, 180, 270])
def test_a_turned_page_has_the_same_weights(degrees):
    right = LEFT + np.array([95, 0], np.float32)
    found = weights(about(LEFT, degrees), about(right, degrees))
    middle = about(np.array([[97.5, 30]], np.float32), degrees)[0].astype(int)
    assert found[middle[1], middle[0]] == 4
    assert (found == 4).sum() == pytest.approx((weights(LEFT, right) == 4).sum(), rel=0.1)


def test_what_is_left_out_counts_nothing_even_in_a_gap():
    between = np.array([[92, 20], [104, 20], [104, 40], [92, 40]], np.float32)
    found = weights(LEFT, LEFT + np.array([95, 0], np.float32), between, ignore=2)
    assert (found[21:39, 93:103] == 0).all()


def test_lines_beyond_the_picture_draw_nothing():
    assert (weights(LEFT - 500, LEFT + 500) == 1).all()
    assert weights().all()


@pytest.mark.parametrize("gaps", [0, 256, 1.5, True])
def test_weights_that_cannot_be_are_refused(gaps):
    with pytest.raises(BadConfiguration, match="gaps is"):
        PixelWeights(gaps=gaps)


def test_a_joined_gap_costs_more_where_it_is_emphasised():
    right = LEFT + np.array([95, 0], np.float32)
    plain = targets.draw([LEFT, right], [False, False], 240, 240)
    keen = targets.draw([LEFT, right], [False, False], 240, 240, pixel_weights=PixelWeights())
    joined = torch.from_numpy(plain.text.astype(np.float32))
    joined[25:35, 15:180] = 1
    logits = (joined * 2 - 1)[None] * 4
    plain_loss, keen_loss = (
        float(balanced_bce(logits, torch.from_numpy(t.text)[None], torch.from_numpy(t.weight)[None], 3.0))
        for t in (plain, keen)
    )
    assert keen_loss > 1.5 * plain_loss
