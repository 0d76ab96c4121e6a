"""What further scripts are worth and what they cost: pages in another script, and Latin ones.

    python benchmarks/scripts.py korean-val [--script korean] [--limit 30]     # figures with and without the model
    python benchmarks/scripts.py val/ru_RU val/el_GR --script cyrillic-greek   # of several folders together
    python benchmarks/scripts.py sroie/val --cost --limit 20                   # CPU time of Latin pages, alternating

    python benchmarks/scripts.py sroie/val val/el_GR --doubt                   # lines in doubt of the first recogniser

A folder of annotated pages is read by the first recogniser alone and with the models of the scripts. F1 of characters
counts each character of a page as often as it stands there, in whatever place. Times are CPU seconds of this process,
the two readers in turn on each page, with one thread each.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from ocr import Reader
from ocr.datasets import open_dataset
from ocr.datasets.sample import Sample
from ocr.engine.model_file import ModelFile
from ocr.metrics import Prediction, Reading
from ocr.metrics.evaluate import evaluate
from ocr.recognition.by_script import ScriptRecognizer
from ocr.recognition.recognizer import Recognizer

#: Characters that are counted apart.
KINDS: dict[str, Callable[[str], bool]] = {
    "all": lambda c: not c.isspace(),
    "hangul": lambda c: "가" <= c <= "힣",
    "cyrillic": lambda c: "Ѐ" <= c <= "ӿ",
    "greek": lambda c: "Ͱ" <= c <= "Ͽ",
    "kana and kanji": lambda c: "ぁ" <= c <= "ヿ" or "一" <= c <= "鿿",
    "digits": str.isdigit,
    "latin": lambda c: c.isascii() and c.isalpha(),
}


def f1(pairs: Sequence[tuple[str, str]], counted: Callable[[str], bool]) -> float | None:
    """F1 of characters over (truth, reading) pairs; None where there is none to find."""
    found = wanted = right = 0
    for truth, read in pairs:
        one, two = (Counter(c for c in text if counted(c)) for text in (truth, read))
        wanted, found, right = wanted + one.total(), found + two.total(), right + (one & two).total()
    return 2 * right / (wanted + found) if wanted else None


def figures(reader: Reader, samples: Sequence[Sample]) -> dict[str, float | None]:
    """End-to-end figures of the pages."""
    pairs: list[tuple[str, str]] = []

    def read(sample: Sample) -> Reading:
        page = reader.read(sample.load()).pages[0]
        pairs.append(
            ("".join(line.text or "" for line in sample.lines), "".join(line.text for line in page.lines))
        )
        lines = tuple(Prediction(line.polygon, line.text, line.confidence) for line in page.lines)
        return Reading(lines, page.width, page.height)

    report = evaluate(samples, read)
    return {
        "CLEval end-to-end H": report.cleval_end_to_end.hmean if report.cleval_end_to_end else None,
        "CLEval detection H": report.cleval_detection.hmean if report.cleval_detection else None,
        "CER of matched lines": report.lines.matched.cer if report.lines else None,
        **{f"F1 of characters, {name}": f1(pairs, kind) for name, kind in KINDS.items()},
    }


def cost(alone: Reader, several: Reader, samples: Sequence[Sample]) -> None:
    """CPU seconds of both readers and the lines that they read differently."""
    spent, differing, lines = [0.0, 0.0], 0, 0
    for sample in samples:
        image, texts = sample.load(), []
        for k, reader in enumerate((alone, several)):
            begun = time.process_time()
            document = reader.read(image)
            spent[k] += time.process_time() - begun
            texts.append([line.text for line in document.pages[0].lines])
        lines += len(texts[0])
        differing += len(Counter(texts[0]) - Counter(texts[1]))
    print(
        f"{len(samples)} pages: {spent[0]:.2f} s alone, {spent[1]:.2f} s with scripts, ratio {spent[1] / spent[0]:.3f}"
    )
    print(f"{differing} of {lines} lines read otherwise")


def doubt(folder: Path, limit: int | None) -> None:
    """Least, median and greatest share of the lines of letters that the first recogniser leaves in doubt."""
    first = Recognizer(ModelFile.shipped("recognition"), 1)
    chooser, detector = ScriptRecognizer(first, lambda slot: first, ()), Reader(threads=1, scripts=[])
    shares = []
    for sample in open_dataset(folder)[:limit]:
        image = sample.load()
        quads = [line.polygon for line in detector.detect(image).pages[0].lines]
        readings = first.read(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), quads)
        shares.append(chooser.share_in_doubt(readings, chooser.doubtful(readings)))
    least, median, most = np.quantile(shares, [0, 0.5, 1])
    print(
        f"{folder}: {len(shares)} pages, {least:.2f} to {most:.2f} of the lines of letters in doubt, "
        f"median {median:.2f}"
    )


def main() -> None:
    """Print a table of figures, or the times."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", type=Path, nargs="+")
    parser.add_argument("--script", action="append", help="all that there are models for without it")
    parser.add_argument("--limit", type=int, help="pages of each folder")
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--doubt", action="store_true")
    options = parser.parse_args()
    if options.doubt:
        for folder in options.pages:
            doubt(folder, options.limit)
        return
    samples = [sample for folder in options.pages for sample in open_dataset(folder)[: options.limit]]
    alone, several = Reader(threads=1, scripts=[]), Reader(threads=1, scripts=options.script)
    if options.cost:
        cost(alone, several, samples)
        return
    columns = [figures(reader, samples) for reader in (alone, several)]
    for name in columns[0]:
        one, two = ("-" if column[name] is None else f"{column[name]:.4f}" for column in columns)
        print(f"{name:32} {one:>8} {two:>8}")


if __name__ == "__main__":
    main()
