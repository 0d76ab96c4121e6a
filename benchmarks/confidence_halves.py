"""How well confidences are calibrated on pages that the map was not fitted on: fit on one half, measure on the other.

PYTHONPATH=src python benchmarks/confidence_halves.py DATASET [--recognition MODEL]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ocr.datasets import open_dataset
from ocr.engine.choice import resolve
from ocr.engine.model_file import ModelFile
from ocr.metrics.evaluate import evaluate
from ocr.metrics.evaluation import read_sample
from ocr.pipeline.reader import Reader
from ocr.training.confidences import fitted
from ocr.training.export import with_metadata


def main() -> None:
    """Print the expected calibration error before and after, over both halves."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--recognition", default=None)
    arguments = parser.parse_args()
    model = resolve(arguments.recognition, "recognition")
    plain = with_map(model, None)
    samples = list(open_dataset(arguments.dataset))
    halves = samples[::2], samples[1::2]
    print("| fitted on | measured on | ECE before | ECE after | accepted at 99 % |")
    print("|---|---|---|---|---|")
    for name, (fit, measure) in {"even": halves, "odd": halves[::-1]}.items():
        mapped = with_map(plain, fitted(plain, fit).to_dict())
        before, after = (figures(chosen, measure) for chosen in (plain, mapped))
        print(f"| {name} | the others | {before.error:.4f} | {after.error:.4f} | {after.acceptable:.3f} |")


def with_map(model: ModelFile, confidence: dict | None) -> ModelFile:
    """The model with this confidence map, or with none."""
    info = {key: value for key, value in model.info.items() if key != "confidence"}
    if confidence is not None:
        info["confidence"] = confidence
    return ModelFile.load(with_metadata(model.data, info), task="recognition")


def figures(model: ModelFile, samples: list):
    """Calibration of the lines of samples."""
    reader = Reader(recognition=model)
    report = evaluate(samples, lambda sample: read_sample(reader, sample))
    assert report.lines is not None
    return report.lines.calibration


if __name__ == "__main__":
    main()
