"""Training runs as they lie on disk: settings, figures, pictures and log; PyTorch is not loaded."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What every run leaves in its folder, and what the folders between it and the root may be nested at most.
SETTINGS = "settings.yaml"
_DEPTH = 4
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Run:
    """A run in its folder.

    Attributes:
        folder: where it lies.
    """

    folder: Path

    def settings(self) -> dict[str, Any]:
        """The settings that it was last started with; empty where they cannot be read."""
        import yaml  # type: ignore[import-untyped]
        from omegaconf import OmegaConf

        try:
            settings = OmegaConf.to_container(OmegaConf.load(self.folder / SETTINGS))
        except (OSError, ValueError, yaml.YAMLError):
            return {}
        return dict(settings) if isinstance(settings, dict) else {}  # type: ignore[arg-type]

    def figures(self) -> list[dict[str, float]]:
        """Figures by step, of all starts in order, as the CSV logger wrote them; a row has those known at its step."""
        rows: dict[int, dict[str, float]] = {}
        for table in sorted((self.folder / "logs").glob("version_*/metrics.csv"), key=_numbered):
            try:
                # A run that was killed can leave half of a row, which the next start writes again.
                whole, end, _ = table.read_bytes().rpartition(b"\n")
                with io.StringIO((whole + end).decode("utf-8", "replace"), newline="") as file:
                    for row in csv.DictReader(file):
                        known = {key: number for key, value in row.items() for number in _number(value)}
                        if "step" in known:
                            rows.setdefault(int(known["step"]), {}).update(known)
            except OSError:
                continue
        return [rows[step] for step in sorted(rows)]

    def pictures(self) -> tuple[str, list[Path]]:
        """The pictures of the last validation: what step they are of, and their files, the worst first."""
        steps = sorted((self.folder / "worst").glob("step-*"), key=_numbered)
        return (steps[-1].name, sorted(steps[-1].glob("*.jpg"))) if steps else ("", [])

    def log(self, lines: int = 30) -> str:
        """The end of what it said."""
        try:
            text = (self.folder / "train.log").read_text("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    @property
    def resumable(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return (self.folder / "checkpoints" / "last.ckpt").is_file()


def find(root: Path) -> list[Run]:
    """The runs below a folder, the one that was started last first."""
    runs = [Run(path.parent) for path in _settings(root, _DEPTH)]
    return sorted(runs, key=lambda run: -(run.folder / SETTINGS).stat().st_mtime)


def _settings(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name == SETTINGS and entry.is_file():
            yield entry
        elif depth and not entry.name.startswith(".") and entry.is_dir() and not entry.is_symlink():
            yield from _settings(entry, depth - 1)


def _numbered(path: Path) -> list[int]:
    return [int(number) for number in _NUMBER.findall(str(path))]


def _number(value: object) -> Iterator[float]:
    try:
        # In a row of more values than there are columns the rest is a list.
        if isinstance(value, str) and value:
            yield float(value)
    except ValueError:
        return
