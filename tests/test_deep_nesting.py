"""Files nested a hundred thousand deep are refused with their code; none ends in a RecursionError."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ocr.datasets import open_dataset
from ocr.datasets.findings import contradicted
from ocr.engine.catalogue import INDEX, Catalogue
from ocr.engine.model_file import ModelFile
from ocr.errors import AnnotationInvalid, BadConfiguration, ModelInvalid, OcrError
from ocr.prepare import settings
from tests.models_for_tests import detection_model

DEEP = "[" * 100_000 + "]" * 100_000


def _sroie(folder: Path) -> object:
    for name in ("images", "boxes", "fields"):
        (folder / name).mkdir()
    (folder / "images" / "a.png").write_bytes(b"")
    (folder / "boxes" / "a.txt").write_text("1,2,3,4,5,6,7,8,x\n", "utf-8")
    (folder / "fields" / "a.json").write_text(DEEP, "utf-8")
    return open_dataset(folder, "sroie")[0]


def _file(folder: Path, name: str, text: str = DEEP) -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


def _catalogue(folder: Path) -> object:
    _file(folder, INDEX)
    return Catalogue(folder).entries()


def _model(folder: Path) -> object:
    plain = detection_model(name="deep")
    # As long as before, so that the lengths in the file still hold.
    start, text = plain.index(b'{"'), json.dumps({"schema": "ocr.model/1"}).encode()
    assert text
    nested = plain[:start] + b"[" * (plain.index(b"}", start) - start) + plain[plain.index(b"}", start) :]
    return ModelFile.load(nested, task="detection")


@pytest.mark.parametrize(
    ("use", "kind"),
    [
        (_sroie, AnnotationInvalid),
        (lambda folder: open_dataset(_file(folder, "a.json"), "json")[0], OcrError),
        (lambda folder: open_dataset(_file(folder, "a.jsonl"), "cord")[0], AnnotationInvalid),
        (lambda folder: contradicted(_file(folder, "report.json")), AnnotationInvalid),
        (lambda folder: settings.parse(str(_file(folder, "preset.json"))), BadConfiguration),
        (_catalogue, ModelInvalid),
        (_model, ModelInvalid),
    ],
    ids=["fields", "json", "cord", "report", "preset", "catalogue", "model"],
)
def test_it_is_refused(use: Callable[[Path], object], kind: type[OcrError], tmp_path: Path) -> None:
    with pytest.raises(kind):
        use(tmp_path)


def test_a_preset_in_yaml_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    with pytest.raises(BadConfiguration):
        settings.parse(str(_file(tmp_path, "preset.yaml", "[" * 20_000)))
