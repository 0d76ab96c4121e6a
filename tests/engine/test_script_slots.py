"""Models of further scripts have a default of their own, which needs no shipped one."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from ocr.engine import catalogue_changes as changes
from ocr.engine.catalogue import Catalogue
from ocr.engine.choice import further_scripts, resolve
from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.pipeline.reader import Reader
from ocr.pipeline.smoke_test import smoke_test
from ocr.recognition.by_script import ScriptRecognizer
from tests.models_for_tests import recognition_model

SLOT = "recognition-japanese"


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    monkeypatch.setenv("OCR_HOME", str(tmp_path / "home"))
    return Catalogue()


def _add(catalogue: Catalogue, folder: Path, name: str, **info: str) -> None:
    path = folder / f"{name}.onnx"
    path.write_bytes(recognition_model(name=name, **info))
    changes.add(catalogue, path, check=smoke_test)


def test_a_model_of_a_script_is_promoted_beside_the_default(catalogue: Catalogue, tmp_path: Path) -> None:
    assert SLOT not in further_scripts()
    latin = catalogue.default("recognition")
    _add(catalogue, tmp_path, "kana", script="japanese")
    assert catalogue.get("kana").task == SLOT
    assert changes.promote(catalogue, "kana", check=smoke_test).default
    assert catalogue.default("recognition") == latin
    assert SLOT in further_scripts()
    model = resolve(None, SLOT)
    assert (model.name, model.slot, model.task) == ("kana", SLOT, "recognition")
    assert resolve("kana", "recognition").sha256 == model.sha256
    assert pickle.loads(pickle.dumps(model)) == model
    reader = Reader(threads=1)
    assert isinstance(reader._recognizer, ScriptRecognizer)
    assert isinstance(pickle.loads(pickle.dumps(reader))._recognizer, ScriptRecognizer)
    assert not isinstance(Reader(threads=1, scripts=[])._recognizer, ScriptRecognizer)
    # Whoever chooses a recogniser gets that one alone.
    assert not isinstance(Reader(recognition="kana", threads=1)._recognizer, ScriptRecognizer)
    # No shipped one to go back to: without it the script is not read.
    assert catalogue.rollback_targets(SLOT) == ()
    changes.remove(catalogue, "kana")
    assert SLOT not in further_scripts()


def test_what_does_not_fit_is_refused(catalogue: Catalogue, tmp_path: Path) -> None:
    data = recognition_model(script="japanese")
    with pytest.raises(ModelInvalid, match="for the script 'japanese'"):
        ModelFile.load(data, task="recognition-korean")
    with pytest.raises(ModelInvalid, match="for the script 'latin'"):
        ModelFile.load(recognition_model(), task=SLOT)
    with pytest.raises(ModelInvalid):
        resolve(None, SLOT)
    with pytest.raises(BadConfiguration, match="scripts"):
        Reader(threads=1, scripts=["klingon"])
