"""How receipts read that are turned, skewed, seen aslant, tiny, huge, far away or very tall.

Every receipt of a dataset is changed in a way whose matrix is known, annotation and all, and then read::

    python benchmarks/pages.py DATASET --turn 0 90 180 270
    python benchmarks/pages.py DATASET --skew -15 -10 -5 0 5 10 15 20 30 40 50 60 70 135 215
    python benchmarks/pages.py DATASET --curl -5 -3 0 3 5
    python benchmarks/pages.py DATASET --aslant 0.05 0.1 0.15
    python benchmarks/pages.py DATASET --scale 0.25 0.5 2 4
    python benchmarks/pages.py DATASET --height 350 500
    python benchmarks/pages.py DATASET --far 2 3 4
    python benchmarks/pages.py DATASET --tall 12 20
    python benchmarks/pages.py DATASET --short-side 480 560 640 720 800

With ``--write FOLDER`` the changed receipts are written there as datasets, for ``ocr bench FOLDER/CHANGE --peers``.
``--short-side`` changes no page, but the size at which the detector looks at it. Without a change the receipts are read
as they are. Figures are those of ``ocr eval``; seconds are medians from pixels to document and mean something beside
each other only.
"""

from __future__ import annotations

import argparse
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.datasets import open_dataset
from ocr.datasets.convert import convert
from ocr.datasets.sample import LazyDataset, LineAnnotation, Sample
from ocr.metrics import Prediction, Reading
from ocr.metrics.evaluate import evaluate
from ocr.pipeline.reader import Reader, ReadOptions
from ocr.prepare.orientation import turned
from ocr.prepare.warp import frame_colour, inside, warp

Image = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

#: Colour of the table that receipts far from the camera lie on.
_TABLE = (92, 74, 58)


def moved(sample: Sample, image: Image, matrix: Matrix) -> Sample:
    """The sample seen in another picture, its polygons taken along."""
    lines = tuple(
        LineAnnotation(polygons.transform(line.polygon, matrix), line.text) for line in sample.lines
    )
    return Sample(None, lines, sample.fields, sample.name, image)


def turn(sample: Sample, degrees: float) -> Sample:
    """Turned clockwise by quarters."""
    page = sample.load()
    result = turned(page, round(degrees / 90))
    return moved(sample, result.image, np.eye(3) if result.matrix is None else result.matrix)


def skew(sample: Sample, degrees: float) -> Sample:
    """Turned clockwise by an angle, nothing cut off."""
    page = sample.load()
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    matrix, size = inside(np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]), page.shape[1], page.shape[0])
    return moved(sample, warp(page, matrix, size, frame_colour(page)), matrix)


