"""One page to lines: regions are detected, read, merged into lines and put in rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr.detection.decode import Options, changed
from ocr.detection.detector import Detection, Detector
from ocr.detection.sizing import SizePolicy
from ocr.document import Line, Page
from ocr.layout import halves, merging, spaced
from ocr.layout.borders import without_borders
from ocr.layout.receipts import separate_receipts
from ocr.layout.rows import rows
from ocr.layout.volumes import with_litres
from ocr.pipeline import orientation, pattern, script, show_through
from ocr.pipeline.cut_amounts import whole_amounts
from ocr.pipeline.framing import with_frames
from ocr.pipeline.legibility import small_text
from ocr.pipeline.lone_characters import lone_characters
from ocr.pipeline.missing_dates import missing_dates
from ocr.pipeline.options import ReadOptions
from ocr.pipeline.unread import Box, unread_parts
from ocr.pipeline.words import outlines, words_of
from ocr.prepare import Prepared
from ocr.prepare.orientation import turned_by
from ocr.prepare.pattern import pattern as remove_pattern
from ocr.prepare.show_through import show_through as remove_show_through
from ocr.prepare.stage import Result
from ocr.prepare.warp import shift
from ocr.recognition.alternatives import Alternatives
from ocr.recognition.recognizer import Reading, Recognizer

#: Regions that miss the model's score by up to this much, single digits mostly, are read, and kept where the reading's
#: confidence is at least `_CONFIDENT`.
_TOLERANCE = 0.1
#: Where the model's confidences are calibrated, this share of such readings is right.
_CONFIDENT = 0.45
#: A receipt that is read once more has so much of the page around it, in heights of its lines.
_MARGIN = 3.0
#: A receipt that lies another way round than the others has so many lines at least.
_MIN_LINES = 4


class ReadPage(NamedTuple):
    """A page with what the document does not hold.

    Attributes:
        page: in pixels of the page that came in.
        warnings: (code, message) pairs.
        alternatives: other readings of lines with figures, by the index of the line: see
            `ocr.recognition.alternatives.Alternatives`.
    """

    page: Page
    warnings: tuple[tuple[str, str], ...]
    alternatives: Mapping[int, Alternatives]


class ReceiptLines(NamedTuple):
    """The lines of one receipt in the frame in which it was read.

    Attributes:
        rows: from top to bottom, their lines from left to right, in pixels of ``frame``.
        frame: the page as it was read, prepared and turned, with the way back to the page that came in.
    """

    rows: list[list[merging.Fragment]]
    frame: Prepared

    def placed(self) -> list[list[merging.Fragment]]:
        """Its rows in pixels of the page that came in, without lines that lie beside that page."""
        if not self.frame.moved:
            return self.rows
        rows = []
        for row in self.rows:
            quads = [self.frame.back(line.quad) for line in row]
            rows.append(
                [line._replace(quad=quad) for line, quad in zip(row, quads, strict=True) if quad is not None]
            )
        return [row for row in rows if row]


@dataclass(frozen=True)
class PageLines:
    """The lines of a page.

    Attributes:
        receipts: from the top left to the bottom right.
        warnings: (code, message) pairs.
    """

    receipts: list[ReceiptLines]
    warnings: tuple[tuple[str, str], ...]

    def to_page(self, width: int, height: int) -> ReadPage:
        """The page that came in, ``width`` × ``height`` pixels.

        Rows are decided in the frame in which the lines were read: on the page that came in they need not run level.
        Lines that lie beside that page are left out with a warning.
        """
        lines: list[Line] = []
        grouped: list[tuple[int, ...]] = []
        receipts: list[tuple[int, ...]] = []
        alternatives: dict[int, Alternatives] = {}
        for receipt in self.receipts:
            placed = receipt.placed()
            numbers = itertools.count(len(lines))
            kept = [line for row in placed for line in row]
            alternatives |= {
                k: line.alternatives for k, line in enumerate(kept, len(lines)) if line.alternatives
            }
            lines += [
                Line.with_words(line.text, _rounded(line.confidence), outline, words)
                for line, outline, words in zip(
                    kept, outlines(kept), words_of(kept, receipt.frame), strict=True
                )
            ]
            if placed:
                receipts.append(tuple(range(len(grouped), len(grouped) + len(placed))))
            grouped += [tuple(itertools.islice(numbers, len(row))) for row in placed]
        page = Page(width, height, tuple(lines), tuple(grouped), tuple(receipts))
        outside = sum(len(row) for receipt in self.receipts for row in receipt.rows) - len(lines)
        return ReadPage(page, (*self.warnings, *_outside(outside)), alternatives)


class _Look(NamedTuple):
    """A page at one turn.

    Attributes:
        frame: the page as it is read.
        grey: (H, W) uint8, its pixels.
        detection: the regions on it.
        ground: (H, W) uint8, the same with what was removed from it and shows what receipts lie on; ``grey`` where
            nothing was.
    """

    frame: Prepared
    grey: npt.NDArray[np.uint8]
    detection: Detection
    ground: npt.NDArray[np.uint8]


def detect_page(detector: Detector, page: Prepared, options: ReadOptions) -> PageLines:
    """The text regions of a page as lines without text; their confidence is the score of the region."""
    detection = detector.detect(page.grey, *detection_settings(detector, options))
    lines = [merging.Fragment("", region.score, region.polygon) for region in detection.regions]
    parts = separate_receipts([line.quad for line in lines], None, page.grey)
    receipts = []
    for part in parts:
        some = [lines[k] for k in part]
        receipts.append(
            ReceiptLines([[some[k] for k in row] for row in rows([line.quad for line in some])], page)
        )
    return PageLines(receipts, (*detection.warnings, *_no_text(len(lines))))


def read_page(detector: Detector, recognizer: Recognizer, page: Prepared, options: ReadOptions) -> PageLines:
    """The lines of a page with their texts, at the turn at which it reads best."""
    if options.lm_weight is not None:
        recognizer = recognizer.with_lm_weight(options.lm_weight)
    decoding, policy = detection_settings(detector, options)
    relaxed = decoding.relaxed(_TOLERANCE)

    def read_frame(page: Prepared, degrees: float) -> orientation.Attempt[_Look]:
        frame = page.then("turn", turned_by(page.image, degrees)) if degrees else page
        grey = frame.grey
        detection = detector.detect(grey, relaxed, policy)
        readings = recognizer.read(grey, [region.polygon for region in detection.regions])
        kept = [
            (region, reading)
            for region, reading in zip(detection.regions, readings, strict=True)
            if region.score >= decoding.min_score or reading.confidence >= _CONFIDENT
        ]
        regions = tuple(region for region, _ in kept)
        return orientation.Attempt(
            [region.polygon for region in regions],
            pattern.doubted([reading for _, reading in kept], frame.figures),
            _Look(frame, grey, replace(detection, regions=regions), grey),
        )

    def without(read: orientation.Attempt[_Look], name: str, removed: Result) -> orientation.Attempt[_Look]:
        """The page with something removed that is not its print."""
        cleaned = read_frame(read.result.frame.then(name, removed), 0)
        return replace(cleaned, result=cleaned.result._replace(ground=read.result.ground))

    def without_back(read: orientation.Attempt[_Look]) -> orientation.Attempt[_Look]:
        """The page without print that shows through from its back, where it reads better so."""
        cleaned = without(read, "show_through", remove_show_through(read.result.frame.grey))
        return cleaned if show_through.is_better(cleaned.readings, read.readings) else read

    def without_pattern(read: orientation.Attempt[_Look]) -> orientation.Attempt[_Look]:
        return without(read, "pattern", remove_pattern(read.result.frame.grey))

    def turned_upright(first: orientation.Attempt[_Look]) -> orientation.Attempt[_Look]:
        page = first.result.frame
        return orientation.find_orientation(
            first,
            page.grey,
            lambda degrees: read_frame(page, degrees),
            lambda one, quads: recognizer.read(one.result.grey, quads),
        )

    behind = False

    def read_upright(part: Prepared) -> orientation.Attempt[_Look]:
        nonlocal behind
        first = read_frame(part, 0)
        mixed = show_through.may_show_through(first.readings, upright=options.turn == "off")
        if mixed:
            first = without_back(first)
        patterned = pattern.is_behind(first.readings, first.quads, first.result.grey)
        if part is page:
            behind = patterned
        hidden = patterned or pattern.may_hide_text(first.readings, first.result.grey)
        plain = without_pattern(first) if hidden else None
        if plain is not None and pattern.is_better(plain.readings, first.readings, patterned):
            first, plain = plain, None
        if options.turn == "off":
            return first
        found = turned_upright(first)
        if plain is not None and found is first:
            # Behind the pattern it may lie another way round.
            plain = turned_upright(plain)
            return plain if pattern.is_better(plain.readings, found.readings, patterned) else found
        if not mixed and show_through.may_show_through(found.readings, upright=True):
            return without_back(found)
        return found

    best = read_upright(page).with_text()
    frame = best.result.frame
    receipts: list[orientation.Attempt[_Look]] = []
    remains: list[int] = []
    parts = separate_receipts(best.quads, [reading.text for reading in best.readings], best.result.ground)
    for part in parts:
        receipt = best.part(part)
        if len(parts) > 1 and options.turn == "auto" and not orientation.reads_well(receipt):
            # It may lie another way round than the others.
            receipt = read_upright(_cut_out(frame, _box_around(receipt.quads))).with_text()
            if len(receipt.quads) < _MIN_LINES or not orientation.reads_well(receipt):
                remains += part
                continue
        receipts.append(receipt)
    if remains and all(receipt.result is not best.result for receipt in receipts):
        receipts.append(best.part(remains))
    elif remains:
        # What lies around receipts, such as the pattern of a table, is no receipt of its own.
        k = max(
            (k for k, receipt in enumerate(receipts) if receipt.result is best.result),
            key=lambda k: len(receipts[k].quads),
        )
        receipts[k] = receipts[k].with_more(best.part(remains))
    if options.turn == "auto" and best.quads:
        for box in unread_parts(frame.grey, best.quads):
            receipt = read_upright(_cut_out(frame, box)).with_text()
            if len(receipt.quads) >= _MIN_LINES and orientation.reads_well(receipt):
                receipts.append(receipt)
    unknown = script.is_unknown(best.readings, recognizer)
    if unknown:
        receipts = [_doubted(receipt) for receipt in receipts]
    small = tuple(small_text(best.quads))
    warnings = (
        *best.result.detection.warnings,
        *_no_text(len(best.quads)),
        *pattern.warning(best.readings, page.grey, best.result.frame.figures, behind),
        *small,
        # Letters that are too small look like those of no script.
        *script.warning(unknown and not small),
    )
    return PageLines(
        [_lines_of(receipt, recognizer, options.min_confidence) for receipt in receipts], warnings
    )


def _doubted(receipt: orientation.Attempt[_Look]) -> orientation.Attempt[_Look]:
    """The same lines, less sure of their letters."""
    readings = [replace(reading, confidence=script.doubted(reading)) for reading in receipt.readings]
    return replace(receipt, readings=readings)


def _lines_of(
    read: orientation.Attempt[_Look], recognizer: Recognizer, min_confidence: float
) -> ReceiptLines:
    """The lines of a receipt, merged of their fragments."""
    grey = read.result.grey
    fragments = without_borders(_as_fragments(read.readings, read.quads))
    reader = recognizer.for_page([fragment.text for fragment in fragments])
    fragments = _made_whole(fragments, reader, grey)
    fragments += lone_characters(fragments, read.result.detection.unsure, grey, reader.read)
    fragments = _closed_up(fragments, reader, grey)
    fragments = with_frames(fragments, grey, reader.read)
    fragments = whole_amounts(fragments, grey, reader.read)
    fragments += missing_dates(fragments, grey, reader.read)
    kept = [
        [line for line in row if line.confidence >= min_confidence]
        for row in with_litres(merging.merge_fragments(fragments))
    ]
    return ReceiptLines([row for row in kept if row], read.result.frame)


def _made_whole(
    fragments: list[merging.Fragment], reader: Recognizer, grey: npt.NDArray[np.uint8]
) -> list[merging.Fragment]:
    """The fragments, halves of large letters read once more as one line."""
    found = halves.wholes(fragments)
    if not found:
        return fragments
    replaced: set[int] = set()
    lines: list[merging.Fragment] = []
    quads = [one.quad for one in found]
    for one, whole in zip(found, _as_fragments(reader.read(grey, quads), quads), strict=True):
        if halves.is_better(whole, [fragments[k] for k in one.parts]):
            replaced.update(one.parts)
            lines.append(whole)
    return [one for k, one in enumerate(fragments) if k not in replaced] + lines


def _closed_up(
    fragments: list[merging.Fragment], reader: Recognizer, grey: npt.NDArray[np.uint8]
) -> list[merging.Fragment]:
    """The fragments, those whose characters stand apart read once more in one piece."""
    found = spaced.stretches(fragments)
    if not found:
        return fragments
    replaced: set[int] = set()
    words: list[merging.Fragment] = []
    for stretch, reading in zip(found, reader.read(grey, [one.quad for one in found]), strict=True):
        whole = merging.Fragment(reading.text, reading.confidence, stretch.quad, reading.words)
        known = [fragments[k] for k in stretch.parts]
        closed = spaced.closed_up(whole, known)
        if not closed and len(known) == 1:
            closed = spaced.closed_up(known[0], known)
        if closed:
            replaced.update(stretch.parts)
            words += closed
    return [one for k, one in enumerate(fragments) if k not in replaced] + words


def _as_fragments(
    readings: Sequence[Reading], quads: Sequence[npt.NDArray[np.float32]]
) -> list[merging.Fragment]:
    return [
        merging.Fragment(reading.text, reading.confidence, quad, reading.words, reading.alternatives)
        for reading, quad in zip(readings, quads, strict=True)
    ]


def _box_around(quads: Sequence[npt.NDArray[np.float32]]) -> Box:
    """The part of a page that holds some lines, with a margin of a few of them around."""
    points = np.concatenate(list(quads))
    margin = _MARGIN * float(np.median([np.linalg.norm(quad[3] - quad[0]) for quad in quads]))
    x0, y0 = np.floor(points.min(axis=0) - margin).astype(int).tolist()
    x1, y1 = np.ceil(points.max(axis=0) + margin).astype(int).tolist()
    return x0, y0, x1, y1


def _cut_out(frame: Prepared, box: Box) -> Prepared:
    """A part of a page as a page."""
    height, width = frame.pixels.shape[:2]
    x0, y0, x1, y1 = max(0, box[0]), max(0, box[1]), min(width, box[2]), min(height, box[3])
    cut = Result(np.ascontiguousarray(frame.pixels[y0:y1, x0:x1]), shift(-x0, -y0))
    return frame.then("receipt", cut)


def detection_settings(detector: Detector, options: ReadOptions) -> tuple[Options, SizePolicy]:
    """How a call has the detector's maps decoded, and at which size it looks at pages."""
    decoding: dict[str, Any] = dict(options.decoding)
    if options.max_regions is not None:
        decoding["max_candidates"] = options.max_regions
    sizing: dict[str, Any] = dict(options.sizing)
    return changed(detector.options, decoding), replace(detector.policy, **sizing)


def _rounded(confidence: float) -> float:
    """To a ten-thousandth, which is more than is known."""
    return round(float(confidence), 4)


def _no_text(count: int) -> Iterator[tuple[str, str]]:
    if not count:
        yield "no_text_found", "no text was found on the page"


def _outside(count: int) -> Iterator[tuple[str, str]]:
    if count:
        yield "lines_outside", f"{count} lines lie outside of the page that came in and were left out"
