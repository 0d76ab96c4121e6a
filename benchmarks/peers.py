"""Other readers measured by our own figures, on the same receipts.

Run with a Python that has the reader to measure beside numpy, opencv, pyclipper, rich and typer::

    PYTHONPATH=src python benchmarks/peers.py DATASET [--limit 8] [--reader rapidocr …]

Readers that are not installed are named and left out. Seconds are from file to result with models loaded, one
receipt at a time after one that is not counted; compare them only with figures from the same, otherwise idle
machine.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import io
import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ocr.cli import evaluation_table
from ocr.datasets import Sample, open_dataset
from ocr.metrics import Prediction, Reading
from ocr.metrics.evaluate import evaluate

ReadSample = Callable[[Sample], Reading]


def rapidocr() -> ReadSample | None:
    """RapidOCR 3, with the models in its wheel."""
    if importlib.util.find_spec("rapidocr") is None:
        return None
    from rapidocr import RapidOCR

    engine = RapidOCR()

    def read(sample: Sample) -> Reading:
        answer = engine(str(sample.image_path))
        boxes = [] if answer.boxes is None else answer.boxes
        lines = zip(boxes, answer.txts or (), answer.scores or (), strict=True)
        return _reading(sample, [Prediction(box, text, float(score)) for box, text, score in lines])

    return read


def rapidocr_onnxruntime() -> ReadSample | None:
    """RapidOCR 1, with the models in its wheel."""
    if importlib.util.find_spec("rapidocr_onnxruntime") is None:
        return None
    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR()

    def read(sample: Sample) -> Reading:
        answer, _ = engine(str(sample.image_path))
        lines = [Prediction(np.array(box), text, float(score)) for box, text, score in answer or []]
        return _reading(sample, lines)

    return read


def tesseract() -> ReadSample | None:
    """Tesseract with one column of text (``--psm 4``); a line is the words that it puts on one."""
    program = shutil.which("tesseract")
    if program is None:
        return None

    def read(sample: Sample) -> Reading:
        done = subprocess.run(
            [program, str(sample.image_path), "-", "--psm", "4", "tsv"],
            capture_output=True,
            check=True,
            encoding="utf-8",
        )
        words = defaultdict(list)
        for row in csv.DictReader(io.StringIO(done.stdout), delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["level"] == "5" and row["text"].strip():
                words[row["block_num"], row["par_num"], row["line_num"]].append(row)
        return _reading(sample, [_tesseract_line(line) for line in words.values()])

    return read


def _tesseract_line(words: list[dict[str, str]]) -> Prediction:
    left = [float(word["left"]) for word in words]
    top = [float(word["top"]) for word in words]
    x0, x1 = min(left), max(x + float(word["width"]) for x, word in zip(left, words, strict=True))
    y0, y1 = min(top), max(y + float(word["height"]) for y, word in zip(top, words, strict=True))
    confidence = min(max(float(word["conf"]), 0.0) for word in words) / 100
    polygon = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    return Prediction(polygon, " ".join(word["text"] for word in words), min(confidence, 1.0))


def _reading(sample: Sample, lines: list[Prediction]) -> Reading:
    height, width = _SIZES[sample.name]
    return Reading(tuple(lines), width, height)


READERS = {"rapidocr": rapidocr, "rapidocr-onnxruntime": rapidocr_onnxruntime, "tesseract": tesseract}
#: Height and width by name, found beforehand so that no reader's time holds our decoding.
_SIZES: dict[str, tuple[int, int]] = {}


def main() -> None:
    """Measure the readers that are installed and print their figures one after the other."""
    parser = argparse.ArgumentParser(description="Measure other readers by our own figures.")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--limit", type=int, help="use only the first receipts")
    parser.add_argument("--reader", nargs="+", choices=READERS, default=list(READERS))
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    chosen = parser.parse_args()

    dataset = open_dataset(chosen.dataset)[: chosen.limit]
    for sample in dataset:
        _SIZES[sample.name] = sample.load().shape[:2]
    figures = {}
    for name in chosen.reader:
        read = READERS[name]()
        if read is None:
            print(f"{name} is not installed here.", file=sys.stderr)
            continue
        read(dataset[0])
        report = evaluate(dataset, read)
        print(f"\n{name}")
        evaluation_table.show(report)
        for failure in report.failures:
            print(f"{failure.name}: {failure.error}", file=sys.stderr)
        figures[name] = report.to_dict()
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
