"""What the training runs of several tests start from."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.training.runs import write_pages


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of three tiny pages."""
    return write_pages(tmp_path_factory.mktemp("data") / "pages")
