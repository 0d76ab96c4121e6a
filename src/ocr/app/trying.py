"""A model that was just trained, made ready to be compared: exported, checked and put into the catalogue."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from ocr.app import bench, pictures
from ocr.app.jobs import Job
from ocr.errors import OcrError


def checkpoint(folder: Path) -> Path | None:
    """The best checkpoint of a run, else its last one, else ``None``."""
    names = ("best.ckpt", "last.ckpt")
    return next((path for name in names if (path := folder / "checkpoints" / name).is_file()), None)


def begin(folder: Path) -> Job[tuple[str, str]]:
    """Start to export the checkpoint of a run and to add it to the catalogue.

    Returns:
        Work that gives the task and the name of the model.
    """
    return bench.get().long_job(lambda job: _made(folder, job), 2)


def _made(folder: Path, job: Job[tuple[str, str]]) -> tuple[str, str]:
    from ocr.engine import catalogue_changes
    from ocr.engine.catalogue import Catalogue
    from ocr.pipeline.smoke_test import smoke_test

    source = checkpoint(folder)
    if source is None:
        raise OcrError(f"{folder.name} has no checkpoint yet")
    # The same checkpoint is the same model, and another one has another name.
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:8]
    name = f"{re.sub(r'[^A-Za-z0-9_-]', '-', folder.name)[:48].lstrip('-_') or 'run'}-{digest}"
    with tempfile.TemporaryDirectory() as place:
        output = Path(place) / f"{name}.onnx"
        # PyTorch stays in a process of its own.
        command = [sys.executable, "-m", "ocr", "export", str(source), str(output), "--name", name]
        done = subprocess.run(
            [*command, "--samples", str(pictures.examples()[0].with_suffix(".json"))],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not output.is_file():
            raise OcrError(f"the checkpoint could not be exported: {done.stderr.strip()[-500:]}")
        job.step("exported")
        job.check()
        entry = catalogue_changes.add(Catalogue(), output, name, check=smoke_test)
    job.step("added")
    return entry.task, entry.name
