"""Imports against the layers, names of modules in strings, and cycles are counted."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("grimp")

from tools import imports

LAYERS = """
[[tool.importlinter.contracts]]
type = "layers"
layers = ["ocr.high", "ocr.left | ocr.right", "ocr.low"]
[[tool.importlinter.contracts]]
type = "layers"
containers = ["ocr.high"]
layers = ["top", "one | two"]
"""


def test_layers_of_packages_inside_have_full_names(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(LAYERS, "utf-8")
    whole, inside = imports.layers(tmp_path / "pyproject.toml")
    assert whole == ["ocr.high", "ocr.left | ocr.right", "ocr.low"]
    assert inside == ["ocr.high.top", "ocr.high.one | ocr.high.two"]


@pytest.mark.parametrize(
    ("importer", "imported", "back"),
    [
        ("ocr.high.a", "ocr.low", False),
        ("ocr.low", "ocr.high.a", True),
        ("ocr.left", "ocr.right.b", True),
        ("ocr.left.a", "ocr.left.b", False),
        ("ocr.low", "ocr.unknown", False),
    ],
)
def test_the_direction_of_an_import(importer: str, imported: str, back: bool) -> None:
    known = imports.ranks(["ocr.high", "ocr.left | ocr.right", "ocr.low"])
    assert imports.points_back(importer, imported, known) == back


def test_modules_named_in_strings_are_seen(tmp_path: Path) -> None:
    package = tmp_path / "ocr"
    package.mkdir()
    (package / "a.py").write_text('"""See `ocr.b`."""\nX = "ocr.b:Thing"\nY = "ocr.nothing"\n', "utf-8")
    assert list(imports.named_in_strings(package, ["ocr.a", "ocr.b"])) == [("ocr.a", "ocr.b")]


def test_cycles_are_found_once() -> None:
    pairs = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "a"), ("f", "g"), ("g", "f")]
    assert imports.cycles(pairs) == [["a", "b", "c"], ["f", "g"]]
    assert imports.cycles([("a", "b"), ("a", "c"), ("b", "c")]) == []


def test_the_package_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert imports.main() == 0, capsys.readouterr().out
