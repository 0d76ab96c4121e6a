"""The interface between a reader and the backends that run its networks."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from ocr.engine.model_file import ModelFile
from ocr.errors import ModelInvalid, ModelOutputInvalid


class BackendUnavailable(ModelInvalid):
    """A backend other than the default one cannot run this model here; the default one takes its place."""


class Network(Protocol):
    """One network, ready to run; safe to share between threads.

    Attributes:
        model: the file that it was loaded from.
        threads: threads that one run uses.
        backend: name of the backend that it belongs to.
    """

    model: ModelFile
    threads: int
    backend: str

    def run(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Run the network on a batch.

        Args:
            batch: (N, 1, H, W) grey uint8.

        Returns:
            The first output, float32, all values finite.

        Raises:
            ModelInvalid: the network does not take such a batch.
            ModelOutputInvalid: the output holds NaN or infinity.
        """
        ...


@runtime_checkable
class Reserving(Protocol):
    """A network that can allocate the memory of its largest run in advance."""

    def reserve(self, height: int, width: int) -> None:
        """Called before each page with the size in pixels of the largest picture to expect."""
        ...


def finite(output: npt.NDArray[np.float32], model: ModelFile) -> npt.NDArray[np.float32]:
    """The output of a network, unchanged, once all of its values are checked to be finite.

    Raises:
        ModelOutputInvalid: it holds NaN or infinity.
    """
    if not np.isfinite(output).all():
        raise ModelOutputInvalid(f"the {model.task} network answered with values that are not finite")
    return output
