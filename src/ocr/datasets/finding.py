"""Datasets below a folder, recognised by their files and not opened: for lists to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

#: Folders that are looked into at most: a root can be a home folder.
_MOST = 2000
_LABEL_FILES = ("words.json", "labels.json", "Label.txt")


def below(root: Path, depth: int = 3) -> list[Path]:
    """Folders that hold a dataset, in order.

    Args:
        root: is looked into as well.
        depth: folders below each other at most; hidden ones and links are left out.
    """
    return [folder for folder in _folders(root, depth) if _holds_one(folder)]


def _holds_one(folder: Path) -> bool:
    from ocr.datasets import cord, paddle, sroie

    try:
        if any((folder / name).is_file() for name in _LABEL_FILES):
            return True
        return cord.recognises(folder) or paddle.recognises(folder) or sroie.recognises(folder)
    except OSError:
        return False


def _folders(root: Path, depth: int) -> Iterator[Path]:
    level = [root]
    seen = 0
    for _ in range(depth + 1):
        following: list[Path] = []
        for folder in level:
            seen += 1
            if seen > _MOST:
                return
            yield folder
            try:
                entries = sorted(folder.iterdir())
            except OSError:
                continue
            following += [
                entry
                for entry in entries
                if not entry.name.startswith(".") and entry.is_dir() and not entry.is_symlink()
            ]
        level = following
