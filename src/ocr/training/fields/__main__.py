"""``python -m ocr.training.fields --pictures FOLDER --words FILE --drawn 1500``: train the scorers of fields."""

from __future__ import annotations

import argparse
from io import BytesIO
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

import ocr.receipts
from ocr.io.files import write_whole
from ocr.receipts.scorer import FILE, to_arrays
from ocr.training.fields import examples
from ocr.training.fields.confidences import confidences
from ocr.training.fields.train import SETTINGS, tables, train


def main() -> None:
    """Train and write the file of the package, or another one."""
    parser = argparse.ArgumentParser(prog="python -m ocr.training.fields", description=__doc__)
    parser.add_argument(
        "--pictures", type=Path, action="append", default=[], help="data sets with pictures and fields"
    )
    parser.add_argument(
        "--words", type=Path, action="append", default=[], help="data sets of annotated words"
    )
    parser.add_argument(
        "--synthetic",
        type=Path,
        action="append",
        default=[],
        help="data sets of synthetic pictures with fields and items: confidences are calibrated with them too",
    )
    parser.add_argument("--drawn", type=int, default=1500, help="synthetic receipts")
    parser.add_argument(
        "--only",
        choices=sorted(SETTINGS),
        action="append",
        help="train this scorer; the others of the file stay (may be given several times)",
    )
    parser.add_argument(
        "--confidences-only",
        action="store_true",
        help="keep the trees of the file, and calibrate the confidences of dates, amounts and items alone",
    )
    parser.add_argument("--readings", type=Path, help="folder that keeps what was read between runs")
    parser.add_argument("--out", type=Path, default=Path(ocr.receipts.__file__).parent / FILE)
    arguments = parser.parse_args()
    read = [one for folder in arguments.pictures for one in examples.read(folder, arguments.readings)]
    read += [
        one for folder in arguments.synthetic for one in examples.read(folder, arguments.readings, drawn=True)
    ]
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    if arguments.confidences_only or arguments.only:
        with np.load(arguments.out, allow_pickle=False) as archive:
            arrays |= {name: archive[name] for name in archive.files}
    if not arguments.confidences_only:
        words = [one for file in arguments.words for one in examples.words(file)]
        found = tables(chain(read, words, examples.drawn(arguments.drawn)))
        wanted = arguments.only or list(found)
        arrays |= to_arrays(train({name: found[name] for name in wanted}))
    if not arguments.only:
        arrays |= confidences(read)
    data = BytesIO()
    np.savez_compressed(data, allow_pickle=False, **arrays)
    write_whole(arguments.out, data.getvalue())
    print(f"{arguments.out}: {len(data.getvalue())} bytes")


if __name__ == "__main__":
    main()
