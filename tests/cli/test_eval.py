"""`ocr eval` and the evaluation behind it, with the tiny models that read bars."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from ocr.cli import evaluation_table, main
from ocr.datasets import LineAnnotation, Sample, open_dataset
from ocr.datasets.receipt_truth import ReceiptTruth
from ocr.errors import ImageDecodeFailed, ModelInvalid
from ocr.metrics import EvaluationFailure, ImageReport, Prediction, Reading, saved
from ocr.metrics.breakdown import TRAITS, breakdown
from ocr.metrics.evaluate import evaluate
from ocr.receipt import Field, Receipt


def box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def sample(name: str, *texts: str | None) -> Sample:
    lines = tuple(
        LineAnnotation(box(10, 10 + 20 * k, 110, 25 + 20 * k), text) for k, text in enumerate(texts)
    )
    return Sample(None, lines, name=name, image=np.zeros((200, 200, 3), np.uint8))


def echo(found: Sample) -> Reading:
    """A reader that is always right."""
    lines = tuple(Prediction(line.polygon, line.text or "?") for line in found.lines)
    return Reading(lines, 200, 200)


def test_a_perfect_reader_gets_everything() -> None:
    report = evaluate([sample("a", "TOTAL", "12.90"), sample("b", "x", None)], echo)
    assert report.cleval_end_to_end is not None
    assert report.lines is not None
    assert report.tokens is not None
    scores = (report.cleval_detection, report.cleval_end_to_end, report.iou, report.tokens.score)
    assert [score.hmean for score in scores] == [
        1,
        1,
        1,
        1,
    ]  # what it read on the unreadable line is left out
    assert report.lines.line_recall == 1
    assert report.lines.matched.cer == 0
    assert [image.sample.name for image in report.images] == ["a", "b"]
    assert report.median_seconds > 0


def test_there_are_no_error_rates_where_nothing_matched(capsys: pytest.CaptureFixture[str]) -> None:
    samples = [sample("a", "TOTAL", "12.90"), sample("b", "x")]
    blind = evaluate(samples, lambda found: Reading((), 200, 200))
    evaluation_table.show(blind, blind.images)
    told = capsys.readouterr().out
    assert "none of 3 matched" in told
    assert "WER" not in told
    assert "ECE" not in told
    half = evaluate(samples, lambda found: echo(found) if found.name == "a" else Reading((), 200, 200))
    parts = breakdown(half.images, [dict.fromkeys(TRAITS, k) for k in (1.0, 2.0)], parts=2)
    assert parts[0].figures["CER of matched lines"] == 0
    assert "CER of matched lines" not in parts[1].figures
    evaluation_table.show_parts(parts[:2])
    assert "–" in capsys.readouterr().out


def test_letter_case_counts_in_the_cased_figures_alone() -> None:
    def read(found: Sample) -> Reading:
        return Reading(tuple(Prediction(p.polygon, p.text.lower()) for p in echo(found).lines), 200, 200)

    report = evaluate([sample("a", "TOTAL", "12.90")], read)
    assert report.cleval_end_to_end is not None
    assert report.cleval_end_to_end_cased is not None
    assert report.lines is not None
    assert report.lines_cased is not None
    assert report.cleval_end_to_end.hmean == report.lines.line_recall == 1
    assert report.cleval_end_to_end_cased.hmean == report.lines_cased.line_recall == 0.5


def test_a_reader_that_finds_nothing_gets_nothing() -> None:
    report = evaluate([sample("a", "TOTAL")], lambda s: Reading((), 200, 200))
    assert report.cleval_end_to_end is not None
    assert report.tokens is not None
    assert report.cleval_detection.hmean == report.iou.hmean == report.tokens.f1 == 0
    assert report.cleval_end_to_end.hmean == 0


def test_figures_are_the_same_with_many_workers_and_in_order() -> None:
    samples = [sample(str(k), *("TOTAL", "12.90", "x")[: k % 4]) for k in range(20)]

    def half(found: Sample) -> Reading:
        return Reading(echo(found).lines[: len(found.lines) // 2], 200, 200)

    seen: list[str] = []

    def note(outcome: ImageReport | EvaluationFailure) -> None:
        seen.append(outcome.sample.name if isinstance(outcome, ImageReport) else outcome.name)

    one, many = evaluate(samples, half), evaluate(samples, half, workers=4, on_outcome=note)
    assert seen == [s.name for s in samples]
    timeless = [{k: v for k, v in i.to_dict().items() if k != "seconds"} for i in one.images]
    assert [{k: v for k, v in i.to_dict().items() if k != "seconds"} for i in many.images] == timeless
    assert one.cleval_detection == many.cleval_detection


def test_the_worst_pictures_come_first() -> None:
    def read(found: Sample) -> Reading:
        return Reading(() if found.name == "bad" else echo(found).lines, 200, 200)

    report = evaluate([sample("good", "x"), sample("bad", "x"), sample("fine", "x")], read)
    assert [image.sample.name for image in report.worst(2)] == ["bad", "fine"]


def test_a_picture_that_fails_is_named_and_the_others_are_measured() -> None:
    def read(found: Sample) -> Reading:
        if found.name == "broken":
            raise ImageDecodeFailed("it ends early")
        if found.name == "odd":
            raise ZeroDivisionError("defect")
        return echo(found)

    report = evaluate([sample("broken", "x"), sample("a", "x"), sample("odd", "x")], read)
    assert [image.sample.name for image in report.images] == ["a"]
    assert [failure.to_dict()["name"] for failure in report.failures] == ["broken", "odd"]
    assert [failure.error.code for failure in report.failures] == ["image_decode_failed", "internal_error"]
    assert "ZeroDivisionError" in str(report.failures[1].error)
    assert report.cleval_detection.hmean == 1


def test_a_bad_model_ends_the_evaluation() -> None:
    def read(found: Sample) -> Reading:
        raise ModelInvalid("no model")

    with pytest.raises(ModelInvalid):
        evaluate([sample("a", "x")], read)


def test_dropped_annotations_are_counted_by_reason() -> None:
    far = Sample(None, (LineAnnotation(box(900, 0, 990, 20), "x"),), name="a", drops=("too_few_points",))
    report = evaluate([far], lambda s: Reading((), 200, 200))
    assert dict(report.drops) == {"outside": 1, "too_few_points": 1}


def test_detection_alone_has_no_text_figures() -> None:
    report = evaluate([sample("a", "x")], echo, texts=False)
    assert report.cleval_end_to_end is report.lines is report.tokens is None
    image = report.to_dict()["per_image"][0]
    assert set(image) == {
        *("name", "seconds", "cleval_detection", "iou"),
        *("width", "height", "truths", "predictions"),
    }
    assert image["truths"] == [{"polygon": [[10, 10], [110, 10], [110, 25], [10, 25]], "text": "x"}]
    json.dumps(report.to_dict(), allow_nan=False)


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """Two pages of bars with right annotations and one file that is no picture."""
    from tests.models_for_tests import ROWS, receipt_like

    folder = tmp_path / "bars"
    (folder / "images").mkdir(parents=True)
    (folder / "boxes").mkdir()
    lines = "".join(
        f"40,{40 + 60 * k},{28 + 24 * len(row)},{40 + 60 * k},{28 + 24 * len(row)},{72 + 60 * k},"
        f"40,{72 + 60 * k},{row}\n"
        for k, row in enumerate(ROWS)
    )
    for name in ("one", "two"):
        cv2.imwrite(str(folder / "images" / f"{name}.png"), receipt_like())
        (folder / "boxes" / f"{name}.txt").write_text(lines)
    return folder


class Told(NamedTuple):
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Told]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Calls ``ocr eval`` in this process."""

    def call(*arguments: object) -> Told:
        status = exit_status("eval", *map(str, arguments))
        return Told(int(str(status or 0)), *capfd.readouterr())

    return call


