"""One PDFium process as its program sees it: started, asked, and killed where it takes too long."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.errors import OcrError
from ocr.io.pdfium import messages
from ocr.io.pdfium.messages import Message

#: Seconds that a process may take to start, on a machine that is busy with other things.
_START = 60.0
#: Where the computing time of a process is known, it may take so many times as long by the clock on the wall.
_WALL = 6.0
_PIECE = 1 << 24


class ProcessEnded(Exception):
    """The process died of a file.

    Attributes:
        timed_out: it was killed because its time was up.
        status: its exit status, negative for a signal.
    """

    def __init__(self, timed_out: bool, status: int | None) -> None:
        super().__init__(f"the PDFium process ended with status {status}")
        self.timed_out = timed_out
        self.status = status


class Budget:
    """Computing time that is left for a file, over all processes that work on it."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds


class PdfiumProcess:
    """A running process; used by one thread at a time."""

    def __init__(self) -> None:
        """Start it.

        Raises:
            OcrError: it did not start.
        """
        self.owner = os.getpid()
        self.documents = 0
        self._shared = _shared_memory()
        arguments = [] if self._shared is None else [str(fd) for fd in self._shared]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ocr.io.pdfium", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=self._shared or (),
                # Modules are found where this program finds them, and never beside the user's files.
                cwd=Path(sys.executable).anchor or os.sep,
                env={
                    **os.environ,
                    "PYTHONPATH": _search_path(),
                    "PYTHONSAFEPATH": "1",
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
            )
            ready, _ = self._ask_within(None, b"", Budget(_START))
        except (OSError, ValueError, ProcessEnded) as error:
            self.kill()
            raise OcrError(
                f"the process that reads PDFs did not start ({sys.executable!r} -m ocr.io.pdfium): {error}"
            ) from error
        if not ready.get("ready"):
            self.kill()
            raise OcrError("the process that reads PDFs did not start")

    def open(self, data: bytes, budget: Budget, *, password: str | None, memory: int, most: int) -> Message:
        """Hand over a file; see `ocr.io.pdfium.__main__`."""
        self.documents += 1
        body: bytes = data
        if self._shared is not None:
            os.ftruncate(self._shared[0], len(data))
            view = memoryview(data)
            at = 0
            while at < len(view):
                at += os.pwrite(self._shared[0], view[at : at + _PIECE], at)
            body = b""
        request = {
            "do": "open",
            "size": len(data),
            "password": password,
            "memory": memory,
            "seconds": budget.left,
            "most": most,
        }
        return self._ask_within(request, body, budget)[0]

    def draw(self, width: int, height: int, budget: Budget) -> tuple[Message, npt.NDArray[np.uint8]]:
        """Draw the page that was measured last.

        Returns:
            The answer, and RGB (height, width, 3) uint8.
        """
        size = 3 * width * height
        if self._shared is not None:
            os.ftruncate(self._shared[1], size)
        answer, body = self._ask_within({"do": "draw", "width": width, "height": height}, b"", budget)
        if self._shared is None:
            pixels = np.frombuffer(body, np.uint8)
        else:
            pixels = np.empty(size, np.uint8)
            at = 0
            # Read, not mapped: a page stays whole whatever becomes of the process.
            while at < size:
                count = os.preadv(self._shared[1], [pixels.data[at : at + _PIECE]], at)
                if not count:
                    break
                at += count
            os.ftruncate(self._shared[1], 0)
        if pixels.size != size:
            return {"failed": "a page came without its pixels"}, np.zeros((0, 0, 3), np.uint8)
        return answer, pixels.reshape(height, width, 3)

    def ask(self, what: str, budget: Budget, **arguments: Any) -> tuple[Message, bytearray]:
        """Any other request."""
        return self._ask_within({"do": what, **arguments}, b"", budget)

    def close_document(self, budget: Budget) -> None:
        """Free the document."""
        self.ask("close", budget)
        if self._shared is not None:
            os.ftruncate(self._shared[0], 0)

    def kill(self) -> None:
        """End the process now."""
        process = getattr(self, "_process", None)
        if process is not None:
            if self.owner == os.getpid():
                process.kill()
                process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
        self._close_shared()

    def abandon(self) -> None:
        """Forget the process in a copy of its program that was made by fork."""
        self._process.returncode = 0  # It is no child of this program.
        self.kill()

    def _close_shared(self) -> None:
        for fd in self._shared or ():
            with contextlib.suppress(OSError):
                os.close(fd)
        self._shared = None

    def _ask_within(self, request: Message | None, body: bytes, budget: Budget) -> tuple[Message, bytearray]:
        process = self._process
        if self.owner != os.getpid() or process.stdin is None or process.stdout is None:
            raise OcrError("a PDF that was opened before a fork is read on after it; open it anew")
        watch = _Watch(process, budget.left)
        try:
            if request is not None:
                messages.send(process.stdin, request, body)
            answer = messages.receive(process.stdout)
        except (OSError, EOFError, ValueError) as error:
            watch.stop()
            process.kill()
            raise ProcessEnded(watch.timed_out, process.wait()) from error
        except BaseException:
            # Interrupted within an answer: what comes next from this process is not the next answer.
            watch.stop()
            process.kill()
            raise
        budget.left -= watch.stop()
        return answer


class _Watch:
    """Kills a process whose time is up."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.timed_out = False
        self._process = process
        self._seconds = max(0.0, seconds)
        self._started = time.monotonic()
        self._computed = _computing_seconds(process.pid)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ocr-pdf-deadline", daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Stop watching; seconds that were spent."""
        self._stopped.set()
        self._thread.join()
        return self._spent()

    def _spent(self) -> float:
        wall = time.monotonic() - self._started
        now = _computing_seconds(self._process.pid)
        if now is None or self._computed is None:
            return wall
        return max(now - self._computed, wall / _WALL)

    def _run(self) -> None:
        while True:
            left = self._seconds - self._spent()
            if left <= 0:
                self.timed_out = True
                self._process.kill()
                return
            if self._stopped.wait(max(left, 0.01)):
                return


def _computing_seconds(pid: int) -> float | None:
    """Computing time of a process; ``None`` where the system does not say."""
    if sys.platform != "linux":
        return None
    try:
        # Clock of another process's computing time, as clock_getcpuclockid(3) makes it.
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return None


def _shared_memory() -> tuple[int, int] | None:
    """Descriptors of two pieces of anonymous shared memory, for a file and for pixels; ``None`` where there is none."""
    if not hasattr(os, "memfd_create") or _files_are_limited():
        return None
    try:
        first = os.memfd_create("ocr-pdf")
    except OSError:
        return None
    try:
        return first, os.memfd_create("ocr-page")
    except OSError:
        os.close(first)
        return None


def _files_are_limited() -> bool:
    """Whether files of this process may not grow as they like, which holds for shared memory as well."""
    import resource

    return resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY


def _search_path() -> str:
    # Not resolved: what a link leads to can have another name.
    return os.pathsep.join(str(Path(place).absolute()) for place in sys.path if place)
