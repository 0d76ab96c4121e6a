"""Synthetic receipts as files, made by several processes; the bytes do not depend on how many."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from ocr import polygons
from ocr.datasets.sample import Sample
from ocr.datasets.synthetic.fonts import Split
from ocr.datasets.synthetic.phrases import DEFAULT_CHARACTERS
from ocr.datasets.synthetic.receipts import Fixed, Image, SyntheticReceipts
from ocr.datasets.synthetic.truth import to_mapping
from ocr.io.files import write_whole

Format = Literal["sroie", "words-json"]

#: Receipts that one task of a worker makes: few enough for an even end, enough to hide the cost of a task.
_TASK = 4


@dataclass(frozen=True)
class Order:
    """What is to be made: everything that `SyntheticReceipts` takes, and the JPEG quality (1 to 100)."""

    seed: int
    count: int
    split: Split = "all"
    charset: str = DEFAULT_CHARACTERS
    folder: Path | None = None
    system: bool = False
    fixed: Fixed = field(default_factory=Fixed)
    quality: int = 88

    def open(self) -> SyntheticReceipts:
        """The receipts, not yet made."""
        return SyntheticReceipts(
            self.seed,
            self.count,
            self.split,
            self.charset,
            folder=self.folder,
            system=self.system,
            fixed=self.fixed,
        )


@dataclass(frozen=True)
class Written:
    """One receipt on disk.

    Attributes:
        name: of the picture, without its extension.
        words: its regions as the words JSON holds them; empty for other formats.
        fields: its receipt fields as printed.
        truth: them and its items as `ocr.datasets.receipts_json` holds them.
        thumbnail: (h, w, 3) uint8 RGB with polygons drawn, for the contact sheet; None where not asked for.
    """

    name: str
    words: dict[str, dict[str, object]]
    fields: dict[str, str]
    truth: dict[str, Any]
    thumbnail: Image | None


def write_receipts(
    order: Order,
    out: Path,
    form: Format = "sroie",
    workers: int = 1,
    preview: int = 0,
    on_written: Callable[[int], None] = lambda count: None,
) -> list[str]:
    """Make the receipts and write them.

    Args:
        order: what is made.
        out: the folder; ``images/NNNN.jpg``, ``fields/NNNN.json`` and ``receipts.json`` (fields and items as typed
            values; see `ocr.datasets.receipts_json`) are written there, and for ``"sroie"``
            ``boxes/NNNN.txt`` with a quad and a transcript a line, or for ``"words-json"`` one ``words.json``
            with polygons of any number of points.
        form: format of the annotations.
        workers: processes; 1 makes them in this one.
        preview: how many receipts a contact sheet ``preview.png`` shows; 0 for none.
        on_written: called with the number of receipts written since the last call.

    Returns:
        Names of the pictures without their extension.

    Raises:
        MissingExtra: where Pillow or fonts are not installed.
        OutputFailed: where the folder cannot be written to.
    """
    order.open()  # a mistake in the order shows here, not in every worker
    tasks = [range(start, min(start + _TASK, order.count)) for start in range(0, order.count, _TASK)]
    written: list[Written] = []
    for part in _run(order, out, form, tasks, workers, preview):
        written += part
        on_written(len(part))
    if form == "words-json":
        images = {f"{entry.name}.jpg": {"words": entry.words, "fields": entry.fields} for entry in written}
        write_whole(out / "words.json", json.dumps({"images": images}, ensure_ascii=False, indent=1) + "\n")
    truths = {f"{entry.name}.jpg": entry.truth for entry in written}
    write_whole(out / "receipts.json", json.dumps(truths, ensure_ascii=False, indent=1) + "\n")
    sheet = contact_sheet([entry.thumbnail for entry in written if entry.thumbnail is not None])
    if sheet is not None:
        _, data = cv2.imencode(".png", np.ascontiguousarray(sheet[..., ::-1]))
        write_whole(out / "preview.png", data.tobytes())
    return [entry.name for entry in written]


def _run(
    order: Order, out: Path, form: Format, tasks: list[range], workers: int, preview: int
) -> Iterator[list[Written]]:
    if workers <= 1 or len(tasks) <= 1:
        for task in tasks:
            yield _write_some(order, out, form, task, preview)
        return
    # Forked copies of a process with threads may hang; fresh ones behave alike on every system.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=context, initializer=_one_thread) as pool:
        futures = [pool.submit(_write_some, order, out, form, task, preview) for task in tasks]
        try:
            for future in futures:
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _one_thread() -> None:
    cv2.setNumThreads(1)


def _write_some(order: Order, out: Path, form: Format, numbers: range, preview: int) -> list[Written]:
    receipts = order.open()
    digits = max(4, len(str(max(0, order.count - 1))))
    result = []
    for number in numbers:
        sample = receipts[number]
        image = sample.load()
        name = f"{number:0{digits}d}"
        parameters = (cv2.IMWRITE_JPEG_QUALITY, order.quality)
        _, data = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]), parameters)
        write_whole(out / "images" / f"{name}.jpg", data.tobytes())
        fields = json.dumps(dict(sample.fields), ensure_ascii=False, indent=1)
        write_whole(out / "fields" / f"{name}.json", fields + "\n")
        if form == "sroie":
            write_whole(out / "boxes" / f"{name}.txt", sroie_text(sample))
        thumbnail = _thumbnail(sample) if number < preview else None
        words = words_of(sample) if form == "words-json" else {}
        truth = to_mapping(sample.receipt) if sample.receipt is not None else {}
        result.append(Written(name, words, dict(sample.fields), truth, thumbnail))
    return result


def sroie_text(sample: Sample) -> str:
    """The regions as lines ``x1,y1,…,x4,y4,text``: corners clockwise from the text's top left, in pixels."""
    lines = []
    for line in sample.lines:
        quad = polygons.to_quad(line.polygon)
        corners = ",".join(str(round(float(value))) for value in quad.ravel())
        lines.append(f"{corners},{line.text}\n")
    return "".join(lines)


