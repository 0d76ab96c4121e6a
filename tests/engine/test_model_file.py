"""Model files: what is accepted, and what each fault is called."""

from __future__ import annotations

import gc
import hashlib
import json
import pickle
import weakref
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from ocr.engine import backends, runtime
from ocr.engine.model_file import ModelFile
from ocr.engine.network import Reserving
from ocr.errors import ModelInvalid
from ocr.runtime.options import Whole
from tests.models_for_tests import detection_model, recognition_model

DETECTION = detection_model()


def test_a_good_model_says_what_it_is() -> None:
    model = ModelFile.load(recognition_model(), task="recognition")
    assert model.charset == "im"
    assert model.name == "bars"
    assert model.preprocess["stride"] == 4
    assert model.sha256 == hashlib.sha256(model.data).hexdigest()
    assert ModelFile.load(model.data, task="recognition", sha256=model.sha256.upper()) == model


def _external(data: bytes) -> bytes:
    model = onnx.load_from_string(data)
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    tensor.ClearField("raw_data")
    return model.SerializeToString()


def _external_in_a_branch(data: bytes) -> bytes:
    model = onnx.load_from_string(data)
    tensor = helper.make_tensor("deep", TensorProto.FLOAT, [1], [1.0])
    tensor.data_location = TensorProto.EXTERNAL
    inner = helper.make_graph([helper.make_node("Constant", [], ["deep_out"], value=tensor)], "inner", [], [])
    model.graph.node.append(helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner))
    return model.SerializeToString()


def _with_info(text: str | None) -> bytes:
    model = onnx.load_from_string(DETECTION)
    helper.set_model_props(model, {} if text is None else {"ocr.model": text})
    return model.SerializeToString()


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "empty"),
        (b"no model at all", "no ONNX model"),
        (pickle.dumps({"weights": [1, 2, 3]}), "no ONNX model"),
        (DETECTION[: len(DETECTION) // 2], "no ONNX model"),
        (_external(DETECTION), "another file"),
        (_external_in_a_branch(DETECTION), "another file"),
        (_with_info(None), "no metadata entry"),
        (_with_info("{"), "no JSON"),
        (_with_info("[]"), "schema 'list'"),
        (_with_info(json.dumps({"schema": "ocr.model/2"})), "schema 'ocr.model/2'"),
        (_with_info(json.dumps({"schema": "ocr.model/1", "task": "x"})), "task 'x'"),
        (detection_model(preprocess=[]), "preprocess"),
    ],
    ids=[
        "empty", "text", "pickle", "cut", "external", "external in a branch", "no metadata", "no json",
        "no record", "schema", "task", "preprocess",
    ],
)  # fmt: skip
def test_each_fault_is_named(data: bytes, match: str) -> None:
    with pytest.raises(ModelInvalid, match=match):
        ModelFile.load(data, task="detection")


def test_a_wrong_hash_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelInvalid, match="SHA-256"):
        ModelFile.load(DETECTION, task="detection", sha256="0" * 64)
    with pytest.raises(ModelInvalid, match=r"absent\.onnx"):
        ModelFile.load(tmp_path / "absent.onnx", task="detection")
    with pytest.raises(ModelInvalid, match="charset"):
        ModelFile.load(recognition_model(charset=""), task="recognition")


@pytest.mark.parametrize("value", ["wide", True, 0, -3, None, 1.5, 4096, float("nan")])
def test_numbers_of_the_metadata_are_checked(value: object) -> None:
    model = ModelFile.load(detection_model(preprocess={"short_side": value}), task="detection")
    with pytest.raises(ModelInvalid, match=r"preprocess\.short_side"):
        model.setting("short_side", 736, Whole(1, 2000))


def test_readers_of_the_same_bytes_share_a_session() -> None:
    model = ModelFile.load(DETECTION, task="detection")
    again = ModelFile.load(bytes(bytearray(DETECTION)), task="detection")
    assert backends.network(model, 1) is backends.network(again, 1)
    assert backends.network(model, 2) is not backends.network(model, 1)


def test_a_session_is_freed_with_its_last_user() -> None:
    session = backends.network(ModelFile.load(detection_model(name="short-lived"), task="detection"), 1)
    gone, count = weakref.ref(session), len(backends._NETWORKS)
    del session
    gc.collect()
    assert gone() is None
    assert len(backends._NETWORKS) < count


def test_a_graph_that_cannot_run_is_a_bad_model() -> None:
    model = onnx.load_from_string(DETECTION)
    model.graph.node[0].op_type = "NoSuchOperator"
    broken = ModelFile.load(model.SerializeToString(), task="detection")
    with pytest.raises(ModelInvalid, match="cannot be loaded"):
        runtime.Session(broken, 1)
    session = runtime.Session(ModelFile.load(recognition_model(), task="recognition"), 1)
    with pytest.raises(ModelInvalid, match="failed on an input"):
        session.run(np.zeros((1, 1, 3, 3), np.uint8))


def test_memory_is_reserved_once_and_not_for_the_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    session = runtime.Session(ModelFile.load(detection_model(name="reserving"), task="detection"), 1)
    runs: list[tuple[int, ...]] = []
    monkeypatch.setattr(session, "run", lambda batch: runs.append(batch.shape))
    session.reserve(64, 32)
    assert runs == []
    session.reserve(64, 32)
    session.reserve(64, 32)
    assert runs == [(1, 1, 64, 32)]
    assert isinstance(session, Reserving)