def test_command_prints_writes_and_draws(
    run: Run, bars: Path, models: tuple[Path, Path], tmp_path: Path
) -> None:
    given = ("--detection", models[0], "--recognition", models[1])
    done = run(
        bars,
        *given,
        "--json",
        tmp_path / "out.json",
        "--draw",
        tmp_path / "worst",
        "--worst",
        1,
        "--by-trait",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for label in ("CLEval detection", "CLEval end to end", "IoU 0.5", "tokens", "CER", "2 read, 0 failed"):
        assert label in done.stdout
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["schema"] == "ocr.metrics.evaluation/1"
    assert found["images"] == 2
    assert found["cleval_detection"]["recall"] == 1
    assert [image["name"] for image in found["per_image"]] == ["one", "two"]
    assert found["per_image"][0]["cleval_detection"] == found["cleval_detection"]
    assert "lost     no lines" in done.stdout
    assert found["causes"] == {}
    assert found["per_image"][0]["misses"] == []
    assert "text height" in done.stdout
    parts = json.loads((tmp_path / "out.json").read_text("utf-8"))["by_trait"]
    assert {part["trait"] for part in parts} == {"text height", "contrast", "skew"}
    assert [file.name for file in (tmp_path / "worst").iterdir()] == ["01-one.jpg"]
    drawn = cv2.imread(str(tmp_path / "worst" / "01-one.jpg"))
    assert drawn.shape == (240, 320, 3)
    blue, green, red = (drawn[..., k].astype(int) for k in range(3))
    assert ((red - green > 80) & (red - blue > 80)).any(), "no prediction in red"
    assert ((green - red > 40) & (green - blue > 40)).any(), "no truth in green"


def test_command_says_why_lines_were_lost(
    run: Run, bars: Path, models: tuple[Path, Path], tmp_path: Path
) -> None:
    # A line that nobody printed, and one whose text is another one.
    annotation = bars / "boxes" / "one.txt"
    lines = annotation.read_text().splitlines()
    lines[0] = lines[0].rpartition(",")[0] + ",SOMETHING ELSE"
    annotation.write_text("\n".join([*lines, "200,200,300,200,300,230,200,230,GHOST"]) + "\n")
    given = (bars, "--detection", models[0], "--recognition", models[1], "--json", tmp_path / "out.json")
    done = run(*given)
    assert done.returncode == 0, done.stderr
    assert "lost     2 lines: probability 1, decoder 1" in done.stdout
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["causes"] == {"probability": 1, "decoder": 1}
    wrong, ghost = found["per_image"][0]["misses"]
    assert (wrong["line"], wrong["cause"], wrong["prediction"]) == (0, "decoder", 0)
    assert (ghost["line"], ghost["cause"], ghost["prediction"]) == (len(lines), "probability", None)
    assert found["per_image"][0]["truths"][ghost["line"]]["text"] == "GHOST"
    done = run(*given, "--no-why")
    assert "lost " not in done.stdout
    assert "causes" not in json.loads((tmp_path / "out.json").read_text())


def test_command_names_broken_pictures_and_measures_the_rest(
    run: Run, bars: Path, models: tuple[Path, Path]
) -> None:
    (bars / "images" / "one.png").write_bytes(b"no picture at all")
    given = ("--detection", models[0], "--recognition", models[1], "--workers", 2)
    done = run(bars, *given)
    assert done.returncode == 4
    assert "unsupported_media_type" in done.stderr
    assert "one" in done.stderr
    assert "1 read, 1 failed" in done.stdout
    (bars / "boxes" / "two.txt").write_text("1,2,3\n")
    done = run(bars, *given)
    assert done.returncode == 3
    assert "two.txt, line 1" in done.stderr


def test_command_measures_detection_alone_on_the_first_pictures(
    run: Run, bars: Path, models: tuple[Path, Path]
) -> None:
    done = run(bars, "--detection", models[0], "--recognition", models[1], "--detection-only", "--limit", 1)
    assert done.returncode == 0, done.stderr
    assert "CLEval detection" in done.stdout
    assert "CLEval end to end  " not in done.stdout.split("worst images")[0]
    assert "1 read" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["nowhere"], 3, "input_not_found"),
        ([".", "--format", "sroi"], 2, "'sroie'"),
        ([".", "--limit", "0"], 2, "limit"),
    ],
)
def test_command_refuses_what_it_cannot_measure(
    run: Run, tmp_path: Path, models: tuple[Path, Path], arguments: list[str], status: int, text: str
) -> None:
    where = str(tmp_path / arguments[0])
    done = run(where, *arguments[1:], "--detection", models[0], "--recognition", models[1])
    assert done.returncode == status, done.stderr
    assert text in done.stderr


