"""One run of a batch: parts are planned, claimed, read and committed until nothing is left."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from ocr.batch import generations
from ocr.batch.claims import LEASE, Claims
from ocr.batch.generations import Generation
from ocr.batch.manifest import HOME, Manifest, Part
from ocr.batch.part import ABOUT, Done, PartReader, Work, commit, results
from ocr.batch.places import open_destination
from ocr.batch.planning import Findings, Planner
from ocr.batch.pool import Pool
from ocr.batch.rows import FAILED, READ, Row
from ocr.batch.settings import BatchSettings
from ocr.batch.sources import Source
from ocr.batch.store import Object, Store
from ocr.batch.worker import Task
from ocr.errors import ImageEmpty, InputNotFound
from ocr.runtime.cores import available_cores

if TYPE_CHECKING:
    from ocr.batch.lazy_reader import LazyReader
    from ocr.pipeline.options import ReadOptions
    from ocr.pipeline.reader import Reader

_LOG = f"{HOME}log/"
#: Seconds between two looks at whether there is work.
_WAIT = 0.1
#: Seconds between two looks at parts that other programs read.
_LOOK = 0.5
#: Seconds for which the end of a run waits for the listing.
_PATIENCE = 5.0


class Job(NamedTuple):
    """What is to be read, and how.

    Attributes:
        source: folder, file or URL.
        destination: folder or URL.
        reader: of one thread, made here or by the workers alone.
        options: of each call.
        settings: of the run.
        formats: names of further formats.
    """

    source: str
    destination: str
    reader: Reader | LazyReader
    options: ReadOptions
    settings: BatchSettings = BatchSettings()
    formats: tuple[str, ...] = ()


class Outcome(str, Enum):
    """What came of a part."""

    COMMITTED = "committed"
    #: Another program was first, or nothing is to do.
    ELSEWHERE = "elsewhere"
    #: Another program reads it.
    HELD = "held"
    #: The run was ended before it was read.
    STOPPED = "stopped"


@dataclass
class Progress:
    """How far a run is; read by others while it runs.

    Attributes:
        planned: inputs of the parts that are known to this run and had no rows.
        codes: inputs that this run read by code, ``"read"`` for those that were read.
        parts: parts that it committed.
        elsewhere: parts that another program committed first.
        workers_died: workers that were replaced.
        findings: of the listing.
    """

    planned: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    parts: int = 0
    elsewhere: int = 0
    workers_died: int = 0
    findings: Findings = field(default_factory=Findings)
    begun: float = field(default_factory=time.monotonic)
    listing: bool = True

    @property
    def inputs(self) -> int:
        """Inputs that were read or failed."""
        return self.codes.total()

    @property
    def rate(self) -> float:
        """Inputs a second."""
        return self.inputs / max(1e-9, time.monotonic() - self.begun)


class Run:
    """A run of a job.

    Args:
        job: what to do.
        lease: seconds of a claim; see `ocr.batch.claims.LEASE`.
        generation: that another program has begun; begun or gone on with where not given.

    Raises:
        OcrError: source or destination cannot be used.
    """

    def __init__(self, job: Job, lease: float = LEASE, generation: Generation | None = None) -> None:
        self._job = job
        self._store = open_destination(job.destination)
        self._lease = lease
        self._source = Source(job.source, self._store)
        if generation is None:
            recipe = generations.recipe_of(job.reader, job.options)
            generation = generations.begin(self._store, self._source.root, recipe, job.settings.rerun)
        self.generation = generation
        self.progress = Progress()
        self.cancel = threading.Event()
        self._planner = Planner(
            self._store, self._source, self.generation, job.settings.part_size, job.settings.limit
        )
        self._claims = Claims(self._store, lease)
        self._numbers: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._planning_failed: BaseException | None = None

    @property
    def workers(self) -> int:
        """Processes that read."""
        return self._job.settings.workers or available_cores()

    def pool(self) -> Pool:
        """The workers of this machine, none of them started."""
        job = self._job
        task = Task(job.reader, job.options, job.formats, job.settings.worker_memory)
        return Pool(task, self.workers, job.settings.timeout)

    def part_reader(self, pool: Pool) -> PartReader:
        """What reads parts with a pool."""
        from ocr.writers.formats import by_name

        suffixes = {name: by_name(name).suffixes[0] for name in self._job.formats}
        return PartReader(
            self._source,
            self._store,
            pool.read,
            pool.size,
            self.generation.hash,
            self._job.options.limits.max_bytes,
            suffixes,
        )

    def run(self, on_row: Callable[[Row], None] | None = None) -> Progress:
        """Read until every input has a row.

        Args:
            on_row: called with each row of an input that was read.

        Raises:
            OcrError: the run cannot go on; what is committed stays, and the next run goes on behind it.
        """
        planning = threading.Thread(target=self._plan, name="ocr-planning", daemon=True)
        planning.start()
        try:
            self._read(on_row)
        finally:
            stopped = self.cancel.is_set()
            self.cancel.set()
            # It ends with the process where a store keeps it waiting.
            planning.join(_PATIENCE)
            self._claims.close()
            self._source.close()
        if self._planning_failed is not None:
            raise self._planning_failed
        self.progress.findings = self._planner.findings
        if not stopped and not self._planner.manifest.count:
            raise ImageEmpty(f"there are no pictures or PDFs in {self._job.source}")
        if not stopped and self._planner.findings.complete:
            generations.finish(self._store, self.generation)
        return self.progress

    def _read(self, on_row: Callable[[Row], None] | None) -> None:
        """Read the parts as they are planned, until nothing is left."""

        def count(row: Row) -> None:
            self.progress.codes[READ if row.status == READ else row.code or FAILED] += 1
            self.progress.workers_died = pool.died
            if on_row is not None:
                on_row(row)

        todo = _Todo(self)
        with self.pool() as pool:
            reader = self.part_reader(pool)
            while not self.cancel.is_set() and todo.more():
                for done in reader.read(todo.works(), cancel=self.cancel, on_row=count):
                    self._commit(done)

    def _plan(self) -> None:
        try:
            self._planner.run(self._numbers.put, self.cancel)
        except BaseException as error:  # It is raised where the run is waited for.
            self._planning_failed = error
            self.cancel.set()
        finally:
            self.progress.listing = False
            self._numbers.put(None)

    def read_part(
        self, number: int, versions: Sequence[int], reader: PartReader, on_row: Callable[[Row], None]
    ) -> Outcome:
        """Read one part that another program has planned, and commit it.

        Args:
            number: of the part.
            versions: of it; see `ocr.batch.manifest.Manifest.versions`.
            reader: see `part_reader`.
            on_row: called with each row of an input that was read.

        Raises:
            OcrError: see `run`.
        """
        manifest = Manifest(self._store, {number: versions})
        if not self._claims.take(number):
            return Outcome.HELD
        try:
            work = work_of(self._store, manifest.load(number), manifest, self.generation)
            if work is None:
                return Outcome.ELSEWHERE
            for done in reader.read([work], cancel=self.cancel, on_row=on_row):
                return Outcome.COMMITTED if self._commit(done) else Outcome.ELSEWHERE
            return Outcome.STOPPED
        finally:
            self._claims.release(number)

    def _commit(self, done: Done) -> bool:
        part = done.work.part
        first = commit(self._store, done)
        if first:
            self.progress.parts += 1
            self._store.put(_log_key(part.number, done.work.generation), _log(done, self.workers))
        else:
            self.progress.elsewhere += 1
        self._claims.release(part.number)
        return first


class _Todo:
    """The parts that hold work, claimed one after the other."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._store, self._claims = run._store, run._claims
        self._manifest = run._planner.manifest
        self._generation = run.generation
        self._planned = False
        #: Parts that another program reads.
        self._elsewhere: deque[int] = deque()
        self._looked = 0.0
        # Of the parts that are done nothing has to be looked at again.
        self._committed = committed(self._store)

    def more(self) -> bool:
        """Whether there is or will be work; waits where there may be some later."""
        if self._planned and not self._elsewhere:
            return False
        time.sleep(_WAIT if not self._planned and self._run._numbers.empty() else 0)
        return True

    def works(self) -> Iterator[Work]:
        """What can be done now. It ends where there is nothing at the moment, so that what was read is committed."""
        while not self._run.cancel.is_set():
            try:
                number = self._run._numbers.get_nowait()
            except queue.Empty:
                break
            if number is None:
                self._planned = True
                break
            yield from self._claimed(number)
        if self._planned and self._elsewhere and time.monotonic() - self._looked > _LOOK:
            for _ in range(len(self._elsewhere)):
                if self._run.cancel.is_set():
                    return
                yield from self._claimed(self._elsewhere.popleft())
            self._looked = time.monotonic()
        elif self._planned and self._elsewhere:
            time.sleep(_WAIT)

    def _claimed(self, number: int) -> Iterator[Work]:
        if self._generation.rerun is None and number in self._committed:
            return
        if not self._claims.take(number):
            self._elsewhere.append(number)
            return
        work = work_of(self._store, self._manifest.load(number), self._manifest, self._generation)
        if work is None:
            self._claims.release(number)
            return
        self._run.progress.planned += len(work.todo)
        yield work


