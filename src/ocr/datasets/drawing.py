"""Drawing the findings of a check: the page with a margin, its lines, and the findings by colour and number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ocr import polygons
from ocr.datasets.findings import Checked
from ocr.io import drawing
from ocr.io.drawing import Image
from ocr.io.files import write_whole

_COLOURS = {
    "dropped": (220, 0, 0),
    "raw_frame": (220, 0, 0),
    "duplicate_line": (200, 0, 200),
    "blank": (240, 120, 0),
    "repaired": (0, 60, 220),
    "clipped": (200, 160, 0),
    "outside_charset": (0, 150, 170),
    "turned_text": (0, 90, 160),
    "odd_width": (120, 80, 220),
}
_FINE, _MARGIN_GREY = (0, 150, 0), 225
#: Margin around the page for polygons outside of it, as a share of its longer side.
_MARGIN = 0.06


def draw(image: Image, checked: Checked) -> Image:
    """Draw a checked picture.

    Args:
        image: the upright page, (H, W, 3) uint8 RGB.
        checked: its findings, and its sample.

    Returns:
        RGB uint8 with a margin and a legend above: lines without a finding thin and green, those with one in the
        colour of its rule, with the number of the line.
    """
    height, width = image.shape[:2]
    unit = max(1.0, max(height, width) / 1400)
    margin = round(_MARGIN * max(height, width))
    canvas = np.full((height + 2 * margin, width + 2 * margin, 3), _MARGIN_GREY, np.uint8)
    canvas[margin : margin + height, margin : margin + width] = image
    lines = checked.sample.lines if checked.sample is not None else ()
    drawing.outline(canvas, [line.polygon for line in lines], _FINE, max(1, round(unit)), margin, dots=True)
    # The most important findings are drawn last.
    for finding in sorted(checked.findings, key=lambda finding: finding.weight):
        colour = _COLOURS.get(finding.rule)
        if colour is None or finding.polygon is None or not polygons.is_finite(finding.polygon):
            continue
        drawing.outline(canvas, [finding.polygon], colour, max(2, round(2 * unit)), margin, dots=True)
        x0, y0, _, _ = polygons.bounds(finding.polygon)
        x = int(np.clip(x0 + margin, 0, canvas.shape[1] - 30 * unit))
        y = int(np.clip(y0 + margin - 4 * unit, 12 * unit, canvas.shape[0] - 4))
        drawing.label(canvas, f"{finding.line}", (x, y), colour, 0.5 * unit)
    return np.vstack([_legend(checked, canvas.shape[1], unit), canvas])


def write_worst(images: Sequence[Checked], folder: Path) -> list[Path]:
    """Draw pictures into a folder as ``01-NAME.jpg``, in the order given.

    Raises:
        ocr.errors.InputError: a picture cannot be read any more.
        ocr.errors.OutputFailed: the operating system refused.
    """
    written = []
    for place, checked in enumerate(images, start=1):
        if checked.sample is not None:
            path = folder / f"{place:02d}-{Path(checked.name).stem or 'image'}.jpg"
            written.append(write_whole(path, drawing.to_jpeg(draw(checked.sample.load(), checked))))
    return written


def _legend(checked: Checked, width: int, unit: float) -> Image:
    rows: list[tuple[str, tuple[int, int, int]]] = [(checked.name, (0, 0, 0))]
    for finding in sorted(checked.findings, key=lambda finding: -finding.weight)[:8]:
        place = "" if finding.line is None else f"line {finding.line} "
        text = f" {finding.text!r}" if finding.text else ""
        detail = f": {finding.detail}" if finding.detail else ""
        rows.append((f"{place}{finding.rule}{detail}{text}", _COLOURS.get(finding.rule, (90, 90, 90))))
    if len(checked.findings) > 8:
        rows.append((f"and {len(checked.findings) - 8} more findings", (90, 90, 90)))
    return drawing.strip(rows, width, unit)
