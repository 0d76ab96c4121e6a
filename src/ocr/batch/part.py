"""Parts to files: the one function by which parts are read, on one machine as on a cluster."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

from ocr.batch import partial, rows
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
#: Seconds after which rows of a part that is not complete are kept.
_CHECKPOINT = 30.0
#: Bytes of the name of a file at most, and of one that is shortened.
_LONGEST_NAME, _SHORTENED = 240, 200
#: What fails every input alike.
_FATAL = (StoreUnavailable, OutputFailed, WorkersFail, BadConfiguration, BrokenPipeError)


@dataclass(frozen=True)
class Work:
    """What is to be done for a part.

    Attributes:
        part: its inputs.
        generation: that the file will have.
        todo: indices of the inputs that are to be read; of the others the rows are taken over.
        replaces: etag of the file whose rows are taken over, ``None`` where there is none yet.
    """

    part: Part
    generation: int
    todo: tuple[int, ...]
    replaces: str | None = None


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
        checkpoint: seconds after which rows of a part that is not complete are kept.
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
        checkpoint: float = _CHECKPOINT,
    ) -> None:
        self._source, self._destination, self._read = source, destination, read
        # While one input is read the next one is fetched.
        self._threads = 2 * workers
        self._recipe, self._max_bytes = recipe, max_bytes
        self._suffixes = suffixes or {}
        self._checkpoint = checkpoint

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
            cancel: once set, nothing further is begun, and the rows of the part that is not complete are kept for the
                next run.
            on_row: called with each row of an input that was read.

        Raises:
            StoreUnavailable: a store did not answer, so that nothing can be said about an input.
            WorkersFail: no worker can be started.
            OutputFailed: a file in a further format cannot be written.
        """
        begun: deque[tuple[_PartFile, int]] = deque()

        def items() -> Iterator[tuple[Work, int]]:
            for work in works:
                file = self._begun(work)
                for index in file.todo:
                    begun.append((file, index))
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
        try:
            for result in results:
                file, index = begun.popleft()
                row, size = _failed(result) if isinstance(result, Failure) else result
                file.add(index, row, size)
                if on_row is not None:
                    on_row(row)
                if index == file.todo[-1]:
                    yield file.finish()
                    file = None
                elif file.unsaved_seconds > self._checkpoint:
                    file.save(self._destination)
        finally:
            # Called off, or an error: what was read of the part is not lost.
            if file is not None:
                with contextlib.suppress(OcrError):
                    file.save(self._destination)

    def _begun(self, work: Work) -> _PartFile:
        """The file of a part with the rows that it takes over."""
        if work.replaces is not None:
            # Whole, so that it is one version of the file, whatever another program does with it meanwhile.
            old = results(io.BytesIO(self._destination.get(work.part.file)), work.part.file)
            return _PartFile(work, self._recipe, work.todo, _tables(old))
        identity = _identity(work, self._recipe)
        # The last input is always read, so that there is a result with which the part ends.
        kept = partial.load(self._destination, work.part.number, identity, len(work.part.entries) - 1)
        return _PartFile(work, self._recipe, work.todo[sum(map(len, kept)) :], iter(kept))

    def _one(self, item: tuple[Work, int]) -> tuple[Row, int]:
        """The row of an input and its bytes; called in threads."""
        work, index = item
        entry = work.part.entries[index]
        uri = entry.uri(self._source.root)
        data = self._source.read(entry, self._max_bytes)
        reading: Reading = self._read(uri, data)
        for name, content in reading.files.items():
            self._destination.put(f"{name}/{_file_name(entry, self._suffixes[name])}", content)
        return reading.row, len(data)


