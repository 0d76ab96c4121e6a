"""Backends: chosen by option or environment, replaced where they cannot start, equal in their answers."""

from __future__ import annotations

import logging
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ocr.engine import backends, registry
from ocr.engine.model_file import ModelFile
from ocr.engine.network import BackendUnavailable
from ocr.engine.runtime import Session
from ocr.errors import BadConfiguration, MissingExtra
from ocr.io import images
from ocr.pipeline.reader import Reader
from ocr.pipeline.reader_cache import ReaderCache
from tests.models_for_tests import detection_model, receipt_like

DETECTION = ModelFile.load(detection_model(name="backends"), task="detection")


@pytest.fixture
def torch_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an installation of the core alone."""

    def missing(model: ModelFile, threads: int) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setitem(registry._registered, "torch", missing)


def test_option_goes_before_environment_and_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OCR_BACKEND", raising=False)
    assert backends.chosen() == "onnx"
    monkeypatch.setenv("OCR_BACKEND", "torch")
    assert backends.chosen() == "torch"
    assert backends.chosen("onnx") == "onnx"
    monkeypatch.setenv("OCR_BACKEND", "")
    assert backends.chosen() == "onnx"


def test_an_unknown_backend_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, models: tuple[Path, Path]
) -> None:
    with pytest.raises(BadConfiguration, match="did you mean 'torch'"):
        Reader(*models, backend="troch")
    monkeypatch.setenv("OCR_BACKEND", "tensorrt-llm")
    with pytest.raises(BadConfiguration, match=r"from OCR_BACKEND.*backends are onnx"):
        ReaderCache().get(*models)


def test_one_that_cannot_start_is_replaced_and_the_log_says_so(
    torch_is_missing: None, models: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "ocr"):
        reader = Reader(*models, threads=1, backend="torch")
    assert reader.backends == ("onnx", "onnx")
    told = [record.getMessage() for record in caplog.records]
    assert [text.split(" model")[0] for text in told] == [
        "the backend torch cannot run the detection",
        "the backend torch cannot run the recognition",
    ]
    assert "No module named 'torch'" in told[0]
    assert reader.read(receipt_like()) == Reader(*models, threads=1).read(receipt_like())


def test_a_checkpoint_without_pytorch_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(registry, "checkpoint_reader", missing)
    with zipfile.ZipFile(tmp_path / "last.ckpt", "w") as archive:
        archive.writestr("last/data.pkl", b"")
    with pytest.raises(MissingExtra, match=r"receipt-ocr\[train\]"):
        Reader(tmp_path / "last.ckpt")


def test_a_registered_backend_runs_a_model(
    monkeypatch: pytest.MonkeyPatch, models: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    created = []

    class Doubled:
        backend = "doubled"

        def __init__(self, model: ModelFile, threads: int) -> None:
            created.append(model.task)
            self.model, self.threads, self._network = model, threads, Session(model, threads)

        def run(self, batch: np.ndarray) -> np.ndarray:
            return self._network.run(batch)

    registry.register_backend("doubled", Doubled)
    assert registry.backend_names() == ("onnx", "doubled", "torch")
    reader = Reader(*models, threads=1, backend="doubled")
    assert reader.backends == ("doubled", "doubled")
    assert reader.read(receipt_like()) == Reader(*models, threads=1).read(receipt_like())
    assert created == ["detection", "recognition"]


def test_entry_points_are_declared_and_lead_to_what_exists() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("hydra")
    from ocr.training import backend

    assert registry.backend_factory("torch") is backend.TorchNetwork
    assert registry.checkpoint_reader() is backend.describe_checkpoint


class TestPyTorch:
    """What needs the extra for training."""

    @pytest.fixture(autouse=True)
    def _needs_pytorch(self) -> None:
        pytest.importorskip("torch")
        pytest.importorskip("hydra")

    def test_it_answers_as_onnx_runtime_does_for_the_shipped_models(self) -> None:
        page = images.to_grey(
            images.load(Path(__file__).resolve().parents[2] / "examples" / "scan.jpg")[0].image
        )
        noise = np.random.default_rng(0).integers(0, 256, (3, 1, 32, 264), np.uint8)
        # Integers have the ranges of pages; what noise gives beyond them says nothing.
        for task, batch in (("detection", page[None, None, :320, :320]), ("recognition", noise)):
            model = ModelFile.shipped(task)
            one, other = (backends.network(model, 1, name) for name in ("onnx", "torch"))
            assert [backends.name_of(network) for network in (one, other)] == ["onnx", "torch"]
            expected = one.run(batch)
            difference = np.abs(other.run(batch) - expected) / max(1, np.abs(expected).max())
            # PyTorch runs a model with integer convolutions as it was before rounding.
            assert difference.max() < 1e-4 or ("quantization" in model.info and difference.mean() < 0.01)

    def test_a_page_reads_the_same(self) -> None:
        page = Path(__file__).resolve().parents[2] / "examples" / "scan.jpg"
        documents = [Reader(threads=1, backend=name).read(page) for name in ("onnx", "torch")]
        # Without rounding to integers a capital may look like a small letter.
        assert documents[0].text.casefold() == documents[1].text.casefold()
        assert documents[0].lines

    def test_a_model_that_does_not_say_how_it_is_built_falls_back(
        self, models: tuple[Path, Path], caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING, "ocr"):
            reader = Reader(detection_model(name="silent"), models[1], threads=1, backend="torch")
        assert reader.backends == ("onnx", "onnx")
        assert "does not say how the network is built" in caplog.text

    def test_metadata_that_belong_to_another_network_are_noticed(self) -> None:
        from ocr.training.backend import TorchNetwork

        shipped = ModelFile.shipped("detection").info
        lying = detection_model(name="lying", provenance=shipped["provenance"])
        with pytest.raises(BackendUnavailable, match=r"answers otherwise|cannot be rebuilt"):
            TorchNetwork(ModelFile.load(lying, task="detection"), 1)

    def test_metadata_cannot_have_anything_else_built(self) -> None:
        from ocr.training.backend import TorchNetwork

        settings = {"task": "detection", "encoder": {"_target_": "os.system", "command": "true"}}
        model = ModelFile.load(
            detection_model(name="evil", provenance={"settings": settings}), task="detection"
        )
        with pytest.raises(BackendUnavailable, match=r"os\.system"):
            TorchNetwork(model, 1)
