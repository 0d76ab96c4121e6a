"""CRAFT's target maps: heats on the characters and between them, and decoding gives the lines back."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

pytest.importorskip("torch")

from ocr import polygons
from ocr.detection.craft import CraftOptions
from ocr.detection.decode import decode
from ocr.training import craft_targets

LINE = np.array([[20, 20], [140, 20], [140, 60], [20, 60]], np.float32)


def literal(quad, text, size, sigma):
    """Pixel by pixel, for a line without perspective: each character and each pair is a Gaussian of its own."""
    origin, right, down = quad[0] / 2, (quad[1] - quad[0]) / 2, (quad[3] - quad[0]) / 2
    matrix = np.linalg.inv(np.column_stack([right / len(text), down]))
    printed = [k for k, character in enumerate(text) if character != " "]
    region, affinity = np.zeros((size // 2, size // 2)), np.zeros((size // 2, size // 2))
    for row in range(size // 2):
        for column in range(size // 2):
            u, v = matrix @ (np.array([column + 0.5, row + 0.5]) - origin)
            for k in printed:
                heat = np.exp(-((u - k - 0.5) ** 2 + (v - 0.5) ** 2) / (2 * sigma**2))
                region[row, column] = max(region[row, column], heat)
            for a, b in itertools.pairwise(printed):
                du, dv = (u - (a + b + 1) / 2) / (b - a), (v - 0.5) / (2 / 3)
                affinity[row, column] = max(affinity[row, column], np.exp(-(du**2 + dv**2) / (2 * sigma**2)))
    return region, affinity


@pytest.mark.parametrize("text", ["abcd", "a bc", "x"])
@pytest.mark.parametrize("angle", [0, 20])
def test_maps_are_those_of_single_characters(text, angle):
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    quad = polygons.transform(LINE, [[c, -s, 10], [s, c, 5]])
    maps = craft_targets.draw([quad], [text], 160, 160, sigma=0.2)
    region, affinity = literal(quad.astype(np.float64), text, 160, 0.2)
    # Beyond three standard deviations, where nothing is drawn, a heat is below 0.012.
    np.testing.assert_allclose(maps.region, region, atol=0.012)
    np.testing.assert_allclose(maps.affinity, affinity, atol=0.012)


def test_text_counts_by_its_confidence_and_ignored_text_not_at_all():
    below = LINE + np.array([0, 60], np.float32)
    thin = np.array([[20, 140], [90, 140], [90, 142], [20, 142]], np.float32)
    maps = craft_targets.draw([LINE, below, thin], ["ab", None, "ab"], 160, 160, confidence=0.5)
    assert set(np.unique(maps.weight)) == {0.0, 0.5, 1.0}
    assert maps.weight[20, 40] == 0.5
    assert maps.weight[50, 40] == 0.0
    assert maps.region[50, 40] == 0.0
    assert maps.weight[70, 20] == 0.0
    assert maps.weight[5, 5] == 1.0


def test_a_line_without_transcript_has_characters_half_as_wide_as_high():
    maps = craft_targets.draw([LINE], [""], 160, 160)
    assert (
        (maps.region[20, 1:-1] > maps.region[20, :-2]) & (maps.region[20, 1:-1] >= maps.region[20, 2:])
    ).sum() == 6


def test_a_line_beyond_the_crop_is_drawn_in_part():
    outside = LINE - np.array([60, 30], np.float32)
    maps = craft_targets.draw([outside], ["abcdef"], 96, 96)
    whole = craft_targets.draw([outside + 64], ["abcdef"], 224, 224)
    np.testing.assert_allclose(maps.region, whole.region[32:80, 32:80], atol=1e-4)
    assert craft_targets.draw([outside - 500], ["abc"], 96, 96).region.max() == 0


@pytest.mark.parametrize("sigma", [0.25, 0.3, 0.35])
@pytest.mark.parametrize("angle", [0, 3, -11])
def test_decoding_the_maps_gives_the_lines_back(sigma, angle):
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    rng = np.random.default_rng(1)
    outlines, texts = [], []
    for row in range(8):
        height, text = rng.uniform(18, 40), "TOTAL 12.50"[: rng.integers(4, 12)].strip()
        width = 0.5 * height * len(text)
        quad = np.array([[0, 0], [width, 0], [width, height], [0, height]])
        outlines.append(polygons.transform(quad, [[c, -s, 60 + rng.uniform(0, 20)], [s, c, 100 + 60 * row]]))
        texts.append(text)
    maps = craft_targets.draw(outlines, texts, 640, 640, sigma=sigma)
    found = decode(np.stack([maps.region, maps.affinity]), CraftOptions(sigma=sigma)).regions
    assert len(found) == len(outlines)
    for outline in outlines:
        assert max(polygons.iou(outline, region.polygon * 2) for region in found) > 0.8
