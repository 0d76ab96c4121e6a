"""How often pages with one receipt are taken for several.

    python benchmarks/receipts.py read FOLDER [--limit N]
    python benchmarks/receipts.py annotated DATASET [--limit N]
    python benchmarks/receipts.py cord FILE.jsonl

``read`` reads the pictures of a folder. ``annotated`` takes lines and texts of a dataset's annotation with its
pictures, ``cord`` those of CORD, which has no pictures. Every input holds one receipt: the figure to reach is 0.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ocr import polygons
from ocr.datasets import open_dataset
from ocr.layout.receipts import separate_receipts
from ocr.pipeline.reader import Reader

SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}


def read(folder: Path, limit: int | None) -> Iterator[tuple[str, int]]:
    """Names of pictures and the number of receipts that are found on them."""
    reader = Reader()
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)[:limit]:
        yield path.name, len(reader.read(path).pages[0].receipts)


def annotated(dataset: Path, limit: int | None) -> Iterator[tuple[str, int]]:
    """Names of samples and the number of receipts among their annotated lines."""
    for sample in open_dataset(dataset)[:limit]:
        quads, texts = [line.polygon for line in sample.lines], [line.text or "" for line in sample.lines]
        yield sample.name, len(separate_receipts(quads, texts, sample.load()))


def cord(path: Path, limit: int | None) -> Iterator[tuple[str, int]]:
    """Names of CORD's receipts and the number of receipts among their lines."""
    for entry in path.read_text().splitlines()[:limit]:
        receipt = json.loads(entry)
        fields = defaultdict(list)
        for word in receipt["words"]:
            fields[word["row"], word["line"]].append(word)
        quads = [
            polygons.min_area_quad(np.concatenate([w["quad"] for w in words])) for words in fields.values()
        ]
        texts = [" ".join(word["text"] for word in words) for words in fields.values()]
        yield receipt["id"], len(separate_receipts(quads, texts))


def main() -> None:
    """Print the pages that are split, and how many there are."""
    parser = argparse.ArgumentParser(description="Count pages with one receipt that are taken for several.")
    parser.add_argument("what", choices=("read", "annotated", "cord"))
    parser.add_argument("path", type=Path)
    parser.add_argument("--limit", type=int)
    chosen = parser.parse_args()
    counted = {"read": read, "annotated": annotated, "cord": cord}[chosen.what](chosen.path, chosen.limit)
    total = split = 0
    for name, count in counted:
        total += 1
        if count > 1:
            split += 1
            print(f"{name}: {count} receipts")
    print(f"{split} of {total} pages are split")


if __name__ == "__main__":
    main()
