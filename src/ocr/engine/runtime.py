"""ONNX Runtime sessions; the only module that imports onnxruntime.

Sessions are created by `ocr.engine.backends`, one at a time, because creating several at once is not safe; running
them is.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import logging
import os
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.engine.model_file import ModelFile
from ocr.engine.network import finite
from ocr.engine.providers import CPU, short_name
from ocr.engine.run_gate import RunGate
from ocr.errors import ModelInvalid
from ocr.runtime import allocator, process_settings
from ocr.runtime.cores import available_cores

_LOG = logging.getLogger(__name__)

#: Address space of the arena in bytes, enough for two runs at once of the shipped detector on its largest tile. Only
#: what the largest run touches becomes memory.
_ARENA = 128 * 2**20
#: Runs at once for which it has grown, by network (hash of the model) and size.
_RESERVED: dict[tuple[str, int, int], int] = {}
_RESERVING = threading.Lock()
#: A fork waits at most so many seconds for the runs that are under way.
_FORK_PATIENCE = 30.0
#: Number of forks between the first process and this one: sessions created before the last fork do not work here.
_forks = 0
_gate = RunGate(available_cores())


class Session:
    """One network in ONNX Runtime; see `ocr.engine.network.Network`.

    Attributes:
        model: the file that it was loaded from.
        threads: threads that one run uses.
        providers: execution providers in use, the preferred one first, the CPU last.
    """

    backend = "onnx"

    def __init__(self, model: ModelFile, threads: int, providers: Sequence[str] = (CPU,)) -> None:
        self.model = model
        self.threads = threads
        self._reserve_calls = itertools.count()
        self._wanted_providers = tuple(providers)
        self._counting = threading.Lock()
        self._callers = self._most_callers = 0
        self._start()

    def _start(self) -> None:
        self._forks = _forks
        onnxruntime, model, threads = _onnxruntime(), self.model, self.threads
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        # With pictures of ever new sizes the patterns of each would be kept, and memory would grow without
        # bound.
        options.enable_mem_pattern = False
        # A thread that spins while it waits keeps another one from its core, and after a run there is other work.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        allocator.configure_malloc()
        if _one_arena(onnxruntime):
            options.add_session_config_entry("session.use_env_allocators", "1")
        with _gate.run():
            self._session = _session(onnxruntime, model, options, self._wanted_providers)
        self.providers = tuple(self._session.get_providers())
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) < 1 or inputs[0].type != "tensor(uint8)":
            raise ModelInvalid(
                f"the {model.task} model takes {[(i.name, i.type) for i in inputs]}; "
                f"expected one uint8 picture"
            )
        self._input, self._output = inputs[0].name, outputs[0].name

    def run(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Run the network on a batch (N, 1, H, W) of grey uint8; see `ocr.engine.network.Network`."""
        if self._forks != _forks:
            self._restart()
        with self._counting:
            self._callers += 1
            self._most_callers = max(self._most_callers, self._callers)
        try:
            with _gate.run():
                output: Any = self._session.run([self._output], {self._input: batch})[0]
        except Exception as error:  # ONNX Runtime has no common base for its exceptions.
            raise ModelInvalid(
                f"the {self.model.task} model failed on an input {batch.shape}: {error}"
            ) from error
        finally:
            with self._counting:
                self._callers -= 1
        return finite(np.asarray(output, np.float32), self.model)

    def reserve(self, height: int, width: int) -> None:
        """Grow the arena to the memory of runs on pictures of this size in pixels, as many as threads run at once.

        Memory use then does not grow when such pictures are read. The first call does nothing, so that a process that
        reads a single page does not wait for it; the arena grows at the second call, and again once twice as many
        threads run. Nothing is done where each session has an arena of its own.
        """
        if next(self._reserve_calls) < 1 or not _one_arena(_onnxruntime()):
            return
        # The next power of two, so that it is done few times while threads come one by one.
        together = min(_gate.most, 1 << (max(1, self._most_callers) - 1).bit_length())
        size = (self.model.sha256, height, width)
        with _RESERVING:
            if _RESERVED.get(size, 0) >= together:
                return
            _RESERVED[size] = together
        # A batch takes the memory of as many runs at once.
        self.run(np.zeros((together, 1, height, width), np.uint8))

    def _restart(self) -> None:
        """A new session in place of one from before a fork, whose threads are not here."""
        with _RESERVING:
            if self._forks == _forks:
                return
            # Freeing it would wait for its threads for ever, at the end of the process too; so it never is.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._session))
            self._counting = threading.Lock()
            self._callers = 0
            self._start()

    def outputs(self, batch: npt.NDArray[np.uint8]) -> dict[str, npt.NDArray[np.float32]]:
        """All outputs by name, for a network with extra outputs for inspection; otherwise as `run`."""
        names = [output.name for output in self._session.get_outputs()]
        with _gate.run():
            return dict(zip(names, self._session.run(names, {self._input: batch}), strict=True))


