"""Several recognisers, one a script, and the choice between them line by line."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ocr.recognition.recognizer import Reading, Recognizer

if TYPE_CHECKING:
    from ocr.engine.inference_cache import InferenceCache
    from ocr.recognition.beam import Beam

Image = npt.NDArray[np.uint8]

#: A line below this certainty is in doubt. Of a page with a smaller share of such lines none is read by another model:
#: of Latin receipts it is 0 to 3 %, of Korean ones 46 % and more.
_DOUBT, _SHARE = 0.8, 0.2
#: Lines in doubt that tell whether a page is written in another script, and the share of them that it must win.
_SAMPLE, _WON = 6, 0.5
#: A reading in letters of its own script may be less certain than the first one by this much: looks of unknown letters
#: are matched by chance. One without such letters, figures mostly, must be more certain by this much.
_FAVOUR, _HANDICAP = 0.2, 0.05


class LazyRecognizer:
    """A recogniser that is loaded when it is needed first; safe to share between threads.

    Args:
        load: makes it.
    """

    def __init__(self, load: Callable[[], Recognizer]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._loaded: Recognizer | None = None

    def get(self) -> Recognizer:
        """The recogniser.

        Raises:
            ModelInvalid: its model cannot be used.
        """
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def then(self, change: Callable[[Recognizer], Recognizer]) -> LazyRecognizer:
        """The same, changed once it is loaded."""
        return LazyRecognizer(lambda: change(self.get()))


class ScriptRecognizer(Recognizer):
    """Reads with a first recogniser, and pages that it cannot read with those of other scripts as well.

    A page that reads well costs nothing more. Where many lines are in doubt, a few of them are read in the other
    scripts; one that wins half of these reads all lines of the page, and of each line the reading stays whose letters
    look clearer. Certainties are those of single letters by their look alone, so those of two models can be compared.

    Args:
        first: reads everything.
        load: makes the recogniser of a script by its slot in the catalogue; see `ocr.engine.model_file`.
        slots: of the scripts that are tried, in this order.
    """

    def __init__(self, first: Recognizer, load: Callable[[str], Recognizer], slots: Sequence[str]) -> None:
        self.__dict__.update(first.__dict__)
        self._first, self._make, self._slots = first, load, tuple(slots)
        self._others = tuple(LazyRecognizer(lambda slot=slot: load(slot)) for slot in slots)  # type: ignore[misc]

    def __reduce__(self) -> tuple[Any, ...]:
        return ScriptRecognizer, (self._first, self._make, self._slots)

    def _changed(self, change: Callable[[Recognizer], Recognizer]) -> ScriptRecognizer:
        other = ScriptRecognizer(change(self._first), self._make, self._slots)
        other._others = tuple(lazy.then(change) for lazy in self._others)
        return other

    def with_threads(self, threads: int) -> Recognizer:
        """See `Recognizer.with_threads`."""
        return self._changed(lambda recognizer: recognizer.with_threads(threads))

    def with_lm_weight(self, weight: float) -> Recognizer:
        """See `Recognizer.with_lm_weight`; holds for all scripts."""
        return self._changed(lambda recognizer: recognizer.with_lm_weight(weight))

    def with_beam(self, beam: Beam | None) -> Recognizer:
        """The same with another language model of the first recogniser; without one, none has one."""
        if beam is None:
            return self._changed(lambda recognizer: recognizer.with_beam(None))
        other = ScriptRecognizer(self._first.with_beam(beam), self._make, self._slots)
        other._others = self._others
        return other

    def with_cache(self, cache: InferenceCache) -> Recognizer:
        """See `Recognizer.with_cache`."""
        return self._changed(lambda recognizer: recognizer.with_cache(cache))

    def for_page(self, texts: Sequence[str]) -> Recognizer:
        """All recognisers where a text is of another script, else the first alone."""
        return self if any(not self._first.charset.covers(text) for text in texts) else self._first

    def surprise(self, text: str) -> float:
        """See `Recognizer.surprise`; 0 for what only another recogniser can have read: its script is known."""
        return self._first.surprise(text) if self._first.charset.covers(text) else 0.0

    def read(self, image: Image, quads: Sequence[npt.ArrayLike]) -> list[Reading]:
        """Read the text in regions of a page; see `Recognizer.read`."""
        readings = self._first.read(image, quads)
        for lazy in self._others:
            doubtful = [k for k, reading in enumerate(readings) if reading.certainty < _DOUBT]
            if len(doubtful) < max(1.0, _SHARE * len(readings)):
                break
            readings = self._in_another_script(lazy.get(), image, quads, readings, doubtful)
        return readings

    def _in_another_script(
        self,
        recognizer: Recognizer,
        image: Image,
        quads: Sequence[npt.ArrayLike],
        readings: list[Reading],
        doubtful: list[int],
    ) -> list[Reading]:
        """The readings, with those of another recogniser where the page is in its script and they look clearer."""
        # Long lines tell more, and one of them costs little more than a short one.
        sample = sorted(doubtful, key=lambda k: -_length(quads[k]))[:_SAMPLE]
        tried = dict(zip(sample, recognizer.read(image, [quads[k] for k in sample]), strict=True))
        won = sum(tried[k].certainty > readings[k].certainty + _HANDICAP for k in sample)
        if won < _WON * len(sample):
            return readings
        rest = [k for k in range(len(readings)) if k not in tried]
        tried |= dict(zip(rest, recognizer.read(image, [quads[k] for k in rest]), strict=True))
        return [
            tried[k] if self._prefers(tried[k], reading) else reading for k, reading in enumerate(readings)
        ]

    def _prefers(self, other: Reading, first: Reading) -> bool:
        """Whether a reading of another recogniser stays rather than that of the first."""
        own = not self._first.charset.covers(other.text)
        return bool(other.text) and other.certainty > first.certainty - (_FAVOUR if own else -_HANDICAP)


def _length(quad: npt.ArrayLike) -> float:
    """Length of a line in its heights."""
    corners = np.asarray(quad, np.float32)
    along, across = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])
    return float(along / max(float(across), 1.0))
