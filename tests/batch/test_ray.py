"""Runs on a Ray cluster: the same bytes as on one machine, and an end that keeps what was read."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ocr.batch.places import open_store
from ocr.batch.ray_run import RayRun
from ocr.batch.run import Job, Run
from ocr.batch.settings import BatchSettings
from ocr.batch.verify import verify
from ocr.pipeline.options import ReadOptions
from ocr.pipeline.reader import Reader
from tests.batch.light import LightRun, NoReader, receipts, table
from tests.models_for_tests import receipt_like
from tests.pictures import encoded

pytest.importorskip("pyarrow")
ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'receipt-ocr[ray]'")

pytestmark = pytest.mark.ray


class SlowRun(LightRun):
    """Each input takes up to so many seconds."""

    pause = 0.4


class LightRayRun(RayRun):
    """Reads as `LightRun` does, on the cluster."""

    member_kind = SlowRun


def _node() -> dict[str, Any]:
    """A node of one core. With ports that are given it waits for none of its agents, which are slow to start."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(4)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        ports = [one.getsockname()[1] for one in sockets]
    agents = (
        "dashboard_agent_listen_port",
        "metrics_agent_port",
        "metrics_export_port",
        "runtime_env_agent_port",
    )
    return {"num_cpus": 1, "object_store_memory": 80 << 20, **dict(zip(agents, ports, strict=True))}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A cluster of two nodes with one core each, the first of which is connected."""
    from ray.cluster_utils import Cluster

    patch = pytest.MonkeyPatch()
    # Otherwise Ray writes a token to the user's folder.
    patch.setenv("RAY_AUTH_MODE", "disabled")
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


def test_a_run_that_is_ended_keeps_the_rows_that_were_read(cluster: Any, tmp_path: Path) -> None:
    source, destination = receipts(tmp_path / "in", 60), tmp_path / "out"
    settings = BatchSettings(part_size=60)
    job = Job(str(source), str(destination), NoReader(), ReadOptions(), settings)  # type: ignore[arg-type]
    run = LightRayRun(job)

    def end() -> None:
        until = time.monotonic() + 60
        while not list(destination.glob("_batch/claims/*.json")) and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(1.0)
        run.cancel.set()

    threading.Thread(target=end).start()
    run.run()
    assert not list(destination.glob("documents/*"))
    assert list(destination.glob("_batch/partial/*/*.parquet"))
    again = LightRayRun(job)
    again.run()
    assert 0 < again.progress.inputs < 60
    assert len(table(destination)) == 60
    assert list(verify(open_store(str(destination)))) == []
