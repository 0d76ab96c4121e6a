"""Going on exactly where the run of a checkpoint stopped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from ocr.errors import BadConfiguration


def read(path: Path) -> dict[str, Any]:
    """A checkpoint; nothing in it is executed."""
    loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return loaded


def refuse_other_network(
    checkpoint: Mapping[str, Any], network: nn.Module, settings: Mapping[str, Any], output: Path
) -> None:
    """
    Raises:
        BadConfiguration: the run of the checkpoint trained another network; the message names settings that differ.
    """
    state = checkpoint["state_dict"]
    saved = {
        name.removeprefix("network."): value.shape
        for name, value in state.items()
        if name.startswith("network.")
    }
    if saved == {name: value.shape for name, value in network.state_dict().items()}:
        return
    before = checkpoint.get("hyper_parameters", {}).get("settings", {})
    differing = [
        f"{part}.{key}={before[part].get(key)!r} there, {settings[part].get(key)!r} here"
        for part in ("encoder", "decoder", "head", "recognizer")
        if part in before and part in settings
        for key in sorted({*before[part], *settings[part]})
        if before[part].get(key) != settings[part].get(key)
    ]
    if before.get("charset") != settings.get("charset"):
        differing.append(f"charset={before.get('charset')!r} there, {settings.get('charset')!r} here")
    raise BadConfiguration(
        f"{output} holds a run of another network ({'; '.join(differing[:3]) or 'of another version'}); "
        "choose another output folder, or remove that one"
    )


def continue_draws(loader: DataLoader[Any], checkpoint: Mapping[str, Any]) -> None:
    """Let the sampler of a training loader go on where the run of a checkpoint stopped.

    Lightning tells a sampler its epoch only after the loader processes of a resumed run have begun to read ahead.
    """
    sampler: Any = loader.sampler
    loops = checkpoint["loops"]["fit_loop"]
    batches = loops["epoch_loop.batch_progress"]
    if batches["is_last_batch"]:
        sampler.continue_at(_epochs(checkpoint), 0)
    else:
        # Written amid an epoch: batches that were begun were also done.
        sampler.continue_at(_epochs(checkpoint) - 1, batches["current"]["ready"] * (loader.batch_size or 1))


def settle(checkpoint: dict[str, Any]) -> None:
    """Let the loops of a checkpoint stand between two epochs, if it was written at the end of one.

    Lightning writes it from hooks inside the epoch and then resumes in the rest of that epoch, as it sees it: without
    validation that is one batch too many for the old epoch and one too few for the next, with its number wrong.

    Args:
        checkpoint: as Lightning gives it to the hooks; changed in place.
    """
    loops = checkpoint.get("loops", {}).get("fit_loop")
    if not loops or not loops["epoch_loop.batch_progress"]["is_last_batch"]:
        return
    _all(loops["epoch_progress"], total=_epochs(checkpoint), current=_epochs(checkpoint))
    batches = loops["epoch_loop.batch_progress"]
    _all(batches, total=batches["total"]["ready"], current=0)
    batches["is_last_batch"] = False
    loops["epoch_loop.state_dict"]["_batches_that_stepped"] = checkpoint["global_step"]
    validation = loops["epoch_loop.val_loop.batch_progress"]
    _all(validation, total=0, current=0)
    validation["is_last_batch"] = False


def _epochs(checkpoint: Mapping[str, Any]) -> int:
    return int(checkpoint["loops"]["fit_loop"]["epoch_progress"]["total"]["ready"])


def _all(progress: dict[str, Any], total: int, current: int) -> None:
    for part, value in (("total", total), ("current", current)):
        for key in progress[part]:
            progress[part][key] = value
