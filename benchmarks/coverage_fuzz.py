"""Coverage-guided fuzzing of what reads other people's files: nothing but the errors of the package comes out.

    pip install atheris
    PYTHONPATH=src:. python benchmarks/coverage_fuzz.py TARGET --corpus FOLDER [--minutes 10] [--again FILE …]

TARGET is one of ``io`` (pictures), ``model`` (model files and what a reader takes from their metadata), ``document``
(`Document.from_json`), ``dataset`` (every annotation format) and ``preset`` (pipelines of `ocr.prepare`). Needs the
extra ``dev`` and atheris, which is no part of it. Only the modules of the target are instrumented, so that it starts in
seconds. Minutes are those of computing, so that a busy machine tries no less. Inputs that reached new code are kept in
FOLDER/TARGET, from which the next run goes on; files that a target needs are written to FOLDER/TARGET-files. The first
fault ends the run and leaves ``crash-…`` among the inputs; ``--again`` tries such files alone.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import struct
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import atheris
from atheris.import_hook import AtherisMetaPathFinder

from ocr.errors import BadConfiguration, OcrError

_Check = Callable[[bytes], None]


class _Instrumented(AtherisMetaPathFinder):
    """Instruments some modules of the package; what comes with atheris chooses by top-level packages alone."""

    def __init__(self, prefixes: tuple[str, ...]) -> None:
        super().__init__({"ocr"}, set(), enable_loader_override=False, trace_dataflow=True)
        self._prefixes = prefixes

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        """The module with counters in it, if it is one of these."""
        if any(fullname == prefix or fullname.startswith(f"{prefix}.") for prefix in self._prefixes):
            return super().find_spec(fullname, path, target)
        return None


@contextlib.contextmanager
def _taken_again() -> Iterator[None]:
    """What the package wrote itself is not refused: elsewhere its errors are right answers."""
    try:
        yield
    except OcrError as error:
        raise AssertionError(f"it refuses what it wrote: {error}") from error


def _io(_: Path) -> _Check:
    from ocr.io import images
    from ocr.io.limits import Limits

    limits = Limits(max_pixels=4_000_000, max_pages=4, max_frames=2)

    def check(data: bytes) -> None:
        # PDFium runs in a process of its own, which costs a hundred times as much as all other formats; `fuzz.py`
        # tries it.
        if b"%PDF" not in data[:1100]:
            for page in images.pages(data, limits):
                assert page.image.ndim == 3

    return check


def _model(_: Path) -> _Check:
    """A whole file, or the metadata of one that is fine otherwise, with what a reader takes from it."""
    import onnx
    from tests.models_for_tests import detection_model, recognition_model

    from ocr.detection.decode import options_from
    from ocr.detection.sizing import SizePolicy
    from ocr.engine.model_file import METADATA_KEY, ModelFile
    from ocr.recognition.beam import Beam
    from ocr.recognition.calibration import Calibrator
    from ocr.recognition.charset import Charset
    from ocr.recognition.decode import Decoding

    plain = [onnx.load_from_string(data) for data in (detection_model(), recognition_model())]

    def check(data: bytes) -> None:
        if data[:1] != b"{":
            ModelFile.load(data, task=None)
            return
        proto = plain[b'"recognition"' in data]
        onnx.helper.set_model_props(proto, {METADATA_KEY: data.decode("utf-8", "replace")})
        model = ModelFile.load(proto.SerializeToString(), task=None)
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

    return check


def _document(_: Path) -> _Check:
    from ocr.document import Document

    def check(data: bytes) -> None:
        document = Document.from_json(data)
        with _taken_again():
            again = Document.from_json(document.to_json())
        assert again.to_json() == document.to_json()

    return check


def _dataset(root: Path) -> _Check:
    """The first byte chooses the format, the second the name of the file."""
    from ocr.datasets import FORMATS, open_dataset

    def folder_of(name: str, data: bytes) -> Path:
        """The same folder again and again, which spares the making of some."""
        folder = root / name
        if not folder.exists():
            folder.mkdir(parents=True)
            (folder / "a.png").write_bytes(b"")
            for part in ("images", "boxes", "fields") if name == "fields" else ():
                (folder / part).mkdir()
            if name == "fields":
                (folder / "images" / "a.png").write_bytes(b"")
                (folder / "boxes" / "a.txt").write_bytes(b"1,2,30,2,30,20,1,20,x\n")
        (folder / "fields" / "a.json" if name == "fields" else folder / name).write_bytes(data)
        return folder

    def check(data: bytes) -> None:
        if len(data) < 2:
            return
        chosen = FORMATS[data[0] % len(FORMATS)]
        name = ("a.json", "a.jsonl", "a.txt", "fields")[data[1] % 4]
        folder = folder_of(name, data[2:])
        for place in (folder, folder / name):
            with contextlib.suppress(OcrError):
                dataset = open_dataset(place, chosen)
                for number in range(min(len(dataset), 8)):
                    with contextlib.suppress(OcrError):
                        sample = dataset[number].validated(100, 100)
                        assert all(line.polygon.shape[1] == 2 for line in sample.lines)

    return check


def _preset(_: Path) -> _Check:
    from ocr.prepare import settings

    def check(data: bytes) -> None:
        name = "a.yaml" if data[:1] == b"y" else "a.json"
        pipeline = settings.loads(data[1:].decode("utf-8", "replace"), name)
        with _taken_again():
            again = settings.loads(settings.dumps(pipeline), "a.yaml")
        assert again == pipeline

    return check


@dataclass(frozen=True)
class _Target:
    """What is fuzzed.

    Attributes:
        modules: packages and modules that are instrumented.
        prepare: imports them and gives the function that tries an input; takes a folder for files that it needs.
    """

    modules: tuple[str, ...]
    prepare: Callable[[Path], _Check]


_TARGETS: dict[str, _Target] = {
    "io": _Target(("ocr.io",), _io),
    "model": _Target(
        (
            *("ocr.engine.model_file", "ocr.engine.onnx_file", "ocr.engine.registry"),
            *("ocr.detection.decode", "ocr.detection.sizing", "ocr.recognition"),
            *("ocr.runtime.options", "ocr.runtime.option_kinds"),
        ),
        _model,
    ),
    "document": _Target(("ocr.document", "ocr.receipt", "ocr.records"), _document),
    "dataset": _Target(("ocr.datasets", "ocr.polygons"), _dataset),
    "preset": _Target(("ocr.prepare", "ocr.runtime.options", "ocr.runtime.option_kinds"), _preset),
}


def _mutator() -> Callable[[bytes, int, int], bytes]:
    """Changes parts of a format, with its checksums, as often as bytes: these rarely leave a file that is opened."""
    import numpy as np
    from tests import structures

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        rng = np.random.default_rng(seed)
        kind, start = structures.kind_of(data)
        if kind is not None and rng.random() < 0.5:
            with contextlib.suppress(ValueError, IndexError, KeyError, RecursionError, struct.error):
                changed, _ = structures.changed(kind, data[start:], rng)
                return (data[:start] + changed)[:max_size]
        mutated: bytes = atheris.Mutate(data, max_size)
        return mutated

    return mutate


def _seeds(target: str) -> Iterator[bytes]:
    """Whole inputs from which the first run starts."""
    from tests import fuzzing, structures
    from tests.models_for_tests import detection_model, recognition_model
    from tests.receipts import printed

    from ocr import prepare
    from ocr.document import Document
    from ocr.engine.model_file import TASKS, ModelFile
    from ocr.prepare import Pipeline, settings
    from ocr.receipts.extract import extract

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
        page = printed.page(_RECEIPT)
        yield Document((page,), extract([page])).to_json().encode()
    elif target == "preset":
        for pipeline in (
            Pipeline.of(*prepare.STAGES),
            Pipeline.of("deskew"),
            Pipeline.of("shadow", "contrast"),
        ):
            yield b"j" + json.dumps(pipeline.to_config()).encode()
            yield b"y" + settings.dumps(pipeline).encode()
        yield b'j["deskew", {"shadow": {"reach": 0.05}}]'
        yield b"y- deskew\n- shadow: {reach: 0.05}\n"
    else:
        for number, text in enumerate(_ANNOTATIONS):
            for name in range(4):
                yield bytes([number, name]) + text


_RECEIPT = """
Corner Shop
12 High Street
Tax id GB123456789
2024-09-17 18:42
2 x Milk 1.20        2.40
Bread                3.10
Subtotal             5.50
VAT 20% 4.58 0.92    5.50
Total GBP            5.50
Cash                 6.00
Change               0.50
"""
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
    parser.add_argument("--minutes", type=float, default=10, help="of computing time")
    parser.add_argument("--again", type=Path, nargs="*", default=[])
    chosen = parser.parse_args()

    target = _TARGETS[chosen.target]
    finder = _Instrumented(target.modules)
    sys.meta_path.insert(0, finder)
    # Not a temporary folder: nothing of this program runs when the fuzzer has ended it.
    check = target.prepare(chosen.corpus / f"{chosen.target}-files")
    sys.meta_path.remove(finder)

    end = time.process_time() + 60 * chosen.minutes

    def run(data: bytes) -> None:
        with contextlib.suppress(OcrError):
            check(data)
        if time.process_time() > end:
            # The fuzzer ends after this input, with its figures.
            signal.raise_signal(signal.SIGUSR1)

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
        f"-artifact_prefix={folder}/",
        *("-max_len=20000", "-timeout=60", "-rss_limit_mb=3072", "-print_final_stats=1"),
    ]
    atheris.Setup([sys.argv[0], *options, str(folder)], run, custom_mutator=_mutator())
    atheris.Fuzz()


if __name__ == "__main__":
    main()
