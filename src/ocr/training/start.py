"""Where a training's weights start: at those of a checkpoint or of an exported model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from ocr.engine.choice import resolve
from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration
from ocr.models.recognizer.composed import ComposedConv
from ocr.recognition.charset import Charset
from ocr.runtime.suggestions import did_you_mean
from ocr.training import tasks
from ocr.training.classes import by_class, carry_over
from ocr.training.fusing import fuse, load_model, unfuse

if TYPE_CHECKING:
    from omegaconf import DictConfig

#: Training batches whose statistics stand in for those that were folded into an exported model.
_BATCHES = 12


def start_from(choice: str, cfg: DictConfig, network: nn.Module, loader: DataLoader[Any]) -> None:
    """Put weights into a network before its first step.

    A recogniser of another charset gives its weights as well, with the rows of the characters that both have; see
    `carry_over`.

    Args:
        choice: path of a checkpoint of `ocr train` (``.ckpt``), or an exported model: a path or a name of the
            catalogue; ``shipped`` is the model of this package.
        cfg: configuration of the run.
        network: takes the weights.
        loader: training batches; an exported model has lost its statistics, and a few batches give new ones.

    Raises:
        BadConfiguration: the weights are of another network.
        ModelInvalid: there is no such model, or it is damaged.
    """
    model = None if choice.endswith(".ckpt") else resolve(choice, cfg.task)
    before = after = None
    if cfg.task == "recognition":
        after = Charset.load(cfg.charset)
        before = _of_checkpoint(Path(choice), after) if model is None else Charset(model.charset or "")
    if before is None or after is None or before.characters == after.characters:
        _load(choice, model, network, loader)
        if model is not None:
            _without_parts(network)
        return
    source = tasks.build_network(cfg, before.classes)
    _load(choice, model, source, loader)
    rows = by_class(lambda classes: tasks.build_network(cfg, classes))
    carry_over(source, network, before, after, rows)


def _without_parts(network: nn.Module) -> None:
    """Exported rows are whole: what classes share is in each of them, and begins anew at nothing."""
    for module in network.modules():
        if isinstance(module, ComposedConv):
            nn.init.zeros_(module.parts)


def freeze(network: nn.Module, parts: Sequence[str]) -> None:
    """Keep the weights of parts of a network as they are.

    Args:
        network: whose parameters are to stay.
        parts: beginnings of names of parameters: ``features.0`` is all of that layer.

    Raises:
        BadConfiguration: nothing has a name that begins so, or nothing would be left to train.
    """
    for part in parts:
        found = [p for name, p in network.named_parameters() if name == part or name.startswith(f"{part}.")]
        if not found:
            known = sorted({name.split(".")[0] for name, _ in network.named_parameters()})
            raise BadConfiguration(
                f"freeze: the network has no part {part!r}; {did_you_mean(part, known, 'parts')}"
            )
        for parameter in found:
            parameter.requires_grad_(False)
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise BadConfiguration("freeze: nothing is left to train")


def _load(choice: str, model: ModelFile | None, network: nn.Module, loader: DataLoader[Any]) -> None:
    """Take the weights of a choice as they are."""
    if model is None:
        tasks.load_weights(network, Path(choice))
        return
    fused = fuse(network)
    load_model(fused, model)
    unfuse(network, fused, _pictures(loader))


def _of_checkpoint(path: Path, otherwise: Charset) -> Charset:
    """The charset that a checkpoint was trained with, or another where that cannot be told."""
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        return Charset.load(saved["hyper_parameters"]["settings"]["charset"])
    except (OSError, EOFError, KeyError, TypeError, RuntimeError, UnpicklingError, BadConfiguration):
        return otherwise  # What is wrong with the file, loading its weights tells.


def _pictures(loader: DataLoader[Any]) -> Iterator[Tensor]:
    # In this process: the loader's own processes would be started for a handful of batches.
    own: DataLoader[Any] = DataLoader(
        loader.dataset,
        batch_size=loader.batch_size,
        sampler=loader.sampler,
        collate_fn=loader.collate_fn,
    )
    for batch in islice(own, _BATCHES):
        yield batch.image