def committed(store: Store) -> set[int]:
    """Numbers of the parts that have a file."""
    names = (one.key.removeprefix("documents/").partition("-")[0] for one in store.list("documents/"))
    return {int(name) for name in names if name.isdigit()}


def work_of(store: Store, part: Part, manifest: Manifest, generation: Generation) -> Work | None:
    """What a generation has to do for a part; ``None`` where it is done.

    Args:
        store: of the destination.
        part: its last version.
        manifest: of the destination.
        generation: that runs.
    """
    there = store.head(part.file)
    if there is None:
        return Work(part, generation.number, tuple(range(len(part.entries))))
    if generation.rerun is None:
        return None
    todo = _again(store, manifest, part, there, generation)
    return Work(part, generation.number, todo, there.etag) if todo else None


def _again(
    store: Store, manifest: Manifest, part: Part, there: Object, generation: Generation
) -> tuple[int, ...]:
    """Indices of the inputs of a part that has a file which are read again."""
    with store.open(there.key) as opened:
        file = results(opened, there.key)
        about = json.loads(file.schema_arrow.metadata[ABOUT])
        if about["generation"] >= generation.number:
            return ()
        if generation.rerun == "all":
            return tuple(range(len(part.entries)))
        if generation.rerun == "failed":
            statuses = file.read(columns=["status"])["status"].to_pylist()
            return tuple(index for index, status in enumerate(statuses) if status == FAILED)
    if part.version <= about["version"]:
        return ()
    try:
        before = manifest.load(part.number, before=part.version)
    except InputNotFound:
        return ()
    pairs = zip(part.entries, before.entries, strict=True)
    return tuple(index for index, (now, then) in enumerate(pairs) if now != then)


def _log_key(number: int, generation: int) -> str:
    return f"{_LOG}{number:08d}.{generation:06d}.json"


def _log(done: Done, workers: int) -> bytes:
    """What is told about a part and stands in no row: times differ from run to run."""
    values = {
        "part": done.work.part.number,
        "generation": done.work.generation,
        "inputs": done.codes.total(),
        "codes": dict(sorted(done.codes.items())),
        "bytes": done.bytes,
        "seconds": round(done.seconds, 3),
        "workers": workers,
        "committed": time.time(),
    }
    return json.dumps(values).encode()
