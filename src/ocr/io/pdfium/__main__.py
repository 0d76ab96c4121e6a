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
#: Pixels compared at once.
_PIECE = 1 << 18
#: Memory of this process that does not count as data: code and what it reads from files.
_CODE = 32 * 1024 * 1024


class _Server:
    """What is open between requests."""

    def __init__(self, shared: tuple[int, int] | None) -> None:
        self._shared = shared
        self._document: Document | None = None
        self._data: Any = None
        self._mapped: mmap.mmap | None = None

    def open(self, request: Message, body: bytearray) -> Message:
        """Open a document under a limit of memory and time."""
        self.close()
        _limit(request["memory"], request["seconds"])
        size = request["size"]
        if self._shared is not None:
            self._mapped = mmap.mmap(self._shared[0], size)
            self._data = (ctypes.c_char * size).from_buffer(self._mapped)
        else:
            self._data = (ctypes.c_char * size).from_buffer(body)
        self._document = Document(self._data, size, request["password"])
        return {"count": self._document.count, "sizes": self._document.sizes(request["most"])}

    def close(self) -> None:
        """Free the document and its bytes."""
        if self._document is not None:
            self._document.close()
        self._document = self._data = None
        if self._mapped is not None and self._shared is not None:
            self._mapped.close()
            os.ftruncate(self._shared[0], 0)
        self._mapped = None

    def draw(self, request: Message) -> tuple[Message, list[bytes | memoryview]]:
        """Draw a page and look at its pictures; the pixels come last where there is no shared memory."""
        document = self._opened()
        measured = document.measure(request["page"])
        dpi = measured.resolution(request["dpi"], request["most"], request["limit"])
        width, height = measured.size(dpi)
        answer: Message = {"width": width, "height": height, "dpi": dpi, "text": measured.text}
        if width * height > request["limit"] or width * height == 0:
            return {**answer, "too_large": True}, []
        size = 3 * width * height
        pixels: mmap.mmap | bytearray
        if self._shared is None:
            pixels = bytearray(size)
        else:
            os.ftruncate(self._shared[1], size)
            pixels = mmap.mmap(self._shared[1], size)
        buffer = (ctypes.c_char * size).from_buffer(pixels)
        document.draw(buffer, width, height)
        del buffer
        with memoryview(pixels) as seen:
            drawn = _many_colours(seen)
            damaged, jpegs = document.check(seen, width, height)
        if damaged:
            # The pixels are of no use, and a damaged size can make them many.
            if isinstance(pixels, mmap.mmap) and self._shared is not None:
                pixels.close()
                os.ftruncate(self._shared[1], 0)
            return {**answer, "damaged": True}, []
        answer |= {"drawn": drawn, "jpegs": [[len(data), bits, even] for data, bits, even in jpegs]}
        parts: list[bytes | memoryview] = [data for data, *_ in jpegs]
        if isinstance(pixels, mmap.mmap):
            pixels.close()
        else:
            parts.append(memoryview(pixels))
        return answer, parts

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
        resource.setrlimit(resource.RLIMIT_DATA, (memory - _CODE, hard))
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + _GRACE, hard))


def _many_colours(pixels: memoryview) -> bool:
    """Whether RGB pixels are of more than one colour."""
    pattern = bytes(pixels[:3]) * _PIECE
    return any(
        pixels[at : at + len(pattern)] != pattern[: len(pixels) - at]
        for at in range(0, len(pixels), len(pattern))
    )


def _answer(server: _Server, request: Message, body: bytearray) -> tuple[Message, list[bytes | memoryview]]:
    try:
        if request["do"] == "open":
            return server.open(request, body), []
        if request["do"] == "close":
            server.close()
            return {}, []
        return server.draw(request)
    except LoadError as error:
        return {"load_error": error.args[0]}, []
    except MemoryError:
        return {"out_of_memory": True}, []
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}, []


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
            answer, parts = _answer(server, request, body)
            messages.send(answers, answer, *parts)
    os._exit(0)


if __name__ == "__main__":
    main()
