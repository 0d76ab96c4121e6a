"""What an n-gram language model is worth, by what it is fitted to, its order, its weight and the width of the search.

    python benchmarks/language_model.py DATASET --transcripts TRAIN [--step 2] [--recognition MODEL]

DATASET is read once with each; figures are those of ``ocr eval``, milliseconds the computing time of a receipt from
file to document, of one thread, which can be compared within a run alone. One setting is changed at a time.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from pathlib import Path

from ocr.datasets import open_dataset
from ocr.datasets.sample import Sample
from ocr.metrics import Reading
from ocr.metrics.evaluate import evaluate
from ocr.metrics.evaluation import read_sample
from ocr.pipeline.reader import Reader
from ocr.recognition.beam import Beam
from ocr.recognition.charset import Charset
from ocr.training import language


def main() -> None:
    """Fit language models and print a row of figures for each."""
    parser = argparse.ArgumentParser(description="Measure language models.")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--transcripts", type=Path, required=True, help="annotated receipts to fit to")
    parser.add_argument("--step", type=int, default=1, help="use every so many-th receipt")
    parser.add_argument("--recognition", help="model; the shipped one if not given")
    chosen = parser.parse_args()

    samples = open_dataset(chosen.dataset)[:: chosen.step]
    reader = Reader(recognition=chosen.recognition, threads=1)
    charset = Charset.load("receipt")
    real = list(language.transcripts(open_dataset(chosen.transcripts)))
    made = list(language.phrases())
    both = [*real, *made]
    usual = language.fit(both, charset)
    print("| language model | n-grams | CLEval end to end H | token F1 | CER | lines right | ms |")
    print("|---|---|---|---|---|---|---|")

    def row(name: str, beam: Beam | None) -> None:
        seconds: list[float] = []

        def read(sample: Sample) -> Reading:
            began = time.process_time()
            found = read_sample(reader.with_beam(beam), sample)
            seconds.append(time.process_time() - began)
            return found

        report = evaluate(samples, read)
        texts, tokens, lines = report.cleval_end_to_end, report.tokens, report.lines
        assert texts is not None
        assert tokens is not None
        assert lines is not None
        ms = 1000 * statistics.median(seconds)
        print(
            f"| {name} | {len(beam.language_model) if beam else 0} | {texts.hmean:.4f} | {tokens.f1:.4f} "
            f"| {lines.matched.cer:.4f} | {lines.matched.line_accuracy:.4f} | {ms:.0f} |",
            flush=True,
        )

    row("none", None)
    row("as shipped", Beam(usual))
    row("transcripts alone", Beam(language.fit(real, charset)))
    row("synthetic phrases alone", Beam(language.fit(made, charset)))
    for order, gain in itertools.chain(
        ((k, language.GAIN) for k in (4, 8)), ((language.ORDER, g) for g in (2, 6))
    ):
        name = f"{order} characters" if order != language.ORDER else f"n-grams worth {gain} nats"
        row(name, Beam(language.fit(both, charset, order, gain)))
    for weight in (0.15, 0.2, 0.3, 0.4):
        row(f"weight {weight}", Beam(usual, weight))
    for width in (4, 8, 16):
        row(f"width {width}", Beam(usual, width=width))


if __name__ == "__main__":
    main()
