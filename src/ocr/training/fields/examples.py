"""Receipts to train on: our own readings of annotated pictures, annotated words, and drawn receipts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from ocr import datasets
from ocr.datasets.receipt_truth import ReceiptTruth
from ocr.document import Document, Page
from ocr.io.files import write_whole
from ocr.pipeline import given_text
from ocr.receipts.text import letters_and_digits
from ocr.training.fields import printed


@dataclass(frozen=True)
class Example:
    """A receipt with its annotation.

    Attributes:
        name: of the sample.
        pages: as they were read.
        truth: what is annotated.
        store: examples of one store are held out together.
        drawn: whether it is synthetic.
    """

    name: str
    pages: tuple[Page, ...]
    truth: ReceiptTruth
    store: str
    drawn: bool = False


def read(folder: Path, readings: Path | None = None, *, drawn: bool = False) -> Iterator[Example]:
    """The receipts of a data set with pictures, read by the shipped models.

    Args:
        folder: of the data set.
        readings: folder that keeps the documents between runs, a folder inside for each data set of that name.
        drawn: whether the pictures are synthetic.
    """
    from ocr.pipeline.reader_cache import shared_reader

    for sample in datasets.open_dataset(folder):
        if sample.receipt is None:
            continue
        # Synthetic pictures are numbered alike in all sets.
        place = "" if not drawn else folder.parent.name if folder.is_file() else folder.name
        kept = None if readings is None else readings / place / f"{Path(sample.name).stem}.json"
        if kept is not None and kept.is_file():
            document = Document.from_json(kept.read_bytes())
        else:
            document = shared_reader().read(sample.load())
            if kept is not None:
                kept.parent.mkdir(parents=True, exist_ok=True)
                write_whole(kept, document.to_json().encode())
        store = _store(sample.receipt, sample.name)
        yield Example(sample.name, document.pages, sample.receipt, store, drawn)


def words(file: Path) -> Iterator[Example]:
    """The receipts of a file of annotated words."""
    for sample in datasets.open_dataset(file):
        if sample.receipt is None or sample.size is None:
            continue
        texts = [(line.text, line.polygon) for line in sample.lines if line.text is not None]
        page = given_text.page_of(texts, *sample.size)
        yield Example(sample.name, (page,), sample.receipt, sample.name)


def drawn(count: int, seed: int = 0) -> Iterator[Example]:
    """Synthetic receipts of all countries."""
    for number in range(count):
        page, truth, _ = printed.page(Random(f"fields:{seed}:{number}"))
        yield Example(f"drawn-{number}", (page,), truth, f"drawn-{number}", True)


def _store(truth: ReceiptTruth, name: str) -> str:
    """Receipts of one company and address are of one store."""
    values = truth.fields.get("merchant.name", ())
    return letters_and_digits(str(values[0]))[:12] if values else name
