"""Where a training's weights start: at those of a checkpoint or of an exported model."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn
from torch.utils.data import DataLoader

from ocr.engine.choice import resolve
from ocr.errors import BadConfiguration
from ocr.recognition.charset import Charset
from ocr.training import tasks
from ocr.training.fusing import fuse, load_model, unfuse

if TYPE_CHECKING:
    from omegaconf import DictConfig

#: Training batches whose statistics stand in for those that were folded into an exported model.
_BATCHES = 12


def start_from(choice: str, cfg: DictConfig, network: nn.Module, loader: DataLoader[Any]) -> None:
    """Put weights into a network before its first step.

    Args:
        choice: path of a checkpoint of `ocr train` (``.ckpt``), or an exported model: a path or a name of the
            catalogue; ``shipped`` is the model of this package.
        cfg: configuration of the run.
        network: takes the weights.
        loader: training batches; an exported model has lost its statistics, and a few batches give new ones.

    Raises:
        BadConfiguration: the weights are of another network or charset.
        ModelInvalid: there is no such model, or it is damaged.
    """
    if choice.endswith(".ckpt"):
        tasks.load_weights(network, Path(choice))
        return
    model = resolve(choice, cfg.task)
    if cfg.task == "recognition" and model.charset != Charset.load(cfg.charset).characters:
        raise BadConfiguration(
            f"the model {model.name} has another charset than {cfg.charset!r}; train with the charset of the model"
        )
    fused = fuse(network)
    load_model(fused, model)
    unfuse(network, fused, _pictures(loader))


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
