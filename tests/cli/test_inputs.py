"""Arguments to inputs."""

from __future__ import annotations

from pathlib import Path

from ocr.cli.inputs import expand
from tests.models_for_tests import receipt_like
from tests.pictures import encoded

PNG = encoded(receipt_like(), "PNG")


def test_a_folder_stands_for_its_pictures_by_content_or_name(tmp_path: Path) -> None:
    (tmp_path / "scan").write_bytes(PNG)
    (tmp_path / "broken.JPG").write_bytes(b"")
    (tmp_path / "list.csv").write_text("a,b")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "scan.overlay.png").write_bytes(PNG)
    (tmp_path / "scan.overlay-2.png").write_bytes(PNG)
    assert [Path(i.name).name for i in expand([str(tmp_path)])] == ["broken.JPG", "scan"]
    assert [i.name for i in expand(["x" * 5000, "nul\0byte"])] == ["x" * 5000, "nul\0byte"]


def test_names_of_results_are_unique_whatever_the_case() -> None:
    found = expand(["a/x.jpg", "b/X.png", "c/x.tif", "x-2.jpg", "-", "a/x.jpg"])
    assert [i.stem for i in found] == ["x", "X-2", "x-3", "x-2-2", "stdin"]


def test_a_file_named_like_a_pattern_is_itself(tmp_path: Path) -> None:
    path = tmp_path / "bill[1].png"
    path.write_bytes(PNG)
    assert [i.name for i in expand([str(path)])] == [str(path)]
