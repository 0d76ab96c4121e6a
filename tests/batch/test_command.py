"""``ocr batch`` as a user runs it, with the shipped models and the example receipts."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tarfile
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import ocr
from ocr.cli import main
from tests.batch.light import table
from tests.models_for_tests import receipt_like
from tests.pictures import encoded
from tests.waiting import PATIENCE, until

pytest.importorskip("pyarrow")
OPTIONS = ("--workers", "2", "--formats", "text,pdf", "--mask", "phone")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    errors: str


def _ocr(capfd: pytest.CaptureFixture[str], *arguments: object) -> Ended:
    """Call a command in this process."""
    with pytest.raises(SystemExit) as ending:
        main(list(map(str, arguments)))
    return Ended(int(ending.value.code or 0), *capfd.readouterr())


class Batch(NamedTuple):
    """A source, its destination and the run that made it."""

    source: Path
    destination: Path
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """A folder with a picture, a PDF, two archives and a damaged picture, read once."""
    from PIL import Image

    source = tmp_path_factory.mktemp("source")
    (source / "german.jpg").write_bytes((EXAMPLES / "german.jpg").read_bytes())
    (source / "damaged.jpg").write_bytes((EXAMPLES / "german.jpg").read_bytes()[:3000])
    with zipfile.ZipFile(source / "more.zip", "w") as archive:
        archive.write(EXAMPLES / "matrix.jpg", "2024/matrix.jpg")
    with tarfile.open(source / "photos.tar.gz", "w:gz") as archive_tar:
        archive_tar.add(EXAMPLES / "photo.jpg", "photo.jpg")
    Image.open(EXAMPLES / "scan.jpg").save(source / "scan.pdf", resolution=200)
    destination = tmp_path_factory.mktemp("out") / "results"
    command = [sys.executable, "-m", "ocr", "batch", str(source), str(destination), *OPTIONS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Batch(source, destination, done)


def test_every_input_is_a_row_and_a_failed_one_says_why(batch: Batch) -> None:
    assert batch.done.returncode == 4
    assert "image_decode_failed" in batch.done.stderr
    rows = table(batch.destination)
    root = f"file://{batch.source}/"
    assert [one["uri"].removeprefix(root) for one in rows] == [
        *("damaged.jpg", "german.jpg", "more.zip!/2024/matrix.jpg", "photos.tar.gz!/photo.jpg", "scan.pdf"),
    ]
    assert [one["status"] for one in rows] == ["failed", "read", "read", "read", "read"]
    assert rows[0]["code"] == "image_decode_failed"
    assert rows[0]["document"] is None


def test_documents_and_columns_are_those_of_ocr_read(batch: Batch) -> None:
    row = table(batch.destination)[1]
    document = ocr.read(batch.source / "german.jpg", mask="phone")
    found = json.loads(row["document"])
    assert found.pop("source") == row["uri"]
    assert found == {key: value for key, value in document.to_dict().items() if key != "source"}
    receipt = document.receipts[0]
    assert receipt.date is not None
    assert receipt.total is not None
    assert (row["receipts"], row["date"], row["total"]) == (1, receipt.date.value, receipt.total.value)
    assert [item["amount"] for item in row["items"]] == [
        None if item.amount is None else item.amount.value for item in receipt.items
    ]


def test_further_formats_lie_beside(batch: Batch) -> None:
    names = sorted(str(path.relative_to(batch.destination)) for path in batch.destination.rglob("*.jpg.*"))
    assert names == [
        *("pdf/german.jpg.pdf", "pdf/more.zip/2024/matrix.jpg.pdf", "pdf/photos.tar.gz/photo.jpg.pdf"),
        *("text/german.jpg.txt", "text/more.zip/2024/matrix.jpg.txt", "text/photos.tar.gz/photo.jpg.txt"),
    ]
    assert (batch.destination / "pdf" / "german.jpg.pdf").read_bytes().startswith(b"%PDF")


def test_duckdb_polars_and_pandas_open_the_results(batch: Batch) -> None:
    duckdb, polars, pandas = map(pytest.importorskip, ("duckdb", "polars", "pandas"))
    files = str(batch.destination / "documents" / "*.parquet")
    kinds = dict(
        duckdb.sql(f"select column_name, column_type from (describe select * from '{files}')").fetchall()
    )
    assert kinds["date"] == "DATE"
    assert kinds["total"] == "DECIMAL(18,4)"
    assert kinds["items"].startswith("STRUCT(")
    assert kinds["items"].endswith("[]")
    expected = sum((one["total"] for one in table(batch.destination) if one["total"] is not None), Decimal(0))
    assert expected > 0
    assert duckdb.sql(f"select sum(total) from '{files}'").fetchall() == [(expected,)]
    amounts = duckdb.sql(f"select i.amount from (select unnest(items) as i from '{files}')").fetchall()
    assert len(amounts) == sum(len(one["items"] or ()) for one in table(batch.destination))
    frame = polars.read_parquet(files)
    assert frame.schema["date"] == polars.Date
    assert frame["total"].sum() == expected
    (file,) = (batch.destination / "documents").glob("*.parquet")
    assert sum(pandas.read_parquet(file)["total"].dropna()) == expected


def test_a_second_run_has_nothing_to_do_and_both_looks_are_good(
    batch: Batch, capfd: pytest.CaptureFixture[str]
) -> None:
    status, _, errors = _ocr(capfd, "batch", batch.source, batch.destination, *OPTIONS)
    assert (status, "0 inputs" in errors) == (0, True)
    shown = json.loads(_ocr(capfd, "batch", "show", batch.destination, "--json").out)
    assert shown["codes"] == {"image_decode_failed": 1, "read": 4}
    assert shown["inputs"] == shown["rows"] == 5
    assert "image_decode_failed" in _ocr(capfd, "batch", "show", batch.destination).out
    assert _ocr(capfd, "batch", "verify", batch.destination)[:2] == (0, "ok\n")


def test_verify_names_what_is_wrong(batch: Batch, tmp_path: Path) -> None:
    import shutil

    from ocr.batch.places import open_store
    from ocr.batch.verify import verify

    def kinds(destination: Path) -> list[str]:
        return [one.kind for one in verify(open_store(str(destination)))]

    def copied(name: str) -> tuple[Path, Path]:
        shutil.copytree(batch.destination, tmp_path / name)
        (file,) = (tmp_path / name / "documents").glob("*.parquet")
        return tmp_path / name, file

    def rewritten(name: str, change: Any) -> Path:
        import pyarrow.parquet as pq

        destination, file = copied(name)
        pq.write_table(change(pq.read_table(file)), file)
        return destination

    destination, file = copied("missing")
    file.rename(file.with_name("99999999-000000000000.parquet"))
    assert kinds(destination) == ["missing", "foreign"]
    destination, file = copied("damaged")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(bytes(content))
    assert kinds(destination) == ["damaged"]
    assert "rows" in kinds(rewritten("fewer", lambda one: one.slice(1)))
    assert "rows" in kinds(rewritten("twice", lambda one: __import__("pyarrow").concat_tables([one, one])))

    def other_hash(one: Any) -> Any:
        import pyarrow as pa

        hashes = [None if value is None else "0" * 64 for value in one["sha256"].to_pylist()]
        return one.set_column(1, one.schema.field(1), pa.array(hashes))

    assert kinds(rewritten("hash", other_hash)) == ["hash"] * 5


def test_wrong_use_is_told_as_everywhere(
    batch: Batch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, destination = batch.source, batch.destination
    for arguments, status, words in (
        ((source, destination, "--workers", "0"), 2, "bad_configuration: workers is 0"),
        ((source, destination, "--rerun", "fialed"), 2, "did you mean 'failed'"),
        ((source, destination), 2, "was read with another options mask"),
        ((tmp_path / "missing", tmp_path / "out"), 3, "input_not_found"),
        (("show", tmp_path / "empty"), 3, "holds no batch"),
        ((source, source / "german.jpg"), 6, "output_failed"),
        (("s4://x/y", tmp_path), 2, "bad_configuration"),
    ):
        done = _ocr(capfd, "batch", *arguments)
        assert (done.status, words in done.errors) == (status, True), (arguments, done.errors)


def test_the_help_is_that_of_reading_and_names_the_other_commands(capfd: pytest.CaptureFixture[str]) -> None:
    for arguments in (("batch", "--help"), ("batch",)):
        done = _ocr(capfd, *arguments)
        words = " ".join(done.out.split())
        assert "Usage: ocr batch [OPTIONS]" in words
        assert all(word in words for word in ("SOURCE", "--worker-memory", "verify Check that every input"))


def test_a_signal_lets_the_run_end_cleanly_and_the_next_goes_on(
    tmp_path: Path, models: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    source, destination = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for number in range(60):
        (source / f"{number}.png").write_bytes(encoded(receipt_like(), "PNG"))
    arguments = ["batch", str(source), str(destination), "--workers", "1", "--part-size", "3"]
    arguments += ["--detection", str(models[0]), "--recognition", str(models[1])]
    process = subprocess.Popen([sys.executable, "-m", "ocr", *arguments], stderr=subprocess.PIPE, text=True)
    until(lambda: process.poll() is not None or list(destination.glob("documents/*.parquet")), pause=0.005)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 143
    assert "interrupted" in errors
    assert 0 < len(table(destination)) < 60
    assert not list(destination.glob("_batch/claims/*"))
    assert _ocr(capfd, *arguments).status == 0
    rows = table(destination)
    assert len(rows) == 60
    assert len({one["document"].replace(one["uri"], "") for one in rows}) == 1


def test_an_estimate_writes_nothing(
    tmp_path: Path, models: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.png").write_bytes(encoded(receipt_like(), "PNG"))
    chosen = ("--detection", models[0], "--recognition", models[1], "--price", "0.05")
    done = _ocr(capfd, "batch", tmp_path, tmp_path / "out", "--estimate", "--json", *chosen)
    found = json.loads(done.out)
    assert (found["inputs"], found["sample"], found["failed"]) == (1, 1, 0)
    assert found["cost_a_million"] == pytest.approx(found["core_seconds"] / 3600 * 1e6 * 0.05)
    assert not (tmp_path / "out").exists()
