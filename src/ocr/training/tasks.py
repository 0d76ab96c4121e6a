"""What differs between the tasks: the network, the data and the Lightning module that a configuration describes."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Sampler

from ocr import datasets
from ocr.errors import BadConfiguration, InputNotFound
from ocr.models.layers import LineContext, Residual
from ocr.training.hardware import uses_gpu
from ocr.training.kinds import decode_settings
from ocr.training.loading import LoaderSettings, training_loader
from ocr.training.mixture import DrawSampler
from ocr.training.module import TrainingModule

if TYPE_CHECKING:
    from collections.abc import Callable

    from omegaconf import DictConfig

    from ocr.training.timed_loader import TimedLoader

Built = tuple[TrainingModule, "TimedLoader[Any]", "DataLoader[Any] | None"]


def build(cfg: DictConfig) -> Built:
    """The Lightning module, the training loader and the validation loader (``None`` without validation data)."""
    return {"detection": _detection, "recognition": _recognition}[cfg.task](cfg)


def build_network(cfg: DictConfig, classes: int | None = None) -> nn.Module:
    """The untrained network of a configuration; of a recogniser with as many classes, else those of its charset."""
    from hydra.utils import instantiate

    if cfg.task == "detection":
        from ocr.models.detector import DetectionNetwork

        return DetectionNetwork(instantiate(cfg.encoder), instantiate(cfg.decoder), instantiate(cfg.head))
    from ocr.recognition.charset import Charset

    network: nn.Module = instantiate(cfg.recognizer)(classes=classes or Charset.load(cfg.charset).classes)
    return network


def load_weights(network: nn.Module, checkpoint: Path) -> None:
    """Take the (averaged) weights of a checkpoint; nothing in it is executed.

    Raises:
        InputNotFound: there is no such file.
        BadConfiguration: it is no checkpoint, or one of another network.
    """
    if not checkpoint.is_file():
        raise InputNotFound(f"there is no checkpoint {checkpoint}")
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
    except (KeyError, TypeError, EOFError, RuntimeError, UnpicklingError) as error:
        raise BadConfiguration(f"{checkpoint} is no checkpoint of a training, or a damaged one") from error
    take_weights(network, state, str(checkpoint))


def take_weights(network: nn.Module, state: dict[str, Any], origin: str) -> None:
    """Take the weights of the network out of a training module's state.

    Blocks that begin as nothing (`Residual.silent`, `LineContext.silent`) may be missing there and stay as they are.

    Raises:
        BadConfiguration: the state is of another network.
    """
    own = {
        name.removeprefix("network."): value for name, value in state.items() if name.startswith("network.")
    }
    for name, module in network.named_modules():
        if (
            isinstance(module, Residual | LineContext)
            and module.is_silent
            and not any(k.startswith(f"{name}.") for k in own)
        ):
            own.update({f"{name}.{key}": value for key, value in module.state_dict().items()})
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        raise BadConfiguration(f"{origin} does not fit the configured network: {error}") from error


def _detection(cfg: DictConfig) -> Built:
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    from ocr.detection.decode import options_from
    from ocr.detection.sizing import SizePolicy
    from ocr.training.detection import DetectionModule, PageDataset
    from ocr.training.detection_data import collate

    network: Any = build_network(cfg)
    loss = _loss_for(network.kind, cfg)
    settings: Any = OmegaConf.to_container(cfg, resolve=True)
    module = DetectionModule(
        network,
        loss,
        instantiate(cfg.optimizer),
        instantiate(cfg.scheduler),
        **_guard(cfg),
        policy=SizePolicy.from_mapping(settings["policy"]),
        decode_options=options_from(decode_settings(network.kind, settings)),
    )
    batch = cfg.data.batch_size
    sampler = DrawSampler(_epoch_batches(cfg) * batch)
    train = _loader(cfg, instantiate(cfg.data.train, kind=network.kind), sampler, batch, collate)
    held_out = _held_out(cfg)
    if held_out is None:
        return module, train, None
    return (
        module,
        train,
        DataLoader(PageDataset(held_out, cfg.unreadable), batch_size=None, collate_fn=lambda page: page),
    )


def _recognition(cfg: DictConfig) -> Built:
    from hydra.utils import instantiate

    from ocr.recognition.charset import Charset
    from ocr.training.recognition import RecognitionModule
    from ocr.training.recognition_data import Collate, HeldOutLines, PoolSampler

    charset = Charset.load(cfg.charset)
    network: Any = build_network(cfg)
    module = RecognitionModule(
        network,
        _loss_for(network.decoding.kind, cfg),
        instantiate(cfg.optimizer),
        instantiate(cfg.scheduler),
        **_guard(cfg),
        charset=charset,
    )
    collate = Collate(charset, network.stride, network.width_multiple)
    batches = instantiate(cfg.data.train, height=network.height, stride=network.stride)
    sampler = PoolSampler(_epoch_batches(cfg), batches.pool, cfg.dataloader.workers)
    train = _loader(cfg, batches, sampler, None, collate)
    held_out = _held_out(cfg)
    if held_out is None:
        return module, train, None
    upper_case = cfg.data.validation.upper_case
    lines = HeldOutLines(held_out, charset, network.height, upper_case, cfg.unreadable, narrow=batches.narrow)
    return module, train, DataLoader(lines, batch_size=32, collate_fn=collate)


def _loss_for(kind: str, cfg: DictConfig) -> nn.Module:
    """The loss of a configuration, which must be for what the network gives."""
    from hydra.utils import instantiate

    loss: nn.Module = instantiate(cfg.loss)
    if loss.kind != kind:
        raise BadConfiguration(
            f"the network gives what a loss of the kind {kind!r} takes; the configured {type(loss).__name__} is of the "
            f"kind {loss.kind!r}: choose another with loss=NAME"
        )
    return loss


def _guard(cfg: DictConfig) -> dict[str, Any]:
    return {"clip": cfg.clip, "patience": cfg.patience, "seed": cfg.seed}


def _loader(
    cfg: DictConfig,
    data: Dataset[Any],
    sampler: Sampler[int],
    batch: int | None,
    collate: Callable[[Any], Any],
) -> TimedLoader[Any]:
    settings = LoaderSettings.from_mapping(cfg.dataloader)
    return training_loader(settings, uses_gpu(cfg.trainer.accelerator), data, sampler, batch, collate)


def _epoch_batches(cfg: DictConfig) -> int:
    return int(cfg.epoch_steps * cfg.trainer.accumulate_grad_batches)


def _held_out(cfg: DictConfig) -> Any:
    validation = cfg.data.validation
    if not validation.path:
        return None
    samples = datasets.open_dataset(Path(validation.path), validation.format)
    return samples[: validation.limit] if validation.limit else samples
