"""A bucket, or a part of one, as a store: S3, Google Cloud Storage and Azure through obstore."""

from __future__ import annotations

import contextlib
import io
import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import IO, Any, TypeVar, cast

from ocr.batch.store import Object, StoreUnavailable, raw
from ocr.errors import BadConfiguration, InputNotFound, InputUnreadable, MissingExtra, OutputFailed

T = TypeVar("T")
#: Each request is tried again by the client for a while; a body that was cut off, and what the client gives up, is
#: asked for again so often, after so many seconds at first.
_TRIES, _FIRST_WAIT, _LONGEST_WAIT = 8, 0.2, 20.0
_RETRY = {"max_retries": 8, "retry_timeout": timedelta(seconds=90)}
_TIMEOUT = timedelta(seconds=60)


class ObjectStore:
    """See `ocr.batch.store.Store`.

    Credentials, regions and endpoints come from the variables of each provider's own tools, such as
    ``AWS_ACCESS_KEY_ID`` and ``AWS_ENDPOINT_URL``, or from the machine's role.

    Args:
        url: ``s3://``, ``gs://`` or ``az://``, a bucket or container, and a folder in it.

    Raises:
        BadConfiguration: the URL names no bucket, or the configuration cannot be used.
        MissingExtra: obstore is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            import obstore
            from obstore import exceptions, store
        except ImportError as error:
            raise MissingExtra(f"{url} needs obstore; pip install 'receipt-ocr[batch]'") from error
        self._obstore = cast(Any, obstore)
        self._errors = cast(Any, exceptions)
        self._root = url.rstrip("/") + "/"
        plain = any(
            os.environ.get(name, "").startswith("http://") for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL")
        )
        client: dict[str, Any] = {"timeout": _TIMEOUT, **({"allow_http": True} if plain else {})}
        try:
            self._store: Any = cast(Any, store).from_url(
                self._root.rstrip("/"), client_options=client, retry_config=_RETRY
            )
        except Exception as error:  # Each provider has errors of its own for what is missing.
            raise BadConfiguration(f"{url} cannot be opened: {_first_line(error)}") from error

    def __reduce__(self) -> tuple[type[ObjectStore], tuple[str]]:
        return ObjectStore, (self._root,)

    @property
    def root(self) -> str:
        """See `Store.root`."""
        return self._root

    def list(self, prefix: str = "", after: str | None = None) -> Iterator[Object]:
        """See `Store.list`; a listing that breaks off is taken up behind its last key."""
        failures = 0
        last = after
        while True:
            # Providers take a folder's name with or without its slash for the same place.
            begun = None if last is None else raw(last)
            try:
                for chunk in self._store.list(prefix.rstrip("/") or None, offset=last, chunk_size=1000):
                    for meta in chunk:
                        one = _object(meta)
                        if begun is not None and raw(one.key) <= begun:
                            continue
                        if last is not None and raw(one.key) <= raw(last):
                            raise BadConfiguration(
                                f"{self._root} is not listed in the order of its keys ({one.key} came behind {last}); "
                                "buckets of this kind cannot be read as a batch"
                            )
                        last, failures = one.key, 0
                        yield one
                return
            except (self._errors.BaseError, OSError) as error:
                failures += 1
                self._settle(error, prefix, failures, writing=False)

    def head(self, key: str) -> Object | None:
        """See `Store.head`."""
        try:
            return _object(self._tried(lambda: self._store.head(key), key))
        except InputNotFound:
            return None

    def get(self, key: str) -> bytes:
        """See `Store.get`."""
        return self._tried(lambda: bytes(self._store.get(key).bytes()), key)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """See `Store.get_range`."""
        if not length:
            return b""
        return self._tried(lambda: bytes(self._store.get_range(key, start=start, length=length)), key)

    def open(self, key: str) -> IO[bytes]:
        """See `Store.open`; what is read is fetched in pieces of a megabyte."""
        one = self._tried(lambda: self._store.head(key), key)
        return cast(IO[bytes], _Ranges(self, key, int(one["size"])))

    def create(self, key: str, content: bytes | IO[bytes]) -> bool:
        """See `Store.create`; false, too, where an earlier try of this call arrived although its answer did not."""
        try:
            self._write(key, content, "create")
        except (self._errors.AlreadyExistsError, self._errors.PreconditionError):
            return False
        return True

    def replace(self, key: str, content: bytes | IO[bytes], etag: str) -> bool:
        """See `Store.replace`."""
        try:
            now = self._tried(lambda: self._store.head(key), key)
            if now["e_tag"] != etag:
                return False
            version = {name: now[name] for name in ("e_tag", "version") if now.get(name) is not None}
            self._write(key, content, version)
        except (self._errors.AlreadyExistsError, self._errors.PreconditionError, InputNotFound):
            return False
        return True

    def put(self, key: str, content: bytes | IO[bytes]) -> None:
        """See `Store.put`."""
        self._write(key, content, "overwrite")

    def delete(self, key: str) -> None:
        """See `Store.delete`."""
        with contextlib.suppress(InputNotFound):
            self._tried(lambda: self._store.delete(key), key)

    def _write(self, key: str, content: bytes | IO[bytes], mode: Any) -> None:
        def write() -> None:
            if not isinstance(content, bytes):
                content.seek(0)
            # In one piece: an upload in parts cannot be conditional.
            self._store.put(key, content, mode=mode, use_multipart=False)

        self._tried(write, key, writing=True)

    def _tried(self, request: Callable[[], T], key: str, *, writing: bool = False) -> T:
        failures = 0
        while True:
            try:
                return request()
            except (self._errors.BaseError, OSError, ValueError) as error:
                failures += 1
                self._settle(error, key, failures, writing=writing)

    def _settle(self, error: Exception, key: str, failures: int, *, writing: bool) -> None:
        """Wait before another try, or raise what the caller gets."""
        place = f"{self._root}{key}"
        if isinstance(error, (self._errors.AlreadyExistsError, self._errors.PreconditionError)):
            raise error
        if isinstance(error, (FileNotFoundError, self._errors.NotFoundError)):
            kind = OutputFailed if writing else InputNotFound
            raise kind(f"there is no {place}") from error
        if isinstance(
            error, (PermissionError, self._errors.PermissionDeniedError, self._errors.UnauthenticatedError)
        ):
            refused = OutputFailed if writing else InputUnreadable
            raise refused(f"access to {place} is denied: {_first_line(error)}") from error
        if isinstance(error, (ValueError, self._errors.NotSupportedError, self._errors.InvalidPathError)):
            raise BadConfiguration(f"{place}: {_first_line(error)}") from error
        if failures >= _TRIES:
            raise StoreUnavailable(f"{place} cannot be reached: {_first_line(error)}") from error
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (failures - 1))
        time.sleep(wait * (0.5 + random.random() / 2))


class _Ranges(io.RawIOBase):
    """An object as a raw file, fetched in pieces: `zipfile`, `tarfile` and Parquet's reader read and seek in it."""

    _PIECE = 1 << 20

    def __init__(self, store: ObjectStore, key: str, size: int) -> None:
        self._store, self._key, self._size = store, key, size
        self._at = self._start = 0
        self._piece = b""

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._size - self._at if size is None or size < 0 else min(size, self._size - self._at)
        pieces = []
        while wanted > 0:
            inside = self._at - self._start
            if not 0 <= inside < len(self._piece):
                length = min(max(self._PIECE, wanted), self._size - self._at)
                self._piece, self._start, inside = (
                    self._store.get_range(self._key, self._at, length),
                    self._at,
                    0,
                )
                if not self._piece:
                    break
            taken = self._piece[inside : inside + wanted]
            pieces.append(taken)
            self._at += len(taken)
            wanted -= len(taken)
        return b"".join(pieces)

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._piece = b""
        super().close()


def _object(meta: Any) -> Object:
    return Object(meta["path"], int(meta["size"]), meta["e_tag"] or str(meta["last_modified"]))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
