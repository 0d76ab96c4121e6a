"""A reader that only the workers make: who plans and commits needs the models' hashes, not their sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocr.engine.backends import chosen
from ocr.engine.choice import ModelChoice, resolve
from ocr.engine.providers import ProviderChoice
from ocr.engine.providers import chosen as chosen_providers

if TYPE_CHECKING:
    from ocr.engine.model_file import ModelFile
    from ocr.pipeline.reader import Reader


class LazyReader:
    """Becomes a `Reader` of one thread where it is unpickled.

    Args:
        detection: see `ocr.pipeline.reader.Reader`.
        recognition: likewise.
        backend: likewise.
        providers: likewise.

    Raises:
        ModelInvalid: a model is missing or damaged.
        BadConfiguration: there is no such backend or provider.
    """

    def __init__(
        self,
        detection: ModelChoice = None,
        recognition: ModelChoice = None,
        *,
        backend: str | None = None,
        providers: ProviderChoice = None,
    ) -> None:
        self.models: tuple[ModelFile, ...] = (
            resolve(detection, "detection"),
            resolve(recognition, "recognition"),
        )
        self._run_by = chosen(backend), chosen_providers(providers)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reader, (*self.models, *self._run_by)


def _reader(detection: ModelFile, recognition: ModelFile, backend: str, providers: ProviderChoice) -> Reader:
    from ocr.pipeline.reader import Reader

    return Reader(detection, recognition, threads=1, backend=backend, providers=providers)
