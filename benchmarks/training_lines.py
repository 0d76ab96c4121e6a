"""What a rendered line costs the recogniser's training, by the share of lines that are rendered anew.

    python benchmarks/training_lines.py [--fresh 1.0 0.3 0.1] [--pools 12] [--charset latin]

Computing time of one process on one thread, in turns, after the kept lines are there.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

import cv2

from ocr.recognition.charset import Charset
from ocr.training.recognition_data import LineBatches, RenderedLines

#: Lines of a pool, of which an eighth is a batch, and lines that are kept.
_POOL, _KEPT = 128, 256


def main() -> None:
    """Print a row a share."""
    parser = argparse.ArgumentParser(description="Measure what rendered lines cost.")
    parser.add_argument("--fresh", type=float, nargs="*", default=[1.0, 0.3, 0.1])
    parser.add_argument("--pools", type=int, default=12)
    parser.add_argument("--charset", default="latin")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    charset = Charset.load(chosen.charset)
    sources = {
        fresh: LineBatches(
            {"synthetic": RenderedLines(1, charset, fresh=fresh, kept=_KEPT)}, charset, _POOL // 8, 8
        )
        for fresh in chosen.fresh
    }
    # By then nearly all of the kept lines are there.
    first = 5 * _KEPT // _POOL
    for fresh, batches in sources.items():
        for number in range(first if fresh < 1 else 0):
            batches._make(number)
    spent: Counter[float] = Counter()
    for number in range(first, first + chosen.pools):
        for fresh, batches in sources.items():
            began = time.process_time()
            batches._make(number)
            spent[fresh] += time.process_time() - began
    print("| rendered anew | ms a line | lines a second and core |\n|---|---|---|")
    for fresh, seconds in spent.items():
        lines = chosen.pools * _POOL
        print(f"| {fresh:.0%} | {1000 * seconds / lines:.2f} | {lines / seconds:.0f} |")


if __name__ == "__main__":
    main()
