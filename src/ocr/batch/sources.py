"""What a source holds: a folder or bucket, one picture or PDF, or an archive of them; listed in one fixed order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ocr.batch import archives
from ocr.batch.local_store import LocalStore
from ocr.batch.manifest import Entry
from ocr.batch.places import local_path, open_store
from ocr.batch.store import Object, Store, raw
from ocr.errors import BadConfiguration, ImageTooLarge, InputError, InputNotFound, InputUnreadable
from ocr.io.names import SIGNATURE, is_hidden, is_named_as_input, is_picture

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Skipped:
    """What a listing left out.

    Attributes:
        count: objects that are neither pictures, PDFs nor archives by their names.
        examples: the first few.
        archives: archives that cannot be opened; each of them is an input, and so gets a row with its error.
    """

    count: int = 0
    examples: list[str] = field(default_factory=list)
    archives: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """Count an object."""
        self.count += 1
        if len(self.examples) < 5:
            self.examples.append(name)


class Source:
    """The inputs of a place, and their bytes.

    Args:
        place: a folder, file or URL.
        destination: of the batch, which is left out where it lies inside the source.

    Raises:
        InputNotFound: there is no such folder or file.
        BadConfiguration, MissingExtra: see `ocr.batch.store.open_store`.
    """

    def __init__(self, place: str, destination: Store | None = None) -> None:
        self.place = place
        self._only: str | None = None
        path = local_path(place)
        if path is not None:
            if path.is_file():
                self.store: Store = LocalStore(path.parent)
                self._only = path.name
            elif path.is_dir():
                self.store = LocalStore(path)
            else:
                raise InputNotFound(f"there is no folder or file {path}")
        else:
            name = place.rstrip("/").rpartition("/")[2]
            if _may_be_input(name) and "." in name and not place.endswith("/"):
                self.store, self._only = open_store(place.rpartition("/")[0]), name
            else:
                self.store = open_store(place)
        root = "" if destination is None else destination.root
        if root == self.store.root and self._only is None:
            raise BadConfiguration(
                f"{place} is the destination as well; give another one, such as {root}batch"
            )
        inside = root.startswith(self.store.root) and root != self.store.root
        self._left_out = root[len(self.store.root) :] if inside else None
        self._archives: archives.ArchiveReader | None = None
        #: The archive that was last looked into, with its members.
        self._listed: tuple[Object, dict[str, Entry]] | None = None

    @property
    def root(self) -> str:
        """URI of the root, ended by ``/``."""
        return self.store.root

    def entries(self, after: Entry | None = None, skipped: Skipped | None = None) -> Iterator[Entry]:
        """The inputs in the order of the bytes of their keys, then of their names in an archive; streamed.

        Args:
            after: only those behind this one.
            skipped: counts what is left out.
        """
        skipped = Skipped() if skipped is None else skipped
        if after is not None and after.member:
            # The archive in which the last one was is not finished.
            one = self.store.head(after.key)
            if one is not None:
                yield from (entry for entry in self._of(one, skipped) if entry.place > after.place)
        for one in self._objects(None if after is None else after.key):
            if self._left_out is not None and one.key.startswith(self._left_out):
                continue
            yield from self._of(one, skipped)

    def _objects(self, after: str | None) -> Iterator[Object]:
        if self._only is None:
            yield from self.store.list(after=after)
            return
        one = self.store.head(self._only)
        if one is None:
            raise InputNotFound(f"there is no {self.store.root}{self._only}")
        if after is None or raw(one.key) > raw(after):
            yield one

    def _of(self, one: Object, skipped: Skipped) -> Iterator[Entry]:
        """The inputs that an object stands for."""
        if archives.is_archive(one.key):
            try:
                yield from archives.members(self.store, one, _wanted_member(skipped, one.key))
                return
            except InputUnreadable:
                skipped.archives.append(one.key)
        elif one.key != self._only and not self._is_input(one):
            skipped.add(one.key)
            return
        yield Entry(one.key, "", one.size, one.etag)

    def _is_input(self, one: Object) -> bool:
        name = one.key.rpartition("/")[2]
        if is_hidden(one.key.split("/")):
            return False
        if is_named_as_input(name):
            return True
        if isinstance(self.store, LocalStore):
            try:
                return is_picture(self.store.get_range(one.key, 0, SIGNATURE))
            except InputError:
                return False
        # A look into each object of a bucket takes a request: names without an ending are taken for inputs.
        return "." not in name and one.size > 0

    def read(self, entry: Entry, max_bytes: int) -> bytes:
        """The bytes of an input.

        Raises:
            InputNotFound, InputUnreadable: it is gone, damaged or access is denied.
            ImageTooLarge: it is longer than the limit.
            StoreUnavailable: the store did not answer.
        """
        if entry.member:
            if self._archives is None:
                self._archives = archives.ArchiveReader(self.store)
            return self._archives.read(entry, max_bytes)
        if entry.size > max_bytes:
            raise ImageTooLarge(f"{entry.key} has {entry.size} bytes; at most {max_bytes} are read")
        return self.store.get(entry.key)

    def digest(self, entry: Entry) -> str:
        """SHA-256 of an input; raises as `read`."""
        return hashlib.sha256(self.read(entry, 1 << 62)).hexdigest()

    def current(self, entry: Entry) -> bool | None:
        """Whether an input is as it was listed; ``None`` where it is gone."""
        one = self.store.head(entry.key)
        if one is None:
            return None
        if not entry.member:
            return one.etag == entry.etag
        if self._listed is None or self._listed[0] != one:
            try:
                found = archives.members(self.store, one, lambda _: True)
                self._listed = one, {member.member: member for member in found}
            except InputUnreadable:
                return False
        member = self._listed[1].get(entry.member)
        return None if member is None else member.etag == entry.etag

    def close(self) -> None:
        """Close open archives."""
        if self._archives is not None:
            self._archives.close()


def _wanted_member(skipped: Skipped, archive: str) -> Callable[[str], bool]:
    def wanted(name: str) -> bool:
        # Archives of a folder have names such as ./a.jpg; macOS adds a folder of its own.
        parts = [part for part in name.split("/") if part not in (".", "..")] or [name]
        if is_named_as_input(name) and not is_hidden(parts) and parts[0] != "__MACOSX":
            return True
        skipped.add(f"{archive}!/{name}")
        return False

    return wanted


def _may_be_input(name: str) -> bool:
    return is_named_as_input(name) or archives.is_archive(name)
