"""The manifest: all inputs of a batch in numbered parts, each a Parquet file that is written once."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ocr.batch.store import Store, raw

if TYPE_CHECKING:
    import pyarrow as pa

#: Folder of everything but results.
HOME = "_batch/"
_FOLDER = f"{HOME}manifest/"
_ABOUT = b"ocr.part"


class Entry(NamedTuple):
    """One input.

    Attributes:
        key: of its object below the root of the source.
        member: its name in the archive that the object is; empty where the object is the input itself.
        size: bytes.
        etag: another one after each change.
        offset: where its bytes begin in a tar archive, decompressed; ``None`` elsewhere.
    """

    key: str
    member: str
    size: int
    etag: str
    offset: int | None = None

    @property
    def place(self) -> tuple[bytes, bytes]:
        """Its place in the order of the listing."""
        return raw(self.key), raw(self.member)

    def uri(self, root: str) -> str:
        """Its name in results: that of the object, and behind ``!/`` that of the member.

        Args:
            root: of the source, ended by ``/``.
        """
        text = f"{root}{self.key}!/{self.member}" if self.member else f"{root}{self.key}"
        # Names of files can hold bytes that are no UTF-8.
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Part:
    """Inputs that are read together and become one file.

    Attributes:
        number: from 0.
        recipe: hash of the models, options and version with which the part was planned: part of its file's name.
        entries: in the order of the listing.
        version: generation that wrote this list of the part; see `ocr.batch.generations`.
        run: number of the first part of the listing that added this one; see `ocr.batch.planning`.
    """

    number: int
    recipe: str
    entries: tuple[Entry, ...]
    version: int = 0
    run: int = 0

    @property
    def file(self) -> str:
        """Key of its results."""
        return f"documents/{self.number:08d}-{self.recipe[:12]}.parquet"


class Manifest:
    """The parts that are planned; safe for several programs that plan the same batch.

    Args:
        store: of the destination.
        versions: of parts by number, ascending, as far as they are known; see `look`.
    """

    def __init__(self, store: Store, versions: Mapping[int, Sequence[int]] | None = None) -> None:
        self._store = store
        #: Versions of each part by number, ascending.
        self._versions = {number: list(known) for number, known in (versions or {}).items()}

    def look(self) -> None:
        """See which parts there are by now."""
        self._versions = {}
        for one in self._store.list(_FOLDER):
            number, _, version = one.key[len(_FOLDER) :].removesuffix(".parquet").partition(".")
            self._versions.setdefault(int(number), []).append(int(version or 0))
        for versions in self._versions.values():
            versions.sort()

    @property
    def count(self) -> int:
        """Number of parts; they are numbered without gaps."""
        return len(self._versions)

    def version(self, number: int) -> int:
        """The last version of a part."""
        return self._versions[number][-1]

    def versions(self, number: int) -> tuple[int, ...]:
        """All versions of a part, ascending."""
        return tuple(self._versions[number])

    def load(self, number: int, before: int | None = None) -> Part:
        """A part, its last version or the last one before another.

        Raises:
            InputNotFound: there is no such part.
        """
        versions = self._versions.get(number, [0])
        version = versions[-1] if before is None else max(one for one in versions if one < before)
        return _parsed(number, version, self._store.get(_key(number, version)))

    def add(self, part: Part) -> bool:
        """Write a part; false where there is one of that number and version."""
        created = self._store.create(_key(part.number, part.version), _written(part))
        versions = self._versions.setdefault(part.number, [])
        if part.version not in versions:
            versions.append(part.version)
            versions.sort()
        return created


def _key(number: int, version: int) -> str:
    return (
        f"{_FOLDER}{number:08d}.parquet" if version == 0 else f"{_FOLDER}{number:08d}.{version:06d}.parquet"
    )


def _written(part: Part) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {
        # Names of files may be no UTF-8.
        "key": pa.array([raw(one.key) for one in part.entries], pa.binary()),
        "member": pa.array([raw(one.member) for one in part.entries], pa.binary()),
        "size": pa.array([one.size for one in part.entries], pa.int64()),
        "etag": pa.array([one.etag for one in part.entries], pa.string()),
        "offset": pa.array([one.offset for one in part.entries], pa.int64()),
    }
    about = json.dumps({"recipe": part.recipe, "run": part.run}).encode()
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns).replace_schema_metadata({_ABOUT: about}), buffer, compression="zstd")
    return buffer.getvalue()


def _parsed(number: int, version: int, data: bytes) -> Part:
    import pyarrow.parquet as pq

    table: pa.Table = pq.read_table(io.BytesIO(data), use_threads=False)
    about = json.loads(table.schema.metadata[_ABOUT])
    keys, members = (
        [name.decode("utf-8", "surrogateescape") for name in table[column].to_pylist()]
        for column in ("key", "member")
    )
    rows: Iterable[Sequence[Any]] = zip(
        keys, members, *(table[name].to_pylist() for name in ("size", "etag", "offset")), strict=True
    )
    return Part(number, about["recipe"], tuple(Entry(*row) for row in rows), version, about["run"])
