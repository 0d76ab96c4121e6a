"""Annotated datasets: one module per annotation format, all with the same records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocr.datasets.sample import UNREADABLE, LazyDataset, LineAnnotation, Sample
from ocr.errors import AnnotationInvalid, BadConfiguration, InputNotFound, InputUnreadable
from ocr.runtime.suggestions import did_you_mean

if TYPE_CHECKING:
    from ocr.datasets.json_dataset import JsonDataset

__all__ = [
    "FORMATS",
    "UNREADABLE",
    "LazyDataset",
    "LineAnnotation",
    "Sample",
    "open_dataset",
]

#: Names that `open_dataset` takes as its format.
FORMATS = (
    "auto",
    "sroie",
    "words_json",
    "paddle",
    "coco_text",
    "doctr",
    "doctr_recognition",
    "cord",
    "receipts_json",
)


def open_dataset(path: str | Path, format: str = "auto", fold: str | None = None) -> LazyDataset[Any]:
    """Open a dataset; its annotations are parsed on access.

    Args:
        path: a folder or, for all formats but ``sroie``, the annotation file.
        format: ``sroie``, ``words_json``, ``paddle``, ``coco_text``, ``doctr``, ``doctr_recognition``, ``cord`` or
            ``receipts_json`` (each described in its module of `ocr.datasets`), or ``auto`` to detect it.
        fold: a part of the samples as `LazyDataset.fold` names it, such as ``1/2`` or ``-1/2``; ``None`` for all.

    Raises:
        InputNotFound: nothing is at the path.
        AnnotationInvalid: what is there is no dataset of this format.
        BadConfiguration: there is no format of this name, or no such fold.
    """
    if format not in FORMATS:
        hint = did_you_mean(format, FORMATS, "formats")
        raise BadConfiguration(f"there is no dataset format {format!r}; {hint}")
    path = Path(path)
    try:
        if not path.exists():
            raise InputNotFound(f"No dataset at {path}: there is no such file or folder.")
    except OSError as error:
        raise InputUnreadable(f"The dataset {path} cannot be opened: {error.strerror or error}.") from error
    opened = _openers()[format](path) if format != "auto" else _open_any(path)
    return opened if fold is None else opened.fold(fold)


def _openers() -> dict[str, Callable[[Path], LazyDataset[Any]]]:
    """The explicit list of formats; the modules are imported once a dataset is opened."""
    from ocr.datasets import cord, paddle, sroie

    return {
        "cord": cord.CordDataset.open,
        "sroie": sroie.SroieDataset.open,
        "paddle": paddle.PaddleDataset.open,
        **{of_json.format: of_json.open for of_json in _json_formats()},
    }


def _json_formats() -> list[type[JsonDataset]]:
    """The JSON formats, in the order in which a file is tested for them."""
    from ocr.datasets import coco_text, doctr, doctr_recognition, receipts_json, words_json

    return [
        words_json.WordsJsonDataset,
        coco_text.CocoTextDataset,
        doctr.DoctrDataset,
        doctr_recognition.DoctrRecognitionDataset,
        receipts_json.ReceiptsJsonDataset,
    ]


def _open_any(path: Path) -> LazyDataset[Any]:
    from ocr.datasets import cord, finding, json_file, paddle, pictures, sroie

    if cord.recognises(path):
        return cord.CordDataset.open(path)
    if paddle.recognises(path):
        return paddle.PaddleDataset.open(path)
    if sroie.recognises(path):
        return sroie.SroieDataset.open(path)
    source = json_file.find(path)
    if source is not None:
        content = json_file.load(source)
        for of_json in _json_formats():
            if of_json.matches(content):
                return of_json.from_json(source, content)
    hint = ""
    if path.is_dir():
        files = sorted(file.name for file in path.glob("*.json"))
        folders = [folder.name for folder in finding.below(path, depth=1)]
        if files[1:]:
            hint = f" It holds several JSON files ({', '.join(files[:4])}); give the path of one."
        elif folders:
            hint = f" It holds datasets in folders ({', '.join(folders[:4])}); give the path of one."
        elif pictures.unlisted(path, ()):
            hint = " It holds pictures without annotations; `ocr data from-readings` makes some, to be corrected."
    raise AnnotationInvalid(
        f"{source or path} is no dataset that is known here. Expected a folder with images/ and boxes/NAME.txt, a "
        "folder with NAME.jpg beside NAME.txt or gt_NAME.txt, a label file of PaddleOCR, or a JSON file: words "
        '{"images": {file: {"words": …}}}, COCO-Text {"imgs": …, "anns": …}, or docTR {file: {"polygons": …}} or '
        f"{{file: transcript}}; receipts {{file: {{'total': …}}}}; or a .jsonl file of CORD.{hint}"
    )
