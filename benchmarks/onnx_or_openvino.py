"""Whether OpenVINO runs the shipped networks in less computing time than ONNX Runtime.

    PYTHONPATH=src python benchmarks/onnx_or_openvino.py DATASET [--limit 12]

Needs ``openvino`` beside the core. Both engines take turns on the same inputs with one thread; computing time of the
process is compared, which other work on the machine disturbs little.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openvino

from ocr.datasets import open_dataset
from ocr.detection.sizing import SizePolicy, fit
from ocr.engine.model_file import ModelFile
from ocr.engine.runtime import Session
from ocr.io.images import to_grey


def main() -> None:
    """Print seconds of computing time of both engines and their ratio, three rounds a network."""
    parser = argparse.ArgumentParser(description="Compare OpenVINO with ONNX Runtime.")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--limit", type=int, default=12, help="use only the first receipts")
    chosen = parser.parse_args()

    detection, recognition = ModelFile.shipped("detection"), ModelFile.shipped("recognition")
    policy = SizePolicy.from_metadata(detection.preprocess)
    pages = []
    for sample in open_dataset(chosen.dataset)[: chosen.limit]:
        page = to_grey(sample.load())
        height, width = page.shape
        pages.append(fit(page, policy, policy.bounded(width, height, policy.wanted(width, height)))[0])
    rng = np.random.default_rng(0)
    lines = [rng.integers(0, 256, (8, 1, 32, 8 * int(k)), np.uint8) for k in rng.integers(6, 60, 24)]
    for model, inputs in ((detection, [page[None, None] for page in pages]), (recognition, lines)):
        _compare(model, inputs)


def _compare(model: ModelFile, inputs: list[np.ndarray]) -> None:
    session = Session(model, 1)
    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(core.read_model(io.BytesIO(model.data)), "CPU", settings)

    def by_openvino(batch: np.ndarray) -> np.ndarray:
        return compiled.create_infer_request().infer([batch])[0]

    difference = max(np.abs(session.run(batch) - by_openvino(batch)).max() for batch in inputs[:3])
    print(f"{model.task}: outputs differ by at most {difference:.1e}")
    engines: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "onnxruntime": session.run,
        "openvino": by_openvino,
    }
    for turn in range(3):
        seconds = {}
        for name, run in engines.items():
            started = time.process_time()
            for batch in inputs:
                run(batch)
            seconds[name] = time.process_time() - started
        ratio = seconds["openvino"] / seconds["onnxruntime"]
        told = ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())
        print(f"  round {turn + 1}: {told}; OpenVINO takes {ratio:.2f} times as long")


if __name__ == "__main__":
    main()
