"""Target maps against a slow, literal reading of the paper's equations."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from ocr import polygons
from ocr.detection.decode import DecodeOptions, decode
from ocr.training import targets

SIZE = 96


def literal(outlines, ratio, low, high):
    """Pixel by pixel: D = A (1 − r²) / L; inside when deeper than D; threshold from the distance to the outline."""
    text = np.zeros((SIZE, SIZE), bool)
    threshold = np.full((SIZE, SIZE), low)
    for outline in np.asarray(outlines, object):
        ends = np.roll(outline, -1, axis=0).tolist()
        sides = list(zip(outline.tolist(), ends, strict=True))
        area = 0.5 * abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in sides))
        d = area * (1 - ratio**2) / sum(np.hypot(b[0] - a[0], b[1] - a[1]) for a, b in sides)
        for row in range(SIZE):
            for column in range(SIZE):
                x, y = column + 0.5, row + 0.5
                nearest, inside = np.inf, False
                for (ax, ay), (bx, by) in sides:
                    vx, vy = bx - ax, by - ay
                    t = min(1.0, max(0.0, ((x - ax) * vx + (y - ay) * vy) / (vx * vx + vy * vy)))
                    nearest = min(nearest, ((x - ax - t * vx) ** 2 + (y - ay - t * vy) ** 2) ** 0.5)
                    # A ray to the right crosses the outline of a polygon an odd number of times from inside.
                    if (ay > y) != (by > y) and x < ax + (y - ay) * vx / vy:
                        inside = not inside
                text[row, column] |= inside and nearest > d
                threshold[row, column] = max(
                    threshold[row, column], high - (high - low) * min(1, nearest / d)
                )
    return text, threshold


UPRIGHT = np.array([[10, 20], [80, 20], [80, 41], [10, 41]], np.float32)
TURNED = polygons.transform(UPRIGHT, [[0.98, 0.17, -4], [-0.17, 0.98, 40]])


TRAPEZIUM = np.array([[12, 12], [84, 18], [70, 50], [20, 44]], np.float32)
PENTAGON = np.array([[30, 0], [96, 0], [96, 12], [60, 30], [22, 26]], np.float32)
#: A line along an arc: its polygon has a dent.
BENT = np.array([[8, 60], [48, 40], [88, 60], [84, 80], [48, 62], [12, 80]], np.float32)


@pytest.mark.parametrize(
    "outlines",
    [
        [UPRIGHT],
        [TURNED],
        [TRAPEZIUM],
        [PENTAGON],
        [BENT],
        [UPRIGHT - 14],
        [UPRIGHT + np.array([40, 50])],
        # Bands that reach into each other, of polygons with different D and numbers of corners.
        [
            UPRIGHT,
            UPRIGHT * np.array([1, 0.4]) + np.array([6, 36]),
            TURNED + np.array([4, 9]),
            PENTAGON,
            BENT,
        ],
    ],
    ids=["upright", "turned", "trapezium", "pentagon", "bent", "off the left", "off the right", "many"],
)
@pytest.mark.parametrize("ratio", [0.4, 0.7])
def test_maps_are_those_of_the_paper(outlines, ratio):
    outlines = [np.asarray(outline, np.float32) for outline in outlines]
    maps = targets.draw(outlines, [False] * len(outlines), SIZE, SIZE, shrink_ratio=ratio)
    text, threshold = literal([outline.astype(np.float64) for outline in outlines], ratio, 0.3, 0.7)
    # Clipper rounds to 1/256 px: pixels whose centre lies on the very edge may fall to either side.
    assert (maps.text.astype(bool) != text).sum() <= 2
    np.testing.assert_allclose(maps.threshold, threshold, atol=1e-4)
    assert (maps.band.astype(bool) != (threshold > 0.3)).sum() <= 2
    assert maps.weight.all()


def test_ignored_and_tiny_text_is_masked_out():
    tiny = np.array([[10, 60], [40, 60], [40, 62], [10, 62]], np.float32)
    maps = targets.draw([UPRIGHT, tiny], [True, False], SIZE, SIZE)
    assert maps.text.sum() == 0
    assert maps.weight[30, 40] == 0
    assert maps.weight[61, 20] == 0
    assert maps.weight[80, 80] == 1
    assert maps.band.sum() == 0


def test_a_page_without_text_has_empty_maps():
    maps = targets.draw([], [], 32, 64)
    assert maps.text.shape == (32, 64)
    assert maps.text.sum() == 0
    assert maps.weight.all()


@pytest.mark.parametrize("ratio", [0.4, 0.6, 0.7])
@pytest.mark.parametrize("angle", [0, 3, -11])
def test_decoding_the_text_map_gives_the_polygons_back(ratio, angle):
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    rng = np.random.default_rng(1)
    outlines = []
    for row in range(8):
        width, height = rng.uniform(60, 400), rng.uniform(16, 40)
        quad = np.array([[0, 0], [width, 0], [width, height], [0, height]])
        outlines.append(polygons.transform(quad, [[c, -s, 60 + rng.uniform(0, 20)], [s, c, 90 + 60 * row]]))
    maps = targets.draw(outlines, [False] * len(outlines), 640, 640, shrink_ratio=ratio)
    found = decode(maps.text.astype(np.float32), DecodeOptions(shrink_ratio=ratio)).regions
    assert len(found) == len(outlines)
    # The smaller r, the less height is left and the more a rounding of half a pixel counts: six times for 0.4.
    least = {0.7: 0.9, 0.6: 0.85, 0.4: 0.75}[ratio]
    for outline in outlines:
        assert max(polygons.iou(outline, region.polygon) for region in found) > least
