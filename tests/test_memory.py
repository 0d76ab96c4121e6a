"""Reading pictures of ever new sizes does not make a process grow."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ocr.reader import Reader
from tests.models_for_tests import receipt_like

STATM = Path("/proc/self/statm")


def _resident() -> float:
    """Megabytes of resident memory."""
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


@pytest.mark.skipif(not STATM.exists(), reason="resident memory is read from /proc")
def test_memory_settles_after_the_first_receipts(reader: Reader) -> None:
    rng = np.random.default_rng(0)

    def read(count: int) -> None:
        for _ in range(count):
            width, height = int(rng.integers(160, 700)), int(rng.integers(240, 1400))
            reader.read(receipt_like(width=width, height=height))

    read(80)
    settled = _resident()
    read(120)
    assert _resident() - settled < 20
