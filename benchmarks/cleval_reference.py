"""Counts of the published ``cleval`` 0.1.1, to hold our own implementation against.

Run with a Python that has it (``pip install --no-deps cleval==0.1.1``, then ``pip install Polygon3 Shapely
numba six numpy opencv-python-headless``)::

    python benchmarks/cleval_reference.py < cases.json > counts.json

A case is ``{"truth": [[points, text or null], …], "found": [[points, text], …], "case_sensitive": true}``;
the answer to each is a list: truth, predicted, correct, splits, merges and false characters of detection, the
same six end to end, then split lines, merged lines and overlapped characters.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import types
from pathlib import Path
from typing import Any


def counts(case: dict[str, Any]) -> list[float]:
    """What the package counts in one case."""
    from cleval.box_types import QUAD
    from cleval.eval_functions import evaluation

    options = types.SimpleNamespace(
        DUMP_SAMPLE_RESULT=False,
        E2E=True,
        ORIENTATION=False,
        CASE_SENSITIVE=case.get("case_sensitive", True),
        RECALL_GRANULARITY_PENALTY_WEIGHT=1.0,
        PRECISION_GRANULARITY_PENALTY_WEIGHT=1.0,
        VERTICAL_ASPECT_RATIO_THRESH=0.5,
        AREA_PRECISION_CONSTRAINT=0.3,
    )

    def boxes(lines: list[Any]) -> list[Any]:
        return [
            QUAD([float(value) for point in points for value in point], 0.0, "###" if text is None else text)
            for points, text in lines
        ]

    stats = evaluation(options, boxes(case["truth"]), boxes(case["found"])).stats
    found: list[float] = []
    for part in (stats.det, stats.e2e):
        found += [part.num_char_gt, part.num_char_det, part.num_char_tp_recall]
        found += [int(part.gran_score_recall), int(part.gran_score_precision), part.num_char_fp]
    return [*found, stats.num_splitted, stats.num_merged, stats.num_char_overlapped]


def main() -> None:
    """Read cases on standard input, write counts on standard output."""
    # The package's own __init__ imports torchmetrics, which the counts do not need.
    found = importlib.util.find_spec("cleval")
    if found is None or found.origin is None:
        sys.exit("cleval is not installed here.")
    package = types.ModuleType("cleval")
    package.__path__ = [str(Path(found.origin).parent)]
    sys.modules["cleval"] = package
    json.dump([counts(case) for case in json.load(sys.stdin)], sys.stdout)
    sys.stdout.flush()
    # Polygon3 miscounts references to True and False, which aborts older Pythons when they clean up.
    os._exit(0)


if __name__ == "__main__":
    main()
