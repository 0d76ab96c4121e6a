"""Registry of backends and checkpoint readers, so that the engine imports no package above it.

A package registers by an entry point, which is imported at its first use, or by `register_backend` in a
running process::

    [project.entry-points."ocr.backends"]
    torch = "ocr.training.backend:TorchNetwork"
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

#: Groups of entry points: factories of networks, and readers of checkpoints.
BACKENDS, CHECKPOINTS = "ocr.backends", "ocr.checkpoints"
#: Creates a network (`ocr.engine.network.Network`) from a model file and a number of threads.
BackendFactory = Callable[[Any, int], Any]
#: Creates the metadata record of a model from a checkpoint's bytes and a name for it.
CheckpointReader = Callable[[bytes, str], Any]

_registered: dict[str, BackendFactory] = {}


def register_backend(name: str, factory: BackendFactory) -> None:
    """Register a backend under a name, in place of any other of that name.

    Args:
        name: as options and ``OCR_BACKEND`` give it.
        factory: called with a `ocr.engine.model_file.ModelFile` and the threads of one run; raises ImportError where
            a package is missing and `ocr.engine.network.BackendUnavailable` where it cannot run the model.
    """
    _registered[name] = factory


def backend_names() -> tuple[str, ...]:
    """Names of all backends: the registered ones first, then those of installed packages."""
    return tuple(dict.fromkeys([*_registered, *_entry_points(BACKENDS)]))


def backend_factory(name: str) -> BackendFactory:
    """The factory of a backend.

    Raises:
        KeyError: there is no such backend.
        ImportError: it needs a package that is not installed.
    """
    if name in _registered:
        return _registered[name]
    factory: BackendFactory = _entry_points(BACKENDS)[name].load()
    return factory


def checkpoint_reader() -> CheckpointReader:
    """The reader of checkpoints of `ocr train`.

    Raises:
        ImportError: it needs a package that is not installed, or none is registered.
    """
    readers = list(_entry_points(CHECKPOINTS).values())
    if not readers:
        raise ImportError("nothing that reads checkpoints is registered; install receipt-ocr again")
    reader: CheckpointReader = readers[0].load()
    return reader


@cache
def _entry_points(group: str) -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        points.setdefault(point.name, point)
    return points
