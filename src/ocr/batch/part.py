"""Parts to files: the one function by which parts are read, on one machine as on a cluster."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

from ocr.batch import rows
from ocr.batch.manifest import Entry, Part
from ocr.batch.pool import Read, Reading, WorkersFail
from ocr.batch.rows import FAILED, READ, Row
from ocr.batch.sources import Source
from ocr.batch.store import Store, StoreUnavailable
from ocr.errors import BadConfiguration, OcrError, OutputFailed
from ocr.pipeline.failure import Failure
from ocr.pipeline.many import read_each

if TYPE_CHECKING:
    import pyarrow as pa

#: Metadata of a result file: part, generation and recipe as JSON.
ABOUT = b"ocr.batch"
#: Bytes of rows in a row group, about, and bytes of a file that are held in memory.
_ROW_GROUP, _IN_MEMORY = 32 << 20, 32 << 20
#: Inputs beyond those that are read whose results may wait for that of a slow one.
_AHEAD = 64
#: What fails every input alike.
_FATAL = (StoreUnavailable, OutputFailed, WorkersFail, BadConfiguration, BrokenPipeError)


@dataclass(frozen=True)
class Work:
    """What is to be done for a part.

    Attributes:
        part: its inputs.
        generation: that the file will have.
        todo: indices of the inputs that are read; of the others the rows are kept.
        replaces: etag of the file whose rows are kept, ``None`` where there is none.
    """

    part: Part
    generation: int
    todo: tuple[int, ...]
    replaces: str | None = None

    @property
    def begins(self) -> bool:
        """Whether the part has no file yet."""
        return self.replaces is None


@dataclass
class Done:
    """A part that was read.

    Attributes:
        work: what was to be done.
        file: the Parquet file, not yet committed.
        codes: number of inputs by code, ``"read"`` for those that were read.
        bytes: of the inputs that were read.
        seconds: from its first input to its last row.
    """

    work: Work
    file: IO[bytes]
    codes: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    seconds: float = 0.0


class PartReader:
    """Reads parts.

    Args:
        source: of the inputs.
        destination: of rows that are kept and of files in further formats.
        read: makes the row of an input from its name and bytes; called in threads.
        workers: inputs that are read at once.
        recipe: hash that the files name.
        max_bytes: of an input.
        suffixes: ends of the names of files in further formats, by format.
    """

    def __init__(
        self,
        source: Source,
        destination: Store,
        read: Read,
        workers: int,
        recipe: str,
        max_bytes: int,
        suffixes: dict[str, str] | None = None,
    ) -> None:
        self._source, self._destination, self._read = source, destination, read
        # While one input is read the next one is fetched.
        self._threads = 2 * workers
        self._recipe, self._max_bytes = recipe, max_bytes
        self._suffixes = suffixes or {}

    def read(
        self,
        works: Iterable[Work],
        *,
        cancel: threading.Event | None = None,
        on_row: Callable[[Row], None] | None = None,
    ) -> Iterator[Done]:
        """Read parts one after the other; no worker waits for the last input of one before it takes the next.

        Args:
            works: asked for as they are needed.
            cancel: once set, nothing further is begun, and the part that is not complete is dropped.
            on_row: called with each row of an input that was read.

        Raises:
            StoreUnavailable: a store did not answer, so that nothing can be said about an input.
            WorkersFail: no worker can be started.
            OutputFailed: a file in a further format cannot be written.
        """
        begun: deque[tuple[Work, int, float]] = deque()

        def items() -> Iterator[tuple[Work, int]]:
            for work in works:
                for index in work.todo:
                    begun.append((work, index, time.monotonic()))
                    yield work, index

        inputs = items()
        first = next(inputs, None)
        if first is None:
            return
        results = read_each(
            self._one,
            chain([first], inputs),
            self._threads,
            ahead=max(_AHEAD, self._threads),
            source=lambda item: item[0].part.entries[item[1]].uri(self._source.root),
            fatal=_FATAL,
            cancel=cancel,
        )
        file: _PartFile | None = None
        for result in results:
            work, index, since = begun.popleft()
            if file is None:
                file = _PartFile(work, self._kept(work), self._recipe, since)
            row, size = _failed(result) if isinstance(result, Failure) else result
            file.add(index, row, size)
            if on_row is not None:
                on_row(row)
            if index == work.todo[-1]:
                yield file.finish()
                file = None

    def _one(self, item: tuple[Work, int]) -> tuple[Row, int]:
        """The row of an input and its bytes; called in threads."""
        work, index = item
        entry = work.part.entries[index]
        uri = entry.uri(self._source.root)
        data = self._source.read(entry, self._max_bytes)
        reading: Reading = self._read(uri, data)
        for name, content in reading.files.items():
            self._destination.put(f"{name}/{_file_name(entry)}{self._suffixes[name]}", content)
        return reading.row, len(data)

    def _kept(self, work: Work) -> Iterator[pa.RecordBatch]:
        """The rows of the file that is replaced, by and by."""
        import pyarrow.parquet as pq

        if work.replaces is None:
            return
        with self._destination.open(work.part.file) as opened:
            yield from pq.ParquetFile(opened).iter_batches(batch_size=64)


class _PartFile:
    """The file of a part while its rows come."""

    def __init__(self, work: Work, kept: Iterator[pa.RecordBatch], recipe: str, begun: float) -> None:
        import pyarrow.parquet as pq

        self._begun = begun
        # What is on its way is small or on the disk, whatever the documents are.
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, prefix="ocr-batch-")  # noqa: SIM115
        self._done = Done(work, self._file)
        about = {
            "part": work.part.number,
            "generation": work.generation,
            "version": work.part.version,
            "recipe": recipe,
        }
        schema = rows.schema().with_metadata({ABOUT: json.dumps(about, sort_keys=True).encode()})
        self._writer = pq.ParquetWriter(
            self._file,
            schema,
            compression="zstd",
            use_dictionary=["status", "code", "message", "merchant", "currency"],
            write_page_checksum=True,
        )
        self._schema = rows.schema()
        self._kept = chain.from_iterable(_singly(batch) for batch in kept)
        self._next = 0
        self._waiting: list[Row] = []
        self._tables: list[Any] = []
        self._size = 0

    def add(self, index: int, row: Row, size: int) -> None:
        """The row of the input at an index; indices ascend."""
        self._keep_until(index)
        if self._done.work.replaces is not None:
            next(self._kept, None)
        self._next = index + 1
        self._waiting.append(row)
        self._size += row.size
        self._done.codes[READ if row.status == READ else row.code or FAILED] += 1
        self._done.bytes += size
        if self._size >= _ROW_GROUP:
            self._flush()

    def finish(self) -> Done:
        """The whole file."""
        self._keep_until(len(self._done.work.part.entries))
        self._flush()
        self._writer.close()
        self._done.seconds = time.monotonic() - self._begun
        return self._done

    def _keep_until(self, index: int) -> None:
        """Take rows over that are not read again."""
        if self._done.work.replaces is None:
            return
        while self._next < index:
            self._settle()
            one = next(self._kept)
            self._tables.append(one)
            self._size += one.nbytes
            self._next += 1
            if self._size >= _ROW_GROUP:
                self._flush()

    def _settle(self) -> None:
        if self._waiting:
            self._tables.append(rows.table(self._waiting))
            self._waiting = []

    def _flush(self) -> None:
        import pyarrow as pa

        self._settle()
        if self._tables:
            whole = pa.concat_tables([one.cast(self._schema) for one in self._tables]).combine_chunks()
            self._writer.write_table(whole, row_group_size=len(whole))
        self._tables, self._size = [], 0


def _singly(batch: pa.RecordBatch) -> Iterator[pa.Table]:
    import pyarrow as pa

    for index in range(len(batch)):
        yield pa.Table.from_batches([batch.slice(index, 1)])


def _failed(failure: Failure) -> tuple[Row, int]:
    return failed_row(failure.source, failure.error), 0


def failed_row(uri: str, error: OcrError) -> Row:
    """The row of an input whose bytes cannot be had."""
    return Row(uri, None, FAILED, error.code, str(error))


def _file_name(entry: Entry) -> str:
    """Where files of an input in further formats are, below the folder of the format."""
    key = f"{entry.key}/{entry.member}" if entry.member else entry.key
    return key.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def commit(store: Store, done: Done) -> bool:
    """Let the file of a part take its place; false where another program was first, whose rows are the same.

    Raises:
        OutputFailed: it cannot be written.
        StoreUnavailable: the store did not answer.
    """
    work = done.work
    with done.file:
        if work.replaces is None:
            return store.create(work.part.file, done.file)
        return store.replace(work.part.file, done.file, work.replaces)
