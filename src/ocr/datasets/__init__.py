"""Annotated pictures: one annotation format a file, all giving the same records."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from ocr.datasets.sample import UNREADABLE, LazyDataset, LineAnnotation, Sample
from ocr.errors import AnnotationInvalid, BadConfiguration, InputNotFound

__all__ = ["FORMATS", "UNREADABLE", "LazyDataset", "LineAnnotation", "Sample", "open_dataset"]

#: Names that `open_dataset` takes as its format.
FORMATS = ("auto", "sroie", "words_json")


def open_dataset(path: str | Path, format: str = "auto") -> Sequence[Sample]:
    """Open a dataset; its annotations are read when its samples are asked for.

    Args:
        path: a folder or, for ``words_json``, its JSON file.
        format: ``sroie`` (see `ocr.datasets.sroie`), ``words_json`` (see `ocr.datasets.words_json`), or
            ``auto`` to tell by what lies there.

    Raises:
        InputNotFound: nothing is at the path.
        AnnotationInvalid: what is there is no dataset of this format.
        BadConfiguration: there is no format of this name.
    """
    from ocr.datasets import sroie, words_json

    if format not in FORMATS:
        near = difflib.get_close_matches(format, FORMATS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise BadConfiguration(
            f"There is no dataset format {format!r}; it is one of {', '.join(FORMATS)}.{hint}"
        )
    path = Path(path)
    if not path.exists():
        raise InputNotFound(f"No dataset at {path}: there is no such file or folder.")
    if format == "sroie":
        return sroie.SroieDataset.open(path)
    if format == "words_json":
        return words_json.WordsJsonDataset.open(path)
    if words_json.recognises(path):
        return words_json.WordsJsonDataset.open(path)
    if sroie.recognises(path):
        return sroie.SroieDataset.open(path)
    raise AnnotationInvalid(
        f"{path} is no dataset that is known here. Expected a folder with images/ and boxes/NAME.txt, a "
        f"folder with "
        'NAME.jpg beside NAME.txt or gt_NAME.txt, or a JSON file {"images": {file: {"words": …}}}.'
    )
