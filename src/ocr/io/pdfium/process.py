"""One PDFium process as its program sees it: started, asked, and killed where it takes too long."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import threading
import time

import numpy as np
import numpy.typing as npt

from ocr.errors import OcrError
from ocr.io.pdfium import messages
from ocr.io.pdfium.messages import Message
from ocr.runtime import child

#: Seconds that a process may take to start, on a machine that is busy with other things.
_START = 60.0
#: Seconds of computing time that freeing a document may take.
_FREE = 2.0
#: Where the computing time of a process is known, it may take so many times as long by the clock on the wall, without
#: what it and its program wait for a core that others use.
_WALL = 2.0
_PIECE = 1 << 24


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
        self._closing = False
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
                cwd=child.FOLDER,
                env={**child.environment(), "PYTHONDONTWRITEBYTECODE": "1"},
            )
            ready, _ = self._ask(None, b"", Budget(_START))
        except (OSError, ValueError, child.ProcessEnded) as error:
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
        return self._ask(request, body, budget)[0]

    def draw(
        self, index: int, budget: Budget, *, dpi: float, most: int, limit: int
    ) -> tuple[Message, bytearray, npt.NDArray[np.uint8] | None]:
        """Draw a page.

        Args:
            index: from 0.
            budget: what is left.
            dpi: see `ocr.io.pdfium.resolution.Measured.resolution`.
            most: likewise.
            limit: likewise.

        Returns:
            The answer; the bytes of its JPEG pictures; and RGB (height, width, 3) uint8, ``None`` where nothing was
            drawn.
        """
        request = {"do": "draw", "page": index, "dpi": dpi, "most": most, "limit": limit}
        answer, body = self._ask(request, b"", budget)
        if "drawn" not in answer:
            return answer, body, None
        width, height = answer["width"], answer["height"]
        size = 3 * width * height
        if self._shared is None:
            pixels = np.frombuffer(body[len(body) - size :], np.uint8)
        else:
            pixels = np.empty(size, np.uint8)
            at = 0
            # Read, not mapped: a page stays whole whatever becomes of the process.
            while at < size:
                count = os.preadv(self._shared[1], [pixels.data[at : at + _PIECE]], at)
                if not count:
                    return {"failed": "its pixels did not come"}, body, None
                at += count
            os.ftruncate(self._shared[1], 0)
        return answer, body, pixels.reshape(height, width, 3)

    def close_document(self) -> None:
        """Let the document be freed; `freed` waits for the answer."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                messages.send(self._process.stdin, {"do": "close"})
        self._closing = True

    def freed(self) -> bool:
        """Whether the last document was freed: what that costs is no matter of the next one."""
        if self._closing:
            try:
                self._ask(None, b"", Budget(_FREE))
            except (OcrError, child.ProcessEnded):
                return False
            self._closing = False
        return True

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

    def _ask(self, request: Message | None, body: bytes, budget: Budget) -> tuple[Message, bytearray]:
        process = self._process
        if self.owner != os.getpid() or process.stdin is None or process.stdout is None:
            raise OcrError("a PDF that was opened before a fork is read on after it; open it anew")
        watch = _Watch(process, budget.left)
        try:
            if request is not None:
                messages.send(process.stdin, request, body)
            answer = messages.receive(process.stdout, watch.wait)
        except (OSError, EOFError, ValueError) as error:
            process.kill()
            raise child.ProcessEnded(watch.timed_out, process.wait()) from error
        finally:
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
        self._waited = self._waiting()
        self._stopped = threading.Event()
        self._poll: select.poll | None = None
        if hasattr(select, "poll") and process.stdout is not None:
            self._poll = select.poll()
            self._poll.register(process.stdout, select.POLLIN)
        else:
            # Where a pipe cannot be waited for with a time limit, a thread ends the process and with it the waiting.
            threading.Thread(target=self._run, name="ocr-pdf-deadline", daemon=True).start()

    def wait(self) -> None:
        """Wait for an answer.

        Raises:
            EOFError: the time is up, and the process was killed.
        """
        while self._poll is not None:
            left = self._seconds - self._spent()
            if left <= 0:
                self._end()
                raise EOFError("the time is up")
            if self._poll.poll(1 + 1000 * left):
                return

    def stop(self) -> float:
        """Stop watching; seconds that were spent."""
        self._stopped.set()
        return self._spent()

    def _spent(self) -> float:
        wall = time.monotonic() - self._started
        now, computed, most = _computing_seconds(self._process.pid), 0.0, 1.0
        if now is not None and self._computed is not None:
            computed, most = now - self._computed, _WALL
        if wall / most > computed:
            # Looked up here alone: it takes longer than a small page.
            wall -= max(0.0, self._waiting() - self._waited)
        return max(computed, wall / most)

    def _waiting(self) -> float:
        return _waited_seconds(self._process.pid) + _waited_seconds("thread-self")

    def _end(self) -> None:
        self.timed_out = True
        self._process.kill()

    def _run(self) -> None:
        while not self._stopped.wait(max(self._seconds - self._spent(), 0.01)):
            if self._spent() >= self._seconds:
                self._end()
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


def _waited_seconds(task: int | str) -> float:
    """How long a task below ``/proc`` has waited for a core; 0 where the system does not say.

    Args:
        task: the number of a process, for its main thread, or ``thread-self``.
    """
    try:
        with open(f"/proc/{task}/schedstat", "rb", buffering=0) as file:  # noqa: PTH123, pathlib takes twice as long
            return int(file.read(100).split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


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
