"""Measuring: times and shares that add up, other readers in processes of their own, memory and cold start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ocr import cli
from ocr.bench import peers, process, speed
from ocr.bench.pictures import drawn
from ocr.datasets import LineAnnotation, Sample
from ocr.errors import OcrError
from ocr.pipeline.reader import Reader
from ocr.runtime import timing
from tests.models_for_tests import ROWS, receipt_like
from tests.pictures import encoded

#: Speaks as `ocr.bench.peer_worker` does; reads every picture alike, fails on one and ends on another.
OTHER = """
import json, sys
if sys.argv[1] == "tesseract":
    print(json.dumps({"missing": "no such program"})); sys.exit()
print(json.dumps({"ready": "9.9 " + " ".join(sys.argv[1:])}), flush=True)
for line in sys.stdin:
    path = json.loads(line)
    if "bad" in path:
        print(json.dumps({"error": "too bad"}), flush=True)
    elif "end" in path:
        break
    else:
        lines = [[[[40, 40], [150, 40], [150, 72], [40, 72]], "mmimm", 0.5]]
        print(json.dumps({"seconds": 0.25, "cpu": 0.5, "lines": lines}), flush=True)
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    path.write_bytes(encoded(receipt_like(), "PNG"))
    return path


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[peers.Peer]:
    script = tmp_path / "other.py"
    script.write_text(OTHER, "utf-8")
    monkeypatch.setattr(peers.peer_worker, "__file__", str(script))
    with peers.Peer("rapidocr", threads=3) as peer:
        yield peer


def sample(path: Path, *, known: bool = True) -> Sample:
    lines = []
    for k, row in enumerate(ROWS if known else ()):
        x1, y0 = 40 + 24 * len(row) - 12, 40 + 60 * k
        corners = np.array([[40, y0], [x1, y0], [x1, y0 + 32], [40, y0 + 32]], np.float32)
        lines.append(LineAnnotation(corners, row))
    return Sample(image_path=path, lines=tuple(lines), name=path.name)


def test_times_shares_and_accuracy_of_our_reader(reader: Reader, page: Path) -> None:
    seen: list[None] = []
    found = speed.measure([sample(page)], reader, rounds=3, on_picture=lambda: seen.append(None))
    (own,) = found.timings
    assert len(own.seconds) == len(own.cpu) == len(seen) == 3
    assert min(own.seconds) <= own.median <= own.p95 == max(own.seconds)
    assert list(found.stages) == [*timing.ORDER, "rest"]
    assert sum(found.stages.values()) == pytest.approx(1)
    assert found.together > 0
    report = found.reports["ocr"]
    assert report.cleval_end_to_end is not None
    assert report.cleval_end_to_end.hmean == 1
    assert "median_seconds" not in found.to_dict()["accuracy"]["ocr"]


def test_the_95th_percentile_is_a_time_that_was_measured() -> None:
    timing = speed.Timing("x", "1", tuple(float(k) for k in range(1, 41)), ())
    assert timing.p95 == 38
    assert speed.Timing("x", "1", (), ()).to_dict()["p95_seconds"] == 0


def test_another_reader_is_measured_beside_ours(reader: Reader, page: Path, other: peers.Peer) -> None:
    bad = page.with_name("bad.png")
    bad.write_bytes(page.read_bytes())
    found = speed.measure([sample(page), sample(bad)], reader, [other])
    own, peer = found.timings
    assert peer.version == "9.9 rapidocr 3"
    assert (peer.median, peer.median_cpu, len(peer.seconds)) == (0.25, 0.5, 1)
    assert [name for name, _ in peer.failures] == ["bad.png"]
    assert "too bad" in peer.failures[0][1]
    assert own.failures == ()
    told = found.to_dict()
    assert told["times_slower"]["rapidocr"]["median"] == pytest.approx(0.25 / own.median)
    lines = found.reports["rapidocr"].lines
    assert lines is not None
    assert (lines.matched.lines, lines.truths) == (1, 3)
    assert [failure.name for failure in found.reports["rapidocr"].failures] == ["bad.png"]


def test_a_reader_that_is_not_there_or_ends_is_an_error_that_says_so(page: Path, other: peers.Peer) -> None:
    with pytest.raises(peers.PeerUnavailable, match="no such program"):
        peers.Peer("tesseract")
    with pytest.raises(peers.PeerUnavailable, match="cannot be started"):
        peers.Peer("tesseract", python=str(page.with_name("no-python")))
    for _ in range(2):
        with pytest.raises(OcrError, match="ended"):
            other.read(page.with_name("end.png"))


def test_a_cold_start_and_memory_are_measured_in_processes_of_their_own(
    models: tuple[Path, Path], page: Path
) -> None:
    chosen = {"detection": str(models[0]), "recognition": str(models[1]), "threads": 1}
    assert 0.05 < process.cold_start(page, chosen, tries=1) < 120
    found = process.memory([page], chosen, settle=2, more=2)
    assert 20e6 < found.idle <= found.peak
    assert found.settled <= found.peak
    assert found.growth == pytest.approx(found.after / found.settled - 1)
    with pytest.raises(OcrError, match="no file"):
        process.cold_start(page.with_name("absent.png"), chosen, tries=1)


def test_the_command_tells_the_same_as_the_library(
    models: tuple[Path, Path], page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ["--detection", str(models[0]), "--recognition", str(models[1]), "--threads", "1", "--no-cold"]
    with pytest.raises(SystemExit) as ending:
        cli.main(["bench", str(page), *chosen, "--json"])
    assert not ending.value.code
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "ocr.bench/1"
    assert (told["threads"], told["backends"]) == (1, ["onnx", "onnx"])
    assert told["readers"]["ocr"]["pictures"] == 1
    assert told["accuracy"] == {}
    with pytest.raises(SystemExit) as ending:
        cli.main(["bench", *chosen, "--limit", "2"])
    assert not ending.value.code
    assert "detection network" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ending:
        cli.main(["bench", "--peers"])
    assert ending.value.code == 2


def test_drawn_receipts_are_always_the_same() -> None:
    one, other = drawn(2), drawn(2)
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first.load(), second.load())
