"""Whether the text of a page is large enough to be read, whatever made it small: a camera, a scanner, a limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ocr.polygons import thicknesses

#: Pixels from the top to the bottom of a line below which letters lose their shape.
_MIN_HEIGHT = 8.0


def small_text(quads: Sequence[npt.ArrayLike]) -> Iterator[tuple[str, str]]:
    """A warning where most lines of a page are too low.

    Args:
        quads: (4, 2) polygons of the lines, in pixels of the page.

    Yields:
        At most one (code, message) pair.
    """
    if not quads:
        return
    height = float(np.median(thicknesses(np.asarray(quads, np.float32))))
    if height < _MIN_HEIGHT:
        yield (
            "low_resolution",
            f"most lines of the page are {height:.0f} pixels high, so that letters can be lost; give the page at a "
            "higher resolution",
        )
