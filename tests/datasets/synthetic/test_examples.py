"""The committed example receipts agree with their truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ocr import polygons
from ocr.datasets import open_dataset

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize("name", ["scan", "photo", "german", "matrix"])
def test_an_example_has_ink_where_its_truth_says(name: str) -> None:
    (sample,) = open_dataset(EXAMPLES / f"{name}.json", "words_json")
    image = sample.load()
    assert (EXAMPLES / f"{name}.jpg").stat().st_size < 150_000
    assert len(sample.lines) > 10
    for line in sample.lines:
        assert line.text
        checked = polygons.validate(line.polygon, image.shape[1], image.shape[0])
        assert checked.polygon is not None
        x0, y0, x1, y1 = (int(v) for v in polygons.bounds(checked.polygon))
        region = image[y0:y1, x0:x1].astype(float)
        assert np.percentile(region, 95) - np.percentile(region, 5) > 25, line.text


@pytest.mark.parametrize("name", ["scan", "photo", "german", "matrix"])
def test_an_example_is_made_by_its_command(name: str, tmp_path: Path) -> None:
    """Texts are compared, not bytes: those depend on the versions of the imaging libraries."""
    pytest.importorskip("PIL", reason="needs the extra [synth]")
    pytest.importorskip("fontpkg_arimo", reason="needs the extra [synth]")
    from ocr.cli.app import main

    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    row = next(line for line in readme.splitlines() if line.startswith(f"| `{name}.jpg`"))
    command = row.split("`ocr ")[1].split("`")[0].split()
    command[1] = str(tmp_path / "made")
    with pytest.raises(SystemExit) as ending:
        main(command)
    assert not ending.value.code
    (made,) = open_dataset(tmp_path / "made" / "words.json", "words_json")
    (kept,) = open_dataset(EXAMPLES / f"{name}.json", "words_json")
    assert [line.text for line in made.lines] == [line.text for line in kept.lines]
