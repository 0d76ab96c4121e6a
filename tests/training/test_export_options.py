"""What an export can set: confidences, the margin around a line."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from omegaconf import OmegaConf

from ocr.cli import main
from ocr.datasets import open_dataset
from ocr.engine.inference_cache import InferenceCache
from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.io.images import to_grey
from ocr.metrics.calibration import Calibration
from ocr.metrics.evaluate import evaluate
from ocr.metrics.evaluation import read_sample
from ocr.pipeline.reader import Reader
from ocr.recognition.calibration import LineScorer
from ocr.recognition.evidence import FEATURES, OF_LINE
from ocr.recognition.recognizer import Recognizer
from ocr.training.checkpoint import Trained
from ocr.training.confidences import JudgedLines, fitted, judged_lines, line_scorer
from ocr.training.export import describe, with_metadata
from ocr.training.run import compose
from ocr.training.tasks import build_network

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def plain():
    """The shipped recogniser with the confidences of its network."""
    model = ModelFile.shipped("recognition")
    info = {key: value for key, value in model.info.items() if key not in ("confidence", "line_confidence")}
    return ModelFile.load(with_metadata(model.data, info), task="recognition")


@pytest.fixture(scope="module")
def samples():
    return [open_dataset(path)[0] for path in sorted(EXAMPLES.glob("*.json"))]


def figures(model, samples):
    reader = Reader(recognition=model)
    return evaluate(samples, lambda sample: read_sample(reader, sample)).lines


def test_a_fitted_model_reads_the_same_and_its_confidences_are_closer_to_the_truth(plain, samples):
    mapped = fitted(plain, samples)
    model = ModelFile.load(
        with_metadata(plain.data, {**plain.info, "confidence": mapped.to_dict()}), task="recognition"
    )
    before, after = figures(plain, samples), figures(model, samples)
    assert after.matched == before.matched
    assert after.calibration.error <= before.calibration.error + 0.005
    # Some 160 lines: a bin holds a dozen.
    assert after.calibration.error < 0.08


def test_a_detector_has_no_confidences_to_fit(samples):
    with pytest.raises(BadConfiguration, match="only recognition"):
        fitted(ModelFile.shipped("detection"), samples)


def test_too_few_lines_are_refused(plain, samples):
    with pytest.raises(BadConfiguration, match="at least 20"):
        fitted(plain, [dataclasses.replace(samples[0], lines=())])
    gone = dataclasses.replace(samples[0], image_path=Path("gone.jpg"))
    with pytest.raises(BadConfiguration, match=r"1 of 1 pages failed, such as .*gone\.jpg"):
        fitted(plain, [gone])


def test_a_map_that_falls_is_refused(plain):
    wrong = {"raw": [0.0, 1.0], "accuracy": [0.9, 0.1]}
    model = ModelFile.load(with_metadata(plain.data, {**plain.info, "confidence": wrong}), task="recognition")
    with pytest.raises(ModelInvalid, match="confidence map"):
        Recognizer(model)


def drawn(count: int, seed: int) -> JudgedLines:
    """Lines that are the more often right the greater their first feature and the smaller their last, and garbage."""
    rng = np.random.default_rng(seed)
    evidence = rng.normal(size=(count, len(FEATURES))).astype(np.float32)
    upright = np.arange(count) % 4 > 0
    evidence[~upright, 0] -= 8
    chance = 1 / (1 + np.exp(-1 - 2 * evidence[:, 0] + 2 * evidence[:, -1]))
    return JudgedLines(evidence, rng.random(count) < chance, np.arange(count) // 40, upright)


def test_a_scorer_of_lines_is_calibrated_on_other_pages_and_gives_garbage_no_chance():
    scorer = line_scorer(drawn(2000, 1), drawn(1000, 2))
    assert scorer is not None
    other = drawn(4000, 3)
    confidences = scorer(other.evidence)
    calibration = Calibration()
    for confidence, right in zip(confidences[other.upright], other.right[other.upright], strict=True):
        calibration.add(float(confidence), bool(right))
    assert calibration.result().error < 0.05
    assert np.median(confidences[~other.upright]) < 0.05
    again = LineScorer.from_dict(json.loads(json.dumps(scorer.to_dict())))
    assert np.array_equal(again(other.evidence), confidences)


def test_pages_of_the_training_alone_give_no_confidences(tmp_path, capsys):
    with pytest.raises(SystemExit) as ending:
        main(["export", "shipped", str(tmp_path / "model.onnx"), "--confidence-training", str(EXAMPLES)])
    assert ending.value.code == 2
    assert "goes with --confidence" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_pages_to_compare_on_are_asked_for_where_there_are_no_examples(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ending:
        main(["export", "shipped", str(tmp_path / "model.onnx")])
    assert ending.value.code == 2
    assert "--samples DATASET" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_few_lines_make_no_scorer():
    assert line_scorer(drawn(300, 1), drawn(2000, 2)) is None


def test_evidence_that_tells_nothing_more_makes_no_scorer():
    lines = drawn(1200, 1)
    chance = 1 / (1 + np.exp(-2 * lines.evidence[:, 0]))
    right = np.random.default_rng(4).random(1200) < chance
    assert line_scorer(dataclasses.replace(lines, right=right)) is None


def test_a_page_is_judged_as_it_stands_and_upside_down(plain, samples):
    found = judged_lines(plain, samples[:1])
    assert found.right[found.upright].mean() > 0.7
    assert found.right[~found.upright].mean() < 0.1
    assert np.isfinite(found.evidence).all()


def test_lines_are_as_sure_as_their_scorer_says_and_words_as_sure_as_their_line_at_least(plain, samples):
    scorer = line_scorer(drawn(1000, 1)).to_dict()
    info = {**plain.info, "line_confidence": scorer}
    model = ModelFile.load(with_metadata(plain.data, info), task="recognition")
    sample = samples[0]
    image = to_grey(sample.load()).copy()
    # Half of the page is hardly read.
    half = len(image) // 2
    image[:half] = cv2.GaussianBlur(image[:half], (0, 0), 3)
    quads = [line.polygon for line in sample.lines]
    readings = Recognizer(model).read(image, quads)
    evidence = np.stack([reading.evidence for reading in readings])
    expected = LineScorer.from_dict(scorer)(evidence)
    assert [reading.confidence for reading in readings] == pytest.approx(expected.tolist())
    assert np.ptp(expected) > 0.2
    for reading in readings:
        least = min(word.confidence for word in reading.words)
        assert least == reading.confidence if len(reading.words) == 1 else least >= reading.confidence
    # A second look at some regions of a page knows nothing of their neighbours.
    alone = Recognizer(model).for_page([]).read(image, quads[:3])
    assert [r.confidence for r in alone] == [r.confidence for r in Recognizer(plain).read(image, quads[:3])]
    # Read by and by they know of each other in the end, though other lines were in their batches.
    cached = Recognizer(model).with_cache(InferenceCache())
    cached.read(image, quads[::2])
    by_and_by = cached.read(image, quads)
    known = np.stack([reading.evidence for reading in by_and_by])
    assert known[:, len(OF_LINE) :] == pytest.approx(evidence[:, len(OF_LINE) :], abs=5e-3)
    told = LineScorer.from_dict(scorer)(known)
    assert [reading.confidence for reading in by_and_by] == pytest.approx(told.tolist())


@pytest.mark.parametrize("wrong", [{}, {"features": ["colour"], "trees": {}}, {"features": FEATURES}, 3])
def test_what_is_no_scorer_of_lines_is_refused(plain, wrong):
    info = {**plain.info, "line_confidence": wrong}
    model = ModelFile.load(with_metadata(plain.data, info), task="recognition")
    with pytest.raises(ModelInvalid, match="calibration of the recognition model"):
        Recognizer(model)


def test_the_margin_around_a_line_and_its_width_can_be_chosen_at_export():
    cfg = compose("recognition", ["data.train.sources.real.samples.path=pages"])
    settings = OmegaConf.to_container(cfg, resolve=True)
    trained = Trained("recognition", build_network(cfg), settings, 1)
    prepared = describe(trained, "model", policy={"margin": 0.02, "narrow": 10})["preprocess"]
    assert (prepared["margin"], prepared["narrow"]) == (0.02, 10)
    for wrong in ({"margin": -0.1}, {"margin": "wide"}, {"narrow": 65}, {"short_side": 640}):
        with pytest.raises(BadConfiguration, match="margin=0 to 1 or narrow=0 to 64"):
            describe(trained, "model", policy=wrong)


def test_a_model_widens_lines_as_its_training_did():
    cfg = compose("recognition", ["data.train.sources.real.samples.path=pages", "data.train.narrow=11"])
    settings = OmegaConf.to_container(cfg, resolve=True)
    trained = Trained("recognition", build_network(cfg), settings, 1)
    assert describe(trained, "model")["preprocess"]["narrow"] == 11
    # A checkpoint of a training that did not know of it.
    del settings["data"]["train"]["narrow"]
    assert describe(trained, "model")["preprocess"]["narrow"] == 0


def test_settings_travel_without_the_folders_of_the_machine():
    settings = compose("recognition", ["data.train.sources.real.samples.path=../far/away/receipts/train"])
    settings.data.validation.path = "/home/someone/receipts/val"
    settings.output = "runs/mine/today"
    network = build_network(settings)
    trained = Trained("recognition", network, OmegaConf.to_container(settings, resolve=True), 7)
    found = describe(trained, "mine")["provenance"]["settings"]
    assert found["data"]["train"]["sources"]["real"]["samples"]["path"] == "receipts/train"
    assert found["data"]["validation"]["path"] == "receipts/val"
    assert found["output"] == "runs/mine/today"
