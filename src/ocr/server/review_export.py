"""Reviewed receipts as files: tables, JSON, one searchable PDF, or a dataset for training."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ocr.document import Document
from ocr.errors import BadConfiguration
from ocr.runtime.suggestions import did_you_mean
from ocr.server.review_edits import corrected

if TYPE_CHECKING:
    from ocr.server.review_pictures import Pictures
    from ocr.server.review_store import ReviewStore

FORMATS = ("csv", "csv-receipts", "xlsx", "json", "pdf", "dataset")


def export(
    store: ReviewStore, pictures: Pictures, identifiers: Sequence[str], name: str
) -> tuple[bytes, str, str]:
    """The chosen receipts in one file.

    Args:
        store: of the receipts.
        pictures: gives the pages of an upload.
        identifiers: of the receipts, in the order of the file; those without a reading are left out.
        name: one of `FORMATS`.

    Returns:
        The file, its media type and its name.

    Raises:
        BadConfiguration: there is no such format, or no page for a PDF.
    """
    if name not in FORMATS:
        raise BadConfiguration(f"format is {name!r:.40}; {did_you_mean(name, FORMATS, 'formats')}")
    documents: list[tuple[str, str, Document]] = []
    for identifier in identifiers:
        upload, text = store.get(identifier), store.document(identifier)
        if text is not None:
            document = corrected(Document.from_json(text), store.values(identifier))
            documents.append((identifier, upload.name, document))
    named = [(title, document) for _, title, document in documents]
    if name in ("csv", "csv-receipts"):
        from ocr.writers.csv import to_csv

        level = "items" if name == "csv" else "receipts"
        return to_csv(named, level).encode("utf-8-sig"), "text/csv; charset=utf-8", f"{level}.csv"
    if name == "xlsx":
        from ocr.writers.formats import by_name
        from ocr.writers.xlsx import to_xlsx

        return to_xlsx(named), by_name("xlsx").media_type, "receipts.xlsx"
    if name == "json":
        content = [
            {**document.to_dict(), "source": title, "history": store.history(identifier)}
            for identifier, title, document in documents
        ]
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2)
        return text.encode("utf-8", "backslashreplace"), "application/json", "receipts.json"
    if name == "pdf":
        if not any(document.pages for _, _, document in documents):
            raise BadConfiguration("there is no page for a PDF: nothing has been read yet")
        return _pdf(pictures, documents), "application/pdf", "receipts.pdf"
    return _dataset(store, pictures, documents), "application/zip", "dataset.zip"


def _pdf(pictures: Pictures, documents: Sequence[tuple[str, str, Document]]) -> bytes:
    from ocr.writers.pdf import to_pdf
    from ocr.writers.pictures import Pictures as Packed
    from ocr.writers.pictures import pack

    packed, pages = [], []
    for identifier, _, document in documents:
        for number, page in enumerate(document.pages):
            packed.append(pack(pictures.image(identifier, number)))
            pages.append(page)
    return to_pdf(Document(tuple(pages)), Packed(tuple(packed)))


def _dataset(store: ReviewStore, pictures: Pictures, documents: Sequence[tuple[str, str, Document]]) -> bytes:
    """Pictures with ``words.json`` as `ocr.datasets.words_json` reads it; only receipts that people have reviewed."""
    from ocr.datasets.sample import LineAnnotation, Sample
    from ocr.datasets.words_json import LABEL_FILE, words_of
    from ocr.receipt import to_json_value

    file = io.BytesIO()
    images: dict[str, Any] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
        for identifier, _, document in documents:
            if store.values(identifier).get("state") != "reviewed":
                continue
            for number, page in enumerate(document.pages):
                # An identifier can begin with a dash, which commands take for an option.
                name = f"receipt-{identifier}-{number}.jpg"
                packed.writestr(f"images/{name}", pictures.jpeg(identifier, number))
                sample = Sample(None, tuple(LineAnnotation(line.polygon, line.text) for line in page.lines))
                images[name] = {"words": words_of(sample)}
                if number == 0 and document.receipts:
                    fields = dict(document.receipts[0].all_fields())
                    images[name]["fields"] = {
                        theirs: to_json_value(fields[ours].value)
                        for ours, theirs in _FIELDS.items()
                        if ours in fields
                    }
        packed.writestr(LABEL_FILE, json.dumps({"images": images}, ensure_ascii=False, indent=1))
    return file.getvalue()


#: Fields by path with the names that datasets give them.
_FIELDS = {"merchant.name": "company", "merchant.address": "address", "date": "date", "total": "total"}
