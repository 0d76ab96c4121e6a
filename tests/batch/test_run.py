"""Runs of a batch: exactly once, whatever is interrupted, added, changed or read again."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ocr.batch.places import open_store
from ocr.batch.show import summary
from ocr.batch.verify import verify
from ocr.errors import BadConfiguration, ImageEmpty, OutputFailed
from tests.batch.light import LightRun, drive, light_run, receipts, row, table
from tests.waiting import PATIENCE

pytest.importorskip("pyarrow")


def test_every_input_has_one_row_and_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    source, destination = receipts(tmp_path / "in", 23), tmp_path / "out"
    (source / "0" / "0009.jpg").write_bytes(b"bad")
    (source / "notes.txt").write_text("no receipt")
    progress = light_run(source, destination).run()
    assert progress.codes == {"read": 22, "image_decode_failed": 1}
    rows = table(destination)
    assert [one["uri"] for one in rows] == [
        f"file://{path}" for path in sorted(map(str, source.rglob("*.jpg")))
    ]
    assert {one["merchant"] for one in rows if one["status"] == "read"} == {
        f"receipt {number}" for number in range(23) if number != 9
    }
    assert progress.findings.skipped.count == 1
    again = light_run(source, destination).run()
    assert again.inputs == 0
    assert list(verify(open_store(str(destination)))) == []
    found = summary(open_store(str(destination)))
    assert (found.inputs, found.rows, found.parts, found.generation.done) == (23, 23, 5, True)
    assert [code for _, code, _ in found.failures] == ["image_decode_failed"]


def test_new_inputs_become_new_parts_and_changed_ones_are_named_and_read_again(tmp_path: Path) -> None:
    source, destination = receipts(tmp_path / "in", 12), tmp_path / "out"
    light_run(source, destination).run()
    before = {file.name: file.read_bytes() for file in (destination / "documents").iterdir()}
    receipts(source, 4, start=100)
    (source / "1" / "0004.jpg").write_bytes(b"another receipt")
    progress = light_run(source, destination).run()
    assert progress.codes == {"read": 4}
    assert (progress.findings.added, progress.findings.changed) == (4, 1)
    assert progress.findings.changed_names[0].endswith("1/0004.jpg")
    after = {file.name: file.read_bytes() for file in (destination / "documents").iterdir()}
    assert before.items() <= after.items()
    assert [one.kind for one in verify(open_store(str(destination)))] == ["changed"]
    progress = light_run(source, destination, rerun="changed").run()
    assert progress.codes == {"read": 1}
    assert list(verify(open_store(str(destination)))) == []
    rows = {one["uri"].rpartition("/")[2]: one for one in table(destination)}
    assert len(rows) == len(table(destination)) == 16
    assert rows["0004.jpg"]["merchant"] == "another receipt"
    assert light_run(source, destination).run().findings.changed == 0


def test_failed_inputs_are_read_again_and_the_others_keep_their_rows(tmp_path: Path) -> None:
    source, destination = receipts(tmp_path / "in", 11), tmp_path / "out"

    class Failing(LightRun):
        reading = staticmethod(
            lambda uri, data: row(uri, b"bad" + data if uri.endswith(("3.jpg", "7.jpg")) else data)
        )

    first = light_run(source, destination)
    first.__class__ = Failing
    assert first.run().codes == {"read": 9, "image_decode_failed": 2}
    kept = [one for one in table(destination) if one["status"] == "read"]
    assert light_run(source, destination, rerun="failed").run().codes == {"read": 2}
    rows = table(destination)
    assert all(one in rows for one in kept)
    assert [one["status"] for one in rows] == ["read"] * 11
    assert list(verify(open_store(str(destination)))) == []
    assert light_run(source, destination, rerun="all").run().codes == {"read": 11}
    assert table(destination) == rows


def test_another_source_or_other_options_are_refused(tmp_path: Path) -> None:
    source, destination = receipts(tmp_path / "in", 2), tmp_path / "out"
    light_run(source, destination).run()
    with pytest.raises(BadConfiguration, match="holds the results of"):
        light_run(receipts(tmp_path / "other", 1), destination)
    changed = light_run(source, tmp_path / "unused")._job
    with pytest.raises(BadConfiguration, match="options min_confidence"):
        LightRun(
            changed._replace(destination=str(destination), options=type(changed.options)(min_confidence=0.5))
        )


def test_a_limit_takes_the_first_inputs_and_the_rest_later(tmp_path: Path) -> None:
    source, destination = receipts(tmp_path / "in", 12), tmp_path / "out"
    assert light_run(source, destination, limit=7).run().inputs == 7
    assert light_run(source, destination, limit=7).run().inputs == 0
    assert light_run(source, destination).run().inputs == 5
    assert list(verify(open_store(str(destination)))) == []


def test_two_drivers_at_once_read_each_input_once(tmp_path: Path) -> None:
    source, destination = receipts(tmp_path / "in", 60), tmp_path / "out"
    light_run(source, tmp_path / "alone").run()
    runs = [light_run(source, destination, lease=0.5) for _ in range(2)]
    for one in runs:
        one.pause = 0.02
    threads = [threading.Thread(target=one.run) for one in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert table(destination) == table(tmp_path / "alone")
    assert list(verify(open_store(str(destination)))) == []


def test_killed_again_and_again_it_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    source, destination = receipts(tmp_path / "in", 200), tmp_path / "out"
    light_run(source, tmp_path / "unbroken").run()
    chance = random.Random(1)
    # Children of a process that has everything imported begin to work at once.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.batch.preloaded"])
    drivers: list[Any] = []
    committed = []

    def parts() -> int:
        return len(list(destination.glob("documents/*.parquet")))

    for _ in range(20):
        while len(drivers) < 2:
            drivers.append(context.Process(target=drive, args=(source, destination, 0.05)))
            drivers[-1].start()
        # Mostly after a commit, however slow the machine is; sometimes before there can be one.
        before = parts()
        end = time.monotonic() + chance.choice((0.05, 0.2, PATIENCE, PATIENCE))
        while parts() == before < 40 and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.05))
        killed = drivers.pop(chance.randrange(2))
        killed.kill()
        killed.join()
        committed.append(parts())
    drivers[0].kill()
    drivers[0].join()
    # They were killed while there was work.
    assert committed[0] < 40
    assert len(set(committed)) > 5
    light_run(source, destination, lease=0.1).run()
    assert table(destination) == table(tmp_path / "unbroken")
    assert list(verify(open_store(str(destination)))) == []
    assert parts() == 40


def test_rows_of_a_part_that_was_interrupted_are_not_read_again(tmp_path: Path) -> None:
    source, destination = receipts(tmp_path / "in", 200), tmp_path / "out"
    light_run(source, tmp_path / "unbroken", part_size=200).run()
    first = light_run(source, destination, part_size=200)
    first.run(lambda _: first.cancel.set() if first.progress.inputs == 15 else None)
    # Those that were already begun are finished.
    assert 15 <= first.progress.inputs < 150
    assert not list(destination.glob("documents/*.parquet"))
    second = light_run(source, destination, part_size=200).run()
    assert first.progress.inputs + second.inputs == 200
    assert table(destination) == table(tmp_path / "unbroken")
    assert not list(destination.glob("_batch/partial/**/*.parquet"))


def test_a_source_without_inputs_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("no receipt")
    with pytest.raises(ImageEmpty, match="no pictures or PDFs"):
        light_run(tmp_path / "in", tmp_path / "out").run()


def test_names_in_archives_lead_nowhere_else(tmp_path: Path) -> None:
    long = "x" * 300
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("../../evil.jpg", "/etc/evil.jpg", "b\\..\\c.jpg", f"{long}.jpg", f"{long}y.jpg"):
            archive.writestr(name, b"receipt")
    run = light_run(tmp_path / "a.zip", tmp_path / "deep" / "out")

    class Filing(LightRun):
        reading = staticmethod(lambda uri, data: row(uri, data)._replace(files={"text": uri.encode()}))

    run.__class__ = Filing
    run._job = run._job._replace(formats=("text",))
    assert run.run().codes == {"read": 5}
    files = {path for path in tmp_path.rglob("*.txt") if path.is_file()}
    assert len(files) == 5
    assert all(path.resolve().is_relative_to(tmp_path / "deep" / "out" / "text" / "a.zip") for path in files)


def test_a_damaged_file_is_named_and_read_again_once_it_is_removed(tmp_path: Path) -> None:
    source, destination = receipts(tmp_path / "in", 4), tmp_path / "out"
    light_run(source, destination).run()
    rows = table(destination)
    (file,) = (destination / "documents").iterdir()
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(OutputFailed, match="is damaged"):
        light_run(source, destination, rerun="failed").run()
    file.unlink()
    assert light_run(source, destination).run().codes == {"read": 4}
    assert table(destination) == rows


def test_a_destination_can_be_inside_of_the_source_and_not_the_source(tmp_path: Path) -> None:
    source = receipts(tmp_path / "in", 3)
    with pytest.raises(BadConfiguration, match="the destination as well"):
        light_run(source, source)
    assert light_run(source, source / "out").run().inputs == 3
    assert light_run(source, source / "out").run().findings.skipped.count == 0
