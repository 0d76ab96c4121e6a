"""Other readers, each in a process of its own: none shares memory, threads or packages with ours."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ocr.bench import peer_worker
from ocr.errors import OcrError
from ocr.metrics import Prediction

#: Names of the readers that are known.
PEERS = tuple(peer_worker.READERS)


@dataclass(frozen=True)
class PeerReading:
    """What another reader made of one picture.

    Attributes:
        seconds: from file to result.
        cpu: computing time of the process and its children, seconds.
        lines: what it read.
    """

    seconds: float
    cpu: float
    lines: tuple[Prediction, ...]


class PeerUnavailable(OcrError):
    """Another reader is not installed, or cannot start."""

    code = "peer_unavailable"


class Peer:
    """Another reader, started; to be closed, or used as a context."""

    def __init__(self, name: str, python: str | None = None, threads: int | None = None) -> None:
        """Start it and load its models.

        Args:
            name: one of `PEERS`.
            python: the Python that has it; the running one where ``None``.
            threads: threads that it may use; its own choice where ``None``.

        Raises:
            PeerUnavailable: it is not there.
        """
        self.name = name
        command = [python or sys.executable, str(Path(peer_worker.__file__)), name]
        try:
            self._process = subprocess.Popen(
                command + ([str(threads)] if threads else []),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
            )
        except OSError as fault:
            raise PeerUnavailable(f"{command[0]} cannot be started: {fault.strerror or fault}") from fault
        try:
            first = self._answer()
            if "ready" not in first:
                raise PeerUnavailable(f"{name} is not installed for {command[0]} ({first.get('missing')})")
        except BaseException:
            self.close()
            raise
        #: Version that it tells.
        self.version = str(first["ready"])

    def read(self, path: Path) -> PeerReading:
        """Read one picture.

        Raises:
            OcrError: it could not.
        """
        try:
            print(json.dumps(str(path)), file=self._process.stdin, flush=True)
        except OSError as fault:
            raise OcrError(f"{self.name} ended") from fault
        found = self._answer()
        if "error" in found:
            raise OcrError(f"{self.name} failed on {path}: {found['error']}")
        lines = tuple(
            Prediction(np.array(polygon, np.float32), text, confidence)
            for polygon, text, confidence in found["lines"]
        )
        return PeerReading(found["seconds"], found["cpu"], lines)

    def close(self) -> None:
        """End its process."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            raise PeerUnavailable(f"{self.name} ended without an answer")
        found: dict[str, Any] = json.loads(line)
        return found
