"""What a receipt shows besides text: rules, barcodes, QR codes and logos."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np

from ocr.datasets.synthetic.layout import Graphic
from ocr.datasets.synthetic.typeset import Ink, Mask


def draw_graphic(graphic: Graphic, cap: float, width: int, rng: Random, dash: Ink) -> Mask:
    """Ink (h, w) uint8 of what is no text.

    Args:
        graphic: what is drawn; ``"none"`` gives a single empty pixel.
        cap: height of a capital letter of the receipt in pixels.
        width: of the printed part in pixels.
        rng: draws bars, modules and shapes.
        dash: a few characters that a dashed rule repeats.
    """
    if graphic == "dashes":
        space = np.zeros((dash.mask.shape[0], max(1, round(cap * 0.15))), np.uint8)
        unit = np.concatenate([dash.mask, space], axis=1)[max(0, round(dash.baseline - cap * 0.9)) :]
        return np.ascontiguousarray(np.tile(unit, (1, width // unit.shape[1])))
    if graphic == "line":
        return np.full((max(1, round(cap * 0.08)), width), 255, np.uint8)
    if graphic == "double":
        mask = np.zeros((max(4, round(cap * 0.3)), width), np.uint8)
        thick = max(1, mask.shape[0] // 4)
        mask[:thick] = mask[-thick:] = 255
        return mask
    if graphic == "barcode":
        bars = np.repeat([rng.random() < 0.5 for _ in range(95)], max(1, round(width * 0.6 / 95)))
        return np.asarray(np.tile(bars, (max(10, round(cap * rng.uniform(2.5, 4.5))), 1)) * 255, np.uint8)
    if graphic == "qr":
        cells = np.array([[rng.random() < 0.5 for _ in range(29)] for _ in range(29)], np.uint8)
        for y, x in ((0, 0), (0, 22), (22, 0)):
            cells[y : y + 7, x : x + 7] = 1
            cells[y + 1 : y + 6, x + 1 : x + 6] = 0
            cells[y + 2 : y + 5, x + 2 : x + 5] = 1
        side = max(2, round(width * 0.3 / 29))
        return np.asarray(np.kron(cells, np.ones((side, side), np.uint8)) * 255, np.uint8)
    if graphic == "logo":
        side = max(30, round(width * rng.uniform(0.12, 0.25)))
        mask = np.zeros((side, round(side * rng.uniform(1.0, 2.5))), np.uint8)
        middle = (mask.shape[1] // 2, side // 2)
        axes = (mask.shape[1] // 2 - 3, side // 2 - 3)
        cv2.ellipse(mask, middle, axes, 0, 0, 360, 255, rng.choice((-1, 3)), cv2.LINE_AA)
        for _ in range(rng.randrange(1, 4)):
            points = [[rng.randrange(mask.shape[1]), rng.randrange(side)] for _ in range(rng.randrange(3, 6))]
            cv2.fillPoly(mask, [np.array(points, np.int32)], rng.choice((0, 255)), cv2.LINE_AA)
        return mask
    return np.zeros((1, 1), np.uint8)
