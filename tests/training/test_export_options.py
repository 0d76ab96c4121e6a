"""What an export can set: confidences, the margin around a line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from ocr.datasets import open_dataset
from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.metrics.evaluate import evaluate
from ocr.metrics.evaluation import read_sample
from ocr.pipeline.reader import Reader
from ocr.recognition.recognizer import Recognizer
from ocr.training.checkpoint import Trained
from ocr.training.confidences import fitted
from ocr.training.export import describe, with_metadata
from ocr.training.run import compose
from ocr.training.tasks import build_network

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def plain():
    """The shipped recogniser without a confidence map."""
    model = ModelFile.shipped("recognition")
    info = {key: value for key, value in model.info.items() if key != "confidence"}
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


def test_a_map_that_falls_is_refused(plain):
    wrong = {"raw": [0.0, 1.0], "accuracy": [0.9, 0.1]}
    model = ModelFile.load(with_metadata(plain.data, {**plain.info, "confidence": wrong}), task="recognition")
    with pytest.raises(ModelInvalid, match="confidence map"):
        Recognizer(model)


def test_the_margin_around_a_line_can_be_chosen_at_export():
    cfg = compose("recognition", ["data.train.sources.real.samples.path=pages"])
    settings = OmegaConf.to_container(cfg, resolve=True)
    trained = Trained("recognition", build_network(cfg), settings, 1)
    assert describe(trained, "model", policy={"margin": 0.02})["preprocess"]["margin"] == 0.02
    for wrong in ({"margin": -0.1}, {"margin": "wide"}, {"short_side": 640}):
        with pytest.raises(BadConfiguration, match="margin=0 to 1"):
            describe(trained, "model", policy=wrong)


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
