"""Rows of a part that is being read, kept now and then, so that an interruption costs seconds and no whole part.

They are segments: rows from an index on. Whoever reads the part next takes those over that follow each other from the
first input on. They were read with the same recipe, so that the rows are those that would be read again.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ocr.batch.manifest import HOME
from ocr.batch.store import Store
from ocr.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

_ABOUT = b"ocr.partial"


def _folder(number: int) -> str:
    return f"{HOME}partial/{number:08d}/"


def save(store: Store, number: int, identity: str, start: int, tables: Sequence[pa.Table]) -> None:
    """Keep rows of a part.

    Args:
        store: of the destination.
        number: of the part.
        identity: what the rows depend on; others are not taken over.
        start: index of the first row.
        tables: the rows.

    Raises:
        OutputFailed, StoreUnavailable: see `Store.put`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = json.dumps({"identity": identity, "start": start}).encode()
    whole = pa.concat_tables(tables).replace_schema_metadata({_ABOUT: about})
    buffer = io.BytesIO()
    pq.write_table(whole, buffer, compression="zstd", write_page_checksum=True)
    store.put(f"{_folder(number)}{start:08d}.parquet", buffer.getvalue())


def load(store: Store, number: int, identity: str, most: int) -> list[pa.Table]:
    """The rows from the first input on that were kept, at most so many; none where they are of another identity."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables: list[pa.Table] = []
    count = 0
    for one in list(store.list(_folder(number))):
        try:
            table = pq.read_table(
                io.BytesIO(store.get(one.key)), use_threads=False, page_checksum_verification=True
            )
            about = json.loads(table.schema.metadata[_ABOUT])
        except (InputError, OSError, ValueError, KeyError, TypeError, pa.ArrowException):
            break
        if about != {"identity": identity, "start": count}:
            # A shorter row of segments, of a program that was slower, stands between.
            if about["identity"] == identity and about["start"] < count:
                continue
            break
        tables.append(table.replace_schema_metadata(None).slice(0, most - count))
        count += len(tables[-1])
        if count >= most:
            break
    return tables


def forget(store: Store, number: int) -> None:
    """Remove what was kept of a part, which is committed."""
    for one in list(store.list(_folder(number))):
        store.delete(one.key)
