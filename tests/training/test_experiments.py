"""What an experiment trains is exported and read like the shipped models: the kind in the metadata is enough."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("hydra")
pytest.importorskip("onnxscript")

from tests.training.runs import overrides, write_pages

from ocr.datasets import open_dataset
from ocr.detection.craft import CraftOptions
from ocr.pipeline.reader import Reader, ReadOptions
from ocr.pipeline.smoke_test import smoke_test
from ocr.recognition.decode import Decoding
from ocr.training import export, pictures, run
from ocr.training.checkpoint import load_checkpoint

EXPERIMENTS = {
    "detection": ["experiment=craft", "encoder=rep", "encoder.kernel=[3,5]"],
    "recognition": [
        "experiment=parseq",
        "recognizer.width=8",
        "+recognizer.heads=2",
        "+recognizer.hidden=16",
        "+recognizer.max_length=12",
    ],
}


@pytest.mark.filterwarnings("ignore:.*does not have many workers", "ignore:.*lr_scheduler.step")
def test_craft_and_parseq_are_exported_and_read_a_page(tmp_path):
    data = write_pages(tmp_path / "pages", 2)
    models = []
    for task, experiment in EXPERIMENTS.items():
        given = [
            o
            for o in overrides(task, data, tmp_path / task)
            if "width=8" not in o and "encoder.context" not in o
        ]
        more = [o.replace("recognizer.width", "+recognizer.width") for o in experiment]
        checkpoint = run.run(run.compose(task, [*more, *given, "steps=2"]))
        samples = pictures.for_task(load_checkpoint(checkpoint), data, 1)
        models.append(export.export(checkpoint, tmp_path / f"{task}.onnx", task, samples))
        # What `ocr models add` does before it takes a model on: shapes and ranges as the kind says.
        smoke_test(models[-1])
    assert models[0].postprocess["kind"] == "craft"
    assert dict(models[1].postprocess) == {"kind": "attention", "max_length": 12}
    reader = Reader(*(tmp_path / f"{task}.onnx" for task in EXPERIMENTS), threads=1)
    assert isinstance(reader.decoding, CraftOptions)
    assert reader._recognizer.decoding == Decoding("attention", 12)
    image = open_dataset(data)[0].load()
    page = reader.read(image, ReadOptions(decoding={"text_threshold": 0.0, "low_text": 0.05})).pages[0]
    assert (page.width, page.height) == (160, 120)
    assert all(len(line.text) <= 12 for line in page.lines)
    (reading,) = reader.read_regions(image, [[[10, 10], [120, 10], [120, 40], [10, 40]]])
    assert 0 <= reading[1] <= 1
