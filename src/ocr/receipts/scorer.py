"""The trained scorers of totals, names and addresses: gradient-boosted trees in a file of the package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
import numpy.typing as npt

from ocr.engine.trees import Trees

#: The file with all scorers, in the package.
FILE = "scorers.npz"


@cache
def scorers() -> dict[str, Trees]:
    """The scorers of the package by name."""
    data = files("ocr.receipts").joinpath(FILE).read_bytes()
    with np.load(BytesIO(data), allow_pickle=False) as archive:
        return from_arrays({name: archive[name] for name in archive.files})


def from_arrays(arrays: dict[str, npt.NDArray[np.generic]]) -> dict[str, Trees]:
    """Scorers from the arrays of a file: ``NAME.feature`` and so on."""
    names = sorted({name.split(".")[0] for name in arrays if name.endswith(".feature")})
    return {
        name: Trees(
            arrays[f"{name}.feature"].astype(np.int16),
            arrays[f"{name}.threshold"].astype(np.float32),
            arrays[f"{name}.value"].astype(np.float32),
            float(arrays[f"{name}.base"]),
            arrays[f"{name}.knots"].astype(np.float32),
        )
        for name in names
    }


def to_arrays(scorers: dict[str, Trees]) -> dict[str, npt.NDArray[np.generic]]:
    """The arrays of a file."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for name, trees in scorers.items():
        arrays[f"{name}.feature"] = trees.feature
        arrays[f"{name}.threshold"] = trees.threshold
        arrays[f"{name}.value"] = trees.value.astype(np.float16)
        arrays[f"{name}.base"] = np.float64(trees.base)
        arrays[f"{name}.knots"] = trees.knots
    return arrays
