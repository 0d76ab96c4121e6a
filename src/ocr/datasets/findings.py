"""Findings of a check of a dataset: the rules, one finding, and the report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.datasets.sample import Polygon, Sample
from ocr.errors import AnnotationInvalid, InputNotFound

#: Faults: data that is not used, or that would train a model wrongly. All other rules are notes.
FAULTS: Mapping[str, str] = {
    "unreadable_annotation": "annotation that cannot be read",
    "unreadable_picture": "picture that cannot be read",
    "unannotated": "picture without an annotation",
    "no_lines": "annotation without a line that can be used",
    "dropped": "line dropped by the polygon rules",
    "raw_frame": "picture with an EXIF orientation, annotated as its pixels are stored",
    "unclear_frame": "picture with an EXIF orientation, whose annotated frame is not clear",
    "duplicate_line": "line that lies on another one of its picture",
    "duplicate_picture": "picture with the bytes of another one",
    "duplicate_name": "two annotations of one picture",
    "blank": "line where the picture shows nothing",
    "outside_charset": "transcript with characters outside the charset",
}
#: Notes: repaired without loss, or harmless.
NOTES: Mapping[str, str] = {
    "repaired": "line whose outline crossed itself, repaired",
    "clipped": "line reaching out of the picture, clipped",
    "deduplicated": "line with repeated points, taken out",
    "reordered": "line that ran anticlockwise, reordered",
    "upright_frame": "picture with an EXIF orientation, annotated upright as it should be",
    "turned_text": "line that runs more than 45° from rightwards: turned text, or a faulty first point",
    "odd_width": "line much too narrow or too wide for its transcript: worth a look",
    "contradicted": "line that a model confidently reads otherwise: a wrong transcript, or unfamiliar print",
    "unreadable_line": "line marked as unreadable, ignored",
    "untranscribed": "line without a transcript",
}
RULES: Mapping[str, str] = {**FAULTS, **NOTES}
#: Rules for pictures that cannot be used.
UNUSABLE = frozenset({"unreadable_annotation", "unreadable_picture"})

_WEIGHTS = {"raw_frame": 50.0, "unclear_frame": 20.0, "dropped": 10.0, "duplicate_line": 5.0, "blank": 5.0}
_WEIGHTS |= {
    "repaired": 4.0,
    "no_lines": 4.0,
    "clipped": 1.0,
    "outside_charset": 1.0,
    "odd_width": 3.0,
    "contradicted": 3.0,
    "turned_text": 3.0,
}


@dataclass(frozen=True, eq=False)
class Finding:
    """One finding.

    Attributes:
        rule: a key of `RULES`.
        name: of the picture.
        line: number of the line in its annotation, from 1; ``None`` for the whole picture.
        text: transcript of the line, if it has one.
        detail: the reason, the error, the characters, the other picture.
        size: for the rules about clipping, pixels outside the picture; else 0.
        polygon: as it was annotated.
    """

    rule: str
    name: str
    line: int | None = None
    text: str | None = None
    detail: str = ""
    size: float = 0.0
    polygon: Polygon | None = None

    @property
    def weight(self) -> float:
        """Importance of the finding; pictures are ranked by the sum."""
        return _WEIGHTS.get(self.rule, 0.0) * (1.0 + min(self.size, 100.0) / 25.0)

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON; the polygon to a hundredth of a pixel, points that are not finite as null."""
        content: dict[str, Any] = {"rule": self.rule, "name": self.name}
        if self.line is not None:
            content |= {"line": self.line, "text": self.text}
        if self.detail:
            content["detail"] = self.detail
        if self.polygon is not None:
            content["polygon"] = [[_finite(v) for v in point] for point in self.polygon.tolist()]
        return content


@dataclass(frozen=True, eq=False)
class Checked:
    """A picture with its findings; ``sample`` is ``None`` if its annotation cannot be read."""

    name: str
    sample: Sample | None
    findings: tuple[Finding, ...]

    @property
    def weight(self) -> float:
        """Importance of its findings; 0 without any that matter."""
        return sum(finding.weight for finding in self.findings)

    @property
    def usable(self) -> bool:
        """Whether its annotation and its picture could be read."""
        return not any(finding.rule in UNUSABLE for finding in self.findings)


@dataclass(frozen=True, eq=False)
class CheckReport:
    """The findings of a whole dataset.

    Attributes:
        images: one entry per sample, in the order of the dataset.
        unannotated: findings of pictures without an annotation.
        lines: number of annotated lines.
    """

    images: tuple[Checked, ...]
    unannotated: tuple[Finding, ...]
    lines: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of the dataset."""
        return (*(finding for image in self.images for finding in image.findings), *self.unannotated)

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings of every rule, in the order of `RULES`, zeros included."""
        counts = Counter(finding.rule for finding in self.findings)
        return {rule: counts[rule] for rule in RULES}

    @property
    def unusable(self) -> tuple[Checked, ...]:
        """Samples whose annotation or picture cannot be read."""
        return tuple(image for image in self.images if not image.usable)

    @property
    def faults(self) -> int:
        """Number of findings that are faults."""
        return sum(finding.rule in FAULTS for finding in self.findings)

    def worst(self, count: int) -> list[Checked]:
        """The usable pictures with the most important findings, worst first."""
        ranked = [image for image in self.images if image.weight > 0 and image.usable]
        return sorted(ranked, key=lambda image: -image.weight)[:count]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "schema": "ocr.data-check/1",
            "images": len(self.images),
            "lines": self.lines,
            "faults": self.faults,
            "counts": self.counts,
            "worst": [image.name for image in self.worst(20)],
            "findings": [finding.to_dict() for finding in self.findings],
        }


def contradicted(report: str | Path) -> set[tuple[str, int]]:
    """The lines with contradicted transcripts in a report, as (name of the picture, number of the line from 1).

    Args:
        report: JSON file written by ``ocr data check --read --json``.

    Raises:
        InputNotFound: there is no such file.
        AnnotationInvalid: it is no such report.
    """
    try:
        findings = json.loads(Path(report).read_text("utf-8"))["findings"]
        return {(str(f["name"]), int(f["line"])) for f in findings if f["rule"] == "contradicted"}
    except FileNotFoundError as error:
        raise InputNotFound(f"there is no report {report} of a check") from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise AnnotationInvalid(
            f"{report} is no report that ocr data check --read --json wrote: {type(error).__name__}: {error}"
        ) from error


def _finite(value: float) -> float | None:
    return round(value, 2) if abs(value) < float("inf") else None
