"""The models in the package: what they are, and how they read the committed examples and real receipts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from difflib import SequenceMatcher
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from ocr import Reader, ReadOptions
from ocr.datasets import open_dataset
from ocr.engine.catalogue import shipped_slots
from ocr.engine.model_file import ModelFile
from ocr.errors import MissingExtra
from ocr.metrics import Prediction, Reading
from ocr.metrics.evaluate import evaluate
from ocr.metrics.evaluation import contradictions
from ocr.pipeline.page import _CONFIDENT

EXAMPLES = Path(__file__).parent.parent / "examples"
GOLDEN = Path(__file__).parent / "golden"
NAMES = ("scan", "photo", "german", "matrix")


@pytest.fixture(scope="module")
def shipped() -> Reader:
    return Reader(threads=1)


def reading(reader: Reader):
    def read(sample) -> Reading:
        page = reader.read(sample.image_path).pages[0]
        lines = tuple(Prediction(line.polygon, line.text, line.confidence) for line in page.lines)
        return Reading(lines, page.width, page.height)

    return read


def test_the_models_fit_the_package():
    sizes = {task: len(ModelFile.shipped(task).data) for task in shipped_slots()}
    assert sum(sizes.values()) <= 16_000_000, sizes


@pytest.mark.parametrize("task", ["detection", "recognition"])
def test_a_model_says_where_it_comes_from(task):
    model = ModelFile.shipped(task)
    provenance = model.info["provenance"]
    assert provenance["steps"] > 100
    assert provenance["commit"] != "unknown"
    # Nothing of the machine that trained it: every path in the settings is relative.
    assert '": "/' not in str(provenance).replace("'", '"')
    card = (resources.files("ocr") / "weights" / f"{task}.md").read_text("utf-8")
    for fact in ("SROIE", "CC BY 4.0", "Apache-2.0", model.sha256, "training-the-shipped-models"):
        assert fact in card
    for value in model.info["figures"].values():
        if isinstance(value, float):
            assert f"{value:.4g}" in card


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_read_as_they_did(shipped, name):
    text = shipped.read(EXAMPLES / f"{name}.jpg").text
    golden = (GOLDEN / f"{name}.txt").read_text("utf-8")
    # Another processor rounds otherwise: a letter on the edge may tip over, a line may not.
    assert SequenceMatcher(None, text.split("\n"), golden.rstrip("\n").split("\n")).ratio() > 0.9
    assert SequenceMatcher(None, text, golden.rstrip("\n"), autojunk=False).ratio() > 0.99


def test_the_examples_are_read_right(shipped):
    samples = [open_dataset(EXAMPLES / f"{name}.json")[0] for name in NAMES]
    report = evaluate(samples, reading(shipped))
    assert not report.failures
    assert report.iou.hmean > 0.95
    assert report.cleval_end_to_end is not None
    assert report.cleval_end_to_end.hmean > 0.95


def test_a_korean_receipt_is_read_without_being_told(shipped):
    receipts = pytest.importorskip("ocr.datasets.synthetic.receipts")
    try:
        made = receipts.SyntheticReceipts(
            7, 1, "validation", fixed=receipts.Fixed("scan", "thermal", "ko_KR")
        )
    except MissingExtra as error:
        pytest.skip(str(error))
    sample = made[0]
    text = shipped.read(sample.load()).text
    truth, read = (
        Counter(c for c in t if "가" <= c <= "힣") for t in ("".join(x.text for x in sample.lines), text)
    )
    assert truth.total() > 30
    assert (truth & read).total() > 0.85 * truth.total()


def test_the_floor_on_real_receipts_of_unseen_stores(shipped, shared_data):
    samples = open_dataset(shared_data / "data" / "sroie" / "val")[::5]
    report = evaluate(samples, reading(shipped))
    assert len(report.images) == 12
    assert not report.failures
    assert report.cleval_detection.hmean >= 0.975
    assert report.iou.hmean >= 0.925
    assert report.cleval_end_to_end is not None
    assert report.cleval_end_to_end.hmean >= 0.85
    assert report.tokens is not None
    assert report.tokens.f1 >= 0.55


def test_a_page_without_text_is_an_empty_document(shipped):
    document = shipped.read(np.full((600, 400, 3), 240, np.uint8))
    assert document.pages[0].lines == ()
    assert document.text == ""


def test_a_region_that_misses_the_score_is_kept_where_it_reads_surely(shipped):
    page = EXAMPLES / "scan.jpg"
    # Between two scores: the regions below it miss it by less than a tenth.
    scores = sorted((line.confidence for line in shipped.detect(page).pages[0].lines), reverse=True)
    bound = ReadOptions(decoding={"box_threshold": scores[len(scores) // 2]})
    assert scores[-1] > scores[len(scores) // 2] - 0.1
    found = {line.polygon.tobytes() for line in shipped.detect(page, bound).pages[0].lines}
    read = [line for line in shipped.read(page, bound).pages[0].lines if line.polygon.tobytes() not in found]
    every = [line for line in shipped.read(page).pages[0].lines if line.polygon.tobytes() not in found]
    assert read
    assert [line.text for line in read] == [line.text for line in every if line.confidence >= _CONFIDENT]


def test_a_transcript_that_is_not_what_is_printed_is_contradicted(shipped):
    (sample,) = open_dataset(EXAMPLES / "scan.json")
    k = max(range(len(sample.lines)), key=lambda k: len(sample.lines[k].text or ""))
    swapped = replace(sample.lines[k], text="NOTHING OF THE KIND")
    lines = [*sample.lines[:k], swapped, *sample.lines[k + 1 :]]
    found = contradictions(shipped, sample.load(), lines)
    assert [n for n, read in enumerate(found) if read] == [k]
    assert SequenceMatcher(None, found[k].upper(), sample.lines[k].text.upper()).ratio() > 0.9
