"""PDFium processes that wait for work: started when a PDF comes, kept for the next one, ended with the program."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ocr.errors import InputError
from ocr.io.pdfium.process import PdfiumProcess
from ocr.runtime.cores import available_cores

#: A process is replaced after so many documents: PDFium keeps some memory of each.
_MAX_DOCUMENTS = 100


class Pool:
    """Idle processes; as many run as there are documents open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[PdfiumProcess] = []

    @contextmanager
    def lease(self) -> Iterator[PdfiumProcess]:
        """A process for one document.

        It is kept where the block ends well or the document was refused, which the process outlives, and killed
        where anything else is raised.
        """
        with self._lock:
            process = self._idle.pop() if self._idle else None
        if process is not None and not process.freed():
            process.kill()
            process = None
        if process is None:
            process = PdfiumProcess()
        try:
            yield process
        except InputError:
            self._give_back(process)
            raise
        except BaseException:
            process.kill()
            raise
        self._give_back(process)

    def clear(self) -> None:
        """End all idle processes."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.kill()

    def forget(self) -> None:
        """Start anew in a copy of the program that was made by fork: the processes belong to the other one."""
        idle = self._idle
        self._lock, self._idle = threading.Lock(), []
        for process in idle:
            process.abandon()

    def _give_back(self, process: PdfiumProcess) -> None:
        if process.documents >= _MAX_DOCUMENTS or not self._keep(process):
            process.kill()

    def _keep(self, process: PdfiumProcess) -> bool:
        with self._lock:
            if process.owner != os.getpid() or len(self._idle) >= available_cores():
                return False
            self._idle.append(process)
            return True


POOL = Pool()
atexit.register(POOL.clear)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=POOL.forget)
