"""Pictures whose text is known: the examples, and datasets below the folder of this start."""

from __future__ import annotations

import hashlib
from functools import cache

from ocr.app import pictures, settings
from ocr.datasets import LazyDataset, Sample, open_dataset


@cache
def of_examples() -> dict[str, Sample]:
    """The annotated examples by the hash of their picture."""
    return {
        hashlib.sha256(path.read_bytes()).hexdigest(): open_dataset(path.with_suffix(".json"))[0]
        for path in pictures.examples()
        if path.with_suffix(".json").is_file()
    }


def dataset(text: str, format: str = "auto") -> LazyDataset[object]:
    """The dataset at a path that somebody typed.

    Raises:
        BadConfiguration: the path leads out of the folder of this start.
        InputNotFound, AnnotationInvalid: there is no dataset.
    """
    return open_dataset(settings.current().inside(text), format)
