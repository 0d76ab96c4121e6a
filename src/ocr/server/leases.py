"""A table of inputs that no caller waits for: workers take them one by one and hold each under a lease.

A worker renews the lease of what it reads. Where it dies the lease runs out and the input waits again, twice at most:
one that killed three workers is given up.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from sqlite3 import Connection
from typing import Any, Generic, TypeVar

from ocr.server.database import Database

#: Seconds for which a worker holds an input without renewing.
LEASE = 10.0
_MAX_ATTEMPTS = 3
_GIVEN_UP = json.dumps({"code": "internal_error", "detail": "each worker that read this input died"})
R = TypeVar("R")


class LeasedQueue(ABC, Generic[R]):
    """The queue in a table, safe for threads and for several processes.

    The table has the columns ``id``, ``state``, ``attempts``, ``worker``, ``lease``, ``created`` and ``problem``.

    Args:
        database: that has the table.
        table: its name.
        waiting: the state of a row that waits.
        running: the state of a row that a worker holds.
        done: the state of a row that was read.
    """

    def __init__(self, database: Database, table: str, *, waiting: str, running: str, done: str) -> None:
        self._database = database
        self._table, self._waiting, self._running, self._done = table, waiting, running, done

    @abstractmethod
    def _input(self, identifier: str) -> tuple[R, bytes, str | None] | None:
        """A row that was taken, its bytes and the password of its PDF; ``None`` where it was deleted meanwhile."""

    def _begun(self, connection: Connection) -> dict[str, Any]:
        """Columns that are set with the state ``running`` or back to ``waiting``."""
        return {}

    def _ended(self, connection: Connection, identifier: str) -> dict[str, Any]:
        """Columns that are set with a state that is the last."""
        return {}

    def _keep(self, connection: Connection, identifier: str, document: str) -> None:
        """Keep what was read."""

    def waiting(self) -> int:
        """Rows that wait."""
        row = self._database.connection.execute(
            f"SELECT count(*) FROM {self._table} WHERE state = ?", (self._waiting,)
        ).fetchone()
        return int(row[0])

    def claim(self, worker: str) -> tuple[R, bytes, str | None] | None:
        """Take the row that has waited longest, with its bytes and password; ``None`` where there is none."""
        oldest = f"SELECT id FROM {self._table} WHERE state = ? ORDER BY created, id LIMIT 1"
        # Looked for without a lock: mostly there is none.
        if self._database.connection.execute(oldest, (self._waiting,)).fetchone() is None:
            return None
        with self._database.transaction() as connection:
            row = connection.execute(oldest, (self._waiting,)).fetchone()
            if row is None:
                return None
            now = time.time()
            columns = {
                "state": self._running,
                "worker": worker,
                "lease": now + LEASE,
                **self._begun(connection),
            }
            self._set(connection, row[0], columns)
            connection.execute(f"UPDATE {self._table} SET attempts = attempts + 1 WHERE id = ?", (row[0],))
        return self._input(str(row[0]))

    def renew(self, identifier: str, worker: str) -> bool:
        """Hold a row further; false where it was cancelled, deleted or given to another worker."""
        with self._database.transaction() as connection:
            return self._set(connection, identifier, {"lease": time.time() + LEASE}, worker)

    def release(self, identifier: str, worker: str) -> None:
        """Give a row back that was taken and not begun."""
        with self._database.transaction() as connection:
            connection.execute(
                f"UPDATE {self._table} SET attempts = attempts - 1 WHERE id = ? AND worker = ? AND state = ?",
                (identifier, worker, self._running),
            )
            self._set(connection, identifier, self._again(connection), worker)

    def finish(self, identifier: str, worker: str, document: str | None, problem: str | None) -> bool:
        """Keep the document of a row, or the problem document of the reason why there is none.

        Returns:
            False where the row is no longer this worker's; nothing is kept then.
        """
        with self._database.transaction() as connection:
            state = self._done if problem is None else "failed"
            columns = {
                "state": state, "problem": problem, "lease": None, **self._ended(connection, identifier)
            }  # fmt: skip
            kept = self._set(connection, identifier, columns, worker)
            if kept and document is not None:
                self._keep(connection, identifier, document)
        return kept

    def recover(self, *, all_running: bool = False) -> None:
        """Have rows wait again whose worker died, and give up those that killed three.

        Args:
            all_running: no worker lives, as when the server starts.
        """
        late = "" if all_running else "AND lease < :now"
        lost = f"SELECT id, attempts FROM {self._table} WHERE state = :running {late}"
        values = {"now": time.time(), "running": self._running}
        if self._database.connection.execute(lost, values).fetchone() is None:
            return
        with self._database.transaction() as connection:
            for identifier, attempts in connection.execute(lost, values).fetchall():
                if attempts < _MAX_ATTEMPTS:
                    self._set(connection, identifier, self._again(connection))
                else:
                    ended = self._ended(connection, identifier)
                    self._set(
                        connection,
                        identifier,
                        {"state": "failed", "problem": _GIVEN_UP, "lease": None, **ended},
                    )

    def _again(self, connection: Connection) -> dict[str, Any]:
        return {"state": self._waiting, "worker": None, "lease": None, **self._begun(connection)}

    def _set(
        self, connection: Connection, identifier: str, columns: dict[str, Any], worker: str | None = None
    ) -> bool:
        """Set columns of a row, where a worker is given only of one that it holds; whether there was one."""
        names = ", ".join(f"{name} = ?" for name in columns)
        held, whose = (
            ("", ()) if worker is None else (" AND worker = ? AND state = ?", (worker, self._running))
        )
        changed = connection.execute(
            f"UPDATE {self._table} SET {names} WHERE id = ?{held}", (*columns.values(), identifier, *whose)
        )
        return bool(changed.rowcount)
