"""Records of an annotated picture, and the lazy sequence that all dataset readers extend."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.datasets import receipt_truth
from ocr.datasets.receipt_truth import ReceiptTruth
from ocr.errors import BadConfiguration

if TYPE_CHECKING:
    from typing_extensions import Self

Image = npt.NDArray[np.uint8]
Polygon = npt.NDArray[np.float32]

#: The transcript of unreadable regions in ICDAR annotations.
UNREADABLE = "###"


@dataclass(frozen=True, eq=False)
class LineAnnotation:
    """One annotated text line.

    Attributes:
        polygon: (N, 2) float32 with N >= 3, in upright pixels, clockwise from the text's own top left.
        text: the transcript; ``""`` if only the place is annotated; ``None`` for an unreadable line, which training and
            evaluation ignore.
        row: number of the printed row that the line stands in, from the top; ``None`` if it is not annotated.

    Raises:
        ValueError: the polygon is not of shape (N, 2) with N >= 3.
    """

    polygon: Polygon
    text: str | None
    row: int | None = None

    def __post_init__(self) -> None:
        polygon = np.ascontiguousarray(self.polygon, np.float32)
        if not polygons.is_outline(polygon):
            raise ValueError(f"A polygon is of shape (N, 2) with N >= 3; got {polygon.shape}.")
        object.__setattr__(self, "polygon", polygon)

    @property
    def ignore(self) -> bool:
        """Whether the line is left out of training and evaluation."""
        return self.text is None


def lines_of(
    regions: Iterable[tuple[npt.NDArray[np.float32], str | None]],
) -> tuple[tuple[LineAnnotation, ...], tuple[str, ...]]:
    """Lines of outlines (N, 2) with transcripts, and the reason for each outline that is no polygon."""
    listed = list(regions)
    lines = tuple(LineAnnotation(points, text) for points, text in listed if polygons.is_outline(points))
    return lines, ("too_few_points",) * (len(listed) - len(lines))


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture with its text lines and fields.

    Attributes:
        image_path: the file; ``None`` if `image` has the pixels.
        lines: the annotated lines, in the order of the annotation.
        fields: the receipt fields by name (company, date, total, …); empty if the dataset has none.
        name: of the picture in reports, unique within its dataset.
        image: (H, W, 3) uint8 RGB, for generated pictures.
        drops: the reason of each line that the polygon rules dropped; see `ocr.polygons.validate`.
        receipt: the annotated receipt as typed values; by default parsed from `fields`.
        size: (width, height) in pixels, if it is known without the picture.
        lines_annotated: whether `lines` are all lines of the picture; if not, lines are not measured.
    """

    image_path: Path | None
    lines: tuple[LineAnnotation, ...]
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    name: str = ""
    image: Image | None = None
    drops: tuple[str, ...] = ()
    receipt: ReceiptTruth | None = None
    size: tuple[int, int] | None = None
    lines_annotated: bool = True

    def __post_init__(self) -> None:
        if self.receipt is None and self.fields:
            object.__setattr__(self, "receipt", receipt_truth.from_mapping(self.fields))

    def load(self) -> Image:
        """The upright picture as (H, W, 3) uint8 RGB; the first page of a file with several.

        Raises:
            ocr.errors.InputError: the file is missing, damaged or no picture.
            ValueError: the sample has neither a file nor pixels.
        """
        if self.image is not None:
            return self.image
        if self.image_path is None:
            raise ValueError(f"Sample {self.name!r} has neither a file nor pixels.")
        from ocr.io import images  # the decoder is heavy, and listing a dataset does not need it

        return next(images.pages(self.image_path)).image

    def validated(self, width: int, height: int) -> Self:
        """The sample with the polygon rules applied for an image of this size; `drops` grows."""
        lines: list[LineAnnotation] = []
        drops: list[str] = []
        outlines = [line.polygon for line in self.lines]
        for line, checked in zip(self.lines, polygons.validate_all(outlines, width, height), strict=True):
            if checked.polygon is None:
                drops.append(checked.dropped or "unknown")
            else:
                lines.append(replace(line, polygon=checked.polygon))
        return replace(self, lines=tuple(lines), drops=(*self.drops, *drops))

    def load_validated(self) -> tuple[Image, Self]:
        """The picture, and the sample with the polygon rules applied for its size."""
        image = self.load()
        return image, self.validated(image.shape[1], image.shape[0])


Entry = TypeVar("Entry")


#: The form of a fold for `LazyDataset.fold`.
_FOLD = re.compile(r"(-?)(\d{1,6})/(\d{1,6})")


class LazyDataset(Sequence[Sample], Generic[Entry]):
    """A sequence of samples: opening lists the files, annotations are parsed on access.

    Attributes:
        format: name of its annotation format for `ocr.datasets.open_dataset`; empty for others.
        unannotated: names of pictures without an annotation, which are no samples.
    """

    format: ClassVar[str] = ""

    def __init__(self, entries: Sequence[Entry], unannotated: Sequence[str] = ()) -> None:
        self._entries: tuple[Entry, ...] = tuple(entries)
        self.unannotated: tuple[str, ...] = tuple(unannotated)

    @abstractmethod
    def _parse(self, entry: Entry) -> Sample:
        """Read one annotation; raises `ocr.errors.AnnotationInvalid` if it is faulty."""

    @abstractmethod
    def _name(self, entry: Entry) -> str:
        """The name of a sample, without reading its annotation."""

    def name_of(self, index: int) -> str:
        """The name of a sample, also if its annotation is faulty."""
        return self._name(self._entries[index])

    def __len__(self) -> int:
        return len(self._entries)

    def fold(self, which: str) -> Self:
        """A part of the samples, for cross-validation.

        Args:
            which: ``"2/5"`` for the second of five folds, ``"-2/5"`` for all but it. Samples are assigned
                to the folds in turn, in their order.

        Raises:
            BadConfiguration: it is not of this form, or there is no such fold.
        """
        match = _FOLD.fullmatch(which)
        number, count = (int(match[2]), int(match[3])) if match else (0, 0)
        if not match or not 1 <= number <= count:
            raise BadConfiguration(
                f"fold is {which!r}; expected a fold out of several, such as 2/5, or all but it: -2/5"
            )
        entries = [e for k, e in enumerate(self._entries) if (k % count == number - 1) != bool(match[1])]
        return type(self)(entries, self.unannotated)

    def only(self, indices: Sequence[int]) -> Self:
        """Some of the samples, in the order given."""
        return type(self)([self._entries[index] for index in indices], self.unannotated)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Sample | Self:
        if isinstance(index, slice):
            return type(self)(self._entries[index], self.unannotated)
        return self._parse(self._entries[index])
