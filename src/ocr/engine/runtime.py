"""ONNX Runtime sessions; the only module that imports onnxruntime.

Sessions are created under one lock, because creating several at once is not safe, and then only run, which
is. Two readers of the same model share its session; it is freed with the last of them.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.engine.model_file import ModelFile
from ocr.errors import ModelInvalid, ModelOutputInvalid

_LOCK = threading.Lock()
#: Sessions in use, by hash and task of the model and by threads. Which readers are kept for calls to come is
# decided in `ocr.sharing` alone.
_SESSIONS: weakref.WeakValueDictionary[tuple[str, int], Session] = weakref.WeakValueDictionary()


class Session:
    """One network, ready to run; safe to share between threads.

    Attributes:
        model: the file that it was made of.
        threads: threads that one run uses.
    """

    def __init__(self, model: ModelFile, threads: int) -> None:
        onnxruntime = _onnxruntime()
        self.model = model
        self.threads = threads
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        # With pictures of ever new sizes the patterns of each would be kept, and memory would grow without
        # bound.
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                model.data, sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as fault:  # ONNX Runtime has no common base for its exceptions.
            raise ModelInvalid(f"the {model.task} model cannot be loaded: {fault}") from fault
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) < 1 or inputs[0].type != "tensor(uint8)":
            raise ModelInvalid(
                f"the {model.task} model takes {[(i.name, i.type) for i in inputs]}; "
                f"expected one uint8 picture"
            )
        self._input, self._output = inputs[0].name, outputs[0].name

    def run(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Run the network on a batch.

        Args:
            batch: (N, 1, H, W) grey uint8.

        Returns:
            The first output, float32, all values finite.

        Raises:
            ModelInvalid: the network does not take such a batch.
            ModelOutputInvalid: the output holds NaN or infinity.
        """
        try:
            found: Any = self._session.run([self._output], {self._input: batch})[0]
        except Exception as fault:  # ONNX Runtime has no common base for its exceptions.
            raise ModelInvalid(
                f"the {self.model.task} model failed on an input {batch.shape}: {fault}"
            ) from fault
        result = np.asarray(found, np.float32)
        # One bad value makes the sum not finite; a sum of finite float32 values in float64 cannot overflow.
        if not np.isfinite(result.sum(dtype=np.float64)):
            raise ModelOutputInvalid(
                f"the {self.model.task} network answered with values that are not finite"
            )
        return result


def session(model: ModelFile, threads: int | None = None) -> Session:
    """The session of a model: that which is in use for these bytes and this number of threads, else a new one.

    Args:
        model: the model file.
        threads: threads that one run uses; the cores that this process may use where ``None``.

    Raises:
        ModelInvalid: ONNX Runtime cannot load it.
    """
    count = threads or available_cores()
    key = (model.sha256 + model.task, count)
    with _LOCK:
        found = _SESSIONS.get(key)
        if found is None:
            found = _SESSIONS[key] = Session(model, count)
        return found


def _onnxruntime() -> Any:
    """ONNX Runtime, which is told before it starts to report nothing to its makers.

    Since version 1.29 it otherwise keeps an identifier of the machine and a database of events on disk and sends
    them; `ocr` works offline and writes nothing while it reads.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    # For versions and systems that do not know the variable.
    onnxruntime.disable_telemetry_events()
    return onnxruntime


def available_cores() -> int:
    """Cores that this process may run on, which in a container are often fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def _after_fork() -> None:
    """A session's threads do not come along into a child process: there every model gets a new session.

    Freeing an old one would wait for its threads for ever, at the end of the process too; so it never is.
    """
    global _LOCK, _SESSIONS
    if _SESSIONS:
        import ctypes

        for made in list(_SESSIONS.values()):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(made._session))
    _LOCK = threading.Lock()
    _SESSIONS = weakref.WeakValueDictionary()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