def available_providers() -> tuple[str, ...]:
    """Execution providers of the installed ONNX Runtime, by its own names."""
    return tuple(_onnxruntime().get_available_providers())


def _session(onnxruntime: Any, model: ModelFile, options: Any, providers: Sequence[str]) -> Any:
    """A session with the available providers; the others are logged, and the CPU takes their place."""
    installed = onnxruntime.get_available_providers()
    wanted = [name for name in providers if name in installed]
    for name in providers:
        if name not in installed:
            _LOG.warning(
                "the execution provider %s is not in the installed ONNX Runtime, which has %s; %s runs the %s model",
                short_name(name),
                ", ".join(map(short_name, installed)),
                short_name(wanted[0]),
                model.task,
            )
    try:
        session = onnxruntime.InferenceSession(model.data, sess_options=options, providers=wanted)
    except Exception as error:  # ONNX Runtime has no common base for its exceptions.
        if wanted == [CPU]:
            raise ModelInvalid(f"the {model.task} model cannot be loaded: {error}") from error
        _LOG.warning(
            "the execution provider %s cannot run the %s model, so cpu does: %s",
            short_name(wanted[0]),
            model.task,
            error,
        )
        return _session(onnxruntime, model, options, [CPU])
    # Where a driver or a library is missing, ONNX Runtime leaves a provider out and only prints it.
    for name in wanted:
        if name not in session.get_providers():
            _LOG.warning(
                "the execution provider %s cannot start here; see its messages above", short_name(name)
            )
    return session


@functools.cache
def _one_arena(onnxruntime: Any) -> bool:
    """Let all sessions of the process work in one arena, and say whether there is one.

    An arena of a session's own grows by powers of two whenever a picture comes that is larger than all before, and what
    does not fit into one block leaves a hole there. This one starts with a block that is large enough, so that memory
    follows the largest picture, once for all networks. Sessions of others do not use it.
    """
    if not process_settings.allowed("arena"):
        return False
    try:
        place = onnxruntime.OrtMemoryInfo(
            "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
        )
        # No limit; growth by powers of two where the first block is too small; the usual threshold for splitting.
        onnxruntime.create_and_register_allocator(place, onnxruntime.OrtArenaCfg(0, 0, _ARENA, -1))
    except Exception:  # There is one already, or this version knows none: sessions work either way.
        return False
    return True


def _onnxruntime() -> Any:
    """The onnxruntime module, imported with its telemetry switched off.

    Since version 1.29 it would otherwise keep an identifier of the machine and a database of events on disk and send
    them; `ocr` works offline and writes nothing while it reads.
    """
    quiet = process_settings.allowed("telemetry")
    if quiet:
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    if quiet:  # For versions and systems that do not know the variable.
        onnxruntime.disable_telemetry_events()
    return onnxruntime


def _before_fork() -> None:
    """Wait until no network runs: the child gets the locks of ONNX Runtime as they are at this moment."""
    if process_settings.allowed("fork") and not _gate.close(_FORK_PATIENCE):
        _LOG.warning("a network still runs while the process is forked; the child may not be able to read")


def _after_fork_in_parent() -> None:
    if process_settings.allowed("fork"):
        _gate.open()


def _after_fork_in_child() -> None:
    global _forks, _gate, _RESERVING
    _forks += 1
    _gate = RunGate(_gate.most)
    _RESERVING = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
