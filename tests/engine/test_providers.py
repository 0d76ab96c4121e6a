"""Execution providers: chosen by option or environment, with the CPU in place of what is not there."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from ocr.engine import providers, runtime
from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.pipeline.reader import Reader
from ocr.pipeline.reader_cache import ReaderCache
from tests.models_for_tests import detection_model, receipt_like

CUDA = "CUDAExecutionProvider"


def test_names_are_short_or_full_and_the_cpu_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    assert providers.chosen() == (providers.CPU,)
    assert providers.chosen(["cuda"]) == (CUDA, providers.CPU)
    assert providers.chosen(["cpu", "CUDAExecutionProvider", "CUDA"]) == (CUDA, providers.CPU)
    assert providers.chosen("openvino, cuda") == ("OpenVINOExecutionProvider", CUDA, providers.CPU)
    monkeypatch.setenv(providers.VARIABLE, "coreml")
    assert providers.chosen()[0] == "CoreMLExecutionProvider"
    assert providers.chosen([]) == (providers.CPU,)
    assert [providers.short_name(name) for name in (CUDA, "Other")] == ["cuda", "Other"]


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (["cudda"], "did you mean 'cuda'"),
        ("CudExecutionProvider", "did you mean 'cuda'"),
        (["gpu"], "providers are cpu, cuda"),
        (7, "expected a list of names"),
        ([7], "expected a list of names"),
    ],
)
def test_unknown_names_are_refused(given: Any, hint: str, models: tuple[Path, Path]) -> None:
    with pytest.raises(BadConfiguration, match=hint):
        Reader(*models, providers=given)


def test_a_wrong_name_in_the_environment_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(providers.VARIABLE, "vulkan")
    with pytest.raises(BadConfiguration, match=r"'vulkan' \(from OCR_PROVIDERS\)"):
        providers.chosen()


def test_what_is_not_installed_is_replaced_by_the_cpu_and_logged(
    models: tuple[Path, Path], reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    absent = next(name for name in providers.PROVIDERS.values() if name not in runtime.available_providers())
    with caplog.at_level(logging.WARNING, logger="ocr"):
        other = Reader(*models, threads=1, providers=[absent])
    assert "is not in the installed ONNX Runtime" in caplog.text
    assert other.providers == (absent, providers.CPU)
    assert other.read(receipt_like()) == reader.read(receipt_like())


def test_what_fails_to_start_is_replaced_by_the_cpu_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[list[str]] = []
    real = onnxruntime.InferenceSession

    def session(data: bytes, *, sess_options: Any, providers: list[str]) -> Any:
        asked.append(providers)
        if CUDA in providers:
            raise RuntimeError("no driver")
        return real(data, sess_options=sess_options, providers=providers)

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, providers.CPU])
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    model = ModelFile.load(detection_model(), task="detection")
    with caplog.at_level(logging.WARNING, logger="ocr"):
        made = runtime.Session(model, 1, (CUDA, providers.CPU))
    assert asked == [[CUDA, providers.CPU], [providers.CPU]]
    assert made.providers == (providers.CPU,)
    assert "cuda cannot run the detection model, so cpu does: no driver" in caplog.text
    monkeypatch.setattr(
        onnxruntime, "InferenceSession", lambda *a, **k: (_ for _ in ()).throw(OSError("bad"))
    )
    with pytest.raises(ModelInvalid, match="cannot be loaded: bad"):
        runtime.Session(model, 1)


def test_readers_of_other_providers_are_other_readers(models: tuple[Path, Path]) -> None:
    cache = ReaderCache()
    plain = cache.get(*models, threads=1)
    assert cache.get(*models, threads=1, providers=["cpu"]) is plain
    assert cache.get(*models, threads=1, providers=["openvino"]) is not plain
