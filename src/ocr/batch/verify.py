"""Whether a destination is whole: every input of the manifest once, every file undamaged, every hash right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import IO, NamedTuple

from ocr.batch import generations
from ocr.batch.manifest import Manifest, Part
from ocr.batch.rows import FAILED, READ
from ocr.batch.sources import Source
from ocr.batch.store import Store
from ocr.errors import OcrError


class Finding(NamedTuple):
    """Something that is not as it should be.

    Attributes:
        kind: ``"missing"`` (a part without a file), ``"foreign"`` (a file of no part), ``"damaged"``, ``"rows"``
            (other inputs than those of the part), ``"document"`` (no document, or none that can be read), ``"hash"``
            (the input is the listed one and has another SHA-256); ``"changed"`` and ``"gone"`` say that an input is no
            longer what was listed, which is no fault of the destination.
        name: of the file or input.
        message: a sentence.
    """

    kind: str
    name: str
    message: str

    @property
    def fault(self) -> bool:
        """Whether the destination is at fault."""
        return self.kind not in ("changed", "gone")


def verify(
    store: Store, *, inputs: bool = True, on_part: Callable[[int, int], None] | None = None
) -> Iterator[Finding]:
    """Look through a destination.

    Args:
        store: of it.
        inputs: read every input again and compare its SHA-256.
        on_part: called with the number of parts looked through and of all.

    Raises:
        InputNotFound: it holds no batch.
        StoreUnavailable: a store did not answer.
    """
    generation = generations.require(store)
    source = Source(generation.source, store) if inputs else None
    manifest = Manifest(store)
    manifest.look()
    files = {one.key for one in store.list("documents/") if one.key.endswith(".parquet")}
    for number in range(manifest.count):
        part = manifest.load(number)
        if part.file in files:
            yield from _of_part(store, part, generation.source, source)
        else:
            yield Finding("missing", part.file, f"part {number} with {len(part.entries)} inputs has no file")
        files.discard(part.file)
        if on_part is not None:
            on_part(number + 1, manifest.count)
    for name in sorted(files):
        yield Finding("foreign", name, "the file belongs to no part: its rows are not of this batch")


def _of_part(store: Store, part: Part, root: str, source: Source | None) -> Iterator[Finding]:
    try:
        with store.open(part.file) as opened:
            yield from _of_rows(opened, part, root, source)
    except OcrError:
        raise
    except Exception as error:  # Whatever the library meets in a damaged file.
        yield Finding("damaged", part.file, f"the file cannot be read: {str(error).splitlines()[0][:200]}")


def _of_rows(opened: IO[bytes], part: Part, root: str, source: Source | None) -> Iterator[Finding]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(opened, page_checksum_verification=True)
    expected = [entry.uri(root) for entry in part.entries]
    found: list[str] = []
    columns = ["uri", "sha256", "status", "code", "document"]
    for batch in file.iter_batches(batch_size=64, columns=columns):
        for row in batch.to_pylist():
            index = len(found)
            found.append(row["uri"])
            fault = _fault(row["status"], row["code"], row["document"])
            if fault is not None:
                yield Finding("document", row["uri"], fault)
            if source is not None and index < len(expected) and row["uri"] == expected[index]:
                yield from _of_hash(source, part, index, row["uri"], row["sha256"])
    if found != expected:
        missing = len(set(expected) - set(found))
        more = len(found) - len(set(found) & set(expected))
        yield Finding(
            "rows",
            part.file,
            f"{missing} of its inputs have no row, and {more} rows are too many or out of place",
        )


def _fault(status: str, code: str | None, document: str | None) -> str | None:
    """What is wrong with the row of an input."""
    if status == FAILED:
        return None if code and document is None else "a failed input without a code, or with a document"
    if status != READ or document is None:
        return f"the status is {status!r}, without a document"
    try:
        json.loads(document)
    except ValueError:
        return "the document is no JSON"
    return None


def _of_hash(source: Source, part: Part, index: int, uri: str, expected: str | None) -> Iterator[Finding]:
    entry = part.entries[index]
    current = source.current(entry)
    if current is None:
        yield Finding("gone", uri, "the input is no longer there")
    elif not current:
        yield Finding(
            "changed", uri, "the input has changed since it was listed; --rerun changed reads it again"
        )
    elif expected is not None:
        try:
            digest = source.digest(entry)
        except OcrError as error:
            if error.code == "store_unavailable":
                raise
            yield Finding("gone", uri, str(error))
            return
        if digest != expected:
            yield Finding("hash", uri, f"the input has the SHA-256 {digest}, and its row {expected}")
