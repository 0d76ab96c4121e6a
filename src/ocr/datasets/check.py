"""Checking a dataset for problems of training and evaluation; nothing is changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from ocr import polygons
from ocr.datasets.findings import Checked, CheckReport, Finding
from ocr.datasets.frames import Frame, frame_of, judge
from ocr.datasets.measure import text_size
from ocr.datasets.sample import LazyDataset, LineAnnotation, Sample
from ocr.errors import AnnotationInvalid, OcrError
from ocr.io import images
from ocr.io.limits import Limits
from ocr.recognition.charset import Charset

#: Intersection over union from which two lines of a picture are one line annotated twice.
_SAME = 0.8
#: A line is blank if its grey values span less than this (1st to 99th percentile, of 255).
_BLANK = 12.0
#: Usual range of the width of a character, in heights of its line, for common scripts and fonts.
_ODD_BELOW, _ODD_ABOVE = 0.2, 1.5
#: Text is turned if its direction differs by more than this from rightwards, in degrees.
_TURNED = 45.0


@dataclass(frozen=True)
class Options:
    """What to look for.

    Attributes:
        charset: transcripts are compared with it; ``None`` for no comparison.
        pixels: decode the pictures. If false, only headers are read: many times faster, but damaged pictures, blank
            lines and the frame of pictures with an EXIF orientation are not detected.
        workers: number of threads.
        contradict: returns for each line of a picture a confident reading that differs from the transcript, or ``""``;
            ``None`` for no reading. Needs ``pixels``.
    """

    charset: Charset | None = None
    pixels: bool = True
    workers: int = 1
    contradict: Callable[[images.Image, Sequence[LineAnnotation]], Sequence[str]] | None = None


def check(
    dataset: LazyDataset[Any],
    options: Options | None = None,
    on_sample: Callable[[str], None] | None = None,
) -> CheckReport:
    """Read every annotation and picture, and report the findings by rule.

    Args:
        dataset: from `ocr.datasets.open_dataset`.
        options: what to check.
        on_sample: called with the name of each sample once it is done, for instance to show progress.
    """
    options = options or Options()
    checked: list[Checked] = []
    of_bytes: dict[str, str] = {}
    names: set[str] = set()
    lines = 0
    for image, digest in _all(dataset, options):
        further: list[Finding] = []
        if image.name in names:
            further.append(Finding("duplicate_name", image.name))
        names.add(image.name)
        if digest:
            first = of_bytes.setdefault(digest, image.name)
            if first != image.name:
                further.append(Finding("duplicate_picture", image.name, detail=f"the same as {first}"))
        checked.append(Checked(image.name, image.sample, (*image.findings, *further)))
        if image.sample is not None:
            lines += len(image.sample.lines) + len(image.sample.drops)
        if on_sample is not None:
            on_sample(image.name)
    unannotated = tuple(Finding("unannotated", name) for name in dataset.unannotated)
    return CheckReport(tuple(checked), unannotated, lines)


def _all(dataset: LazyDataset[Any], options: Options) -> Iterator[tuple[Checked, str]]:
    def one(index: int) -> tuple[Checked, str]:
        return _check_one(dataset, index, options)

    if options.workers <= 1:
        yield from map(one, range(len(dataset)))
        return
    with ThreadPoolExecutor(options.workers) as pool:
        yield from pool.map(one, range(len(dataset)))


def _check_one(dataset: LazyDataset[Any], index: int, options: Options) -> tuple[Checked, str]:
    """The findings of one sample, and the hash of its picture file."""
    name = dataset.name_of(index)
    try:
        sample = dataset[index]
    except OcrError as error:
        rule = "unreadable_annotation" if isinstance(error, AnnotationInvalid) else "unreadable_picture"
        return Checked(name, None, (Finding(rule, name, detail=f"{error.code}: {error}"),)), ""
    digest = ""
    try:
        image: images.Image | None
        if sample.image_path is None:
            image = sample.load()
            frame = Frame(image.shape[1], image.shape[0])
        else:
            data = images.read_bytes(sample.image_path, Limits().max_bytes)
            digest = hashlib.sha256(data).hexdigest()
            frame = frame_of(data)
            image = next(images.pages(data)).image if options.pixels else None
    except OcrError as error:
        finding = Finding("unreadable_picture", name, detail=f"{error.code}: {error}")
        return Checked(name, sample, (finding, *_of_texts(sample, options.charset))), ""
    findings = [*_of_geometry(sample, frame, image), *_of_texts(sample, options.charset)]
    if options.contradict is not None and image is not None:
        findings += _contradicted(sample, image, options.contradict)
    return Checked(name, sample, tuple(findings)), digest


def _of_geometry(sample: Sample, frame: Frame, image: images.Image | None) -> Iterator[Finding]:
    name = sample.name
    outlines = [line.polygon for line in sample.lines]
    if frame.orientation != 1 and image is not None and outlines:
        frames = judge(image, frame, outlines)
        detail = (
            f"orientation {frame.orientation}; polygons inside {frames.fit_upright:.0%} upright, "
            f"{frames.fit_raw:.0%} as stored; ink {frames.ink_upright:.2f} upright, {frames.ink_raw:.2f} as stored"
        )
        yield Finding(f"{frames.verdict}_frame", name, detail=detail)
        if frames.verdict == "raw":
            outlines = [frame.to_upright(outline) for outline in outlines]
    for reason in sample.drops:
        yield Finding("dropped", name, detail=reason)
    width, height = frame.upright_size
    grey = None if image is None else images.to_grey(image)
    valid: list[tuple[int, polygons.Polygon]] = []
    for number, (line, outline) in enumerate(zip(sample.lines, outlines, strict=True), start=1):
        checked = polygons.validate(outline, width, height)
        outside = polygons.overhang(outline, width, height)
        for action in checked.actions:
            rule, _, reason = action.partition(":")
            size = outside if rule in ("clipped", "dropped") else 0.0
            if rule == "clipped":
                reason = f"{outside:.1f} px outside"
            yield Finding(rule, name, number, line.text, reason, size, outline)
        if checked.polygon is None:
            continue
        valid.append((number, checked.polygon))
        if grey is not None and not line.ignore and _is_blank(grey, checked.polygon):
            yield Finding("blank", name, number, line.text, polygon=outline)
        if abs(angle := text_size(checked.polygon)[2]) > _TURNED:
            yield Finding("turned_text", name, number, line.text, f"{angle:.0f}°", polygon=outline)
        odd = _odd_width(checked.polygon, line.text)
        if odd:
            yield Finding("odd_width", name, number, line.text, odd, polygon=outline)
    yield from _duplicates(sample, valid)
    if not valid:
        yield Finding("no_lines", name)


def _contradicted(
    sample: Sample,
    image: images.Image,
    contradict: Callable[[images.Image, Sequence[LineAnnotation]], Sequence[str]],
) -> Iterator[Finding]:
    numbered = [(number, line) for number, line in enumerate(sample.lines, start=1) if line.text]
    for (number, line), read in zip(numbered, contradict(image, [line for _, line in numbered]), strict=True):
        if read:
            yield Finding(
                "contradicted", sample.name, number, line.text, f"reads {read!r}", polygon=line.polygon
            )


def _is_blank(grey: images.Image, outline: polygons.Polygon) -> bool:
    crop = polygons.crop(grey, polygons.to_quad(outline), 16)
    low, high = np.percentile(crop, (1, 99))
    return bool(high - low < _BLANK)


def _odd_width(outline: polygons.Polygon, text: str | None) -> str:
    """A description of the width of a line if it is unusual for its transcript, else ``""``."""
    if text is None or len(text) < 3 or not any(c.isalnum() for c in text):
        return ""
    width, height, _ = text_size(outline)
    share = width / (len(text) * max(height, 1e-6))
    if _ODD_BELOW <= share <= _ODD_ABOVE:
        return ""
    return f"{width:.0f} × {height:.0f} px for {len(text)} characters"


def _duplicates(sample: Sample, valid: Sequence[tuple[int, polygons.Polygon]]) -> Iterator[Finding]:
    boxes = np.array([polygons.bounds(outline) for _, outline in valid], np.float32).reshape(-1, 4)
    for i, (number, outline) in enumerate(valid):
        apart = (boxes[:i, :2] >= boxes[i, 2:]).any(axis=1) | (boxes[:i, 2:] <= boxes[i, :2]).any(axis=1)
        for j in np.flatnonzero(~apart).tolist():
            if polygons.iou(outline, valid[j][1]) < _SAME:
                continue
            line: LineAnnotation = sample.lines[number - 1]
            other = sample.lines[valid[j][0] - 1]
            relation = "the same text" if line.text == other.text else f"which says {other.text!r}"
            detail = f"on line {valid[j][0]}, {relation}"
            yield Finding("duplicate_line", sample.name, number, line.text, detail, polygon=line.polygon)
            break


def _of_texts(sample: Sample, charset: Charset | None) -> Iterator[Finding]:
    for number, line in enumerate(sample.lines, start=1):
        if line.text is None:
            yield Finding("unreadable_line", sample.name, number, polygon=line.polygon)
        elif not line.text:
            yield Finding("untranscribed", sample.name, number, "", polygon=line.polygon)
        elif charset is not None and not charset.covers(line.text):
            unknown = sorted({c for c in line.text if c not in charset})
            detail = " ".join(f"{c!r} U+{ord(c):04X}" for c in unknown)
            yield Finding("outside_charset", sample.name, number, line.text, detail, polygon=line.polygon)
