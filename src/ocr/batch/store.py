"""Where inputs come from and results go: a folder, or a bucket of an object store, behind one small interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, NamedTuple, Protocol

from ocr.errors import OcrError


class StoreUnavailable(OcrError):
    """A store did not answer, whatever was tried: nothing is known about the object, and a later run goes on."""

    code = "store_unavailable"
    exit_status = 75
    http_status = 503


class Object(NamedTuple):
    """An object of a store.

    Attributes:
        key: below the root of the store, ``/`` between folders.
        size: bytes.
        etag: another one after each change of the content.
    """

    key: str
    size: int
    etag: str


class Store(Protocol):
    """A folder or a part of a bucket. Keys are relative to its root.

    A file of a local folder whose name is no UTF-8 has lone surrogates in its key (PEP 383); `raw` is its order.
    """

    @property
    def root(self) -> str:
        """URI of the root, ended by ``/``."""

    def list(self, prefix: str = "", after: str | None = None) -> Iterator[Object]:
        """Objects in the order of the bytes of their keys, streamed.

        Args:
            prefix: a folder, ended by ``/``; everything where empty.
            after: only keys behind this one.
        """

    def head(self, key: str) -> Object | None:
        """An object without its content, ``None`` where there is none."""

    def get(self, key: str) -> bytes:
        """The content of an object.

        Raises:
            InputNotFound: there is none.
            InputUnreadable: access is denied.
            StoreUnavailable: the store did not answer.
        """

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """So many bytes of an object, fewer at its end; raises as `get`."""

    def open(self, key: str) -> IO[bytes]:
        """An object as a file that can seek; raises as `get`."""

    def create(self, key: str, content: bytes | IO[bytes]) -> bool:
        """Write an object where there is none; false where there is one, which stays as it is.

        Raises:
            OutputFailed: it cannot be written.
            StoreUnavailable: the store did not answer.
        """

    def replace(self, key: str, content: bytes | IO[bytes], etag: str) -> bool:
        """Write an object in place of the one with an etag; false where that is no longer there. Raises as `create`."""

    def put(self, key: str, content: bytes | IO[bytes]) -> None:
        """Write an object, whatever is there; raises as `create`."""

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""


def raw(key: str) -> bytes:
    """The bytes of a key, by which listings are sorted."""
    return key.encode("utf-8", "surrogateescape")
