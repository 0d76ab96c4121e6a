"""Lines rendered on the fly, or kept and worn anew."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.datasets.synthetic.scripts import LATIN, script_named
from ocr.errors import BadConfiguration
from ocr.recognition.charset import Charset
from ocr.training import photometric
from ocr.training.recognition_data.kept import KeptLines
from ocr.training.recognition_data.line import Grey, Line, tidy
from ocr.training.recognition_data.wear import SMALL, worn

#: Shares of the lines that lose strokes and that are few pixels high; all other wear is the generator's own.
_STARVED, _SMALL = 0.12, 0.25
#: Share of the draws of a kept line that get each kind of wear; see `worn`.
_WORN = 0.2


class RenderedLines:
    """Synthetic lines.

    Args:
        seed: of the generator; lines of other seeds are other lines.
        weight: share of the draws, relative to other sources.
        charset: the characters that may be drawn.
        fonts: ``train``, ``validation`` or ``all``.
        script: ``latin``, or a name of `ocr.datasets.synthetic.scripts`.
        beyond: every line holds a character that this charset has not; see `SyntheticLines`.
        fresh: share of the draws for which a line is rendered, in (0, 1]. Of the other draws each wears a kept line
            anew, so that every line is seen 1 / ``fresh`` times, each time another way.
        kept: lines that are kept where ``fresh`` is below 1, up to 24 KB each in a temporary file.

    Raises:
        BadConfiguration: ``fresh`` or ``kept`` is out of range.
    """

    def __init__(
        self,
        seed: int,
        charset: Charset,
        weight: float = 1.0,
        fonts: str = "train",
        script: str = LATIN,
        fresh: float = 1.0,
        kept: int = 8192,
        beyond: Charset | None = None,
    ) -> None:
        from ocr.datasets.synthetic.lines import SyntheticLines

        if not 0 < fresh <= 1 or kept < 1:
            raise BadConfiguration(
                f"fresh is {fresh!r} and kept {kept!r}; expected a share above 0, at most 1, and 1 line or more"
            )
        self.weight, self.fresh = weight, fresh
        self.kept = KeptLines(kept) if fresh < 1 else None
        self._rendered = 0
        self.lines = SyntheticLines(
            seed,
            charset.characters,
            fonts,  # type: ignore[arg-type]
            script=script,
            beyond=beyond.characters if beyond else "",
        )
        # Letters of more strokes cannot be told apart where Latin ones still can.
        self.small = SMALL if script == LATIN else (0.85 * script_named(script).smallest, 20.0)

    def begin(self, drawn: int) -> None:
        """Renew kept lines as a training goes on.

        Args:
            drawn: lines of this source that were drawn before.
        """
        self._rendered = int(drawn * self.fresh)

    def line(self, rng: np.random.Generator, height: int) -> Line:
        """A line that has not been seen before, or a kept one as it has not been seen before."""
        if self.kept is None:
            image, text = self._line(int(rng.integers(2**62)), height)
        else:
            # The window over all lines moves on by as many as are to be rendered; within it every line is as likely.
            number = self._rendered + int(rng.integers(self.kept.places))
            image, text = self.kept.line(number, lambda one: self._line(one, height))
            image = worn(image, rng, _WORN)
        if rng.random() < _STARVED:
            image = photometric.starved(image, rng)
        if rng.random() < _SMALL:
            image = photometric.reduced(image, rng, self.small)
        return Line(image, tidy(text), False, "synthetic")

    def _line(self, number: int, height: int) -> tuple[Grey, str]:
        image, text = self.lines.line(number)
        width = max(1, round(image.shape[1] * height / image.shape[0]))
        kind = cv2.INTER_AREA if image.shape[0] > height else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(image, (width, height), interpolation=kind), np.uint8), text
