"""The network of an exported model, made anew of its metadata and its weights."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration
from ocr.training import checkpoint, fusing
from ocr.training.checkpoint import Trained


def rebuilt(model: ModelFile) -> Trained:
    """What was exported, normalisation folded; of one in integers the weights that it was rounded from.

    Raises:
        BadConfiguration: the model does not say how its network is built, or that does not fit its weights.
    """
    provenance = dict(model.info.get("provenance") or {})
    settings = provenance.get("settings")
    if not isinstance(settings, dict):
        raise BadConfiguration("its metadata does not say how the network is built")
    try:
        classes = len(model.charset) + 1 if model.charset else None
        network = fusing.fuse(checkpoint.build(settings, classes))
        # What the file has no weights for is not used in inference, such as the threshold branch of a detector;
        # were it used, the answer would not be a number.
        for parameter in network.parameters():
            nn.init.constant_(parameter, torch.nan)
        fusing.load_model(network, model)
        return Trained(model.task, network.eval(), settings, int(provenance.get("steps") or 0))
    except (RuntimeError, TypeError, ValueError, KeyError) as error:
        raise BadConfiguration(str(error)) from error


def load_trained(path: Path) -> Trained:
    """A checkpoint of ``ocr train``, or a model that ``ocr export`` made of one.

    Raises:
        BadConfiguration: it is neither, or a model that cannot be rebuilt.
        ModelInvalid: it is a model, and damaged.
    """
    if path.suffix != ".onnx":
        return checkpoint.load_checkpoint(path)
    model = ModelFile.load(path, task=None)
    try:
        return rebuilt(model)
    except BadConfiguration as error:
        raise BadConfiguration(f"{path} cannot be exported anew: {error}") from error
