"""What one start of the workbench allows; set before the server starts, then only read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ocr.errors import BadConfiguration
from ocr.io.limits import Limits

#: Names and addresses under which only this machine can be reached.
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Settings:
    """What is allowed.

    Attributes:
        root: datasets, saved results and training runs are looked for in this folder and below it alone.
        limits: what an uploaded picture may be at most.
        max_pictures: pictures that one person may hold at once.
        may_change: models may be promoted and training runs started.
    """

    root: Path = field(default_factory=Path.cwd)
    limits: Limits = field(
        default_factory=lambda: Limits(max_bytes=25 * 2**20, max_pixels=60_000_000, max_pages=20)
    )
    max_pictures: int = 200
    may_change: bool = True

    def inside(self, text: str) -> Path:
        """A path that somebody typed, taken from the root.

        Raises:
            BadConfiguration: it leads out of the root.
        """
        root = self.root.resolve()
        try:
            path = (root / text.strip()).resolve()
        except (OSError, ValueError) as error:
            raise BadConfiguration(f"{text!r} is no path: {error}") from error
        if not path.is_relative_to(root):
            raise BadConfiguration(
                f"{text} is outside of {root}; start the workbench with --root to open another folder"
            )
        return path


_current = Settings()


def current() -> Settings:
    """The settings of this start."""
    return _current


def apply(settings: Settings) -> None:
    """Set what this start allows."""
    global _current
    _current = settings
