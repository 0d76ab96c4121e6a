"""A run on a Ray cluster: actors read whole parts by the function with which one machine reads them.

The driver plans, and gives each actor the number of a part; inputs, rows and files never pass through it. An actor
claims its part, reads it, commits it, and answers with counts. Whatever of them dies, the part has no file yet and is
given to another actor.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ocr.batch.generations import Generation
from ocr.batch.places import local_path
from ocr.batch.pool import WorkersFail
from ocr.batch.rows import FAILED, READ, Row
from ocr.batch.run import Job, Outcome, Run, committed
from ocr.errors import BadConfiguration, OcrError
from ocr.writers import extras

#: Whichever cluster there is: that of ``RAY_ADDRESS``, the one of this machine, or else a new one.
ANY = "any"
#: Rows of failed inputs that a report carries.
_NAMED = 20
#: Seconds between two looks at parts that other programs hold, and at the size of the cluster; of a wait.
_LOOK, _RESIZE, _WAIT = 2.0, 10.0, 0.1
#: Seconds that actors have to keep the rows they have read when a run is ended.
_ENDING = 30.0
#: So many errors in a row, or actors that die before they can read, end a run.
_MAX_FAILURES = 5
#: So many actors that end with the same part end a run.
_MAX_LOSSES = 8


class Report(NamedTuple):
    """What came of a part.

    Attributes:
        outcome: ``None`` where an error ended it.
        codes: inputs that were read by code.
        failures: rows of the first inputs that failed.
        workers_died: workers that were replaced.
        error: that ended it.
    """

    outcome: Outcome | None
    codes: Counter[str]
    failures: tuple[Row, ...] = ()
    workers_died: int = 0
    error: OcrError | None = None


class Member:
    """What an actor does.

    Args:
        kind: class of the run, which makes pool and reader.
        job: with the workers of one actor.
        generation: of the run.
        lease: seconds of a claim.
    """

    def __init__(self, kind: type[Run], job: Job, generation: Generation, lease: float) -> None:
        self._kind, self._job, self._generation, self._lease = kind, job, generation, lease

    def start(self) -> OcrError | None:
        """Get ready to read; the error where that fails."""
        try:
            self._run = self._kind(self._job, self._lease, self._generation)
            self._pool = self._run.pool()
            self._reader = self._run.part_reader(self._pool)
            self._pool.start()
        except OcrError as error:
            return error
        return None

    def read(self, number: int, versions: Sequence[int]) -> Report:
        """Read a part and commit it."""
        died = self._pool.died
        codes: Counter[str] = Counter()
        failures: list[Row] = []

        def count(row: Row) -> None:
            codes[READ if row.status == READ else row.code or FAILED] += 1
            if row.status == FAILED and len(failures) < _NAMED:
                failures.append(row)

        outcome, error = None, None
        try:
            outcome = self._run.read_part(number, versions, self._reader, count)
        except OcrError as caught:
            error = caught
        return Report(outcome, codes, tuple(failures), self._pool.died - died, error)

    def stop(self) -> None:
        """Let `read` end soon; called beside it."""
        self._run.cancel.set()


@dataclass(eq=False)
class _Actor:
    """An actor as the driver knows it: starting where `number` is ``None`` and it is awaited."""

    handle: Any
    ready: bool = False
    number: int | None = None


class RayRun(Run):
    """A run whose parts are read by the actors of a Ray cluster; see `Run`.

    Attributes:
        member_kind: class of the run in an actor.
    """

    member_kind: type[Run] = Run

    def _read(self, on_row: Callable[[Row], None] | None) -> None:
        ray = load_ray()
        with connected(ray, self._job.settings.ray):
            _Driver(self, ray, on_row).run()


class _Driver:
    """Gives parts to actors until nothing is left.

    Args:
        run: of it.
        ray: the package.
        on_row: called with the rows of inputs that failed.
    """

    def __init__(self, run: RayRun, ray: Any, on_row: Callable[[Row], None] | None) -> None:
        self._run, self._ray, self._on_row = run, ray, on_row
        settings = replace(run._job.settings, workers=1, ray=None)
        # Actors work in folders of their own.
        job = run._job._replace(
            source=_absolute(run._job.source),
            destination=_absolute(run._job.destination),
            settings=settings,
        )
        # Kept once in the cluster, models included, and not sent with each actor.
        self._arguments = [ray.put(one) for one in (run.member_kind, job, run.generation, run._lease)]
        # Threads: `stop` is called while `read` runs. A member that dies is replaced here, where its part is known.
        self._class = ray.remote(
            num_cpus=1, max_restarts=0, max_task_retries=0, max_concurrency=2, scheduling_strategy="SPREAD"
        )(Member)
        self._actors: list[_Actor] = []
        #: What actors are asked for by the reference of the answer.
        self._awaited: dict[Any, _Actor] = {}
        self._numbers: deque[int] = deque()
        self._held: deque[int] = deque()
        self._planned = False
        self._looked = -_RESIZE
        #: Cores of the cluster, and when it was asked.
        self._cores, self._asked = 0, -_RESIZE
        self._failures = 0
        #: Actors that ended with a part.
        self._losses: Counter[int] = Counter()
        self._committed = committed(run._store) if run.generation.rerun is None else set()

    def run(self) -> None:
        """Give out parts until all are read, or the run is cancelled.

        Raises:
            WorkersFail: actors die before they can read, or one after the other with the same part.
            OcrError: what several actors in a row met.
        """
        try:
            while not self._run.cancel.is_set():
                self._plan()
                if self._planned and not (self._numbers or self._held or self._reading()):
                    return
                self._resize()
                self._give()
                self._take(_WAIT)
            self._stop()
        finally:
            for one in self._actors:
                with contextlib.suppress(Exception):
                    self._ray.kill(one.handle)

    def _reading(self) -> bool:
        return any(one.number is not None for one in self._actors)

    def _plan(self) -> None:
        """Take what was planned meanwhile, and what others hold now and then."""
        while not self._planned:
            try:
                number = self._run._numbers.get_nowait()
            except queue.Empty:
                break
            if number is None:
                self._planned = True
            elif number not in self._committed:
                self._numbers.append(number)
                # What it holds exactly is known when it is read.
                self._run.progress.planned += self._run._job.settings.part_size
        if self._held and time.monotonic() - self._looked > _LOOK:
            self._looked = time.monotonic()
            self._numbers.extend(self._held)
            self._held.clear()

    def _resize(self) -> None:
        """As many actors as are wanted and have work: all that the cluster has cores for where no number is given."""
        if time.monotonic() - self._asked > _RESIZE:
            self._asked = time.monotonic()
            self._cores = int(self._ray.cluster_resources().get("CPU", 0))
        most = self._run._job.settings.workers or self._cores
        busy = sum(one.number is not None for one in self._actors)
        while len(self._actors) < min(max(1, most), busy + len(self._numbers)):
            one = _Actor(self._class.remote(*self._arguments))
            self._actors.append(one)
            self._awaited[one.handle.start.remote()] = one

    def _give(self) -> None:
        for one in self._actors:
            if not self._numbers:
                break
            if one.ready and one.number is None:
                one.number = self._numbers.popleft()
                versions = self._run._planner.manifest.versions(one.number)
                self._awaited[one.handle.read.remote(one.number, versions)] = one

    def _take(self, timeout: float) -> None:
        """Take answers, waiting so many seconds for the first one."""
        if not self._awaited:
            time.sleep(timeout)
            return
        found, _ = self._ray.wait(list(self._awaited), num_returns=1, timeout=timeout)
        for reference in found:
            one = self._awaited.pop(reference)
            number, one.number = one.number, None
            try:
                answer = self._ray.get(reference)
            except self._ray.exceptions.RayTaskError:
                # A defect, which every actor would meet.
                raise
            except self._ray.exceptions.RayError as error:
                self._lost(one, number, error)
                continue
            if number is None:
                self._started(one, answer)
            else:
                self._reported(number, answer)

    def _started(self, one: _Actor, error: OcrError | None) -> None:
        if error is not None:
            raise error
        one.ready = True
        self._failures = 0

    def _reported(self, number: int, report: Report) -> None:
        progress = self._run.progress
        progress.codes.update(report.codes)
        progress.workers_died += report.workers_died
        if self._on_row is not None:
            for row in report.failures:
                self._on_row(row)
        if report.error is not None:
            # A machine may be cut off from a store which others reach.
            self._failures += 1
            if self._failures >= _MAX_FAILURES:
                raise report.error
            self._numbers.append(number)
            return
        self._failures = 0
        if report.outcome is Outcome.HELD:
            self._held.append(number)
        elif report.outcome is not Outcome.STOPPED:
            progress.parts += report.outcome is Outcome.COMMITTED
            # An actor that is lost to this driver may have gone on, and have committed its part.
            before = bool(report.codes) or number in self._losses
            progress.elsewhere += report.outcome is Outcome.ELSEWHERE and before
            progress.planned += report.codes.total() - self._run._job.settings.part_size

    def _lost(self, one: _Actor, number: int | None, error: Exception) -> None:
        """An actor is gone with its machine, or cannot be reached: its part goes to another one."""
        with contextlib.suppress(Exception):
            self._ray.kill(one.handle)
        self._actors.remove(one)
        self._run.progress.workers_died += 1
        self._asked = -_RESIZE
        if number is not None:
            self._numbers.appendleft(number)
            self._losses[number] += 1
            if self._losses[number] >= _MAX_LOSSES:
                # Ray ends an actor where the memory of a machine runs out, whatever of it took the memory.
                raise WorkersFail(
                    f"{_MAX_LOSSES} actors ended while they read part {number}; where memory runs out, "
                    f"--worker-memory bounds what an input may take: {error}"
                ) from error
        if one.ready:
            return
        self._failures += 1
        if self._failures >= max(_MAX_FAILURES, len(self._actors)):
            raise WorkersFail(f"actors of the cluster die before they can read: {error}") from error

    def _stop(self) -> None:
        """Let actors keep what they have read."""
        until = time.monotonic() + _ENDING
        for one in self._actors:
            if one.number is not None:
                one.handle.stop.remote()
        while self._reading() and time.monotonic() < until:
            self._take(_WAIT)


def load_ray() -> Any:
    """The package Ray.

    Raises:
        MissingExtra: it is not installed.
    """
    return extras.load("ray", "ray", "--ray")


@contextlib.contextmanager
def connected(ray: Any, address: str | None) -> Iterator[None]:
    """A connection to a cluster while the block lasts; one that there is already stays.

    Raises:
        BadConfiguration: there is no cluster at the address.
    """
    if ray.is_initialized():
        yield
        return
    place = {} if address in (None, ANY) else {"address": address}
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(**place, log_to_driver=False, logging_level="WARNING")
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise BadConfiguration(
            f"there is no Ray cluster at {address}: {str(error).splitlines()[0]}; "
            "give HOST:6379, ray://HOST:10001, auto, or nothing for one on this machine"
        ) from error
    if threading.current_thread() is threading.main_thread():
        # Ray's own would end the run before rows are kept.
        signal.signal(signal.SIGTERM, handler)
    try:
        yield
    finally:
        ray.shutdown()


def _absolute(place: str) -> str:
    path = local_path(place)
    return place if path is None else str(path.absolute())
