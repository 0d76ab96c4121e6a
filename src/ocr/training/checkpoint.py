"""A checkpoint of a training run, loaded without executing anything in it."""

from __future__ import annotations

import contextlib
import importlib
import io
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import nn

from ocr.errors import BadConfiguration
from ocr.training import tasks


@dataclass(frozen=True)
class Trained:
    """A checkpoint, loaded.

    Attributes:
        task: ``detection`` or ``recognition``.
        network: with the averaged weights, in evaluation mode.
        settings: the whole configuration of the run.
        step: optimiser steps taken.
    """

    task: str
    network: nn.Module
    settings: dict[str, Any]
    step: int

    @property
    def narrow(self) -> float:
        """Columns a stroke that the lines of a recogniser's training were widened to; 0 where they were not."""
        return float(self.settings["data"]["train"].get("narrow", 0.0))


def load_checkpoint(source: Path | bytes) -> Trained:
    """Rebuild the network of a training checkpoint, a file or its bytes; nothing in it is executed.

    Raises:
        BadConfiguration: the file is no checkpoint of `ocr train`.
    """
    origin = "the file" if isinstance(source, bytes) else source
    try:
        file = io.BytesIO(source) if isinstance(source, bytes) else source
        saved = torch.load(file, map_location="cpu", weights_only=True)
        settings = saved["hyper_parameters"]["settings"]
        network = build(settings)
        state, step = saved["state_dict"], int(saved["global_step"])
    except (OSError, EOFError, KeyError, TypeError, RuntimeError, ValueError, UnpicklingError) as error:
        raise BadConfiguration(f"{origin} is no checkpoint of `ocr train`: {error}") from error
    tasks.take_weights(network, state, str(origin))
    return Trained(settings["task"], network.eval(), settings, step)


def build(settings: dict[str, Any], classes: int | None = None) -> nn.Module:
    """The untrained network that the settings of a run describe, built of parts of this package alone.

    Args:
        settings: of a checkpoint or a model's metadata; as little to be trusted as its origin.
        classes: of a recogniser; as many as its charset asks for where ``None``.

    Raises:
        ValueError: a part is named that is no network of this package.
    """
    from omegaconf import OmegaConf

    for part in ("encoder", "decoder", "head", "recognizer"):
        _check_part(settings.get(part) or {})
    return tasks.build_network(OmegaConf.create(settings), classes)


def _check_part(settings: dict[str, Any]) -> None:
    """Hold what a checkpoint wants built against the networks of this package: it could name any function."""
    target = str(settings.get("_target_", ""))
    if not target:
        return
    module, _, name = target.rpartition(".")
    part = None
    if module.startswith("ocr.models."):
        with contextlib.suppress(ImportError):
            part = getattr(importlib.import_module(module), name, None)
    own = isinstance(part, type) and issubclass(part, nn.Module) and part.__module__.startswith("ocr.models.")
    if not own or any(isinstance(value, dict) for value in settings.values()):
        raise ValueError(f"{target!r} is no part of a network of this package")
    if "pretrained" in settings:
        # The weights come from the checkpoint: nothing is to be fetched for them.
        settings["pretrained"] = False
