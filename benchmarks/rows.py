"""How many neighbours of a row are found, on warped synthetic receipts and on annotated ones.

    python benchmarks/rows.py synthetic [--count N] [--seed N]
    python benchmarks/rows.py cord FILE.jsonl [--limit N]

Synthetic receipts are printed at known rows, then bent and seen in perspective; a quad a line, moved a little at its
corners as a detector would. ``cord`` reads CORD's annotation with a receipt a line: ``{"words": [{"quad", "row",
"line"}]}``. Its rows are items now and then, not printed rows: receipts in which members of a row stand below each
other are passed over. Neighbours are pairs of lines that follow each other in a row.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.datasets.synthetic.receipts import Fixed, SyntheticReceipts
from ocr.layout.rows import rows

Quads = list[npt.NDArray[np.float64]]


def neighbours(found: Sequence[Sequence[int]]) -> set[tuple[int, int]]:
    """Pairs of lines that follow each other in a row."""
    return {pair for row in found for pair in pairwise(row)}


def true_rows(quads: Quads, numbers: Sequence[int], direction: npt.NDArray[np.float64]) -> list[list[int]]:
    """Rows by their annotated numbers, members from left to right."""
    groups: dict[int, list[int]] = defaultdict(list)
    for k, number in enumerate(numbers):
        groups[number].append(k)
    return [
        sorted(group, key=lambda k: float(quads[k].mean(axis=0) @ direction)) for group in groups.values()
    ]


def curled(quads: Quads, degrees: float, length: float) -> Quads:
    """Quads of a page whose top is curled: rows run aslant there and level from the middle on."""
    points = np.concatenate(quads)
    top, tall = points[:, 1].min(), np.ptp(points[:, 1])
    out = points.copy()
    share = np.clip(1 - (points[:, 1] - top) / (length * tall), 0, 1)
    out[:, 1] += np.tan(np.deg2rad(degrees)) * (points[:, 0] - points[:, 0].min()) * share
    return list(out.reshape(-1, 4, 2))


def leaning(quads: Quads, rng: Random, lean: float) -> Quads:
    """Quads seen by a phone that is not held straight: turned, in perspective."""
    import cv2

    points = np.concatenate(quads)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    size = np.array([x1 - x0, min(y1 - y0, 2 * (x1 - x0))], np.float32)
    moves = np.array([[rng.uniform(-lean, lean) for _ in range(2)] for _ in range(4)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, corners + moves * size)
    angle = np.deg2rad(rng.uniform(-45, 45) * lean * 4)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return list((polygons.transform(points, np.asarray(matrix, np.float64)) @ turn.T).reshape(-1, 4, 2))


def jittered(quads: Quads, rng: np.random.Generator, share: float) -> Quads:
    """Quads whose corners are off by a share of the line's height (one standard deviation)."""
    heights = [np.linalg.norm(quad[3] - quad[0]) for quad in quads]
    return [quad + rng.normal(0, share * tall, (4, 2)) for quad, tall in zip(quads, heights, strict=True)]


def synthetic(seed: int, count: int) -> Iterator[tuple[str, Quads, list[list[int]]]]:
    """Changes by name, with the quads and true rows of each receipt."""
    receipts = SyntheticReceipts(seed, count, fixed=Fixed(setting="photo"))
    level = SyntheticReceipts(seed, count, fixed=Fixed(setting="scan"))
    for number in range(count):
        rng, noise = Random(f"rows:{seed}:{number}"), np.random.default_rng([seed, number])
        photo, scan = receipts.annotation(number), level.annotation(number)
        for name, sample in (
            ("scan", scan),
            ("bent and photographed", photo),
            ("seen from the side", scan),
            ("curled top", scan),
            ("curled, from the side", photo),
        ):
            # A bent line keeps its ends; its quad is what a detector gives.
            quads = [polygons.to_quad(line.polygon).astype(np.float64) for line in sample.lines]
            if not quads:
                continue
            numbers = [line.row for line in sample.lines if line.row is not None]
            truth = true_rows(quads, numbers, np.sum([q[1] - q[0] for q in quads], axis=0))
            if name.startswith("curled"):
                quads = curled(quads, rng.uniform(-6, 6), rng.uniform(0.3, 0.8))
            if name.endswith("side"):
                quads = leaning(quads, rng, rng.uniform(0.05, 0.12))
            yield name, jittered(quads, noise, 0.04), truth


def cord(path: Path, limit: int | None) -> Iterator[tuple[str, Quads, list[list[int]]]]:
    """Receipts of CORD, words of one field that touch as one line."""
    for text in path.read_text().splitlines()[:limit]:
        words: dict[int, list[tuple[float, int, npt.NDArray[np.float64]]]] = defaultdict(list)
        for word in json.loads(text)["words"]:
            quad = np.array(word["quad"], np.float64)
            words[word["row"]].append((quad[:, 0].mean(), word["line"], quad))
        quads: Quads = []
        truth: list[list[int]] = []
        for row in words.values():
            truth.append([])
            before = None
            for _, line, quad in sorted(row, key=lambda word: word[0]):
                near = before == line and quad[:, 0].min() - quads[-1][:, 0].max() < np.ptp(quad[:, 1])
                if near:
                    quads[-1] = np.stack([quads[-1][0], quad[1], quad[2], quads[-1][3]])
                else:
                    truth[-1].append(len(quads))
                    quads.append(quad)
                before = line
        if quads and not any(_below(quads[a], quads[b]) for a, b in neighbours(truth)):
            yield "cord", quads, truth


def _below(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> bool:
    ends = [(quad[:, 0].min(), quad[:, 0].max()) for quad in (one, other)]
    shared = min(end for _, end in ends) - max(start for start, _ in ends)
    return bool(shared > 0.5 * min(end - start for start, end in ends))


def measure(
    cases: Iterator[tuple[str, Quads, list[list[int]]]],
) -> dict[str, tuple[float, float, float, float, float]]:
    """For each change: share of found pairs that are right, of true pairs found, of rows exact; receipts; ms each."""
    counts: dict[str, npt.NDArray[np.float64]] = defaultdict(lambda: np.zeros(7))
    for name, quads, truth in cases:
        start = time.perf_counter()
        found = rows(quads)
        spent = time.perf_counter() - start
        pairs, true_pairs = neighbours(found), neighbours(truth)
        exact = {frozenset(row) for row in found} & {frozenset(row) for row in truth}
        counts[name] += (
            len(pairs & true_pairs), len(pairs), len(true_pairs), len(exact), len(truth), 1, spent
        )  # fmt: skip
    return {
        name: (c[0] / max(c[1], 1), c[0] / max(c[2], 1), c[3] / c[4], c[5], 1000 * c[6] / c[5])
        for name, c in counts.items()
    }


def main() -> None:
    """Print a row of figures for each change."""
    parser = argparse.ArgumentParser(description="Measure the grouping of lines into rows.")
    parser.add_argument("what", choices=("synthetic", "cord"))
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--limit", type=int)
    chosen = parser.parse_args()
    if (chosen.path is None) == (chosen.what == "cord"):
        parser.error("cord wants a file, synthetic none")
    cases = synthetic(chosen.seed, chosen.count) if chosen.path is None else cord(chosen.path, chosen.limit)
    print("| receipts | pairs right | pairs found | rows exact | receipts | ms |\n|---|---|---|---|---|---|")
    for name, (right, recall, exact, count, spent) in measure(cases).items():
        print(f"| {name} | {right:.4f} | {recall:.4f} | {exact:.4f} | {count:.0f} | {spent:.2f} |")


if __name__ == "__main__":
    main()
