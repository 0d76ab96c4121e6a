"""`ocr batch`: nothing lost or double whatever is killed, memory, and what it costs beside `Reader.read`.

    python benchmarks/batch.py kill [--kills 100]             # SIGKILL to drivers and workers, two drivers at once
    python benchmarks/batch.py kill --ray [--kills 20]        # the same on a Ray cluster: drivers, actors and nodes
    python benchmarks/batch.py dispatch [--inputs 500]        # time of a Ray driver for a part that does nothing
    python benchmarks/batch.py listing [--inputs 10000000]    # memory of the driver while a store of names is listed
    python benchmarks/batch.py worker RECEIPT … [--inputs 5000]     # memory of a worker
    python benchmarks/batch.py overhead RECEIPT … [--inputs 100]    # computing time beside Reader.read
    python benchmarks/batch.py cores RECEIPT … [--inputs 200]       # receipts a second with 1, 2, 4 … workers

Killing and listing read nothing, so that they spend their time on what they measure: `benchmarks/batch_worker.py` makes
a row of the bytes. Everything is written to a temporary folder. Prints what was found, and ends with status 1 where
rows are lost, double or others.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow.parquet as pq

from ocr.batch.generations import Generation
from ocr.batch.places import open_store
from ocr.batch.planning import Planner
from ocr.batch.pool import Pool
from ocr.batch.ray_run import RayRun, load_ray
from ocr.batch.run import Job, Run
from ocr.batch.settings import BatchSettings
from ocr.batch.sources import Source
from ocr.batch.store import Object
from ocr.batch.verify import verify
from ocr.batch.worker import Task
from ocr.pipeline.options import ReadOptions
from ocr.runtime.cores import available_cores

_WORKER = Path(__file__).resolve().with_name("batch_worker.py")
#: Seconds of a claim: short, so that killed drivers are replaced soon.
_LEASE = 2.0


class _NoReader:
    """Stands in for a reader, of which a run needs the hashes of the models alone."""

    models = ()


class _Quick(Run):
    """A run whose workers read nothing."""

    seconds = 0.02

    def pool(self) -> Pool:
        """See `Run.pool`."""
        return Pool(
            Task(_NoReader(), self._job.options), self.workers, 60.0, (str(_WORKER), str(self.seconds))
        )


class _QuickRay(RayRun):
    """The same on a cluster."""

    member_kind = _Quick


def _quick(source: str, destination: str, ray: str | None = None) -> Run:
    settings = BatchSettings(workers=2, part_size=20, ray=ray)
    kind = _Quick if ray is None else _QuickRay
    return kind(Job(source, destination, _NoReader(), ReadOptions(), settings), _LEASE)


def _drive(source: str, destination: str, ray: str | None = None) -> None:
    """A driver as a process of its own."""
    _quick(source, destination, ray).run()


class _Command:
    """This program again, with the methods of a `multiprocessing.Process`: Ray does not outlive a fork."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen([sys.executable, __file__, *arguments])

    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def exitcode(self) -> int | None:
        return self._process.returncode

    def kill(self) -> None:
        self._process.kill()

    def join(self) -> None:
        self._process.wait()


def kill(arguments: argparse.Namespace) -> bool:
    """Kill whatever runs, again and again, and compare the rows with those of a run that nothing happened to."""
    with tempfile.TemporaryDirectory(prefix="bench-batch-") as folder, _cluster(arguments.ray) as cluster:
        source = Path(folder) / "in"
        for number in range(arguments.inputs or 4000):
            path = source / f"{number % 7}" / f"{number:06d}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"receipt {number}".encode())
        unbroken, broken = str(Path(folder) / "unbroken"), str(Path(folder) / "broken")
        _Quick.seconds = 0.0
        _quick(str(source), unbroken).run()
        print(f"unbroken: {len(_rows(unbroken))} rows", flush=True)
        met = _killed(str(source), broken, arguments, cluster)
        _quick(str(source), broken).run()
        rows, expected = _rows(broken), _rows(unbroken)
        names = Counter(row["uri"] for row in rows)
        faults = [str(one) for one in verify(open_store(broken))]
        print(f"killed: {dict(met)}")
        print(f"rows {len(rows)}, lost {len(expected) - len(names)}, double {names.total() - len(names)}")
        same = _digest(rows) == _digest(expected)
        print(
            f"sorted rows {'the same' if same else 'OTHERS'} ({_digest(rows)[:16]}); verify: {faults or 'ok'}"
        )
        return same and not faults


