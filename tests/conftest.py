"""Fixtures that the whole suite shares."""

from __future__ import annotations

import os
from pathlib import Path

# Before PyTorch is imported, and for the processes that tests start: its threads wait by spinning, so two processes of
# two threads each on two cores take nearly three times the computing time of two processes of one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

# A test on a busy machine may take any time, and every run tries the same: what is new is looked for by
# ``benchmarks/fuzz.py`` and ``benchmarks/coverage_fuzz.py``.
settings.register_profile(
    "any machine", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parent.parent
#: Folders whose modules take longest. They come first, so that at the end no core waits for the last of them.
_LONG = ("training", "server", "app", "batch", "models", "io")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the modules for processes that take one after the other (``--no-loadscope-reorder`` keeps this order)."""

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        return _LONG.index(folder) if folder in _LONG else len(_LONG)

    items.sort(key=place)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder ``shared`` with real receipts; tests that need it skip where it is absent."""
    places = [Path(os.environ["OCR_SHARED"])] if "OCR_SHARED" in os.environ else [ROOT.parent / "shared"]
    for place in places:
        if (place / "data" / "sroie").is_dir():
            return place
    pytest.skip(f"no real receipts at {places[0]} (set OCR_SHARED to the folder that holds data/sroie)")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Paths of a tiny detection and a tiny recognition model that read the pages of `receipt_like`."""
    pytest.importorskip("onnx")
    from tests.models_for_tests import detection_model, recognition_model

    folder = tmp_path_factory.mktemp("models")
    detection, recognition = folder / "detection.onnx", folder / "recognition.onnx"
    detection.write_bytes(detection_model())
    recognition.write_bytes(recognition_model())
    return detection, recognition


@pytest.fixture(scope="session")
def reader(models: tuple[Path, Path]) -> object:
    """A reader with the tiny models."""
    from ocr.pipeline.reader import Reader

    return Reader(*models, threads=1)
