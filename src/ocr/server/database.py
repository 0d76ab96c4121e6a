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
            raise HttpError(507, "output_failed", f"{path} cannot be written: {error}") from error

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
        """All statements of the block, or none of them."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
