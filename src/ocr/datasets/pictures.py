"""Where the pictures of a dataset lie: the places that annotation formats name them from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

#: Files with these suffixes count as pictures when a folder is listed; what is in them is told by their bytes.
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp"})


def locate(folders: Sequence[Path], file: str) -> Path:
    """The first place where the file lies; the first place looked at where it lies in none of them."""
    places = [folder / file for folder in folders]
    return next((place for place in places if place.is_file()), places[0])


def unlisted(folder: Path, files: Iterable[str]) -> list[str]:
    """Names of pictures in ``folder/images``, or else in ``folder``, that no annotation names, sorted."""
    place = folder / "images" if (folder / "images").is_dir() else folder
    named = {Path(file).name for file in files}
    if not place.is_dir():
        return []
    return sorted(p.name for p in place.iterdir() if _is_picture(p) and p.name not in named)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
