"""Locating the pictures of a dataset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ocr.io.files import is_file

#: Files with these suffixes are pictures when a folder is listed; their format is detected from their bytes.
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp"})


def locate(folders: Sequence[Path], file: str) -> Path:
    """The path of a file in the first folder that has it; in the first folder if none has."""
    places = [folder / file for folder in folders]
    return next((place for place in places if is_file(place)), places[0])


def unlisted(folder: Path, files: Iterable[str]) -> list[str]:
    """Names of pictures in ``folder/images``, or else in ``folder``, without an annotation, sorted."""
    place = folder / "images" if (folder / "images").is_dir() else folder
    named = {Path(file).name for file in files}
    if not place.is_dir():
        return []
    return sorted(p.name for p in place.iterdir() if _is_picture(p) and p.name not in named)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
