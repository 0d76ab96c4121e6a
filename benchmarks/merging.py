"""Accuracy by the widest gap at which fragments are merged.

    python benchmarks/merging.py DATASET [--detection MODEL] [--limit N]

Each page of DATASET, which must be upright, is read once without merging; only the merging is repeated.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from unittest import mock

from ocr.datasets import open_dataset
from ocr.datasets.sample import Sample
from ocr.layout import merging
from ocr.layout.merging import Fragment, merge_fragments
from ocr.metrics import Prediction, Reading
from ocr.metrics.evaluate import evaluate
from ocr.metrics.evaluation import read_sample
from ocr.pipeline.reader import Reader

WIDTHS = (0.9, 1.0, merging.WIDEST, 1.3, 1.5)


def main() -> None:
    """Print a row of figures for each width."""
    parser = argparse.ArgumentParser(description="Measure the merging of fragments.")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--detection", help="detection model, by default the shipped one")
    parser.add_argument("--limit", type=int, help="read only the first pictures")
    chosen = parser.parse_args()

    reader = Reader(chosen.detection)
    samples = list(open_dataset(chosen.dataset))[: chosen.limit]
    with mock.patch.object(merging, "_same_phrase", return_value=False):
        unmerged = {sample.name: read_sample(reader, sample) for sample in samples}

    def lines(sample: Sample, widest: float | None) -> Reading:
        reading = unmerged[sample.name]
        if widest is None:
            return reading
        fragments = [Fragment(line.text, line.confidence, line.polygon) for line in reading.lines]
        merged = merge_fragments(fragments, widest)
        predictions = tuple(
            Prediction(line.quad, line.text, line.confidence) for row in merged for line in row
        )
        return Reading(predictions, reading.width, reading.height)

    print(
        "| widest gap, letter widths | IoU 0.5 H | CLEval detection H | CLEval end to end H | token F1 | lines right |"
    )
    print("|---|---|---|---|---|---|")
    for widest in (None, *WIDTHS):
        report = evaluate(samples, lambda sample, widest=widest: lines(sample, widest))
        texts, tokens, read = report.cleval_end_to_end, report.tokens, report.lines
        assert texts is not None
        assert tokens is not None
        assert read is not None
        print(
            f"| {'none' if widest is None else widest} | {report.iou.hmean:.4f} | {report.cleval_detection.hmean:.4f} "
            f"| {texts.hmean:.4f} | {tokens.f1:.4f} | {read.matched.line_accuracy:.4f} |"
        )


if __name__ == "__main__":
    main()
