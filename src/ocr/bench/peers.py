"""Other OCR engines, each in its own process, without shared memory, threads or packages."""

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

#: Names of the known engines.
PEERS = tuple(peer_worker.READERS)


@dataclass(frozen=True)
class PeerReading:
    """The reading of one picture by another engine.

    Attributes:
        seconds: from file to result.
        cpu: CPU seconds of the process and its children.
        lines: the predicted lines.
    """

    seconds: float
    cpu: float
    lines: tuple[Prediction, ...]


class PeerUnavailable(OcrError):
    """Another engine is not installed, or cannot start."""

    code = "peer_unavailable"


class Peer:
    """Another engine in a running process; a context manager."""

    def __init__(self, name: str, python: str | None = None, threads: int | None = None) -> None:
        """Start the process and load its models.

        Args:
            name: one of `PEERS`.
            python: the Python in which it is installed; ``None`` for the running one.
            threads: threads that it may use; ``None`` for its default.

        Raises:
            PeerUnavailable: it is not installed, or cannot start.
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
        except OSError as error:
            raise PeerUnavailable(f"{command[0]} cannot be started: {error.strerror or error}") from error
        try:
            first = self._answer()
            if "ready" not in first:
                raise PeerUnavailable(f"{name} is not installed for {command[0]} ({first.get('missing')})")
        except BaseException:
            self.close()
            raise
        #: Version of the engine.
        self.version = str(first["ready"])

    def read(self, path: Path) -> PeerReading:
        """Read one picture.

        Raises:
            OcrError: the engine failed.
        """
        try:
            print(json.dumps(str(path)), file=self._process.stdin, flush=True)
        except OSError as error:
            raise OcrError(f"{self.name} ended") from error
        answer = self._answer()
        if "error" in answer:
            raise OcrError(f"{self.name} failed on {path}: {answer['error']}")
        lines = tuple(
            Prediction(np.array(polygon, np.float32), text, confidence)
            for polygon, text, confidence in answer["lines"]
        )
        return PeerReading(answer["seconds"], answer["cpu"], lines)

    def close(self) -> None:
        """End the process."""
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
        answer: dict[str, Any] = json.loads(line)
        return answer
