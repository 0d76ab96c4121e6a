"""Coverage-guided fuzzing of what reads other people's files: nothing but the errors of the package comes out.

    pip install atheris
    PYTHONPATH=src:. python benchmarks/coverage_fuzz.py TARGET --corpus FOLDER [--minutes 10] [--again FILE …]

TARGET is one of ``io`` (pictures), ``model`` (model files and what a reader takes from their metadata), ``document``
(`Document.from_json`), ``dataset`` (every annotation format) and ``preset`` (pipelines of `ocr.prepare`). Needs the
extra ``dev`` and atheris, which is no part of it. Inputs that reached new code are kept in FOLDER/TARGET, from which
the next run goes on. The first fault ends the run and leaves ``crash-…`` there; ``--again`` tries such files alone.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["ocr"]):
    from tests import fuzzing, structures
    from tests.models_for_tests import detection_model, recognition_model

    from ocr.datasets import FORMATS, open_dataset
    from ocr.detection.decode import options_from
    from ocr.detection.sizing import SizePolicy
    from ocr.document import Document
    from ocr.engine.model_file import TASKS, ModelFile
    from ocr.errors import BadConfiguration, OcrError
    from ocr.io import images
    from ocr.io.limits import Limits
    from ocr.prepare import settings
    from ocr.recognition.beam import Beam
    from ocr.recognition.calibration import Calibrator
    from ocr.recognition.charset import Charset
    from ocr.recognition.decode import Decoding
    from ocr.training.export import with_metadata

_LIMITS = Limits(max_pixels=4_000_000, max_pages=4, max_frames=2)


def _io(data: bytes) -> None:
    # PDFium runs in a process of its own, which costs a hundred times as much as all other formats; `fuzz.py` tries it.
    if b"%PDF" not in data[:1100]:
        for page in images.pages(data, _LIMITS):
            assert page.image.ndim == 3


def _model(data: bytes) -> None:
    """A whole file, or the metadata of one that is fine otherwise, with what a reader takes from it."""
    if data[:1] != b"{":
        ModelFile.load(data, task=None)
        return
    try:
        info = json.loads(data)
    except (ValueError, RecursionError):
        return
    plain = recognition_model() if info.get("task") == "recognition" else detection_model()
    model = ModelFile.load(with_metadata(plain, info), task=None)
    if model.task == "detection":
        SizePolicy.from_metadata(model.preprocess)
        with contextlib.suppress(BadConfiguration):
            options_from(model.postprocess)
        return
    with contextlib.suppress(ValueError, BadConfiguration):
        Decoding.from_mapping(model.postprocess)
        Beam.of(model.language_model, model.language_model_settings, Charset(model.charset))
    with contextlib.suppress(ValueError):
        Calibrator.from_dict(model.info.get("confidence", {}))


def _document(data: bytes) -> None:
    document = Document.from_json(data)
    again = Document.from_json(document.to_json())
    assert again.to_json() == document.to_json()


def _dataset(data: bytes) -> None:
    """The first byte chooses the format, the second the name of the file."""
    if len(data) < 2:
        return
    chosen = FORMATS[data[0] % len(FORMATS)]
    name = ("a.json", "a.jsonl", "a.txt", "fields")[data[1] % 4]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if name == "fields":
            for part in ("images", "boxes", "fields"):
                (folder / part).mkdir()
            (folder / "images" / "a.png").write_bytes(b"")
            (folder / "boxes" / "a.txt").write_bytes(b"1,2,30,2,30,20,1,20,x\n")
            (folder / "fields" / "a.json").write_bytes(data[2:])
        else:
            (folder / name).write_bytes(data[2:])
            (folder / "a.png").write_bytes(b"")
        for place in (folder, folder / name):
            with contextlib.suppress(OcrError):
                dataset = open_dataset(place, chosen)
                for number in range(min(len(dataset), 8)):
                    with contextlib.suppress(OcrError):
                        sample = dataset[number].validated(100, 100)
                        assert all(line.polygon.shape[1] == 2 for line in sample.lines)


def _preset(data: bytes) -> None:
    name = "a.yaml" if data[:1] == b"y" else "a.json"
    pipeline = settings.loads(data[1:].decode("utf-8", "replace"), name)
    assert settings.loads(settings.dumps(pipeline), "a.json") == pipeline


_TARGETS: dict[str, Callable[[bytes], None]] = {
    "io": _io,
    "model": _model,
    "document": _document,
    "dataset": _dataset,
    "preset": _preset,
}


def _seeds(target: str) -> Iterator[bytes]:
    """Whole inputs from which the first run starts."""
    if target == "io":
        yield from (
            data for name, data in structures.seeds().items() if name.split()[0] not in fuzzing._OTHERS
        )
    elif target == "model":
        for data in (detection_model(), recognition_model()):
            yield data
            yield json.dumps(dict(ModelFile.load(data, task=None).info)).encode()
        for task in TASKS:
            yield json.dumps(dict(ModelFile.shipped(task).info)).encode()
    elif target == "document":
        yield from (data for name, data in structures.seeds().items() if name.startswith("document"))
    elif target == "preset":
        yield b'j{"stages": [{"name": "deskew"}, {"name": "shadow"}]}'
        yield b"jdeskew"
        yield b"ystages:\n- deskew\n- name: shadow\n"
    else:
        for number, text in enumerate(_ANNOTATIONS):
            for name in range(4):
                yield bytes([number % len(FORMATS), name]) + text


_QUAD = "[[10,10],[90,10],[90,30],[10,30]]"
_WORDS = f'{{"words": {{"1": {{"points": {_QUAD}, "transcription": "T"}}}}, "fields": {{"total": "9"}}}}'
#: A whole file of each format.
_ANNOTATIONS = [
    text.encode()
    for text in (
        f'{{"images": {{"a.png": {_WORDS}}}}}',
        "10,10,90,10,90,30,10,30,TOTAL\n",
        f'{{"images": {{"a.png": {_WORDS}, "b.png": {_WORDS}}}}}',
        f'a.png\t[{{"transcription": "TOTAL", "points": {_QUAD}, "difficult": false}}]\n',
        '{"imgs": {"7": {"id": 7, "file_name": "a.png"}}, "anns": {"1": {"image_id": 7, "utf8_string": "T", '
        '"legibility": "legible", "bbox": [1, 2, 30, 40]}}, "imgToAnns": {"7": [1]}}',
        f'{{"a.png": {{"img_dimensions": [9, 9], "polygons": [{_QUAD}], "labels": ["T"]}}}}',
        '{"a.png": "TOTAL"}',
        '{"id": "a", "width": 90, "height": 90, "words": [{"text": "9.00", '
        f'"quad": {_QUAD}, "category": "total.total_price", "group": 1, "key": false, "line": 1}}]}}',
        '{"a": {"merchant": "X", "date": "2020-04-23", "time": "10:30", "total": "19.90", "items": 3}}',
    )
]


def main() -> None:
    """Fuzz a target until the time is up or something is wrong."""
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing.")
    parser.add_argument("target", choices=list(_TARGETS))
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--again", type=Path, nargs="*", default=[])
    chosen = parser.parse_args()

    def run(data: bytes) -> Any:
        with contextlib.suppress(OcrError):
            _TARGETS[chosen.target](data)

    if chosen.again:
        for file in chosen.again:
            run(file.read_bytes())
        print(f"{len(chosen.again)} files without a fault")
        return
    folder = chosen.corpus / chosen.target
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(_seeds(chosen.target)):
        (folder / f"seed-{number:03d}").write_bytes(data)
    options = [
        f"-max_total_time={60 * chosen.minutes:.0f}",
        f"-artifact_prefix={folder}/",
        *("-max_len=20000", "-timeout=60", "-rss_limit_mb=3072", "-print_final_stats=1"),
    ]
    atheris.Setup([sys.argv[0], *options, str(folder)], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
