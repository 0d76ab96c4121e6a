"""Runs on a Ray cluster: the same bytes as on one machine, whatever of the cluster is killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ocr.batch.places import open_store
from ocr.batch.pool import Reading
from ocr.batch.ray_run import RayRun
from ocr.batch.run import Job, Progress, Run
from ocr.batch.settings import BatchSettings
from ocr.batch.verify import verify
from ocr.pipeline.options import ReadOptions
from ocr.pipeline.reader import Reader
from tests.batch.light import LightRun, NoReader, light_run, receipts, row, table
from tests.models_for_tests import receipt_like
from tests.pictures import encoded
from tests.waiting import PATIENCE, free_port, until

pytest.importorskip("pyarrow")
ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'receipt-ocr[ray]'")

pytestmark = pytest.mark.ray


def _beside(uri: str, name: str) -> Path:
    """A file beside the folder of all inputs."""
    return Path(uri.removeprefix("file://")).parents[2] / name


def _row_that_is_counted(uri: str, data: bytes) -> Reading:
    """A row of an input, for which a file ``read`` grows by a byte."""
    with _beside(uri, "read").open("ab") as file:
        file.write(b".")
    return row(uri, data)


class SlowRun(LightRun):
    """Each input takes up to so many seconds."""

    reading = staticmethod(_row_that_is_counted)
    pause = 0.4


class SlowRayRun(RayRun):
    """The same on the cluster."""

    member_kind = SlowRun


def _row_once_there_is_a_gate(uri: str, data: bytes) -> Reading:
    """A row of an input, once there is a file ``gate``."""
    while not _beside(uri, "gate").exists():
        time.sleep(0.01)
    return row(uri, data)


class GatedRun(LightRun):
    """Reads nothing before a gate is opened."""

    reading = staticmethod(_row_once_there_is_a_gate)


class GatedRayRun(RayRun):
    """The same on the cluster."""

    member_kind = GatedRun


def _node() -> dict[str, Any]:
    """A node of one core. With ports that are given it waits for none of its agents, which are slow to start."""
    agents = (
        "dashboard_agent_listen_port",
        "metrics_agent_port",
        "metrics_export_port",
        "runtime_env_agent_port",
    )
    return {"num_cpus": 1, "object_store_memory": 80 << 20, **{agent: free_port() for agent in agents}}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A cluster of two nodes with one core each, the first of which is connected."""
    from ray.cluster_utils import Cluster

    patch = pytest.MonkeyPatch()
    # Otherwise Ray writes a token to the user's folder.
    patch.setenv("RAY_AUTH_MODE", "disabled")
    # On a busy machine a process takes more than a minute to start, and what is alive may be silent for half of one.
    # Actors would be the last to be given time.
    patch.setenv("RAY_worker_niceness", "0")
    patch.setenv("RAY_worker_register_timeout_seconds", "600")
    # A node that is gone refuses each check at once, one that is slow takes ten seconds for it.
    patch.setenv("RAY_health_check_period_ms", "500")
    patch.setenv("RAY_health_check_failure_threshold", "20")
    made = Cluster(initialize_head=True, head_node_args={**_node(), "include_dashboard": False})
    try:
        made.add_node(**_node())
        ray.init(address=made.address, log_to_driver=False, logging_level="ERROR")
        yield made
    finally:
        ray.shutdown()
        made.shutdown()
        patch.undo()


def test_files_are_those_of_one_machine(cluster: Any, models: tuple[Path, Path], tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for number in range(5):
        (source / f"{number}.png").write_bytes(encoded(receipt_like(height=240 + number), "PNG"))
    (source / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    job = Job(
        str(source),
        str(tmp_path / "cluster"),
        Reader(*models, threads=1),
        ReadOptions(),
        BatchSettings(part_size=3, workers=2),
    )
    failed: list[Any] = []
    progress = RayRun(job).run(failed.append)
    assert (progress.codes, progress.parts, progress.planned) == ({"read": 5, "image_decode_failed": 1}, 2, 6)
    assert [one.code for one in failed] == ["image_decode_failed"]
    Run(job._replace(destination=str(tmp_path / "machine"))).run()
    files = [
        {file.name: file.read_bytes() for file in (tmp_path / name / "documents").iterdir()}
        for name in ("cluster", "machine")
    ]
    assert files[0] == files[1]
    assert len(files[0]) == 2


def _reading(destination: Path) -> set[int]:
    """Numbers of the processes that have parts in hand."""
    found = set()
    for path in destination.glob("_batch/claims/*.json"):
        # It may be gone, or not written yet.
        with contextlib.suppress(OSError, ValueError):
            found.add(json.loads(path.read_bytes())["process"])
    return found


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="parents of processes are found in /proc")
def test_an_actor_and_a_node_killed_with_parts_in_hand_cost_no_row(cluster: Any, tmp_path: Path) -> None:
    source, destination = receipts(tmp_path / "in", 120), tmp_path / "out"
    light_run(source, tmp_path / "unbroken").run()
    job = Job(str(source), str(destination), NoReader(), ReadOptions(), BatchSettings(part_size=5))  # type: ignore[arg-type]
    run = GatedRayRun(job)
    ended: list[Progress] = []
    thread = threading.Thread(target=lambda: ended.append(run.run()), daemon=True)
    node = cluster.add_node(**_node())
    thread.start()
    try:
        until(lambda: len(_reading(destination)) == 3)
        raylet = node.all_processes["raylet"][0].process.pid
        (there,) = [one for one in _reading(destination) if _parent(one) == raylet]
        actor = next(iter(_reading(destination) - {there}))
        os.kill(actor, signal.SIGKILL)
        os.kill(raylet, signal.SIGKILL)
        # Both are noticed while there is work, and what they had in hand is given to others.
        until(lambda: run.progress.workers_died >= 2)
        assert not list(destination.glob("documents/*"))
    finally:
        (tmp_path / "gate").touch()
        thread.join(PATIENCE)
        cluster.remove_node(node, allow_graceful=False)
    (progress,) = ended
    # What an actor whose node is gone commits before it ends itself counts as another program's.
    assert progress.parts + progress.elsewhere == 24
    assert progress.elsewhere <= progress.workers_died - 1
    assert progress.codes == {"read": 5 * progress.parts}
    assert table(destination) == table(tmp_path / "unbroken")
    assert list(verify(open_store(str(destination)))) == []


def test_a_run_that_is_ended_keeps_the_rows_that_were_read(cluster: Any, tmp_path: Path) -> None:
    source, destination = receipts(tmp_path / "in", 200), tmp_path / "out"
    settings = BatchSettings(part_size=200)
    run = SlowRayRun(Job(str(source), str(destination), NoReader(), ReadOptions(), settings))  # type: ignore[arg-type]

    def end() -> None:
        read = tmp_path / "read"
        with contextlib.suppress(AssertionError):
            until(lambda: read.exists() and read.stat().st_size >= 10)
        run.cancel.set()

    threading.Thread(target=end).start()
    run.run()
    assert not list(destination.glob("documents/*"))
    assert list(destination.glob("_batch/partial/*/*.parquet"))
    # On one machine it is gone on with.
    again = light_run(source, destination, part_size=200)
    again.run()
    assert 0 < again.progress.inputs < 200
    assert len(table(destination)) == 200
    assert list(verify(open_store(str(destination)))) == []
