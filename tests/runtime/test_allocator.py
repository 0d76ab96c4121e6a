"""The heap gives large buffers back, unless the environment says how it is to be."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ocr.runtime.machine import resident_bytes

#: Buffers grow in size, so that glibc by itself would keep them all; prints the megabytes that are still held.
HELD = """
import sys
import numpy as np
from ocr.runtime import allocator
from ocr.runtime.machine import resident_bytes
allocator.configure_malloc()
before, kept = resident_bytes(), []
for size in range(5, 30):
    buffer = np.ones(size << 20, np.uint8)
    kept.append(np.ones(1000, np.uint8))
    del buffer
print((resident_bytes() - before) / 1e6)
"""


def held(**environment: str) -> float:
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_"))}
    done = subprocess.run(
        [sys.executable, "-c", HELD], env={**plain, **environment}, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


@pytest.mark.skipif(
    resident_bytes() is None or not sys.platform.startswith("linux"), reason="glibc on Linux alone"
)
def test_large_buffers_go_back_and_settings_of_the_environment_stand() -> None:
    assert held() < 5
    assert held(MALLOC_MMAP_THRESHOLD_="100000000", MALLOC_TRIM_THRESHOLD_="100000000") > 20
