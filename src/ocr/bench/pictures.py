"""Drawn receipts for benchmarks without a dataset: reproducible, with core packages only."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocr.datasets import Sample

_ITEMS = ("BREAD", "MILK 1L", "COFFEE BEANS", "APPLES 1KG", "TOOTHPASTE", "BUTTER", "RICE 2KG", "DETERGENT")


def drawn(count: int = 8, seed: int = 0) -> list[Sample]:
    """Receipts of 12 to 40 rows, 450 to 1000 pixels wide, without annotations."""
    rng = np.random.default_rng(seed)
    return [
        Sample(image_path=None, lines=(), name=f"drawn-{k + 1}", image=_receipt(rng)) for k in range(count)
    ]


def _receipt(rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    width = int(rng.integers(450, 1000))
    row, items = width / 16, int(rng.integers(6, 34))
    rows: list[tuple[str, str]] = [("CORNER SHOP", ""), (f"RECEIPT {rng.integers(1000, 9999)}", "")]
    prices = rng.integers(50, 3000, items)
    rows += [(_ITEMS[k % len(_ITEMS)], f"{price / 100:.2f}") for k, price in enumerate(prices)]
    rows += [
        ("TOTAL", f"{prices.sum() / 100:.2f}"),
        ("CASH", f"{prices.sum() / 100:.2f}"),
        ("CHANGE", "0.00"),
    ]
    page = np.full((int(row * (len(rows) + 2)), width, 3), 250, np.uint8)
    size = row / 42
    for k, (left, right) in enumerate(rows):
        base = int(row * (k + 1.7))
        for text, start in ((left, int(row)), (right, int(width - row * 3.6))):
            cv2.putText(
                page, text, (start, base), cv2.FONT_HERSHEY_DUPLEX, size, (30, 30, 30), 1, cv2.LINE_AA
            )
    noise = rng.integers(-6, 7, page.shape[:2])[..., None]
    return np.asarray(np.clip(page + noise, 0, 255), np.uint8)
