"""The rows of the table of architectures: each composes, and its network and its sizes can be made."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("hydra")
pytest.importorskip("timm")

from ocr.detection.sizing import SizePolicy
from ocr.training import run, tasks

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def table():
    """`benchmarks/architectures.py` as a module."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        found = importlib.util.spec_from_file_location("architectures", BENCHMARKS / "architectures.py")
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(BENCHMARKS))


def test_every_row_of_the_table_can_be_trained(table):
    given = table.parser().parse_args(["train", "val", "--size", "384", "--steps", "90"])
    pixels = set()
    for name, words in table.rows().items():
        made = run.compose("detection", table.overrides(name, words, given))
        SizePolicy.from_mapping(dict(made.policy))
        assert sum(p.numel() for p in tasks.build_network(made).parameters()) > 1000, name
        pixels.add(round(made.steps * made.data.train.size**2, -6))
    assert len(table.rows()) > 20
    assert len(pixels) == 1, "rows are given different numbers of pixels"
