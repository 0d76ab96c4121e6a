"""Running a model in PyTorch: a checkpoint as it is, or an exported model rebuilt from its metadata and weights.

Registered by entry points of the package (`ocr.engine.registry`), so that nothing else imports PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ocr.engine.model_file import CHECKPOINT, ModelFile
from ocr.engine.network import BackendUnavailable, finite
from ocr.engine.runtime import Session
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.training import checkpoint, export, fusing
from ocr.training.export_parity import OUTPUT_TOLERANCE
from ocr.training.rebuilding import rebuilt

#: Pixels of the pictures of noise on which a rebuilt network is held against ONNX Runtime: (rows, columns).
_TRIAL = {"detection": (64, 96), "recognition": (32, 160)}
#: Mean difference that rounding to integers explains, relative as `OUTPUT_TOLERANCE` is.
ROUNDED_MEAN = 0.05


def describe_checkpoint(data: bytes, name: str) -> dict[str, Any]:
    """The metadata that a checkpoint's export would carry; nothing in the file is executed.

    Raises:
        BadConfiguration: the bytes are no checkpoint of `ocr train`.
    """
    return export.describe(checkpoint.load_checkpoint(data), name)


class TorchNetwork:
    """One network in PyTorch; see `ocr.engine.network.Network`.

    Threads are a setting of the whole process in PyTorch: that of the network made last holds for all.

    Attributes:
        model: the file that it was made of.
        threads: threads that one run uses.
    """

    backend = "torch"

    def __init__(self, model: ModelFile, threads: int) -> None:
        """Load a checkpoint, or rebuild the network of an exported model.

        Raises:
            BackendUnavailable: the model does not say how its network is built, or what is built from that does
                not answer as it does in ONNX Runtime.
        """
        self.model = model
        self.threads = threads
        torch.set_num_threads(threads)
        if model.format == CHECKPOINT:
            network = fusing.fuse(checkpoint.load_checkpoint(model.data).network)
        else:
            try:
                network = rebuilt(model).network
            except BadConfiguration as error:
                raise BackendUnavailable(f"its network cannot be rebuilt: {error}") from error
            _agree(network, model)
        self._network = network.to(memory_format=torch.channels_last)

    def run(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Run the network on a batch (N, 1, H, W) of grey uint8; see `ocr.engine.network.Network`."""
        return finite(_run(self._network, batch, self.model), self.model)


def _run(network: nn.Module, batch: npt.NDArray[np.uint8], model: ModelFile) -> npt.NDArray[np.float32]:
    try:
        with torch.inference_mode():
            output = network(torch.from_numpy(batch)).float().numpy()
    except (RuntimeError, TypeError, AttributeError) as error:
        raise ModelInvalid(f"the {model.task} model failed on an input {batch.shape}: {error}") from error
    return np.asarray(output, np.float32)


def _agree(network: nn.Module, model: ModelFile) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (2, 1, *_TRIAL[model.task]), np.uint8)
    try:
        got, expected = _run(network, noise, model), Session(model, 1).run(noise)
    except ModelInvalid as error:
        raise BackendUnavailable(f"its network cannot be rebuilt: {error}") from error
    same = got.shape == expected.shape
    differences = np.abs(got - expected) if same else np.array(np.inf)
    # A file with integer convolutions was rounded: its values scatter about those of the rebuilt network.
    rounded = bool(model.info.get("quantization"))
    difference = float(differences.mean() if rounded else differences.max())
    tolerance = ROUNDED_MEAN if rounded else OUTPUT_TOLERANCE
    if not difference <= tolerance * max(1.0, float(np.abs(expected).max())):
        raise BackendUnavailable(
            f"what is rebuilt from its metadata answers otherwise than the file itself (by {difference:.2g})"
        )
