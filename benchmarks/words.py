"""How exactly words are placed on synthetic receipts, whose boxes are known to the pixel.

    python benchmarks/words.py [--count 40] [--seed 5] [--quarters 0] [--without-language-model]

Words of lines that were read rightly are held against the ink of the same words: intersection over union along the
line, in which both have the height of their line. Fonts are those that no training saw.
"""

from __future__ import annotations

import argparse

import numpy as np
import numpy.typing as npt

from ocr.datasets.synthetic.receipts import Fixed, Made, SyntheticReceipts, place_words
from ocr.metrics.matching import match_lines
from ocr.pipeline.options import ReadOptions
from ocr.pipeline.reader import Reader


def main() -> None:
    """Print the distribution for scans and photographs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--quarters", type=int, default=0, help="quarter turns clockwise of each picture")
    parser.add_argument("--without-language-model", action="store_true")
    chosen = parser.parse_args()
    reader = Reader(threads=1)
    options = ReadOptions(lm_weight=0.0 if chosen.without_language_model else None)
    print("| setting | words | median IoU | 5th percentile | share of 0.6 and above |")
    print("|---|---|---|---|---|")
    for setting in ("scan", "photo"):
        receipts = SyntheticReceipts(chosen.seed, chosen.count, "validation", fixed=Fixed(setting=setting))
        overlaps = np.concatenate(
            [of_receipt(reader, receipts.make(k), options, chosen.quarters) for k in range(chosen.count)]
        )
        print(
            f"| {setting} | {len(overlaps)} | {np.median(overlaps):.3f} | {np.percentile(overlaps, 5):.3f} "
            f"| {(overlaps >= 0.6).mean():.4f} |",
            flush=True,
        )


def of_receipt(
    reader: Reader, made: Made, options: ReadOptions, quarters: int = 0
) -> npt.NDArray[np.float64]:
    """Intersection over union along the line of every word of lines that were read rightly.

    Args:
        reader: reads the receipt.
        made: a synthetic receipt.
        options: of the reading.
        quarters: quarter turns clockwise of the picture before it is read.
    """
    image = np.ascontiguousarray(np.rot90(made.image, -quarters))
    (page,) = reader.read(image, options).pages
    height, width = made.image.shape[:2]
    truths = {
        " ".join(region.text.split()) + str(k): (region, place_words(region, made.view))
        for k, region in enumerate(made.page.regions)
    }
    lines = [line for line in made.lines if line.text]
    matched = match_lines(
        [type(line)(_turned(line.polygon, quarters, width, height), line.text, line.row) for line in lines],
        page.lines,
    )
    overlaps: list[float] = []
    for truth, prediction in matched.pairs:
        line = page.lines[prediction]
        candidates = [
            quads
            for region, quads in truths.values()
            if region.text == lines[truth].text and region.row == lines[truth].row
        ]
        if len(candidates) != 1 or line.text.split() != lines[truth].text.split():
            continue
        expected = [_turned(quad, quarters, width, height) for quad in candidates[0]]
        overlaps += [_along(w.polygon, quad) for w, quad in zip(line.words, expected, strict=True)]
    return np.array(overlaps)


def _turned(
    points: npt.NDArray[np.float32], quarters: int, width: int, height: int
) -> npt.NDArray[np.float32]:
    """Points of a picture (width × height) after quarter turns clockwise."""
    for _ in range(quarters % 4):
        points = np.stack([height - points[:, 1], points[:, 0]], axis=1)
        width, height = height, width
    return np.asarray(points, np.float32)


def _along(word: npt.NDArray[np.float32], truth: npt.NDArray[np.float32]) -> float:
    """Intersection over union of two quads' extents along the text of the second one."""
    direction = (truth[1] - truth[0] + truth[2] - truth[3]).astype(np.float64)
    direction /= max(float(np.linalg.norm(direction)), 1e-9)

    def extent(quad: npt.NDArray[np.float32]) -> tuple[float, float]:
        places = quad @ direction
        return (places[0] + places[3]) / 2, (places[1] + places[2]) / 2

    (a, b), (c, d) = extent(word), extent(truth)
    return max(0.0, min(b, d) - max(a, c)) / max(max(b, d) - min(a, c), 1e-9)


if __name__ == "__main__":
    main()