def test_real_receipts_against_themselves(shared_data: Path) -> None:
    def read(found: Sample) -> Reading:
        image = found.load()
        return Reading(echo(found).lines, image.shape[1], image.shape[0])

    dataset = open_dataset(shared_data / "data" / "sroie" / "val")
    assert len(dataset) == 60
    report = evaluate(dataset[:5], read)
    assert not report.failures
    assert report.iou.hmean == 1
    assert report.tokens is not None
    assert report.tokens.f1 == 1
    assert report.cleval_detection.hmean > 0.99


def exit_status(*arguments: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def test_words_measure_the_fields_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quad = [[10, 10], [60, 10], [60, 26], [10, 26]]
    words = [
        {"text": "9.00", "quad": quad, "category": "total.total_price", "group": 1, "key": False, "line": 1}
    ]
    file = tmp_path / "words.jsonl"
    file.write_text(json.dumps({"id": "a", "width": 100, "height": 50, "words": words}))
    out = tmp_path / "figures.json"
    assert exit_status("eval", str(file), "--words", "--json", str(out)) == 0
    printed = capsys.readouterr().out
    assert "all fields (micro)" in printed
    assert "CLEval" not in printed
    found = json.loads(out.read_text())
    assert "cleval_detection" not in found
    assert found["fields"]["by_name"]["total"]["truths"] == 1
    assert found["fields"]["checks"]["receipts"] == 1
    assert found["per_image"][0]["fields"]["values"][-1]["truth"] == ["9.00"]
    assert saved.loads(out.read_text()).figures == {"field F1": found["fields"]["f1"]}


def test_words_are_wanted_where_there_are_no_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "words.jsonl"
    file.write_text(json.dumps({"id": "a", "width": 100, "height": 50, "words": []}))
    assert exit_status("eval", str(file)) == 2
    assert "--words" in capsys.readouterr().err
    assert exit_status("eval", str(file), "--words", "--detection-only") == 2


def test_fields_are_measured_beside_the_lines() -> None:
    given = replace(sample("a", "TOTAL", "12.90"), receipt=ReceiptTruth({"total": (Decimal("12.90"),)}))

    def read(found: Sample) -> Reading:
        receipt = Receipt(total=Field(Decimal("12.9"), "12.90", 0.8))
        return replace(echo(found), receipts=(receipt,))

    report = evaluate([given], read)
    assert report.fields is not None
    assert report.fields.by_name["total"].score.hmean == 1
    assert report.iou is not None
    assert report.images[0].fields is not None


def test_lines_that_are_not_annotated_are_not_measured() -> None:
    given = replace(sample("a"), receipt=ReceiptTruth(item_count=1), lines_annotated=False)
    report = evaluate([given], lambda found: Reading((Prediction(box(0, 0, 9, 9), "x"),), 200, 200, ()))
    assert report.cleval_detection is report.iou is report.lines is None
    assert report.fields is not None
    assert report.worst(1)[0].rank == (0.0, 0.0)
