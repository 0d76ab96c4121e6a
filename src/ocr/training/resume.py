"""Going on exactly where the run of a checkpoint stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader


def continue_draws(loader: DataLoader[Any], checkpoint: Path) -> None:
    """Let the sampler of a training loader go on where the run of a checkpoint stopped.

    Lightning tells a sampler its epoch only after the loader processes of a resumed run have begun to read ahead.
    """
    sampler: Any = loader.sampler
    sampler.set_epoch(_epochs(torch.load(checkpoint, map_location="cpu", weights_only=True)))


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


def _epochs(checkpoint: dict[str, Any]) -> int:
    return int(checkpoint["loops"]["fit_loop"]["epoch_progress"]["total"]["ready"])


def _all(progress: dict[str, Any], total: int, current: int) -> None:
    for part, value in (("total", total), ("current", current)):
        for key in progress[part]:
            progress[part][key] = value
