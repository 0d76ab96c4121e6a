"""The PDFium process: reads requests from standard input until it ends, one document at a time.

    python -m ocr.io.pdfium [INPUT_FD OUTPUT_FD]

With two descriptors of shared memory the file comes in the first and pixels go to the second; without, both travel
with the messages.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import mmap
import os
import signal
import sys
import time
from typing import Any

from ocr.io.pdfium import messages
from ocr.io.pdfium.document import Document, LoadError
from ocr.io.pdfium.messages import Message

#: Seconds beyond its deadline after which the system ends this process, for the case that nobody else is left to.
_GRACE = 5


class _Server:
    """What is open between requests."""

    def __init__(self, shared: tuple[int, int] | None) -> None:
        self._shared = shared
        self._document: Document | None = None
        self._data: Any = None
        self._mapped: mmap.mmap | None = None

    def open(self, request: Message, body: bytearray) -> Message:
        """Open a document under a limit of memory and time."""
        _limit(request["memory"], request["seconds"])
        size = request["size"]
        if self._shared is not None:
            self._mapped = mmap.mmap(self._shared[0], size)
            self._data = (ctypes.c_char * size).from_buffer(self._mapped)
        else:
            self._data = (ctypes.c_char * size).from_buffer(body)
        self._document = Document(self._data, size, request["password"])
        return {"count": self._document.count, "sizes": self._document.sizes(request["most"])}

    def close(self) -> Message:
        """Free the document and its bytes."""
        if self._document is not None:
            self._document.close()
        self._document = self._data = None
        if self._mapped is not None:
            self._mapped.close()
            self._mapped = None
        return {}

    def measure(self, request: Message) -> Message:
        """What decides the resolution of a page."""
        return self._opened().measure(request["page"])

    def draw(self, request: Message) -> tuple[Message, memoryview | bytes]:
        """Draw the page."""
        width, height = request["width"], request["height"]
        size = 3 * width * height
        if self._shared is None:
            pixels = bytearray(size)
            self._opened().draw((ctypes.c_char * size).from_buffer(pixels), width, height)
            return {}, memoryview(pixels)
        with mmap.mmap(self._shared[1], size) as mapped:
            buffer = (ctypes.c_char * size).from_buffer(mapped)
            try:
                self._opened().draw(buffer, width, height)
            finally:
                del buffer
        return {}, b""

    def check(self, request: Message) -> tuple[Message, bytes]:
        """Look at the pictures of the page."""
        damaged, jpegs = self._opened().check(drawn=request["drawn"])
        kinds = [[len(data), bits] for data, bits in jpegs]
        return {"damaged": damaged, "jpegs": kinds}, b"".join(data for data, _ in jpegs)

    def _opened(self) -> Document:
        if self._document is None:
            raise ValueError("no document is open")
        return self._document


def _limit(memory: int, seconds: float) -> None:
    """Bound the memory of this process, and its computing time from now on, where the system can."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        # Shared memory does not count as data: only what PDFium itself takes.
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (memory, hard))
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + _GRACE, hard))


def _answer(server: _Server, request: Message, body: bytearray) -> tuple[Message, bytes | memoryview]:
    what = request["do"]
    try:
        if what == "open":
            return server.open(request, body), b""
        if what == "measure":
            return server.measure(request), b""
        if what == "draw":
            return server.draw(request)
        if what == "check":
            return server.check(request)
        return server.close(), b""
    except LoadError as error:
        return {"load_error": error.args[0]}, b""
    except MemoryError:
        return {"out_of_memory": True}, b""
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}, b""


def main() -> None:
    """Answer requests until standard input ends."""
    # Ctrl+C reaches all processes of a terminal; the one that started this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = io.FileIO(0), io.FileIO(1, "w")
    shared = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else None
    server = _Server(shared)
    messages.send(answers, {"ready": True})
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            request, body = messages.receive(requests)
            answer, out = _answer(server, request, body)
            messages.send(answers, answer, out)
    os._exit(0)


if __name__ == "__main__":
    main()
