"""Several recognisers, one a script, and the choice between them line by line."""

from __future__ import annotations

import math
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

#: A line below this certainty is in doubt. Of a page with a smaller share of lines in doubt none is read by another
#: model: of receipts of SROIE it is 14 % at most, of Korean ones 46 % and more.
_DOUBT, _SHARE = 0.8, 0.2
#: Letters of Cyrillic and Greek look like Latin ones, and are read with certainty, but make no words: a line of so many
#: letters is in doubt as well where it surprises the language model by so many nats a character. With these, 27 % and
#: more of the lines of a Cyrillic or Greek receipt are in doubt; without them it can be 4 %.
_LETTERS, _SURPRISE = 4, 4.8
#: Letters that print in Cyrillic or Greek is hardly ever taken for. Lines of words without any that look like these,
#: together with unclear ones, are 24 % and more of such a receipt, and mostly less than `_SHARE` of a Latin one: there
#: the language model is not asked.
_LATIN_ALONE = frozenset("DFGQSUWdfghjlqstwz")
#: What surprise beyond so many nats a character takes from a certainty, for each of them.
_EXPECTED, _TOLL = 3.0, 0.1
#: Lines in doubt that tell whether a page is written in another script, and the share of them that it must win.
_SAMPLE, _WON = 6, 0.5
#: A line of less certainty is won by nobody: bad print, or print upside-down, looks a little clearer to some model.
_LEGIBLE = 0.6
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
    """Reads with a first recogniser, and pages that it cannot read with that of another script as well.

    A page that reads well costs nothing more. Where many lines are in doubt, a few of them are read in each of the
    other scripts. Of those that win half of these, the one that they look clearest to reads all lines of the page; of
    each line the reading stays whose letters look clearer. Certainties are those of single letters by their look alone,
    so those of two models can be compared; letters that make no words to the language model count as less clear.

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

    @property
    def knows_words(self) -> bool:
        """Whether the first recogniser has a language model."""
        return self._first.knows_words

    def for_page(self, texts: Sequence[str]) -> Recognizer:
        """All recognisers where a text is of another script, else the first alone."""
        return self if any(not self._first.charset.covers(text) for text in texts) else self._first

    def surprise(self, text: str) -> float:
        """See `Recognizer.surprise`; 0 for what only another recogniser can have read: its script is known."""
        return self._first.surprise(text) if self._first.charset.covers(text) else 0.0

    def read(self, image: Image, quads: Sequence[npt.ArrayLike]) -> list[Reading]:
        """Read the text in regions of a page; see `Recognizer.read`."""
        readings = self._first.read(image, quads)
        doubtful = self.doubtful(readings)
        if len(doubtful) < max(1.0, _SHARE * len(readings)):
            return readings
        # Long lines tell more, and one of them costs little more than a short one.
        sample = sorted(doubtful, key=lambda k: -_length(quads[k]))[:_SAMPLE]
        best: tuple[float, Recognizer, list[Reading]] | None = None
        for lazy in self._others:
            other = lazy.get()
            tried = other.read(image, [quads[k] for k in sample])
            gains = [self._gain(other, one, readings[k]) for k, one in zip(sample, tried, strict=True)]
            won = sum(
                gain > _HANDICAP and one.certainty >= _LEGIBLE for gain, one in zip(gains, tried, strict=True)
            )
            if won >= _WON * len(sample) and (best is None or sum(gains) > best[0]):
                best = sum(gains), other, tried
        if best is None:
            return readings
        _, other, tried = best
        read = dict(zip(sample, tried, strict=True))
        rest = [k for k in range(len(readings)) if k not in read]
        read |= dict(zip(rest, other.read(image, [quads[k] for k in rest]), strict=True))
        return [
            read[k] if self._prefers(other, read[k], reading) else reading
            for k, reading in enumerate(readings)
        ]

    def doubtful(self, readings: Sequence[Reading]) -> list[int]:
        """Indices of the readings of the first recogniser whose letters are unclear, or make no words.

        On a page whose words mostly have letters of Latin print alone all of them are taken for words.
        """
        unclear = [reading.certainty < _DOUBT for reading in readings]
        words = [k for k, reading in enumerate(readings) if not unclear[k] and _is_words(reading.text)]
        look_alikes = sum(_LATIN_ALONE.isdisjoint(readings[k].text) for k in words)
        if sum(unclear) + look_alikes >= _SHARE * len(readings):
            for k in words:
                unclear[k] = self._first.surprise(readings[k].text) > _SURPRISE
        return [k for k, doubted in enumerate(unclear) if doubted]

    def _gain(self, other: Recognizer, reading: Reading, first: Reading) -> float:
        """How much clearer a line looks to another recogniser; 0 where it has no letters of a script of its own."""
        if self._first.charset.covers(reading.text):
            return 0.0
        return self._clearness(other, reading, other) - self._clearness(self._first, first, other)

    def _prefers(self, other: Recognizer, reading: Reading, first: Reading) -> bool:
        """Whether a reading of another recogniser stays rather than that of the first."""
        own = not self._first.charset.covers(reading.text)
        gain = self._clearness(other, reading, other) - self._clearness(self._first, first, other)
        return bool(reading.text) and gain > (-_FAVOUR if own else _HANDICAP)

    def _clearness(self, recognizer: Recognizer, reading: Reading, other: Recognizer) -> float:
        """The certainty of a reading, less what its surprise takes where both recognisers know words."""
        if not (self._first.knows_words and other.knows_words and _is_words(reading.text)):
            return reading.certainty
        # Of more characters the likely one is less likely; this much, where all are alike.
        scale = math.log(self._first.charset.classes) / math.log(recognizer.charset.classes)
        return reading.certainty - _TOLL * max(0.0, scale * recognizer.surprise(reading.text) - _EXPECTED)


def _is_words(text: str) -> bool:
    """Whether a line is one of letters mostly."""
    letters = sum(map(str.isalpha, text))
    return letters >= _LETTERS and 2 * letters > len(text)


def _length(quad: npt.ArrayLike) -> float:
    """Length of a line in its heights."""
    corners = np.asarray(quad, np.float32)
    along, across = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])
    return float(along / max(float(across), 1.0))
