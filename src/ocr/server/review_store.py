"""Receipts under review and everything that people changed, in a folder of the user's own.

What was read is never changed. Each change is a row of its own: who, when, what was there before. The present value of
a path is that of its last row, so that two people, two tabs and a restart see the same.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from ocr.errors import BadConfiguration
from ocr.io.files import write_whole
from ocr.server.database import Database
from ocr.server.leases import LeasedQueue
from ocr.server.problems import HttpError

#: The value that takes back what a person gave, as an undo does.
UNSET = {"unset": True}
_MAX_PATH, _MAX_VALUE = 200, 20_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS receipts (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, name TEXT NOT NULL, created REAL NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, worker TEXT, lease REAL,
    document TEXT, problem TEXT, changed INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS receipts_by_state ON receipts (state, created);
CREATE TABLE IF NOT EXISTS edits (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, receipt TEXT NOT NULL, path TEXT NOT NULL, value TEXT NOT NULL,
    before TEXT, who TEXT NOT NULL, at REAL NOT NULL, client TEXT NOT NULL, number INTEGER NOT NULL,
    UNIQUE (client, number)
);
CREATE INDEX IF NOT EXISTS edits_by_receipt ON edits (receipt, sequence);
CREATE TABLE IF NOT EXISTS summaries (id TEXT PRIMARY KEY, tag TEXT NOT NULL, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY CHECK (id = 0), sequence INTEGER NOT NULL);
INSERT OR IGNORE INTO clock VALUES (0, 0);
"""


class ReceiptNotFound(HttpError):
    """There is no such receipt, or it was deleted."""

    def __init__(self, identifier: str) -> None:
        super().__init__(404, "receipt_not_found", f"there is no receipt {identifier[:80]!r}")


@dataclass(frozen=True)
class Upload:
    """A receipt as it came in.

    Attributes:
        id: cannot be guessed.
        name: of the file.
        sha256: of its bytes; equal for duplicates.
        state: ``waiting``, ``reading``, ``read`` or ``failed``.
        created: seconds since 1970.
        problem: a problem document as JSON, where it could not be read.
        changed: number of the last change of the pile that touched it.
    """

    id: str
    name: str
    sha256: str
    state: str
    created: float
    problem: str | None
    changed: int


_COLUMNS = "id, name, sha256, state, created, problem, changed"


