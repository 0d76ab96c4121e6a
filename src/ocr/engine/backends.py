"""Chooses the backend of a network, ONNX Runtime or another engine, by option or environment, and creates networks.

Networks are created under one lock, because creating several at once is not safe everywhere; running them is. Two
readers of the same model share its network; it is freed with the last of them.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref

from ocr.engine import registry
from ocr.engine.model_file import CHECKPOINT, ModelFile
from ocr.engine.network import BackendUnavailable, Network
from ocr.engine.providers import CPU, ProviderChoice
from ocr.engine.providers import chosen as execution_providers
from ocr.errors import BadConfiguration, MissingExtra
from ocr.runtime.cores import available_cores
from ocr.runtime.suggestions import did_you_mean

#: Environment variable that names the backend where no option does.
VARIABLE = "OCR_BACKEND"
DEFAULT = "onnx"
#: The backend that runs checkpoints of a training.
CHECKPOINT_BACKEND = "torch"

_LOG = logging.getLogger(__name__)

_LOCK = threading.Lock()
#: Networks in use, by hash and task of the model, threads, backend and execution providers. Which readers are kept for
#: calls to come is decided in `ocr.pipeline.reader_cache` alone.
_NETWORKS: weakref.WeakValueDictionary[tuple[str, int, str, tuple[str, ...]], Network] = (
    weakref.WeakValueDictionary()
)


def chosen(backend: str | None = None) -> str:
    """The backend that an option names, else the environment, else ``onnx``.

    Raises:
        BadConfiguration: there is none of that name; the message names the nearest.
    """
    name = backend if backend is not None else os.environ.get(VARIABLE) or DEFAULT
    if name == DEFAULT:
        return name
    names = registry.backend_names()
    if name not in names:
        hint = did_you_mean(name, names, "backends")
        origin = "" if backend is not None else f" (from {VARIABLE})"
        raise BadConfiguration(f"there is no backend {name!r}{origin}; {hint}")
    return name


def network(
    model: ModelFile,
    threads: int | None = None,
    backend: str | None = None,
    providers: ProviderChoice = None,
) -> Network:
    """The network of a model: the one in use for these bytes, threads, backend and providers, else a new one.

    Where the chosen backend cannot start (a package is missing, or it cannot run this model), a warning is logged
    and ONNX Runtime takes its place. A checkpoint of a training run always goes to PyTorch.

    Args:
        model: the model file.
        threads: threads that one run uses; the cores that this process may use where ``None``.
        backend: a registered name; see `chosen` where ``None``.
        providers: execution providers of ONNX Runtime; see `ocr.engine.providers.chosen`. Other backends have none.

    Raises:
        ModelInvalid: the model cannot be loaded.
        BadConfiguration: there is no such backend or provider; a checkpoint is given and PyTorch is not installed.
    """
    name = chosen(backend)
    count = threads or available_cores()
    if model.format == CHECKPOINT and name != CHECKPOINT_BACKEND:
        if backend is not None or os.environ.get(VARIABLE):
            _LOG.warning("a checkpoint runs with PyTorch alone, not with %s; export it for that", name)
        name = CHECKPOINT_BACKEND
    run_by = execution_providers(providers)
    key = (model.sha256 + model.task, count, name, run_by)
    with _LOCK:
        in_use = _NETWORKS.get(key)
        if in_use is None:
            in_use = _NETWORKS[key] = _create(model, count, name, run_by)
        return in_use


def name_of(network: Network) -> str:
    """The name of the backend that a network belongs to."""
    innermost: Network = getattr(network, "inner", network)
    return innermost.backend


def _create(model: ModelFile, threads: int, name: str, providers: tuple[str, ...]) -> Network:
    try:
        if name == DEFAULT:
            return _onnx(model, threads, providers)
        network: Network = registry.backend_factory(name)(model, threads)
    except (ImportError, KeyError, BackendUnavailable) as error:
        if model.format == CHECKPOINT:
            raise MissingExtra(
                f"a checkpoint needs packages that are not installed ({error}); pip install 'receipt-ocr[train]'"
            ) from error
        _LOG.warning("the backend %s cannot run the %s model, so onnx does: %s", name, model.task, error)
        network = _onnx(model, threads, providers)
    return network


def _onnx(model: ModelFile, threads: int, providers: tuple[str, ...] = (CPU,)) -> Network:
    # Here, so that ONNX Runtime is loaded with the first network that it runs.
    from ocr.engine.runtime import Session

    return Session(model, threads, providers)


registry.register_backend(DEFAULT, _onnx)


def _after_fork() -> None:
    """A network's threads do not come along into a child process: there every model gets a new network.

    Freeing an old one would wait for its threads for ever, at the end of the process too; so it never is.
    """
    global _LOCK, _NETWORKS
    if _NETWORKS:
        import ctypes

        for inherited in list(_NETWORKS.values()):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(inherited))
    _LOCK = threading.Lock()
    _NETWORKS = weakref.WeakValueDictionary()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
