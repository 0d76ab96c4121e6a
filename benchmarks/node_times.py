"""Where a network spends its time: milliseconds by operator and, on request, by node.

    python benchmarks/node_times.py MODEL 1 1568 640 [--nodes] [--threads 1] [--runs 8]

The least time of each node over all runs counts, so that a busy machine disturbs little. Operators are those that ONNX
Runtime makes of the file: integer convolutions are `QLinearConv`, `ReorderInput` and `ReorderOutput` change the layout.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnxruntime


def main() -> None:
    """Profile one input size and print the table."""
    parser = argparse.ArgumentParser(description="Time the operators of a model.")
    parser.add_argument("model", type=Path)
    parser.add_argument("shape", type=int, nargs=3, metavar="SIZE", help="batch, height and width")
    parser.add_argument("--nodes", action="store_true", help="list the nodes in their order as well")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=8)
    chosen = parser.parse_args()

    batch, height, width = chosen.shape
    pixels = np.random.default_rng(0).integers(0, 256, (batch, 1, height, width), np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = chosen.threads
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "profile")
        session = onnxruntime.InferenceSession(chosen.model, options, providers=["CPUExecutionProvider"])
        for _ in range(chosen.runs):
            session.run(None, {session.get_inputs()[0].name: pixels})
        events = json.loads(Path(session.end_profiling()).read_text("utf-8"))

    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("kernel_time"):
            key = event["args"]["op_name"], event["name"].removesuffix("_kernel_time")
            times[key].append(event["dur"] / 1000)
    least = {key: min(found) for key, found in times.items()}
    if chosen.nodes:
        for (operator, name), spent in least.items():
            print(f"{spent:8.2f} ms  {operator:18} {name}")
    sums: dict[str, float] = defaultdict(float)
    for (operator, _), spent in least.items():
        sums[operator] += spent
    for operator, spent in sorted(sums.items(), key=lambda item: -item[1]):
        print(f"{spent:8.2f} ms  {operator}")
    print(f"{sum(sums.values()):8.2f} ms  together")


if __name__ == "__main__":
    main()
