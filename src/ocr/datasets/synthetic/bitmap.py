"""Letters as print heads and tills with a fixed character set hold them: bitmaps that no outline font resembles.

The bitmaps are three sizes of the fonts ``misc-fixed`` of the X Window System, which are in the public domain. Each
file in ``bitmaps/`` is named by the cell of its letters, WIDTH x HEIGHT dots, and holds a character a line as GNU
Unifont does: the code point, a colon, and the rows from the top as hexadecimal bytes, the most significant bit at
the left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from ocr.datasets.synthetic.typeset import Ink, Mask, Nought, struck

#: Cell of each font, and the rows from its top to the baseline.
_BASELINES = {"8x13": 11, "9x15": 12, "10x20": 16}
#: Names of the fonts.
FONTS = tuple(_BASELINES)


@dataclass(frozen=True)
class BitmapFont:
    """One font.

    Attributes:
        width, height: of a cell in dots.
        baseline: rows from the top of a cell.
        cap_height: of a capital letter in dots.
        cells: (height, width) uint8 of each character, 255 where there is a dot.
    """

    width: int
    height: int
    baseline: int
    cap_height: int
    cells: dict[str, Mask]

    def covers(self, text: str) -> bool:
        """Whether every character of the text has a cell."""
        return self.cells.keys() >= set(text)

    def set(self, text: str, spacing: int = 0, nought: Nought = "plain") -> Ink:
        """The text on one baseline, one pixel a dot, without empty columns at its ends.

        Args:
            text: characters that the font covers.
            spacing: dots between cells.
            nought: what the figure 0 is marked with.
        """
        pitch = self.width + spacing
        canvas = np.zeros((self.height, max(1, pitch * len(text))), np.uint8)
        for place, character in enumerate(text):
            cell = self.cells[character]
            if character == "0" and nought != "plain":
                cell = _marked(cell, nought)
            canvas[:, pitch * place : pitch * place + self.width] = cell
        used = np.flatnonzero(canvas.any(axis=0))
        if len(used):
            canvas = canvas[:, used[0] : used[-1] + 1]
        return Ink(canvas, self.baseline, self.cap_height)


def _marked(cell: Mask, nought: Nought) -> Mask:
    rows, columns = np.flatnonzero(cell.any(axis=1)), np.flatnonzero(cell.any(axis=0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    marked: Mask = cell.copy()
    marked[part] = struck(np.ascontiguousarray(cell[part]), nought, bilevel=True)
    return marked


@cache
def bitmap_font(name: str) -> BitmapFont:
    """One of `FONTS`, read once a process."""
    width, height = (int(part) for part in name.split("x"))
    text = (resources.files(__package__) / "bitmaps" / f"{name}.hex").read_text("ascii")
    cells = {" ": np.zeros((height, width), np.uint8)}
    for line in text.split():
        code, rows = line.split(":")
        packed = np.frombuffer(bytes.fromhex(rows), np.uint8).reshape(height, -1)
        cells[chr(int(code, 16))] = np.unpackbits(packed, axis=1)[:, :width] * 255
    baseline = _BASELINES[name]
    return BitmapFont(
        width, height, baseline, baseline - int(np.flatnonzero(cells["H"].any(axis=1))[0]), cells
    )