def results(file: IO[bytes], name: str) -> Any:
    """The Parquet file of a part.

    Raises:
        OutputFailed: it is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(file, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise OutputFailed(
            f"{name} is damaged ({str(error).splitlines()[0][:100]}); remove it, and a run reads its inputs again"
        ) from error


def _tables(file: Any) -> Iterator[pa.Table]:
    import pyarrow as pa

    for batch in file.iter_batches(batch_size=64):
        yield pa.Table.from_batches([batch])


def _identity(work: Work, recipe: str) -> str:
    """What the rows of a part depend on."""
    return f"{recipe} {work.part.version} {work.generation}"


class _PartFile:
    """The file of a part while its rows come.

    Args:
        work: of the part.
        recipe: hash that the file names.
        todo: indices of the inputs that are read.
        kept: rows of the others in order, and of those that are read again as they were.
    """

    def __init__(self, work: Work, recipe: str, todo: tuple[int, ...], kept: Iterator[pa.Table]) -> None:
        self.work, self.todo = work, todo
        self._recipe = recipe
        self._kept = (one.slice(index, 1) for one in kept for index in range(len(one)))
        self._begun = self._saved = time.monotonic()
        # What is on its way is small or on the disk, whatever the documents are.
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, prefix="ocr-batch-")  # noqa: SIM115
        self._done = Done(work, self._file)
        self._schema = rows.schema()
        self._writer: Any = None
        #: Index of the next row, rows that are no table yet, tables of the next row group and their bytes.
        self._next = 0
        self._waiting: list[Row] = []
        self._tables: list[pa.Table] = []
        self._size = 0
        #: Tables since rows were saved, and the index of their first row.
        self._unsaved: list[pa.Table] = []
        self._unsaved_from = todo[0] if todo else 0

    @property
    def unsaved_seconds(self) -> float:
        """Since rows were saved."""
        return time.monotonic() - self._saved

    def add(self, index: int, row: Row, size: int) -> None:
        """The row of the input at an index; indices ascend."""
        self._keep_until(index)
        if self.work.replaces is not None:
            next(self._kept, None)
        self._next = index + 1
        self._waiting.append(row)
        self._size += row.size
        self._done.codes[READ if row.status == READ else row.code or FAILED] += 1
        self._done.bytes += size
        if self._size >= _ROW_GROUP:
            self._flush()

    def save(self, store: Store) -> None:
        """Keep the rows that were read since this was last done, for whoever reads the part after an interruption."""
        self._settle()
        if self.work.replaces is None and self._unsaved:
            identity = _identity(self.work, self._recipe)
            partial.save(store, self.work.part.number, identity, self._unsaved_from, self._unsaved)
        self._unsaved, self._unsaved_from = [], self._next
        self._saved = time.monotonic()

    def finish(self) -> Done:
        """The whole file."""
        self._keep_until(len(self.work.part.entries))
        self._flush()
        self._writer.close()
        self._done.seconds = time.monotonic() - self._begun
        return self._done

    def _keep_until(self, index: int) -> None:
        """Take rows over that are not read."""
        if self._next >= index:
            return
        self._settle()
        while self._next < index:
            one = next(self._kept)
            self._tables.append(one)
            self._size += one.nbytes
            self._next += 1
            if self._size >= _ROW_GROUP:
                self._flush()

    def _settle(self) -> None:
        if self._waiting:
            self._tables.append(rows.table(self._waiting))
            self._unsaved.append(self._tables[-1])
            self._waiting = []

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._settle()
        if self._writer is None:
            work = self.work
            about = {"part": work.part.number, "generation": work.generation, "version": work.part.version}
            metadata = {ABOUT: json.dumps({**about, "recipe": self._recipe}, sort_keys=True).encode()}
            self._writer = pq.ParquetWriter(
                self._file,
                self._schema.with_metadata(metadata),
                compression="zstd",
                use_dictionary=["status", "code", "message", "merchant", "currency"],
                write_page_checksum=True,
            )
        if self._tables:
            whole = pa.concat_tables([one.cast(self._schema) for one in self._tables]).combine_chunks()
            self._writer.write_table(whole, row_group_size=len(whole))
        self._tables, self._size = [], 0


def _failed(failure: Failure) -> tuple[Row, int]:
    return failed_row(failure.source, failure.error), 0


def failed_row(uri: str, error: OcrError) -> Row:
    """The row of an input whose bytes cannot be had."""
    return Row(uri, None, FAILED, error.code, str(error))


def _file_name(entry: Entry, suffix: str) -> str:
    """Where the file of an input in a further format is, below the folder of the format.

    Names in archives are those of strangers: none leads out of the folder.
    """
    key = f"{entry.key}/{entry.member}" if entry.member else entry.key
    text = key.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    parts = [_inside(part) for part in text.replace("\\", "/").split("/")]
    parts[-1] = _short(parts[-1], suffix)
    return "/".join([*map(_short, parts[:-1]), parts[-1]])


def _inside(part: str) -> str:
    part = "".join(one if one.isprintable() and one != ":" else f"%{ord(one):02X}" for one in part)
    return {"": "%", ".": "%2E", "..": "%2E%2E"}.get(part, part)


def _short(part: str, suffix: str = "") -> str:
    """A name that file systems take, with its suffix; a longer one has a hash in place of what is too long."""
    whole = f"{part}{suffix}"
    if len(whole.encode()) <= _LONGEST_NAME:
        return whole
    digest = hashlib.sha256(part.encode()).hexdigest()[:16]
    return f"{part.encode()[:_SHORTENED].decode(errors='ignore')}-{digest}{suffix}"


def commit(store: Store, done: Done) -> bool:
    """Let the file of a part take its place; false where another program was first, whose rows are the same.

    Raises:
        OutputFailed: it cannot be written.
        StoreUnavailable: the store did not answer.
    """
    work = done.work
    with done.file:
        if work.replaces is not None:
            return store.replace(work.part.file, done.file, work.replaces)
        first = store.create(work.part.file, done.file)
    partial.forget(store, work.part.number)
    return first
