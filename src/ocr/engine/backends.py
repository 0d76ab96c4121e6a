"""What runs a network: ONNX Runtime, or another engine behind the same interface, chosen by option or environment.

Networks are made under one lock, because making several at once is not safe everywhere, and then only run, which
is. Two readers of the same model share its network; it is freed with the last of them.
"""

from __future__ import annotations

import importlib
import logging
import os
import threading
import weakref
from collections.abc import Callable
from difflib import get_close_matches

from ocr.engine.model_file import CHECKPOINT, ModelFile
from ocr.engine.network import BackendUnavailable, Network
from ocr.errors import BadConfiguration, MissingExtra
from ocr.runtime.cores import available_cores

#: Environment variable that names the backend where no option does.
VARIABLE = "OCR_BACKEND"
#: Where each backend is made: ``module:class``, called with a model and a number of threads. Imported when it is
#: asked for, so that a package that only one of them needs (PyTorch above all) is never imported for another.
BACKENDS = {
    "onnx": "ocr.engine.runtime:Session",
    "torch": "ocr.training.backend:TorchNetwork",
}
DEFAULT = "onnx"

_LOG = logging.getLogger(__name__)

_LOCK = threading.Lock()
#: Networks in use, by hash and task of the model, threads and backend. Which readers are kept for calls to come is
#: decided in `ocr.pipeline.reader_cache` alone.
_NETWORKS: weakref.WeakValueDictionary[tuple[str, int, str], Network] = weakref.WeakValueDictionary()


def chosen(backend: str | None = None) -> str:
    """The backend that an option names, else the environment, else ``onnx``.

    Raises:
        BadConfiguration: there is none of that name; the message names the nearest.
    """
    given = backend if backend is not None else os.environ.get(VARIABLE) or DEFAULT
    if given not in BACKENDS:
        near = get_close_matches(str(given), BACKENDS, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"backends are {', '.join(BACKENDS)}"
        origin = "" if backend is not None else f" (from {VARIABLE})"
        raise BadConfiguration(f"there is no backend {given!r}{origin}; {hint}")
    return given


def network(model: ModelFile, threads: int | None = None, backend: str | None = None) -> Network:
    """The network of a model: that which is in use for these bytes, threads and backend, else a new one.

    Where the chosen backend cannot start (a package is missing, or it cannot run this model), a warning is logged
    and ONNX Runtime takes its place. A checkpoint of a training run always goes to PyTorch.

    Args:
        model: the model file.
        threads: threads that one run uses; the cores that this process may use where ``None``.
        backend: a key of `BACKENDS`; see `chosen` where ``None``.

    Raises:
        ModelInvalid: the model cannot be loaded.
        BadConfiguration: there is no such backend; a checkpoint is given and PyTorch is not installed.
    """
    name = chosen(backend)
    count = threads or available_cores()
    if model.format == CHECKPOINT and name != "torch":
        if backend is not None or os.environ.get(VARIABLE):
            _LOG.warning("a checkpoint runs with PyTorch alone, not with %s; export it for that", name)
        name = "torch"
    key = (model.sha256 + model.task, count, name)
    with _LOCK:
        found = _NETWORKS.get(key)
        if found is None:
            found = _NETWORKS[key] = _made(model, count, name)
        return found


def name_of(network: Network) -> str:
    """Which backend a network belongs to, a key of `BACKENDS`."""
    network = getattr(network, "inner", network)
    own = f"{type(network).__module__}:{type(network).__qualname__}"
    return next((name for name, target in BACKENDS.items() if target == own), own)


def _made(model: ModelFile, threads: int, name: str) -> Network:
    try:
        return _maker(name)(model, threads)
    except (ImportError, BackendUnavailable) as error:
        if model.format == CHECKPOINT:
            raise MissingExtra(
                f"a checkpoint needs packages that are not installed ({error}); pip install 'receipt-ocr[train]'"
            ) from error
        if name == DEFAULT:
            raise
        _LOG.warning("the backend %s cannot run the %s model, so onnx does: %s", name, model.task, error)
    return _maker(DEFAULT)(model, threads)


def _maker(name: str) -> Callable[[ModelFile, int], Network]:
    module, _, attribute = BACKENDS[name].partition(":")
    made: Callable[[ModelFile, int], Network] = getattr(importlib.import_module(module), attribute)
    return made


def _after_fork() -> None:
    """A network's threads do not come along into a child process: there every model gets a new network.

    Freeing an old one would wait for its threads for ever, at the end of the process too; so it never is.
    """
    global _LOCK, _NETWORKS
    if _NETWORKS:
        import ctypes

        for made in list(_NETWORKS.values()):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(made))
    _LOCK = threading.Lock()
    _NETWORKS = weakref.WeakValueDictionary()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
