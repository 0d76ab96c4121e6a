"""Reading pictures of ever new sizes does not make a process grow, and the test would see it if it did."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ocr.pipeline.reader import Reader
from ocr.runtime.machine import resident_bytes
from tests.models_for_tests import receipt_like

pytestmark = pytest.mark.skipif(resident_bytes() is None, reason="the system does not tell resident memory")

#: Megabytes that a network may grow by over pictures of new sizes.
MOST_GROWTH = 60
#: Runs the shipped detection network on ever new sizes and prints by how many megabytes the process grew.
SIZES = """
import sys
import numpy as np
from ocr.engine.model_file import ModelFile
from ocr.runtime.machine import resident_bytes
model = ModelFile.shipped("detection")
if sys.argv[1] == "ours":
    from ocr.engine.runtime import Session
    run = Session(model, 1).run
else:
    import onnxruntime
    options, once = onnxruntime.SessionOptions(), onnxruntime.RunOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    options.enable_mem_pattern = True
    once.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    session = onnxruntime.InferenceSession(model.data, options, providers=["CPUExecutionProvider"])
    run = lambda batch: session.run(None, {session.get_inputs()[0].name: batch}, once)
rng = np.random.default_rng(0)
largest = np.zeros((1, 1, 640, 640), np.uint8)
run(largest)
before = resident_bytes()
for height, width in 32 * rng.integers(4, 21, (90, 2)):
    run(largest[:, :, :height, :width].copy())
print((resident_bytes() - before) / 1e6)
"""


def test_memory_settles_after_the_first_receipts(reader: Reader) -> None:
    rng = np.random.default_rng(0)

    def read(count: int) -> None:
        for _ in range(count):
            width, height = int(rng.integers(160, 700)), int(rng.integers(240, 1400))
            reader.read(receipt_like(width=width, height=height))

    read(80)
    settled = resident_bytes() or 0
    read(120)
    assert (resident_bytes() or 0) - settled < 20e6


def grown(settings: str) -> float:
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-c", SIZES, settings], cwd=root, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def test_a_network_does_not_grow_with_new_sizes() -> None:
    assert grown("ours") < MOST_GROWTH


def test_settings_that_grow_are_caught() -> None:
    # Arena shrinkage with memory patterns on: what the test above is there to keep out.
    assert grown("arena shrinkage with memory patterns") > MOST_GROWTH
