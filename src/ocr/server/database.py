"""One SQLite file that several threads and processes share."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ocr.server.problems import HttpError


class Database:
    """Connections to a file, one a thread, in write-ahead mode: readers never wait for a writer.

    Args:
        path: of the file; its folder is made where it is missing.
        schema: statements that make the tables where they are missing.

    Raises:
        HttpError: the file cannot be written (507).
    """

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._local = threading.local()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection.executescript(schema)
        except (OSError, sqlite3.Error) as error:
            raise self._unwritable(error) from error

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of this thread."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            # A commit is on the disk before a caller is told that his job or edit is kept.
            connection.execute("PRAGMA synchronous = FULL")
            # Deleted rows are overwritten, not only forgotten.
            connection.execute("PRAGMA secure_delete = ON")
            self._local.connection = connection
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All statements of the block, or none of them.

        Raises:
            HttpError: they cannot be written, for instance to a full disk (507).
        """
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException as error:
            # After some errors, such as that of a full disk, SQLite has ended the transaction itself.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise self._unwritable(error) from error
            raise

    def _unwritable(self, error: Exception) -> HttpError:
        return HttpError(507, "output_failed", f"{self._path} cannot be written: {error}")
