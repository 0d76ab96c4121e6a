"""How well confidences are calibrated, and rank, on pages that they were not fitted on.

PYTHONPATH=src python benchmarks/confidence_halves.py DATASET [--with DATASET …] [--training DATASET …] [--beside …]

Confidences are fitted on one half of the dataset, with all pages of `--with`, and measured on the other half and on
the pages of `--beside`. `map` is the map of the network's own confidences, `scorer` the scorer of lines, which learns
from `--training` as well. Figures are of both halves together. The last table has the kinds of the wrong lines among
the surest 45 % of the dataset; `--list` prints them.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path

from ocr.datasets import open_dataset
from ocr.engine.choice import resolve
from ocr.engine.model_file import ModelFile
from ocr.metrics.calibration import Calibration
from ocr.metrics.evaluate import evaluate
from ocr.metrics.evaluation import read_sample
from ocr.metrics.matching import match_lines
from ocr.pipeline.reader import Reader
from ocr.training.confidences import fitted, judged_lines, line_scorer
from ocr.training.export import with_metadata

SHARE = 0.45
#: Confidence, text that was read, and what is annotated.
Line = tuple[float, str, str]


def main() -> None:
    """Print the expected calibration error and the share accepted at 99 %, and what is wrong in spite of confidence."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--recognition", default=None)
    for name in ("--with", "--training", "--beside"):
        parser.add_argument(name, type=Path, nargs="*", default=[], dest=name.strip("-"))
    parser.add_argument("--list", action="store_true", help="print the wrong lines of high confidence")
    arguments = parser.parse_args()
    model = resolve(arguments.recognition, "recognition")
    plain = changed(model, {"confidence": None, "line_confidence": None})
    others, training = (
        [sample for path in paths for sample in open_dataset(path)]
        for paths in (vars(arguments)["with"], arguments.training)
    )
    beside = {str(path): list(open_dataset(path)) for path in arguments.beside}
    samples = list(open_dataset(arguments.dataset))
    judged, more, seen = (judged_lines(plain, pages) for pages in (samples, others, training))
    if judged is None or more is None:
        parser.error("the kind of this recogniser has no scorer of lines")
    measured: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for half in (0, 1):
        fit, measure = samples[half::2], samples[1 - half :: 2]
        mapped = changed(plain, {"confidence": fitted(plain, [*fit, *others]).to_dict()})
        scorer = line_scorer(judged.part(judged.page % 2 == half).and_more(more), seen)
        assert scorer is not None
        scored = changed(mapped, {"line_confidence": scorer.to_dict()})
        for kind, chosen in (("map", mapped), ("scorer", scored)):
            reader = Reader(recognition=chosen)
            for name, pages in {str(arguments.dataset): measure, **beside}.items():
                measured[name, kind] += lines(reader, pages)
    print("| measured on | confidences | lines | right | ECE | accepted at 99 % | right of the surest 45 % |")
    print("|---|---|---|---|---|---|---|")
    for (name, kind), found in measured.items():
        print(f"| {name} | {kind} | {row(found)} |")
    wrong = [line for line in surest(measured[str(arguments.dataset), "scorer"]) if not right(line)]
    print("\n| kind of the wrong ones of these | lines |\n|---|---|")
    for name, count in Counter(map(kind_of, wrong)).most_common():
        print(f"| {name} | {count} |")
    for confidence, text, truth in wrong if arguments.list else ():
        print(f"{confidence:.4f}  {text!r}  {truth!r}")


def changed(model: ModelFile, entries: dict) -> ModelFile:
    """The model with other entries in its metadata, without those that are ``None``."""
    info = {key: value for key, value in {**model.info, **entries}.items() if value is not None}
    return ModelFile.load(with_metadata(model.data, info), task="recognition")


def lines(reader: Reader, samples: list) -> list[Line]:
    """The lines that match annotated ones."""
    report = evaluate(samples, lambda sample: read_sample(reader, sample))
    found = []
    for image in report.images:
        truths, predictions = image.sample.lines, image.reading.lines
        for t, p in match_lines(truths, predictions).pairs:
            truth = truths[t].text
            if truth:
                found.append((predictions[p].confidence, predictions[p].text.upper(), truth.upper()))
    return found


def right(line: Line) -> bool:
    """Whether a line was read as it is annotated, without regard to case."""
    return line[1] == line[2]


def surest(found: list[Line]) -> list[Line]:
    """The share of the lines with the highest confidences."""
    return sorted(found, key=lambda line: -line[0])[: int(SHARE * len(found))]


def row(found: list[Line]) -> str:
    """Cells of a table."""
    calibration = Calibration()
    for line in found:
        calibration.add(line[0], right(line))
    result, best = calibration.result(), surest(found)
    every, of_best = (sum(map(right, some)) / len(some) for some in (found, best))
    return f"{len(found)} | {every:.3f} | {result.error:.4f} | {result.acceptable:.3f} | {of_best:.4f}"


def kind_of(line: Line) -> str:
    """What differs between a reading and its annotation."""
    _, text, truth = line
    if text.replace(" ", "") == truth.replace(" ", ""):
        return "spaces alone"
    if text in truth or truth in text:
        return "the one goes on where the other ends"
    return "characters"


if __name__ == "__main__":
    main()
