"""A training run as a process of its own, that can be asked for, stopped and taken up again; PyTorch is not loaded."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from ocr.errors import BadConfiguration
from ocr.io.files import write_whole
from ocr.training import choices

#: How a run was started: task, overrides and process.
STARTED = "started.json"
LOG = "train.log"
#: Values that mean themselves, both to Hydra and to a shell.
_PLAIN = re.compile(r"[A-Za-z_./-][A-Za-z0-9_./-]*[A-Za-z_/-][A-Za-z0-9_./-]*")
_lock = threading.Lock()
_own: dict[Path, subprocess.Popen[bytes]] = {}


def start(task: str, overrides: Sequence[str], folder: Path, cwd: Path) -> None:
    """Start a run, or take up again the one that lies in its folder.

    Args:
        task: ``detection`` or ``recognition``.
        overrides: of the configuration; the folder is added to them.
        folder: of the run.
        cwd: that paths in the overrides are taken from.

    Raises:
        BadConfiguration: the overrides are not valid, or a run is under way in this folder.
    """
    whole = [*(one for one in overrides if not one.startswith("output=")), f"output={quoted(folder)}"]
    choices.command(task, whole)
    with _lock:
        if running(folder):
            raise BadConfiguration(f"a run is under way in {folder}; stop it first or choose another folder")
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOG).open("ab") as log:
            # A session of its own: what stops the workbench does not stop a run of hours.
            process = subprocess.Popen(
                [sys.executable, "-m", "ocr", "train", task, *whole],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                start_new_session=True,
            )
        _own[folder] = process
        record = {"task": task, "overrides": list(overrides), "pid": process.pid}
        write_whole(folder / STARTED, json.dumps(record, indent=1) + "\n")


def stop(folder: Path) -> None:
    """Ask a run to end, as Ctrl+C does; its last checkpoint stays to go on from. A second time ends it at once."""
    with _lock:
        pid = running(folder)
        if pid is None:
            return
        marker = folder / ".stopping"
        again = marker.exists()
        marker.touch()
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM if again else signal.SIGINT)


def started_with(folder: Path) -> tuple[str, list[str]] | None:
    """Task and overrides of a run that `start` began, ``None`` where it was begun in another way."""
    record = _record(folder)
    return None if record is None else (str(record[0]), record[1])


def running(folder: Path) -> int | None:
    """The process of the run in a folder, ``None`` where none is under way."""
    own = _own.get(folder)
    if own is not None:
        if own.poll() is None:
            return own.pid
        del _own[folder]
        (folder / ".stopping").unlink(missing_ok=True)
        return None
    record = _record(folder)
    return record[2] if record is not None and _alive(record[2], folder) else None


def _record(folder: Path) -> tuple[str, list[str], int] | None:
    try:
        record = json.loads((folder / STARTED).read_text("utf-8"))
        return str(record["task"]), [str(one) for one in record["overrides"]], int(record["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _alive(pid: int, folder: Path) -> bool:
    """Whether a process is that run and not a later one of the same number."""
    try:
        return str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        # Without /proc there is no telling; a run of an earlier workbench then counts as ended.
        return False


def quoted(path: Path) -> str:
    """A path as the value of an override: in quotes where Hydra would read something into it."""
    text = str(path)
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "\\'") + "'"
