"""Values in other people's files on which functions of Python itself fail: each file is refused with its code."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ocr.datasets import open_dataset
from ocr.document import Document, Page
from ocr.errors import AnnotationInvalid, BadConfiguration, InputError, InputUnreadable
from ocr.io.files import is_file
from ocr.prepare import settings
from ocr.recognition.beam import Beam
from ocr.recognition.calibration import Calibrator
from ocr.runtime.option_kinds import shown

#: More digits than Python takes from text, and more than a float holds.
DIGITS, LARGE = "1" * 5000, "1" + "0" * 400
QUAD = "[[10, 10], [90, 10], [90, 30], [10, 30]]"


def _fields(folder: Path, text: str) -> Path:
    for name in ("images", "boxes", "fields"):
        (folder / name).mkdir()
    (folder / "images" / "a.png").write_bytes(b"")
    (folder / "boxes" / "a.txt").write_text("1,2,3,2,3,4,1,4,x\n", "utf-8")
    (folder / "fields" / "a.json").write_text(text, "utf-8")
    return folder


def _file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: _fields(folder, f'{{"total": {DIGITS}}}'),
        lambda folder: _file(folder, "a.json", f'{{"a.png": {{"polygons": [{DIGITS}]}}}}'),
        lambda folder: _file(folder, "a.txt", f'a.png\t[{{"points": {DIGITS}}}]\n'),
        lambda folder: _file(folder, "a.jsonl", '{"words": [], "width": Infinity, "height": 1}\n'),
        lambda folder: _file(
            folder,
            "a.txt",
            f'a.png\t[{{"points": [[{LARGE}, 1], [2, 3], [3, 4]], "transcription": ""}}]\n',
        ),
    ],
    ids=["fields", "json", "paddle", "cord", "large"],
)
def test_annotations_are_refused(make: Callable[[Path], Path], tmp_path: Path) -> None:
    with pytest.raises(AnnotationInvalid):
        _ = open_dataset(make(tmp_path))[0]


def test_a_name_too_long_for_the_system_is_no_file(tmp_path: Path) -> None:
    name = "a" * 5000 + ".png"
    words = {"1": {"points": json.loads(QUAD), "transcription": "T"}}
    path = _file(tmp_path, "a.json", json.dumps({"images": {name: {"words": words}}}))
    with pytest.raises(InputError):
        open_dataset(path)[0].load()
    label = json.dumps([{"points": json.loads(QUAD), "transcription": "T"}])
    with pytest.raises(InputError):
        open_dataset(_file(tmp_path, "a.txt", f"{name}\t{label}\n"))[0].load()
    with pytest.raises(InputUnreadable):
        open_dataset(tmp_path / name)
    assert not is_file(tmp_path / name)
    document = Document((Page(9, 9, (), ()),), source=name)
    with pytest.raises(InputUnreadable):
        document.save(tmp_path / "a.png")
    assert document.save(tmp_path / "a.html").exists()


def test_metadata_of_a_model_is_refused() -> None:
    large = int(LARGE)
    with pytest.raises(ValueError, match="no confidence map"):
        Calibrator.from_dict({"raw": [0, large], "accuracy": [0, 1]})
    with pytest.raises(ValueError, match="lm_weight"):
        Beam(None, lm_weight=large)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "deskew: {max_angle: 2020-13-45}",
        f"deskew: {{max_angle: {DIGITS}}}",
        f"deskew: {{max_angle: {LARGE}}}",
        "deskew: {max_angle: !!timestamp soon}",
        "deskew: {max_angle: !!bool perhaps}",
        "deskew: {max_angle: !!int ''}",
        "deskew: {max_angle: !!binary a}",
        "- &a [*a]",
        "? [1]\n: 2",
    ],
)
def test_presets_in_yaml_are_refused(text: str) -> None:
    pytest.importorskip("yaml")
    with pytest.raises(BadConfiguration):
        settings.loads(text, "preset.yaml")


def test_what_a_few_aliases_repeat_is_not_printed() -> None:
    """Ten to the power of nine entries, if all of them were."""
    pytest.importorskip("yaml")
    names = "abcdefghij"
    lines = [f"{names[0]}: &{names[0]} [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in itertools.pairwise(names)
    ]
    nested = "\n".join(lines)
    for text in (nested, f"{nested}\ndeskew: {{max_angle: *j}}", "\n".join(f"- {line}" for line in lines)):
        with pytest.raises(BadConfiguration) as told:
            settings.loads(text, "preset.yaml")
        assert len(str(told.value)) < 1000


def test_values_of_messages_stay_as_they_were() -> None:
    assert shown([1, "two", {"three": (3.0,)}]) == "[1, 'two', {'three': (3.0,)}]"
    assert shown("x" * 100) == repr("x" * 100)[:57] + "..."
    assert shown(10**5000) == "a int that cannot be printed"
