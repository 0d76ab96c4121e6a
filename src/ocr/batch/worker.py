"""A process that reads one input after another: ``python -m ocr.batch.worker``, started by `ocr.batch.pool`.

It gets bytes and gives JSON, so that a damaged input can do no more than end it. Messages are those of
`ocr.io.pdfium.messages`.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from ocr.io.pdfium import messages
from ocr.runtime.parent import end_with_parent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ocr.batch.lazy_reader import LazyReader
    from ocr.document import Document, Page
    from ocr.pipeline.options import ReadOptions
    from ocr.pipeline.reader import Reader
    from ocr.writers.pictures import Picture


class Task(NamedTuple):
    """What a worker does with each input.

    Attributes:
        reader: of one thread; a `LazyReader` is one where the task arrives.
        options: of each call.
        formats: names of further formats that are made of each document.
        memory: megabytes that the process may take.
    """

    reader: Reader | LazyReader
    options: ReadOptions
    formats: tuple[str, ...] = ()
    memory: int | None = None


def answer(task: Task, uri: str, data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Read one input.

    Returns:
        Status, code and message, or the facts of `ocr.batch.rows.facts_of`, with the names of formats; and as bytes the
        JSON of the document and the files of the formats in that order.
    """
    from ocr.batch.rows import FAILED, READ, facts_of
    from ocr.pipeline.failure import failure
    from ocr.writers.formats import by_name

    formats = [by_name(name) for name in task.formats]
    packed: list[Picture] = []
    shown = any(one.pictures != "unused" for one in formats)

    def keep(_: int, image: npt.NDArray[np.uint8], __: Page) -> None:
        from ocr.writers.pictures import pack

        packed.append(pack(image))

    reader = cast("Reader", task.reader)
    try:
        document = reader.read(data, task.options, on_page=keep if shown else None)
        document = replace(document, source=uri)
        pictures = _pictures(document, packed, data, task.options.password) if shown else None
        files = [one.write(document, pictures) for one in formats]
    except MemoryError:  # What is left of the process is in doubt; the next one tries once more, alone.
        raise
    except Exception as error:  # A defect met on one input must not take the others with it.
        failed = failure(uri, error)
        return {"status": FAILED, "code": failed.code, "message": failed.message}, []
    head = {"status": READ, "facts": facts_of(document), "files": list(task.formats)}
    parts = [document.to_json(), *files]
    return head, [
        part if isinstance(part, bytes) else part.encode("utf-8", "backslashreplace") for part in parts
    ]


def _pictures(document: Document, packed: Sequence[Picture], data: bytes, password: str | None) -> Any:
    from ocr.writers.pictures import Pictures, pdf_of, without_private_data

    return without_private_data(document, Pictures(tuple(packed), pdf_of(data), password))


def serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Answer requests until the other side ends."""
    with contextlib.suppress(EOFError, BrokenPipeError):
        _, pickled = messages.receive(source)
        task: Task = pickle.loads(pickled)
        if task.memory is not None:
            _limit_memory(task.memory)
        messages.send(target, {"ready": True})
        while True:
            request, data = messages.receive(source)
            head, parts = answer(task, request["uri"], bytes(data))
            messages.send(target, {**head, "lengths": list(map(len, parts))}, *parts)


def _limit_memory(megabytes: int) -> None:
    """Let allocations beyond so much fail. Where the system has no such limit, that of a container is what holds."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        kind = getattr(resource, "RLIMIT_DATA", resource.RLIMIT_AS)
        resource.setrlimit(kind, (megabytes << 20, megabytes << 20))


def main() -> None:
    """Serve on standard input and output."""
    # Ctrl+C is for the program that started this one, which lets the input that runs be finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(lambda: os._exit(1))
    # Where memory runs out, a worker is what can be replaced.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
    # What a library prints must not get into the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False), answers)


if __name__ == "__main__":
    main()
