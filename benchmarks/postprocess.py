"""Probability maps to text regions: ours against RapidOCR's ``DBPostProcess``, on the same maps in the same run.

    python benchmarks/postprocess.py DATASET [--limit 30] [--repeats 7]

Run with a Python that has ``rapidocr`` or ``rapidocr-onnxruntime`` installed beside this package; where neither is,
ours is timed alone. The maps are those of the shipped detection model. All get the same threshold and box threshold,
keep at most 1,000 regions. Ours answers in pixels of the map, RapidOCR in those of the page, a little more work.
RapidOCR scores a region by its rectangle ("fast", its default), ours by its pixels. Cropping is timed on the regions
that were found.

Every figure is CPU time of one thread; each piece of work is repeated in turns with the others and its quickest turn
counts, which keeps out what other programs on the machine do to the caches.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ocr import polygons
from ocr.datasets import open_dataset
from ocr.detection.decode import decode
from ocr.detection.detector import Detector
from ocr.detection.multiscale import search
from ocr.engine.choice import resolve
from ocr.io.images import to_grey


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--limit", type=int, default=30)
    parser.add_argument("--repeats", type=int, default=7)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    detector = Detector(resolve(None, "detection"), 1)
    options = detector.options
    peers = {name: make(options) for name, make in PEERS.items()}
    rows: dict[str, list[float]] = {}
    regions = 0
    for sample in open_dataset(given.dataset)[: given.limit]:
        page = to_grey(sample.load())
        maps: dict[tuple[int, ...], np.ndarray] = {}

        def network(seen: np.ndarray, maps: dict[tuple[int, ...], np.ndarray] = maps) -> np.ndarray:
            if seen.shape not in maps:
                maps[seen.shape] = detector.maps(seen)[0]
            return maps[seen.shape]

        found = search(page, network, detector.policy, options)
        regions += len(found.regions)
        probability = max(maps.values(), key=np.size)
        works: dict[str, Callable[[], Any]] = {
            "ours: decode": lambda probability=probability: decode(probability, options),
            "ours: crops": lambda page=page, found=found: [
                polygons.crop(page, region.polygon, 32, margin=0.1) for region in found.regions
            ],
        }
        for name, peer in peers.items():
            if peer is not None:
                works[name] = lambda peer=peer, p=probability[None, None], size=page.shape: peer(p, size)
        best = dict.fromkeys(works, float("inf"))
        for _ in range(given.repeats):
            for name, work in works.items():
                started = time.thread_time()
                work()
                best[name] = min(best[name], 1e3 * (time.thread_time() - started))
        for name, spent in best.items():
            rows.setdefault(name, []).append(spent)
    pages = len(rows["ours: decode"])
    print(
        f"{pages} pages, {regions / pages:.0f} regions each\n\n| work | ms a page | times ours |\n|---|---|---|"
    )
    own = float(np.mean(rows["ours: decode"]))
    for name, spent in rows.items():
        print(f"| {name} | {np.mean(spent):.2f} | {np.mean(spent) / own:.1f} |")
    for name, peer in peers.items():
        if peer is None:
            print(f"| {name} | not installed | |")


def rapidocr(options: Any) -> Callable[..., Any] | None:
    """RapidOCR 3."""
    try:
        from rapidocr.ch_ppocr_det.utils import DBPostProcess
    except ImportError:
        return None
    return _peer(DBPostProcess, options)


def rapidocr_onnxruntime(options: Any) -> Callable[..., Any] | None:
    """RapidOCR 1."""
    try:
        from rapidocr_onnxruntime.ch_ppocr_det.utils import DBPostProcess
    except ImportError:
        return None
    return _peer(DBPostProcess, options)


def _peer(made: Any, options: Any) -> Callable[..., Any]:
    peer: Callable[..., Any] = made(
        thresh=options.threshold, box_thresh=options.box_threshold, unclip_ratio=1.6, score_mode="slow"
    )
    return peer


PEERS = {"rapidocr": rapidocr, "rapidocr-onnxruntime": rapidocr_onnxruntime}


if __name__ == "__main__":
    main()