def words_of(sample: Sample) -> dict[str, dict[str, object]]:
    """The regions as the words JSON holds them: points to a tenth of a pixel, and the transcription."""
    return {
        str(number): {
            "points": [[round(float(x), 1), round(float(y), 1)] for x, y in line.polygon],
            "transcription": line.text,
        }
        for number, line in enumerate(sample.lines)
    }


def draw_regions(sample: Sample) -> Image:
    """The picture (H, W, 3) uint8 RGB with its polygons outlined; a dot marks each one's first point."""
    image: Image = np.array(sample.load())
    thick = max(1, round(min(image.shape[:2]) / 500))
    for line in sample.lines:
        points = np.rint(line.polygon * 8).astype(np.int32)
        cv2.polylines(image, [points], True, (220, 30, 30), thick, cv2.LINE_AA, 3)
        x, y = (int(v) for v in points[0])
        cv2.circle(image, (x, y), 8 * (thick + 1), (30, 90, 220), -1, cv2.LINE_AA, 3)
    return image


def _thumbnail(sample: Sample, width: int = 440, height: int = 640) -> Image:
    image = draw_regions(sample)
    factor = min(width / image.shape[1], height / image.shape[0])
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    sheet: Image = np.full((height, width, 3), 96, np.uint8)
    sheet[: size[1], : size[0]] = small
    return sheet


def contact_sheet(thumbnails: list[Image], columns: int = 6) -> Image | None:
    """Equal pictures in rows with a gap between them; None for no pictures."""
    if not thumbnails:
        return None
    height, width = thumbnails[0].shape[:2]
    columns = min(columns, len(thumbnails))
    rows = -(-len(thumbnails) // columns)
    gap = 8
    sheet = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), 64, np.uint8)
    for i, picture in enumerate(thumbnails):
        y, x = gap + (i // columns) * (height + gap), gap + (i % columns) * (width + gap)
        sheet[y : y + height, x : x + width] = picture
    return sheet
