"""One network and one reader under many threads, in full: every answer equals that of a single thread byte by byte.

    PYTHONPATH=src:. python benchmarks/concurrency.py [--calls 100000] [--reads 3200] [--receipts 60] [--minutes M]
        [--pictures FOLDER]

Needs the extra ``dev``. 16 threads make the calls on one session of a tiny network; 16 threads make the reads with
options that change from one to the next: of drawn receipts of many sizes and kinds by a tiny reader or, with
``--pictures``, of those of a folder by the default models. With ``--minutes`` each of the two ends after that time.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from tests import concurrency
from tests.models_for_tests import detection_model, recognition_model

from ocr.cli.inputs import expand
from ocr.engine.backends import network
from ocr.engine.model_file import ModelFile
from ocr.pipeline.reader import Reader


def main() -> int:
    """Print how many answers were wrong; 1 where any was."""
    parser = argparse.ArgumentParser(description="Many threads on one network and one reader.")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--reads", type=int, default=3200)
    parser.add_argument("--receipts", type=int, default=60, help="how many different ones")
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--pictures", type=Path)
    chosen = parser.parse_args()
    seconds = 60 * chosen.minutes

    tiny = network(ModelFile.load(detection_model(), task="detection"), 1)
    wrong, calls = concurrency.network_calls(tiny, 16, chosen.calls, seconds)
    print(f"{wrong} wrong answers in {calls} calls from 16 threads on one session", flush=True)
    if chosen.pictures is None:
        reader = Reader(detection_model(), recognition_model(), threads=1)
        sources = concurrency.receipts(chosen.receipts)
    else:
        reader = Reader(threads=1)
        sources = [item.name for item in expand([str(chosen.pictures)])][: chosen.receipts]
    documents, reads = concurrency.reader_calls(reader, 16, chosen.reads, sources, seconds)
    print(f"{documents} wrong documents in {reads} reads of {len(sources)} receipts from 16 threads")
    return int(wrong + documents > 0)


if __name__ == "__main__":
    sys.exit(main())
