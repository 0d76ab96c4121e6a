"""Buckets: conditional writes, and runs through a network that fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ocr.batch import object_store
from ocr.batch.object_store import ObjectStore
from ocr.batch.places import open_store
from ocr.batch.store import StoreUnavailable
from ocr.batch.verify import verify
from ocr.errors import InputNotFound
from tests.batch.light import light_run, row
from tests.batch.s3 import FAULTS, FaultyProxy, make_bucket, s3_server, use

pytest.importorskip("pyarrow")
pytest.importorskip("obstore")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as address:
        for name in ("store", "receipts", "clean", "faulty", "gone"):
            make_bucket(address, name)
        yield address


def rows(place: str) -> list[dict[str, Any]]:
    """All rows of a destination, sorted by name."""
    import pyarrow.parquet as pq

    store = open_store(place)
    files = [pq.ParquetFile(store.open(one.key)) for one in store.list("documents/")]
    return sorted((one for file in files for one in file.read().to_pylist()), key=lambda one: str(one["uri"]))


def test_an_object_is_created_once_and_replaced_by_who_has_seen_it(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, server)
    store = ObjectStore("s3://store/folder")
    assert store.create("a/one", b"first")
    assert not store.create("a/one", b"second")
    assert store.get("a/one") == b"first"
    seen = store.head("a/one")
    assert seen is not None
    assert store.replace("a/one", b"third", seen.etag)
    assert not store.replace("a/one", b"fourth", seen.etag)
    assert not store.replace("a/none", b"fourth", seen.etag)
    assert store.get_range("a/one", 1, 3) == b"hir"
    with store.open("a/one") as file:
        file.seek(-2, 2)
        assert file.read() == b"rd"
    for key in ("a/two", "a.b", "B", "ä"):
        store.put(key, b"")
    assert [one.key for one in store.list()] == ["B", "a.b", "a/one", "a/two", "ä"]
    assert [one.key for one in store.list("a/")] == ["a/one", "a/two"]
    assert [one.key for one in store.list(after="a.b")] == ["a/one", "a/two", "ä"]
    store.delete("a/one")
    assert store.head("a/one") is None
    with pytest.raises(InputNotFound):
        store.get("a/one")


def test_faults_of_the_store_change_no_row(
    server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(monkeypatch, server)
    inputs = ObjectStore("s3://receipts")
    for number in range(24):
        inputs.put(f"{number % 3}/{number:04d}.jpg", b"bad" if number == 7 else f"receipt {number}".encode())
    light_run("s3://receipts", "s3://clean").run()
    # Patience is shorter than in earnest, so that the test is.
    monkeypatch.setattr(object_store, "_TIMEOUT", timedelta(seconds=4))
    with FaultyProxy(server, every=4, silence=5.0) as proxy:
        use(monkeypatch, proxy.address)
        progress = light_run("s3://receipts", "s3://faulty").run()
        assert progress.inputs == 24
        assert all(proxy.met[kind] >= 2 for kind in FAULTS), proxy.met
    use(monkeypatch, server)
    assert rows("s3://faulty") == rows("s3://clean")
    assert list(verify(open_store("s3://faulty"))) == []


def test_a_store_that_is_gone_ends_the_run_and_no_input_is_to_blame(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, server)
    inputs = ObjectStore("s3://receipts")
    for number in range(12):
        inputs.put(f"{number % 3}/{number:04d}.jpg", f"receipt {number}".encode())
    with FaultyProxy(server, every=1_000_000, silence=0.0) as proxy:
        use(monkeypatch, proxy.address)
        monkeypatch.setattr(object_store, "_TRIES", 2)
        monkeypatch.setattr(object_store, "_RETRY", {"max_retries": 0})
        run = light_run("s3://receipts", "s3://gone", part_size=4)

        def gone(uri: str, data: bytes) -> Any:
            if uri.endswith("0004.jpg"):
                proxy.every = 1
            return row(uri, data)

        run.reading = gone  # type: ignore[method-assign]
        with pytest.raises(StoreUnavailable):
            run.run()
    use(monkeypatch, server)
    light_run("s3://receipts", "s3://gone", part_size=4, lease=0.1).run()
    found = rows("s3://gone")
    assert {one["status"] for one in found if not one["uri"].endswith("0007.jpg")} == {"read"}
    assert list(verify(open_store("s3://gone"))) == []
