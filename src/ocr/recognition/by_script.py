"""Several recognisers, one a script, and the choice between them line by line."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ocr.recognition.look_alikes import look_alike
from ocr.recognition.recognizer import Reading, Recognizer

if TYPE_CHECKING:
    from ocr.engine.inference_cache import InferenceCache
    from ocr.recognition.beam import Beam

Image = npt.NDArray[np.uint8]

#: A line below this certainty is in doubt. Where such lines are a smaller share of those of letters, no other model
#: reads the page: of receipts of SROIE it is 29 % at most, of Cyrillic and Greek ones 54 % and more, of Korean ones
#: 83 % and more (`python benchmarks/scripts.py DIR --doubt`).
_DOUBT, _SHARE = 0.8, 0.4
#: Letters of Cyrillic and Greek look like Latin ones, and are read with certainty, but make no words: a line whose
#: words have so many letters is in doubt as well where they surprise the language model by so many nats a character;
#: by fewer where they can be of another script by their look.
_LETTERS, _SURPRISE, _SURPRISE_OF_LOOK_ALIKES = 4, 4.8, 4.2
#: Letters that print in Cyrillic or Greek is hardly ever taken for. Where words without them and unclear lines are a
#: smaller share than `_SHARE`, as on all receipts of SROIE, the language model is not asked.
_LATIN_ALONE = frozenset("DFGQSUWdfghjlqstwz")
#: What surprise beyond so many nats a character takes from a certainty, for each of them.
_EXPECTED, _TOLL = 2.0, 0.12
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
        if all(self._first.charset.covers(text) for text in texts):
            return self._first.for_page(texts)
        return self._changed(lambda recognizer: recognizer.for_page(texts))

    def surprise(self, text: str) -> float:
        """See `Recognizer.surprise`; 0 for what only another recogniser can have read: its script is known."""
        return self._first.surprise(text) if self._first.charset.covers(text) else 0.0

    def read(self, image: Image, quads: Sequence[npt.ArrayLike]) -> list[Reading]:
        """Read the text in regions of a page; see `Recognizer.read`."""
        readings = self._first.read(image, quads)
        doubtful = self.doubtful(readings)
        if not doubtful or self.share_in_doubt(readings, doubtful) < _SHARE:
            return readings
        # Long lines tell more, and one of them costs little more than a short one.
        sample = sorted(doubtful, key=lambda k: -_length(quads[k]))[:_SAMPLE]
        best: tuple[float, Recognizer] | None = None
        for lazy in self._others:
            other = lazy.get()
            tried = other.read(image, [quads[k] for k in sample])
            gains = [self._gain(other, one, readings[k]) for k, one in zip(sample, tried, strict=True)]
            won = sum(
                gain > _HANDICAP and one.certainty >= _LEGIBLE for gain, one in zip(gains, tried, strict=True)
            )
            if won >= _WON * len(sample) and (best is None or sum(gains) > best[0]):
                best = sum(gains), other
        if best is None:
            return readings
        # Those of the sample once more: which script a word is of, the other lines of the page tell.
        return [
            reading if self._prefers(best[1], reading, first) else first
            for reading, first in zip(best[1].read(image, quads), readings, strict=True)
        ]

    def doubtful(self, readings: Sequence[Reading]) -> list[int]:
        """Indices of the readings of the first recogniser whose letters are unclear, or make no words.

        On a page whose words mostly have letters of Latin print alone all of them are taken for words.
        """
        words = {k: _words(reading.text) for k, reading in enumerate(readings)}
        unclear = {k for k in words if readings[k].certainty < _DOUBT and _is_of_letters(readings[k].text)}
        look_alikes = {
            k for k, text in words.items() if text and k not in unclear and _LATIN_ALONE.isdisjoint(text)
        }
        if self.share_in_doubt(readings, unclear | look_alikes) < _SHARE:
            return sorted(unclear)
        surprising = {
            k
            for k, text in words.items()
            if text
            and k not in unclear
            and self._first.surprise(text) > (_SURPRISE_OF_LOOK_ALIKES if k in look_alikes else _SURPRISE)
        }
        return sorted(unclear | surprising)

    @staticmethod
    def share_in_doubt(readings: Sequence[Reading], doubtful: Collection[int]) -> float:
        """Share of the lines of letters that are among those with given indices."""
        return len(doubtful) / max(1, sum(_is_of_letters(reading.text) for reading in readings))

    def _gain(self, other: Recognizer, reading: Reading, first: Reading) -> float:
        """How much clearer a line looks to another recogniser; 0 where it has no letters of a script of its own."""
        if self._first.charset.covers(reading.text):
            return 0.0
        return self._advantage(other, reading, first)

    def _prefers(self, other: Recognizer, reading: Reading, first: Reading) -> bool:
        """Whether a reading of another recogniser stays rather than that of the first."""
        own = not self._first.charset.covers(reading.text)
        gain = self._advantage(other, reading, first)
        return bool(reading.text) and gain > (-_FAVOUR if own else _HANDICAP)

    def _advantage(self, other: Recognizer, reading: Reading, first: Reading) -> float:
        """How much clearer a line looks to another recogniser than to the first, letters that make no words less so."""
        certainty, certainty_of_first = reading.certainty, first.certainty
        if look_alike(reading.text, first.text):
            # A recogniser of several scripts shares the certainty of a letter among those that look like it.
            certainty = max(certainty, certainty_of_first)
        # Signs and figures, which is what a recogniser makes of letters that it does not know, surprise nobody.
        both_words = bool(_words(reading.text)) and bool(_words(first.text))
        if both_words and self._first.knows_words and other.knows_words:
            certainty -= self._toll(other, reading)
            certainty_of_first -= self._toll(self._first, first)
        return certainty - certainty_of_first

    def _toll(self, recognizer: Recognizer, reading: Reading) -> float:
        """What surprise takes from the certainty of a reading."""
        words = _words(reading.text)
        if not words:
            return 0.0
        # Of more characters the likely one is less likely; this much, where all are alike.
        scale = math.log(self._first.charset.classes) / math.log(recognizer.charset.classes)
        return _TOLL * max(0.0, scale * recognizer.surprise(words) - _EXPECTED)


def _is_of_letters(text: str) -> bool:
    """Whether a line is one of letters as much as of anything else, or has words."""
    letters = sum(map(str.isalpha, text))
    return letters > 0 and (2 * letters >= len(text) - text.count(" ") or bool(_words(text)))


def _words(text: str) -> str:
    """What of a line is no figures, which every language model expects; empty where it has few letters."""
    words = " ".join(word for word in text.split() if not _is_figures(word))
    return words if sum(map(str.isalpha, words)) >= _LETTERS else ""


def _is_figures(word: str) -> bool:
    """Whether a word is an amount, a number or a code; one with a few figures may be a word that is badly read."""
    digits = sum(map(str.isdigit, word))
    return digits > 0 and sum(map(str.isalpha, word)) <= 2 * digits


def _length(quad: npt.ArrayLike) -> float:
    """Length of a line in its heights."""
    corners = np.asarray(quad, np.float32)
    along, across = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])
    return float(along / max(float(across), 1.0))