def curl(sample: Sample, degrees: float) -> Sample:
    """With a curled top: rows run aslant there by an angle and level from the middle on."""
    page = sample.load()
    height, width = page.shape[:2]
    slope = float(np.tan(np.deg2rad(degrees)))
    pad = int(abs(slope) * width) + 10

    def lowered(x: npt.NDArray[np.float32], y: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        side = x if slope > 0 else x - width
        return np.asarray(slope * side * np.clip(1 - (y - pad) / (0.55 * height), 0, 1), np.float32)

    padded = cv2.copyMakeBorder(page, pad, pad, 0, 0, cv2.BORDER_CONSTANT, value=frame_colour(page))
    y, x = np.mgrid[0 : height + 2 * pad, 0:width].astype(np.float32)
    image = np.asarray(
        cv2.remap(padded, x, y - lowered(x, y), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )

    def moved_points(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        y = points[:, 1] + pad
        for _ in range(20):  # the slope is gentle, so repeated substitution converges
            y = points[:, 1] + pad + lowered(points[:, 0], y)
        return np.column_stack([points[:, 0], y]).astype(np.float32)

    lines = tuple(LineAnnotation(moved_points(line.polygon), line.text) for line in sample.lines)
    return Sample(None, lines, sample.fields, sample.name, image)


def aslant(sample: Sample, lean: float, number: int) -> Sample:
    """Seen by a phone that is not held straight: corners moved by up to ``lean`` of the sides, turned a little."""
    page = sample.load()
    height, width = page.shape[:2]
    rng = np.random.default_rng(number)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = corners + rng.uniform(-lean, lean, (4, 2)).astype(np.float32) * (width, min(height, 2 * width))
    matrix = np.asarray(cv2.getPerspectiveTransform(corners, seen.astype(np.float32)), np.float64)
    angle = np.deg2rad(rng.uniform(-60, 60) * lean)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix, size = inside(np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ matrix, width, height)
    return moved(sample, warp(page, matrix, size, _TABLE), matrix)


def scale(sample: Sample, factor: float) -> Sample:
    """Larger or smaller."""
    page = sample.load()
    size = (max(1, round(page.shape[1] * factor)), max(1, round(page.shape[0] * factor)))
    kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    resized = np.asarray(cv2.resize(page, size, interpolation=kind), np.uint8)
    return moved(sample, resized, np.diag([size[0] / page.shape[1], size[1] / page.shape[0], 1.0]))


def height(sample: Sample, pixels: float) -> Sample:
    """Of a height in pixels."""
    return scale(sample, pixels / sample.load().shape[0])


def far(sample: Sample, times: float, number: int) -> Sample:
    """On a table that is this many times as wide and high, at a place drawn by its number."""
    page = sample.load()
    tall, wide = page.shape[:2]
    image = np.full((round(tall * times), round(wide * times), 3), _TABLE, np.uint8)
    rng = np.random.default_rng(number)
    grain = rng.integers(-9, 10, (*image.shape[:2], 1), np.int16)
    image = np.clip(image + grain, 0, 255).astype(np.uint8)
    x, y = (int(rng.integers(0, max(1, room))) for room in (image.shape[1] - wide, image.shape[0] - tall))
    image[y : y + tall, x : x + wide] = page
    return moved(sample, image, np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64))


def tall(samples: list[Sample], aspect: float) -> Iterator[Sample]:
    """Receipts of one width below each other until the paper is this many times as high as wide."""
    parts: list[Sample] = []
    wide, high = 0, 0
    for sample in samples:
        width = sample.load().shape[1]
        part = scale(sample, (wide or width) / width)
        wide = wide or width
        parts.append(part)
        high += part.load().shape[0]
        if high >= aspect * wide:
            yield _below_each_other(parts, round(aspect * wide))
            parts, wide, high = [], 0, 0


def _below_each_other(parts: list[Sample], high: int) -> Sample:
    image = np.concatenate([part.load() for part in parts])
    lines: list[LineAnnotation] = []
    y = 0
    for part in parts:
        lines += [LineAnnotation(line.polygon + np.float32([0, y]), line.text) for line in part.lines]
        y += part.load().shape[0]
    # What the cut at the end goes through is no text that anyone could read.
    through = [line for line in lines if line.polygon[:, 1].min() < high < line.polygon[:, 1].max()]
    cut = min([high, *(int(line.polygon[:, 1].min()) for line in through)])
    whole = tuple(line for line in lines if line.polygon[:, 1].max() <= cut)
    return Sample(None, whole, {}, "+".join(part.name for part in parts), np.ascontiguousarray(image[:cut]))


class Changed(LazyDataset[Sample]):
    """Samples as they are given."""

    def _parse(self, entry: Sample) -> Sample:
        return entry

    def _name(self, entry: Sample) -> str:
        return entry.name


def measure(name: str, samples: list[Sample], reader: Reader, options: ReadOptions) -> None:
    """Read the samples and print a row of figures."""
    seen: Counter[str] = Counter()

    def read(sample: Sample) -> Reading:
        document = reader.read(sample.load(), options)
        seen.update(warning.code for warning in document.warnings)
        page = document.pages[0]
        seen["upright"] += _upright(page.lines, sample)
        return Reading(
            tuple(Prediction(line.polygon, line.text, line.confidence) for line in page.lines),
            page.width,
            page.height,
        )

    report = evaluate(samples, read)
    texts, tokens = report.cleval_end_to_end, report.tokens
    assert texts is not None
    assert tokens is not None
    upright = seen.pop("upright", 0)
    seconds = statistics.median(image.seconds for image in report.images)
    told = ", ".join(f"{code} {count}" for code, count in sorted(seen.items()))
    failed = f", {len(report.failures)} failed" if report.failures else ""
    print(
        f"| {name} | {report.cleval_detection.hmean:.3f} | {report.iou.hmean:.3f} | {texts.hmean:.3f} "
        f"| {tokens.f1:.3f} | {upright}/{len(samples)} | {seconds:.2f} | {told}{failed} |",
        flush=True,
    )


def _upright(lines: tuple[object, ...], sample: Sample) -> bool:
    """Whether most lines run the way that those of the annotation run."""

    def along(found: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float64]:
        return np.sum([quad[1] - quad[0] for quad in map(polygons.to_quad, found)], axis=0, dtype=np.float64)

    found = along([line.polygon for line in lines] or [np.zeros((4, 2), np.float32)])  # type: ignore[attr-defined]
    truth = along([line.polygon for line in sample.lines])
    length = float(np.linalg.norm(found) * np.linalg.norm(truth))
    return bool(found @ truth > 0.8 * length > 0)


def main() -> None:
    """Measure the changes that are asked for, or the receipts as they are."""
    parser = argparse.ArgumentParser(description="Measure reading of changed pages.")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--limit", type=int, help="use only the first receipts")
    parser.add_argument("--step", type=int, default=1, help="use every so many-th receipt")
    parser.add_argument("--options", choices=("default", "off"), default="default", help="off: turn='off'")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--detection")
    parser.add_argument("--recognition")
    one_by_one = {"turn": turn, "skew": skew, "curl": curl, "scale": scale, "height": height}
    numbered = {"aslant": aslant, "far": far}
    for name in (*one_by_one, *numbered, "tall"):
        parser.add_argument(f"--{name}", type=float, nargs="+", default=[])
    parser.add_argument("--write", type=Path, help="folder for the changed receipts")
    parser.add_argument("--short-side", type=int, nargs="+", default=[])
    chosen = parser.parse_args()

    dataset = open_dataset(chosen.dataset)[: chosen.limit : chosen.step]
    samples = [dataset[index] for index in range(len(dataset))]
    reader = Reader(chosen.detection, chosen.recognition, threads=chosen.threads)
    options = ReadOptions(turn="off") if chosen.options == "off" else ReadOptions()
    print(
        "| change | CLEval detection H | IoU 0.5 H | CLEval end to end H | token F1 | upright | median s | told |"
    )
    print("|---|---|---|---|---|---|---|---|")
    asked = False
    for name in (*one_by_one, *numbered, "tall"):
        for value in getattr(chosen, name):
            asked = True
            if name in one_by_one:
                changed = [one_by_one[name](sample, value) for sample in samples]
            elif name in numbered:
                changed = [numbered[name](sample, value, number) for number, sample in enumerate(samples)]
            else:
                changed = list(tall(samples, value))
            if chosen.write is not None:
                convert(Changed(changed), chosen.write / f"{name}-{value:g}", "words_json")
            measure(f"{name} {value:g}", changed, reader, options)
    for pixels in chosen.short_side:
        asked = True
        measure(f"short side {pixels}", samples, reader, replace(options, sizing={"short_side": pixels}))
    if not asked:
        measure("none", samples, reader, options)


if __name__ == "__main__":
    main()
