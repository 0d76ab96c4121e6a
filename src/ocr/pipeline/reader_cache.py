"""The readers that a process shares: made once a model choice, few of them, found again by content."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from ocr.document import Document
from ocr.engine.backends import chosen
from ocr.engine.choice import ModelChoice, further_scripts, resolve
from ocr.engine.model_file import ModelFile
from ocr.engine.providers import ProviderChoice
from ocr.engine.providers import chosen as chosen_providers
from ocr.pipeline.options import ReadOptions, merged
from ocr.pipeline.reader import Reader, checked_threads
from ocr.runtime.cores import available_cores

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ocr.pipeline.options import ReadKeywords

#: Readers kept for calls to come; one that is in use lives on with its user.
MAX_READERS = 4

#: Hash of the detection model, that of the recognition model or ``None``, threads, backend, execution providers, and
#: further scripts.
_Key = tuple[str, str | None, int, str, tuple[str, ...], tuple[str, ...]]


class ReaderCache:
    """A bounded cache of readers; the ones asked for last stay."""

    def __init__(self, size: int = MAX_READERS) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._readers: OrderedDict[_Key, Future[Reader]] = OrderedDict()

    def get(
        self,
        detection: ModelChoice = None,
        recognition: ModelChoice = None,
        *,
        threads: int | None = None,
        backend: str | None = None,
        providers: ProviderChoice = None,
        regions_only: bool = False,
    ) -> Reader:
        """The reader of these models, made on the first call; callers at the same moment wait for the same one.

        Raises:
            ModelInvalid: a model is missing or cannot be used; the next call tries again.
            BadConfiguration: ``threads`` is below 1, or there is no such backend or provider.
        """
        engine, run_by = chosen(backend), chosen_providers(providers)
        count = checked_threads(threads) or available_cores()
        detector = resolve(detection, "detection")
        recognizer = None if regions_only else resolve(recognition, "recognition")
        scripts = _scripts() if recognition is None and not regions_only else ()
        key = (
            detector.sha256,
            None if recognizer is None else recognizer.sha256,
            count,
            engine,
            run_by,
            scripts,
        )
        with self._lock:
            future = self._readers.get(key)
            first = future is None
            if future is None:
                future = self._readers[key] = Future()
                while len(self._readers) > self._size:
                    self._readers.popitem(last=False)
            else:
                self._readers.move_to_end(key)
        if not first:
            return future.result()
        try:
            reader = _load(detector, recognizer, count, engine, run_by, scripts)
        except BaseException as error:
            with self._lock:
                if self._readers.get(key) is future:
                    del self._readers[key]
            future.set_exception(error)
            raise
        future.set_result(reader)
        return reader

    def clear(self) -> None:
        """Let go of all readers; those in use live on with their users."""
        with self._lock:
            self._readers.clear()

    def __len__(self) -> int:
        return len(self._readers)

    def kept(self) -> tuple[Reader, ...]:
        """The readers that are ready, the one asked for last at the end."""
        with self._lock:
            futures = list(self._readers.values())
        return tuple(future.result() for future in futures if future.done() and future.exception() is None)


def _load(
    detection: ModelFile,
    recognition: ModelFile | None,
    threads: int,
    backend: str,
    providers: tuple[str, ...],
    scripts: tuple[str, ...],
) -> Reader:
    if recognition is None:
        return Reader.for_regions(detection, threads=threads, backend=backend, providers=providers)
    return Reader(
        detection, recognition, threads=threads, backend=backend, providers=providers, scripts=scripts
    )


def _scripts() -> tuple[str, ...]:
    return tuple(slot.removeprefix("recognition-") for slot in further_scripts())


_CACHE = ReaderCache()


def shared_reader(
    detection: ModelChoice = None,
    recognition: ModelChoice = None,
    *,
    threads: int | None = None,
    backend: str | None = None,
    providers: ProviderChoice = None,
    regions_only: bool = False,
) -> Reader:
    """The reader of these models that the process shares, made on the first call.

    Models are told apart by content: two paths to the same bytes are one reader, and a file that was replaced,
    or a model that was promoted meanwhile, is another one.

    Args:
        detection: a name of the catalogue, a path or bytes; the promoted, else the shipped one where ``None``.
        recognition: likewise.
        threads: threads that one call uses; the cores that this process may use where ``None``.
        backend: ``"onnx"`` or ``"torch"``; see `Reader`.
        providers: execution providers of ONNX Runtime; see `Reader`.
        regions_only: no recognition model is loaded, and only `Reader.detect` works.

    Raises:
        ModelInvalid: a model is missing or cannot be used.
        BadConfiguration: ``threads`` is below 1, or there is no such backend or provider.
    """
    return _CACHE.get(
        detection,
        recognition,
        threads=threads,
        backend=backend,
        providers=providers,
        regions_only=regions_only,
    )


def readers() -> tuple[Reader, ...]:
    """The readers that the process shares at this moment."""
    return _CACHE.kept()


def read(source: Any, options: ReadOptions | None = None, **keywords: Unpack[ReadKeywords]) -> Document:
    """Read one input with the default models: ``ocr.read("receipt.jpg", min_confidence=0.5)``; see `Reader.read`."""
    # Checked first: a wrong option needs no models.
    return shared_reader().read(source, merged(options, keywords))


def _after_fork() -> None:
    """Readers from before a fork do not work in the child; see `ocr.engine.backends`."""
    global _CACHE
    _CACHE = ReaderCache()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