def _killed(source: str, destination: str, arguments: argparse.Namespace, cluster: Any) -> Counter[str]:
    """Kill drivers, workers and nodes at random while two drivers run; how often each."""
    chance = random.Random(arguments.seed)
    pause = arguments.pause or (2.0 if cluster is None else 12.0)
    # Drivers are forked from a process that has imported everything, so that most of their time is work.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__"])
    drivers: list[Any] = []
    met: Counter[str] = Counter()
    address = None if cluster is None else cluster.address
    while met.total() < arguments.kills:
        while len(drivers) < 2:
            if address is None:
                drivers.append(context.Process(target=_drive, args=(source, destination)))
                drivers[-1].start()
            else:
                drivers.append(_Command("drive", source, destination, address))
        time.sleep(chance.uniform(0.1, 1.0) * pause)
        for one in [one for one in drivers if not one.is_alive()]:
            # It was done before the kills were.
            drivers.remove(one)
            met["finished"] += 1
            if one.exitcode:
                print(f"a driver ended with status {one.exitcode}", flush=True)
        kinds = ("driver", "worker") if cluster is None else ("driver", "worker", "actor", "node")
        kind = chance.choice(kinds)
        if kind == "driver" and drivers:
            one = drivers.pop(chance.randrange(len(drivers)))
            one.kill()
            one.join()
        elif kind == "node":
            _kill_node(cluster, chance)
        else:
            wanted = "ray::Member" if kind == "actor" else _WORKER.name
            found = _processes(wanted)
            if not found:
                continue
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(found), signal.SIGKILL)
        met[kind] += 1
        print(
            f"{met.total():4} {kind:8} {len(list(Path(destination).glob('documents/*')))} parts", flush=True
        )
    for one in drivers:
        one.kill()
        one.join()
    return met


