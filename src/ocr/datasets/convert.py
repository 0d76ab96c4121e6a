"""Converting a dataset with its pictures to another annotation format; losses are counted."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import cv2

from ocr import polygons
from ocr.datasets.frames import Frame, frame_of, judge
from ocr.datasets.outgoing import Losses, Outgoing, Writer
from ocr.datasets.pictures import IMAGE_SUFFIXES
from ocr.datasets.sample import LazyDataset, LineAnnotation, Sample
from ocr.errors import BadConfiguration, OcrError
from ocr.io import images
from ocr.io.files import refuse_filled, write_whole
from ocr.io.limits import Limits

#: How pictures are transferred to the new dataset.
Pictures = Literal["copy", "link", "none"]


@dataclass(frozen=True)
class Options:
    """Options of a conversion.

    Attributes:
        pictures: ``copy``, ``link`` (hard links; copies if the file system has none) or ``none``.
        validate: apply the polygon rules, so that the new dataset needs no repairs.
        turn: rotate annotations upright that were made in the stored pixels of a picture with an EXIF orientation.
        upright: write pictures with an EXIF orientation upright, as PNG, for readers that ignore EXIF.
    """

    pictures: Pictures = "copy"
    validate: bool = False
    turn: bool = False
    upright: bool = False


@dataclass(frozen=True)
class Conversion:
    """Result of a conversion.

    Attributes:
        samples: number of pictures whose annotation was written.
        lines: number of their lines.
        turned: names of those whose annotation was rotated upright.
        losses: what the format cannot represent; see `ocr.datasets.outgoing.Losses`.
        failures: name and error of samples that could not be read.
    """

    samples: int
    lines: int
    turned: tuple[str, ...]
    losses: Mapping[str, int]
    failures: tuple[tuple[str, OcrError], ...]


def convert(
    dataset: LazyDataset[Any],
    out: Path,
    to: str,
    options: Options | None = None,
    on_sample: Callable[[str], None] | None = None,
) -> Conversion:
    """Write a dataset in another format.

    Args:
        dataset: from `ocr.datasets.open_dataset`.
        out: folder to write to; created if missing.
        to: a format of `writers`.
        options: of the conversion.
        on_sample: called with the name of each sample once it is done, for instance to show progress.

    Raises:
        BadConfiguration: no such format, or the folder holds files already.
        ocr.errors.OutputFailed: the operating system refused.
    """
    known = writers()
    if to not in known:
        raise BadConfiguration(f"There is no format {to!r} to write; it is one of {', '.join(known)}.")
    refuse_filled(out)
    work = _Work(dataset, out, options or Options(), to == "doctr_recognition", on_sample)
    losses = work.losses + known[to](work.outgoing(), out)
    return Conversion(work.samples, work.lines, tuple(work.turned), dict(losses), tuple(work.failures))


def writers() -> dict[str, Writer]:
    """The writer of each format by its name."""
    from ocr.datasets import coco_text, doctr, doctr_recognition, paddle, sroie, words_json

    return {
        "sroie": sroie.write,
        "words_json": words_json.write,
        "paddle": paddle.write,
        "coco_text": coco_text.write,
        "doctr": doctr.write,
        "doctr_recognition": doctr_recognition.write,
    }


@dataclass
class _Work:
    dataset: LazyDataset[Any]
    out: Path
    options: Options
    as_crops: bool
    on_sample: Callable[[str], None] | None
    samples: int = 0
    lines: int = 0
    turned: list[str] = field(default_factory=list)
    losses: Losses = field(default_factory=Counter)
    failures: list[tuple[str, OcrError]] = field(default_factory=list)
    _stems: set[str] = field(default_factory=set)

    def outgoing(self) -> Iterator[Outgoing]:
        """The samples that can be read, with their pictures placed."""
        for index in range(len(self.dataset)):
            name = self.dataset.name_of(index)
            try:
                item = self._one(self.dataset[index])
            except OcrError as error:
                if error.exit_status != 3:
                    raise
                self.failures.append((name, error))
            else:
                self.samples += 1
                self.lines += len(item.sample.lines)
                yield item
            if self.on_sample is not None:
                self.on_sample(name)

    def _one(self, sample: Sample) -> Outgoing:
        if sample.image_path is None:
            image = sample.load()
            frame, data, suffix = Frame(image.shape[1], image.shape[0]), _png(image), ".png"
        else:
            data = images.read_bytes(sample.image_path, Limits().max_bytes)
            frame, suffix = frame_of(data), sample.image_path.suffix
        sample = self._annotation(sample, frame)
        changed = sample.image_path is None
        if self.as_crops:
            sample = replace(sample, image=sample.load())
        elif sample.image_path is not None and self._must_change(frame, suffix):
            data, suffix = _png(sample.load()), ".png"
            changed = True
        file = self._unique(sample, suffix)
        if not self.as_crops:
            self._place(None if changed else sample.image_path, data, file)
        width, height = frame.upright_size
        return Outgoing(file, sample, width, height, hashlib.sha256(data).hexdigest())

    def _annotation(self, sample: Sample, frame: Frame) -> Sample:
        self.losses["lines_left_out"] += len(sample.drops)
        lines = [line for line in sample.lines if polygons.is_finite(line.polygon)]
        if self.options.turn and frame.orientation != 1 and lines:
            verdict = judge(sample.load(), frame, [line.polygon for line in lines]).verdict
            if verdict == "raw":
                self.turned.append(sample.name)
                lines = [LineAnnotation(frame.to_upright(line.polygon), line.text) for line in lines]
        result = replace(sample, lines=tuple(lines), drops=())
        if self.options.validate:
            result = result.validated(*frame.upright_size)
        self.losses["lines_left_out"] += len(sample.lines) - len(result.lines)
        return result

    def _must_change(self, frame: Frame, suffix: str) -> bool:
        return suffix.lower() not in IMAGE_SUFFIXES or (self.options.upright and frame.orientation != 1)

    def _unique(self, sample: Sample, suffix: str) -> str:
        given = sample.image_path.stem if sample.image_path is not None else Path(sample.name).stem
        stem = (
            "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in given).strip() or "image"
        )
        unique, number = stem, 2
        # Many file systems ignore case.
        while unique.casefold() in self._stems:
            unique, number = f"{stem}-{number}", number + 1
        self._stems.add(unique.casefold())
        return unique + suffix

    def _place(self, source: Path | None, data: bytes, file: str) -> None:
        target = self.out / "images" / file
        if self.options.pictures == "none":
            return
        if self.options.pictures == "link" and source is not None:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                os.link(source.resolve(), target)
                return
            except OSError:
                pass  # another file system: copied below
        write_whole(target, data)


def _png(image: images.Image) -> bytes:
    encoded, data = cv2.imencode(".png", image[..., ::-1])
    if not encoded:
        raise OcrError("a picture could not be encoded as PNG")
    return data.tobytes()
