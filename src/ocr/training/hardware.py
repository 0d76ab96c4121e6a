"""What a machine decides and a model does not: memory layout, compilation, and the share of a GPU's memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from ocr.errors import BadConfiguration


def uses_gpu(accelerator: str) -> bool:
    """Whether a training with this accelerator of Lightning runs on a CUDA GPU of this machine."""
    wanted = accelerator in ("gpu", "cuda", "auto")
    return wanted and torch.cuda.is_available()


def prepare(network: nn.Module, settings: Mapping[str, Any], accelerator: str) -> None:
    """Apply the switches of the configuration group ``hardware`` to a network and to this process.

    Args:
        network: changed in place; the names in its state stay as they are.
        settings: ``channels_last``, ``compile`` and ``memory_gb``.
        accelerator: that of the trainer.

    Raises:
        BadConfiguration: a GPU is asked for and there is none, or an unknown compiler.
    """
    if accelerator in ("gpu", "cuda") and not torch.cuda.is_available():
        raise BadConfiguration(
            f"trainer.accelerator={accelerator}, but PyTorch sees no CUDA GPU here; take hardware=cpu"
        )
    if settings["memory_gb"] is not None and uses_gpu(accelerator):
        cap_memory(float(settings["memory_gb"]))
    if settings["channels_last"]:
        network.to(memory_format=torch.channels_last)
    backend = settings["compile"]
    if backend:
        known = torch.compiler.list_backends(exclude_tags=())
        if backend not in known:
            raise BadConfiguration(f"got hardware.compile={backend!r}; expected one of {', '.join(known)}")
        # In place, so that a checkpoint does not tell whether the network was compiled.
        network.compile(backend=backend)


def cap_memory(gigabytes: float) -> None:
    """Let this process reserve at most so much memory on each GPU; more is an out-of-memory error.

    Args:
        gigabytes: 10^9 bytes; more than a GPU has is no limit.
    """
    for device in range(torch.cuda.device_count()):
        total = torch.cuda.get_device_properties(device).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, gigabytes * 1e9 / total), device)
