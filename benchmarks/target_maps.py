"""What a training sample costs: warp, target maps, light and noise, in milliseconds of one core.

    python benchmarks/target_maps.py DATASET [--crops 60] [--repeats 5]

docTR draws the same maps from the same polygons in the same run where it is installed (``pip install python-doctr``
beside the ``[train]`` extra). For comparison the maps are also read from files, as a cache of maps made beforehand
would do.

Every figure is CPU time of one thread. Each piece of work is repeated and its quickest turn counts, which keeps out
what other programs on the machine do to the caches; the mean over the crops is printed.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from ocr import polygons
from ocr.datasets import open_dataset
from ocr.training import augment, targets
from ocr.training.detection_data import DetectionCrops
from ocr.training.mixture import Source

SIZE = 640
SHRINK_RATIO = 0.7

Outlines = Sequence[polygons.Polygon]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--crops", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    crops = DetectionCrops(
        {"pages": Source(open_dataset(given.dataset)[:20])}, SIZE, shrink_ratio=SHRINK_RATIO
    )
    parts, outlines = watch(crops)
    for draw in range(given.crops):
        crops[draw]  # pages are decoded now, and stay in memory as they do in training
    learnt = list(outlines)
    whole, pieces = [], []
    for draw in range(given.crops):
        turns = []
        for _ in range(given.repeats):
            parts.clear()
            turns.append((milliseconds(lambda draw=draw: crops[draw]), dict(parts)))
        best = min(turns, key=lambda turn: turn[0])
        whole.append(best[0])
        pieces.append(best[1])
    print(
        f"{given.crops} crops of {SIZE} x {SIZE}, {np.mean([len(o) for o in learnt]):.0f} lines each on average\n"
    )
    print("| work | ms |\n|---|---|")
    for name in ("crop_matrix", "warp", "draw", "light"):
        print(f"| {name} | {np.mean([piece.get(name, 0.0) for piece in pieces]):.2f} |")
    print(f"| **whole sample** | **{np.mean(whole):.2f}** (median {np.median(whole):.2f}) |")
    compare(learnt, given.repeats)


def watch(crops: DetectionCrops) -> tuple[dict[str, float], list[Outlines]]:
    """Add up what the parts of a sample cost, and keep the outlines that maps are drawn from."""
    parts: dict[str, float] = {}
    outlines: list[Outlines] = []

    def timed(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if name == "draw":
                outlines.append(args[0])
            started = time.thread_time()
            result = work(*args, **kwargs)
            parts[name] = parts.get(name, 0.0) + 1e3 * (time.thread_time() - started)
            return result

        return run

    augment.crop_matrix = timed("crop_matrix", augment.crop_matrix)
    augment.warp = timed("warp", augment.warp)
    targets.draw = timed("draw", targets.draw)
    assert crops.change_light is not None
    crops.change_light = timed("light", crops.change_light)  # type: ignore[assignment]
    return parts, outlines


def compare(crops: Sequence[Outlines], repeats: int) -> None:
    """Ours, docTR's and maps read from files, in turns, from the same quads."""
    quads = [[polygons.to_quad(outline) for outline in outlines] for outlines in crops]
    doctr = doctr_builder()
    rows: dict[str, list[float]] = {"ours": [], "docTR": [], "maps read from a file": []}
    for outlines in quads:
        nothing = [False] * len(outlines)

        def ours(outlines: Outlines = outlines, nothing: list[bool] = nothing) -> targets.TargetMaps:
            return targets.draw(outlines, nothing, SIZE, SIZE, shrink_ratio=SHRINK_RATIO)

        maps = ours()
        file = io.BytesIO()
        np.savez_compressed(file, **vars(maps))

        def read(file: io.BytesIO = file) -> None:
            file.seek(0)
            with np.load(file) as kept:
                for name in kept.files:
                    kept[name]

        works: list[tuple[str, Callable[[], Any]]] = [("ours", ours), ("maps read from a file", read)]
        if doctr is not None and outlines:
            share = np.clip(np.stack(outlines) / SIZE, 0, 1).astype(np.float32)
            works.append(
                ("docTR", lambda share=share: doctr.build_target([{"words": share}], (1, SIZE, SIZE)))
            )
        turns = [(name, milliseconds(work)) for _ in range(repeats) for name, work in works]
        for name, _ in works:
            rows[name].append(min(spent for other, spent in turns if other == name))
    print("\n| maps of the same quads | ms |\n|---|---|")
    for name, spent in rows.items():
        print(f"| {name} | {np.mean(spent):.2f} |" if spent else f"| {name} | not installed |")
    if rows["docTR"]:
        print(f"\ndocTR / ours = {np.mean(rows['docTR']) / np.mean(rows['ours']):.1f}")


def doctr_builder() -> Any:
    """docTR's drawing of target maps with our shrink ratio, or ``None`` where docTR is not installed."""
    try:
        from doctr.models.detection.differentiable_binarization.base import _DBNet
    except ImportError:
        return None
    builder = type("Builder", (_DBNet,), {"shrink_ratio": SHRINK_RATIO})()
    builder.assume_straight_pages = False
    return builder


def milliseconds(work: Callable[[], object]) -> float:
    """CPU time of this thread."""
    started = time.thread_time()
    work()
    return 1e3 * (time.thread_time() - started)


if __name__ == "__main__":
    main()
