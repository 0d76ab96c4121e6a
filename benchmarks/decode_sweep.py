"""Choose the decode thresholds of a detection model: IoU 0.5 and CLEval H-mean over a grid, on one dataset.

    python benchmarks/decode_sweep.py DATASET --model detection.onnx

The network runs once a look at a page; only decoding is repeated.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import numpy as np

from ocr.datasets import open_dataset
from ocr.detection.decode import DecodeOptions
from ocr.detection.detector import Detector
from ocr.detection.multiscale import search
from ocr.engine.model_file import ModelFile
from ocr.io.images import to_grey
from ocr.metrics import DetectionMetrics, Prediction

THRESHOLDS = (0.3, 0.4, 0.5)
BOX_THRESHOLDS = (0.65, 0.7, 0.75)
#: Above the ratio of training regions grow less than they were shrunk: the network's reach a little beyond.
SHRINK_RATIOS = (0.7, 0.74, 0.78)


def remembered(detector: Detector) -> Callable[[np.ndarray], np.ndarray]:
    """The maps of one picture, each look at it computed once: two looks can have one size."""
    maps: dict[tuple[tuple[int, ...], bytes], np.ndarray] = {}

    def network(page: np.ndarray) -> np.ndarray:
        key = page.shape, blake2b(np.ascontiguousarray(page)).digest()
        if key not in maps:
            maps[key] = detector.maps(page)
        return maps[key]

    return network


def main() -> None:
    """Print a line for each setting, best IoU H-mean last."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("dataset", type=Path)
    arguments.add_argument("--model", type=Path)
    arguments.add_argument("--limit", type=int)
    given = arguments.parse_args()
    model = ModelFile.load(given.model, task="detection") if given.model else ModelFile.shipped("detection")
    detector = Detector(model)
    settings = list(itertools.product(THRESHOLDS, BOX_THRESHOLDS, SHRINK_RATIOS))
    totals = [DetectionMetrics() for _ in settings]
    for sample in open_dataset(given.dataset)[: given.limit]:
        image, checked = sample.load_validated()
        network = remembered(detector)
        for (threshold, box, ratio), total in zip(settings, totals, strict=True):
            options = DecodeOptions(threshold=threshold, box_threshold=box, shrink_ratio=ratio)
            found = search(to_grey(image), network, detector.policy, options)
            total.add(checked.lines, [Prediction(region.polygon) for region in found.regions])
    rows = sorted(
        (t.result().iou.hmean, t.result().cleval.hmean, *s) for s, t in zip(settings, totals, strict=True)
    )
    for iou, cleval, threshold, box, ratio in rows:
        print(
            f"threshold {threshold:.2f}  box_threshold {box:.2f}  shrink_ratio {ratio:.2f}  "
            f"IoU H {iou:.4f}  CLEval H {cleval:.4f}"
        )


if __name__ == "__main__":
    main()
