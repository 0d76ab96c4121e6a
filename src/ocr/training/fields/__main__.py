"""``python -m ocr.training.fields --pictures FOLDER --words FILE --drawn 1500``: train the scorers of fields."""

from __future__ import annotations

import argparse
from io import BytesIO
from itertools import chain
from pathlib import Path

import numpy as np

import ocr.receipts
from ocr.io.files import write_whole
from ocr.receipts.scorer import FILE, to_arrays
from ocr.training.fields import examples
from ocr.training.fields.train import tables, train


def main() -> None:
    """Train and write the file of the package, or another one."""
    parser = argparse.ArgumentParser(prog="python -m ocr.training.fields", description=__doc__)
    parser.add_argument(
        "--pictures", type=Path, action="append", default=[], help="data sets with pictures and fields"
    )
    parser.add_argument(
        "--words", type=Path, action="append", default=[], help="data sets of annotated words"
    )
    parser.add_argument("--drawn", type=int, default=1500, help="synthetic receipts")
    parser.add_argument("--readings", type=Path, help="folder that keeps what was read between runs")
    parser.add_argument("--out", type=Path, default=Path(ocr.receipts.__file__).parent / FILE)
    arguments = parser.parse_args()
    receipts = chain(
        *(examples.read(folder, arguments.readings) for folder in arguments.pictures),
        *(examples.words(file) for file in arguments.words),
        examples.drawn(arguments.drawn),
    )
    scorers = train(tables(receipts))
    data = BytesIO()
    np.savez_compressed(data, allow_pickle=False, **to_arrays(scorers))
    write_whole(arguments.out, data.getvalue())
    print(f"{arguments.out}: {len(data.getvalue())} bytes")


if __name__ == "__main__":
    main()