def _processes(wanted: str) -> list[int]:
    """Processes below this one, or of its cluster, whose command line holds a text."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            number = int(path.parent.name)
            if wanted.encode() in path.read_bytes() and os.getpgid(number) and _is_ours(number):
                found.append(number)
    return found


def _is_ours(number: int) -> bool:
    """Whether a process descends from this one."""
    while number > 1:
        if number == os.getpid():
            return True
        status = Path(f"/proc/{number}/stat").read_text()
        number = int(status.rpartition(")")[2].split()[1])
    return False


@contextlib.contextmanager
def _cluster(wanted: bool) -> Iterator[Any]:
    """A Ray cluster of three nodes on this machine."""
    if not wanted:
        yield None
        return
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={**_node(), "include_dashboard": False})
    for _ in range(2):
        made.add_node(**_node())
    try:
        yield made
    finally:
        made.shutdown()


def _node() -> dict[str, Any]:
    return {"num_cpus": 1, "object_store_memory": 80 << 20}


def dispatch(arguments: argparse.Namespace) -> bool:
    """Time of a driver for parts that do nothing, given to two actors of a cluster on this machine."""
    ray = load_ray()
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)

    class Nothing:
        def read(self, number: int) -> int:
            return number

    actors = [ray.remote(num_cpus=1)(Nothing).remote() for _ in range(2)]
    ray.get([one.read.remote(0) for one in actors])
    left = arguments.inputs or 500
    parts = left
    awaited = {one.read.remote(0): one for one in actors}
    begun = time.monotonic()
    while awaited:
        (found,), _ = ray.wait(list(awaited))
        one = awaited.pop(found)
        ray.get(found)
        left -= 1
        if left >= len(actors):
            awaited[one.read.remote(left)] = one
    print(f"{(time.monotonic() - begun) / parts * 1e3:.2f} ms a part")
    ray.shutdown()
    return True


def _kill_node(cluster: Any, chance: random.Random) -> None:
    """End the processes of a node but the first, and start another one."""
    node = chance.choice([one for one in cluster.list_all_nodes() if one is not cluster.head_node])
    cluster.remove_node(node, allow_graceful=False)
    cluster.add_node(**_node())


def _rows(destination: str) -> list[dict[str, Any]]:
    files = sorted(Path(destination).glob("documents/*.parquet"))
    return sorted(
        (row for file in files for row in pq.read_table(file).to_pylist()), key=lambda row: row["uri"]
    )


def _digest(rows: list[dict[str, Any]]) -> str:
    return hashlib.sha256("\n".join(map(repr, rows)).encode()).hexdigest()


class _Names:
    """A store of so many names that has nothing behind them, and forgets what is written."""

    root = "names://"

    def __init__(self, count: int) -> None:
        self._count = count
        self.written = self.bytes = 0

    def list(self, prefix: str = "", after: str | None = None) -> Iterator[Object]:
        """See `Store.list`."""
        for number in range(0 if prefix else self._count):
            yield Object(f"2024/shop-{number // 10_000:06d}/{number:010d}.jpg", 400_000, f"{number:032x}")

    def head(self, key: str) -> Object | None:
        """See `Store.head`."""
        return None

    def create(self, key: str, content: bytes | IO[bytes]) -> bool:
        """See `Store.create`."""
        assert isinstance(content, bytes)
        self.written += 1
        self.bytes += len(content)
        return True


def listing(arguments: argparse.Namespace) -> bool:
    """Memory of the driver while it lists and plans."""
    inputs = arguments.inputs or 10_000_000
    names, plan = _Names(inputs), _Names(0)
    with tempfile.TemporaryDirectory() as folder:
        source = Source(folder)
    source.store = names  # type: ignore[assignment]
    generation = Generation(0, "names://", {})
    planner = Planner(plan, source, generation, 1000)  # type: ignore[arg-type]
    begun, first = time.process_time(), 0.0

    def emit(number: int) -> None:
        nonlocal first
        if not number:
            first = time.process_time() - begun
        if number % max(1, inputs // 10_000) == 0:
            print(f"{(number + 1) * 1000:10} inputs  {_resident():6.0f} MB", flush=True)

    planner.run(emit)
    seconds = time.process_time() - begun
    print(f"{inputs} inputs, {plan.written} objects of {plan.bytes / plan.written / 1e3:.0f} kB written")
    print(f"first part after {first:.2f} s, all after {seconds:.0f} s of computing time")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory of the driver at most {most:.0f} MB")
    return most < 300


def _resident(process: int | str = "self") -> float:
    """Megabytes of a process that are in memory."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _cpu(process: int) -> float:
    """Seconds of computing time of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def worker(arguments: argparse.Namespace) -> bool:
    """Memory of a worker over many receipts."""
    from ocr.pipeline.reader import Reader

    receipts = [(str(path), path.read_bytes()) for path in arguments.receipts]
    inputs = arguments.inputs or 5000
    seen = []
    with Pool(Task(Reader(threads=1), ReadOptions()), 1, 300.0) as pool:
        pool.start()
        (process,) = pool.processes
        for number in range(inputs):
            pool.read(*receipts[number % len(receipts)])
            seen.append(_resident(process))
            if number % max(1, inputs // 20) == 0:
                print(f"{number + 1:6} receipts  {seen[-1]:6.0f} MB", flush=True)
        assert not pool.died
    settled = seen[min(len(seen) // 5, 200) :]
    half = len(settled) // 2
    before, after = (sum(one) / max(1, len(one)) for one in (settled[:half], settled[half:]))
    print(f"first half {before:.1f} MB, second half {after:.1f} MB on average, at most {max(seen):.0f} MB")
    return after < before * 1.02


def overhead(arguments: argparse.Namespace) -> bool:
    """Computing time of a batch with one worker, driver and worker together, beside that of `Reader.read`.

    Both read the same receipts in turns of one part, in the same seconds of the machine, so that load on it meets
    both; starting is not counted.
    """
    from ocr.pipeline.reader import Reader

    count = arguments.inputs or 100
    rounds = min(4, max(1, count // 50))
    reader = Reader(threads=1)
    options = ReadOptions()
    with tempfile.TemporaryDirectory(prefix="bench-batch-") as folder:
        source = _copies(arguments.receipts, Path(folder) / "in", max(1, count // rounds))
        files = sorted(source.iterdir())
        # What is imported and set up once is not counted.
        reader.read(files[0], options)
        _batch_cpu(source, Path(folder) / "out", reader, options)
        direct = batch = 0.0
        for number in range(rounds):
            begun = time.process_time()
            for file in files:
                reader.read(file, options).to_json()
            direct += time.process_time() - begun
            batch += _batch_cpu(source, Path(folder) / f"out-{number}", reader, options)
        read = rounds * len(files)
        more = batch / direct - 1
        print(f"{read} receipts: Reader.read {direct / read:.4f} s, batch {batch / read:.4f} s: {more:+.1%}")
        return more <= 0.05


def _batch_cpu(source: Path, destination: Path, reader: Any, options: ReadOptions) -> float:
    """Seconds of computing time of a batch and its worker, without their start."""

    class Started(Run):
        def pool(self) -> Pool:
            return pool

    job = Job(str(source), str(destination), reader, options, BatchSettings(workers=1))
    with Pool(Task(reader, options), 1, 300.0) as pool:
        pool.start()
        (process,) = pool.processes
        # One that is not counted: what is set up at the first receipt.
        pool.read("first", next(source.iterdir()).read_bytes())
        spent: list[float] = []
        pool.close = lambda: spent.append(_cpu(process))  # type: ignore[method-assign]
        begun, worker_begun = time.process_time(), _cpu(process)
        Started(job).run()
        driver = time.process_time() - begun
        del pool.close
        return driver + spent[0] - worker_begun


def _copies(receipts: list[Path], folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        path = receipts[number % len(receipts)]
        shutil.copy(path, folder / f"{number:06d}{path.suffix}")
    return folder


def cores(arguments: argparse.Namespace) -> bool:
    """Receipts a second with more and more workers; meaningful on an idle machine alone."""
    from ocr.pipeline.reader import Reader

    reader = Reader(threads=1)
    first = 0.0
    share = 1.0
    with tempfile.TemporaryDirectory(prefix="bench-batch-") as folder:
        source = _copies(arguments.receipts, Path(folder) / "in", arguments.inputs or 200)
        workers = 1
        while workers <= available_cores():
            rate = _rate(source, Path(folder) / f"out-{workers}", reader, workers)
            first = first or rate
            share = rate / first / workers
            print(f"{workers:3} workers  {rate:6.2f} receipts a second  {share:.2f} of linear", flush=True)
            workers *= 2
    return share >= 0.95


def _rate(source: Path, destination: Path, reader: Any, workers: int) -> float:
    class Started(Run):
        def pool(self) -> Pool:
            made = super().pool()
            made.start()
            nonlocal begun
            begun = time.monotonic()
            return made

    begun = 0.0
    job = Job(
        str(source), str(destination), reader, ReadOptions(), BatchSettings(workers=workers, part_size=50)
    )
    ended: list[float] = []
    count = len(list(source.iterdir()))

    def row(_: object) -> None:
        ended.append(time.monotonic())

    Started(job).run(row)
    assert len(ended) == count
    return count / (ended[-1] - begun)


def main() -> int:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds: dict[str, Callable[[argparse.Namespace], bool]] = {
        "kill": kill,
        "dispatch": dispatch,
        "listing": listing,
        "worker": worker,
        "overhead": overhead,
        "cores": cores,
    }
    if sys.argv[1:2] == ["drive"]:
        # By the name of its module, so that what is sent to actors is found there again and not under ``__main__``.
        import batch

        batch._drive(*sys.argv[2:])
        return 0
    parser.add_argument("kind", choices=kinds)
    parser.add_argument("receipts", nargs="*", type=Path)
    parser.add_argument("--inputs", type=int)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--pause", type=float, help="seconds between two kills at most: 2, with --ray 12")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ray", action="store_true", help="kill on a Ray cluster")
    arguments = parser.parse_args()
    if arguments.kind in ("worker", "overhead", "cores") and not arguments.receipts:
        parser.error(f"{arguments.kind} needs receipts")
    return 0 if kinds[arguments.kind](arguments) else 1


if __name__ == "__main__":
    sys.exit(main())