class ReviewStore(LeasedQueue[Upload]):
    """The receipts and edits of one folder; safe for threads and for several processes.

    Args:
        folder: made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "review"
        super().__init__(
            Database(self._folder / "review.sqlite", _SCHEMA),
            "receipts",
            waiting="waiting",
            running="reading",
            done="read",
        )

    def add(self, name: str, data: bytes) -> Upload:
        """Keep an upload; it is on the disk when this returns, and read as soon as a thread is free."""
        digest = hashlib.sha256(data).hexdigest()
        identifier = secrets.token_urlsafe(12)
        write_whole(self.folder(identifier) / "input", data)
        name = name.encode("utf-8", "backslashreplace").decode()
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO receipts (id, sha256, name, created, state, changed) VALUES (?,?,?,?,'waiting',?)",
                (identifier, digest, name[:300], time.time(), _tick(connection)),
            )
        return self.get(identifier)

    def get(self, identifier: str) -> Upload:
        """A receipt.

        Raises:
            ReceiptNotFound: there is none.
        """
        row = self._database.connection.execute(
            f"SELECT {_COLUMNS} FROM receipts WHERE id = ?", (identifier,)
        ).fetchone()
        if row is None:
            raise ReceiptNotFound(identifier)
        return Upload(*row)

    def exists(self, identifier: str) -> bool:
        """Whether there is such a receipt."""
        query = "SELECT 1 FROM receipts WHERE id = ?"
        return self._database.connection.execute(query, (identifier,)).fetchone() is not None

    def document(self, identifier: str) -> str | None:
        """What was read from a receipt, as JSON; ``None`` where nothing was."""
        row = self._database.connection.execute(
            "SELECT document FROM receipts WHERE id = ?", (identifier,)
        ).fetchone()
        return None if row is None or row[0] is None else str(row[0])

    def folder(self, identifier: str) -> Path:
        """Where the files of a receipt are."""
        return self._folder / identifier

    def all(self) -> list[Upload]:
        """Every receipt, in the order in which they came."""
        rows = self._database.connection.execute(f"SELECT {_COLUMNS} FROM receipts ORDER BY created, id")
        return [Upload(*row) for row in rows]

    def data(self, identifier: str) -> bytes:
        """The bytes of an upload."""
        self.get(identifier)
        return (self.folder(identifier) / "input").read_bytes()

    def delete(self, identifier: str) -> None:
        """Forget a receipt: its bytes, what was read, and every edit."""
        self.get(identifier)
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM edits WHERE receipt = ?", (identifier,))
            connection.execute("DELETE FROM receipts WHERE id = ?", (identifier,))
            connection.execute("DELETE FROM summaries WHERE id = ?", (identifier,))
            _tick(connection)
        shutil.rmtree(self.folder(identifier), ignore_errors=True)
        # What was deleted must not stay in the journal.
        self._database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def kept_summaries(self, identifiers: Sequence[str]) -> dict[str, tuple[str, str]]:
        """For each receipt what its summary was made of, and the summary; see `ocr.server.review_summary`."""
        query = "SELECT id, tag, content FROM summaries WHERE id IN (SELECT value FROM json_each(?))"
        rows = self._database.connection.execute(query, (json.dumps(identifiers),))
        return {str(row[0]): (str(row[1]), str(row[2])) for row in rows}

    def keep_summaries(self, made: Sequence[tuple[str, str, str]]) -> None:
        """Keep summaries, each with its receipt and what it was made of."""
        if not made:
            return
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO summaries SELECT ?, ?, ? WHERE EXISTS "
                "(SELECT 1 FROM receipts WHERE id = ?)",
                [(*one, one[0]) for one in made],
            )

    def values(self, identifier: str) -> dict[str, Any]:
        """The present values that people gave, by path."""
        return self.all_values([identifier]).get(identifier, {})

    def all_values(self, identifiers: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
        """The present values of several receipts; of all where ``None``."""
        # As JSON: SQLite takes a bounded number of parameters.
        condition = "" if identifiers is None else "WHERE receipt IN (SELECT value FROM json_each(?))"
        rows = self._database.connection.execute(
            f"SELECT receipt, path, value FROM edits {condition} ORDER BY sequence",
            () if identifiers is None else (json.dumps(identifiers),),
        )
        values: dict[str, dict[str, Any]] = {}
        for receipt, path, text in rows:
            value = json.loads(text)
            if value == UNSET:
                values.get(receipt, {}).pop(path, None)
            else:
                values.setdefault(receipt, {})[path] = value
        return values

    def history(self, identifier: str) -> list[dict[str, Any]]:
        """Every edit of a receipt in order: who, when, path, value before and after."""
        rows = self._database.connection.execute(
            "SELECT sequence, path, before, value, who, at FROM edits WHERE receipt = ? ORDER BY sequence",
            (identifier,),
        )
        return [
            {
                "sequence": row["sequence"],
                "path": row["path"],
                "before": None if row["before"] is None else json.loads(row["before"]),
                "after": json.loads(row["value"]),
                "who": row["who"],
                "at": row["at"],
            }
            for row in rows
        ]

    def edit(self, client: str, who: str, edits: Iterable[dict[str, Any]]) -> list[int]:
        """Keep edits. One that was kept before is acknowledged again and changes nothing.

        Args:
            client: a random name of the tab that sends them.
            who: name of the key of its user.
            edits: each with ``number`` (counted up by the client), ``receipt``, ``path`` and ``value``.

        Returns:
            The numbers that are on the disk now. An edit of a receipt that was deleted is acknowledged, too.

        Raises:
            BadConfiguration: an edit is not of this form.
        """
        checked = [_checked(edit) for edit in edits]
        with self._database.transaction() as connection:
            for number, receipt, path, value in checked:
                if connection.execute("SELECT 1 FROM receipts WHERE id = ?", (receipt,)).fetchone() is None:
                    continue
                before = connection.execute(
                    "SELECT value FROM edits WHERE receipt = ? AND path = ? ORDER BY sequence DESC LIMIT 1",
                    (receipt, path),
                ).fetchone()
                kept = connection.execute(
                    "INSERT OR IGNORE INTO edits (receipt, path, value, before, who, at, client, number) "
                    "VALUES (?,?,?,?,?,?,?,?)",
                    (
                        receipt,
                        path,
                        value,
                        None if before is None else before[0],
                        who,
                        time.time(),
                        client,
                        number,
                    ),
                ).rowcount
                if kept:
                    connection.execute(
                        "UPDATE receipts SET changed = ? WHERE id = ?", (_tick(connection), receipt)
                    )
        return [number for number, *_ in checked]

    @property
    def clock(self) -> int:
        """Number of the last change."""
        return int(self._database.connection.execute("SELECT sequence FROM clock").fetchone()[0])

    def changed_since(self, sequence: int) -> list[Upload]:
        """Receipts that were added, read or edited after a change."""
        sequence = min(sequence, 2**62)
        rows = self._database.connection.execute(
            f"SELECT {_COLUMNS} FROM receipts WHERE changed > ? ORDER BY created, id", (sequence,)
        )
        return [Upload(*row) for row in rows]

    def identifiers(self) -> list[str]:
        """Of every receipt, in the order in which they came."""
        rows = self._database.connection.execute("SELECT id FROM receipts ORDER BY created, id")
        return [str(row[0]) for row in rows]

    def _input(self, identifier: str) -> tuple[Upload, bytes, str | None] | None:
        try:
            return self.get(identifier), self.data(identifier), None
        except (OSError, ReceiptNotFound):
            return None

    def _begun(self, connection: Connection) -> dict[str, Any]:
        return {"changed": _tick(connection)}

    def _ended(self, connection: Connection, identifier: str) -> dict[str, Any]:
        return {"changed": _tick(connection)}

    def _keep(self, connection: Connection, identifier: str, document: str) -> None:
        connection.execute("UPDATE receipts SET document = ? WHERE id = ?", (document, identifier))


def _tick(connection: Connection) -> int:
    connection.execute("UPDATE clock SET sequence = sequence + 1")
    return int(connection.execute("SELECT sequence FROM clock").fetchone()[0])


def _checked(edit: Any) -> tuple[int, str, str, str]:
    try:
        number, receipt, path, value = edit["number"], edit["receipt"], edit["path"], edit["value"]
    except (TypeError, KeyError) as error:
        raise BadConfiguration("an edit has the keys number, receipt, path and value") from error
    right = isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**53
    if (
        not right
        or not isinstance(receipt, str)
        or not isinstance(path, str)
        or not 0 < len(path) <= _MAX_PATH
    ):
        raise BadConfiguration("an edit has a whole number, the id of a receipt and a path")
    try:
        receipt.encode(), path.encode()
        text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise BadConfiguration(f"an edit cannot be kept: {error}") from error
    if len(text) > _MAX_VALUE:
        raise BadConfiguration(f"the value of {path!r:.60} is longer than {_MAX_VALUE} characters")
    return number, receipt, path, text
