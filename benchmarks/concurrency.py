"""One network and one reader under many threads, in full: every answer equals that of a single thread byte by byte.

    PYTHONPATH=src:. python benchmarks/concurrency.py [--calls 100000] [--receipts 200] [--pictures FOLDER]

Needs the extra ``dev``. 16 threads make the calls on one session of a tiny network; 16 threads read as many receipts
each with options that change from call to call: drawn receipts by a tiny reader or, with ``--pictures``, those of a
folder by the default models.
"""

from __future__ import annotations

import argparse
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
    parser.add_argument("--receipts", type=int, default=200)
    parser.add_argument("--pictures", type=Path)
    chosen = parser.parse_args()

    tiny = network(ModelFile.load(detection_model(), task="detection"), 1)
    wrong = concurrency.network_calls(tiny, 16, chosen.calls)
    print(f"{wrong} wrong answers in {chosen.calls} calls from 16 threads on one session", flush=True)
    if chosen.pictures is None:
        reader = Reader(detection_model(), recognition_model(), threads=1)
        sources = concurrency.receipts(chosen.receipts)
    else:
        reader = Reader(threads=1)
        sources = [item.name for item in expand([str(chosen.pictures)])][: chosen.receipts]
    documents = concurrency.reader_calls(reader, 16, 16 * chosen.receipts, sources)
    print(
        f"{documents} wrong documents: 16 threads, {chosen.receipts} receipts each, {len(sources)} different"
    )
    return int(wrong + documents > 0)


if __name__ == "__main__":
    sys.exit(main())
