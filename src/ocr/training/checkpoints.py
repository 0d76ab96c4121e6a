"""Checkpoints are written whole, read back before they count, and the last one has a predecessor to fall back on."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO

from ocr.errors import OcrError
from ocr.io.files import write_whole

LAST, PREVIOUS = "last.ckpt", "previous.ckpt"


class CheckpointDamaged(OcrError):
    """No checkpoint of a run can be read."""

    code = "checkpoint_damaged"
    exit_status = 5
    http_status = None


class WholeCheckpoints(TorchCheckpointIO):
    """Lightning's checkpoints, under a temporary name first, flushed, read back, and only then renamed.

    ``last.ckpt`` is kept as ``previous.ckpt`` when the next one takes its place; at every moment one of both is whole.
    Loading executes nothing of a file.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any = None
    ) -> None:
        """Write a checkpoint.

        Raises:
            OutputFailed: the disk is full, or what was read back is not what was written.
        """
        target = Path(path)
        buffer = io.BytesIO()
        torch.save(checkpoint, buffer)
        content = buffer.getbuffer()
        digest = hashlib.sha256(content).digest()
        # A damaged one must not take the place of the one that a run has just gone on from.
        if target.name == LAST and target.exists() and is_whole(target):
            _keep(target, target.with_name(PREVIOUS))
        write_whole(target, lambda file: file.write(content), lambda written: _same(written, digest))

    def load_checkpoint(
        self, path: str | os.PathLike[str], map_location: Any = "cpu", weights_only: bool | None = True
    ) -> dict[str, Any]:
        """Read a checkpoint; ``weights_only`` is always true."""
        loaded: dict[str, Any] = torch.load(path, map_location=map_location, weights_only=True)
        return loaded


def clean(output: Path) -> None:
    """Delete what killed runs left half written in the folder of a run."""
    for pattern in (".*.tmp", ".settings.*", f".{PREVIOUS}.*"):
        # The folder itself can hold other things, deep below; in these lies nothing else.
        below = [
            path for folder in ("checkpoints", "logs", "worst") for path in (output / folder).rglob(pattern)
        ]
        for path in (*output.glob(pattern), *below):
            path.unlink(missing_ok=True)


def latest(folder: Path) -> Path | None:
    """The newest whole checkpoint of a run: the last one, or with a warning the one before; ``None`` without any.

    Raises:
        CheckpointDamaged: there are checkpoints, and none of them is whole.
    """
    there = [path for path in (folder / LAST, folder / PREVIOUS) if path.exists()]
    for path in there:
        if is_whole(path):
            if path.name == PREVIOUS:
                warnings.warn(f"{folder / LAST} is damaged or missing; going on from {path}", stacklevel=2)
            return path
    if there:
        raise CheckpointDamaged(
            f"{' and '.join(map(str, there))} cannot be read (truncated or damaged); "
            "remove them to start anew, or choose another output folder"
        )
    return None


def is_whole(path: Path) -> bool:
    """Whether a checkpoint is complete: every record has the length and the check sum that it was written with."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile, EOFError, ValueError):
        return False


def _keep(target: Path, previous: Path) -> None:
    """Give a file a second name, so that it outlives the one that takes its place."""
    partial = previous.with_name(f".{previous.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    try:
        os.link(target, partial)
    except OSError:
        # A file system without hard links.
        write_whole(previous, target.read_bytes())
        return
    partial.replace(previous)


def _same(written: Path, digest: bytes) -> bool:
    return hashlib.sha256(written.read_bytes()).digest() == digest
