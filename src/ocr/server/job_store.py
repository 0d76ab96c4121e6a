"""Jobs in SQLite: every worker process sees them, and a restart loses none."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from ocr.server.database import Database
from ocr.server.leases import LeasedQueue
from ocr.server.problems import HttpError

_FINISHED = ("done", "failed", "cancelled")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT, options TEXT NOT NULL, webhook TEXT,
    state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, worker TEXT, lease REAL,
    created REAL NOT NULL, started REAL, finished REAL, expires REAL,
    notified INTEGER NOT NULL DEFAULT 0, problem TEXT
);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, created);
CREATE TABLE IF NOT EXISTS inputs (id TEXT PRIMARY KEY, data BLOB NOT NULL, password TEXT);
CREATE TABLE IF NOT EXISTS results (id TEXT PRIMARY KEY, document TEXT NOT NULL);
"""


class JobNotFound(HttpError):
    """There is no such job, or it belongs to somebody else, or its result has expired."""

    def __init__(self, identifier: str) -> None:
        super().__init__(404, "job_not_found", f"there is no job {identifier[:80]!r}; results expire")


@dataclass(frozen=True)
class Job:
    """A row of the table.

    Attributes:
        id: cannot be guessed.
        owner: name of the key that queued it.
        name: of the input.
        options: query parameters as JSON.
        webhook: URL that is called when the job ends.
        state: ``queued``, ``running``, ``done``, ``failed`` or ``cancelled``.
        created, started, finished, expires: seconds since 1970.
        problem: a problem document as JSON where it failed.
    """

    id: str
    owner: str
    name: str | None
    options: str
    webhook: str | None
    state: str
    created: float
    started: float | None
    finished: float | None
    expires: float | None
    problem: str | None


_COLUMNS = "id, owner, name, options, webhook, state, created, started, finished, expires, problem"


class JobStore(LeasedQueue[Job]):
    """The jobs of a server; safe for threads and for several processes.

    Args:
        folder: made where it is missing.
        hours: for which finished jobs are kept.
    """

    def __init__(self, folder: Path, hours: float = 24.0) -> None:
        super().__init__(
            Database(folder / "jobs.sqlite", _SCHEMA),
            "jobs",
            waiting="queued",
            running="running",
            done="done",
        )
        self._hours = hours

    def add(
        self,
        owner: str,
        name: str | None,
        data: bytes,
        options: str,
        webhook: str | None = None,
        password: str | None = None,
    ) -> Job:
        """Queue a job; it is on the disk when this returns. The password is forgotten with the input."""
        identifier = secrets.token_urlsafe(18)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO jobs (id, owner, name, options, webhook, state, created) VALUES (?,?,?,?,?,'queued',?)",
                (identifier, owner, name, options, webhook, time.time()),
            )
            connection.execute("INSERT INTO inputs VALUES (?,?,?)", (identifier, data, password))
        return self.get(identifier, owner)

    def get(self, identifier: str, owner: str) -> Job:
        """A job of its owner.

        Raises:
            JobNotFound: there is none, or it belongs to somebody else.
        """
        row = self._database.connection.execute(
            f"SELECT {_COLUMNS} FROM jobs WHERE id = ? AND owner = ?", (identifier, owner)
        ).fetchone()  # fmt: skip
        if row is None:
            raise JobNotFound(identifier)
        return Job(*row)

    def result(self, identifier: str) -> str | None:
        """The document of a finished job as JSON."""
        row = self._database.connection.execute(
            "SELECT document FROM results WHERE id = ?", (identifier,)
        ).fetchone()
        return None if row is None else str(row[0])

    def _input(self, identifier: str) -> tuple[Job, bytes, str | None] | None:
        connection = self._database.connection
        row = connection.execute(f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", (identifier,)).fetchone()
        data = connection.execute("SELECT data, password FROM inputs WHERE id = ?", (identifier,)).fetchone()
        return None if row is None or data is None else (Job(*row), bytes(data[0]), data[1])

    def _begun(self, connection: Connection) -> dict[str, Any]:
        return {"started": time.time()}

    def _ended(self, connection: Connection, identifier: str) -> dict[str, Any]:
        connection.execute("DELETE FROM inputs WHERE id = ?", (identifier,))
        now = time.time()
        return {"finished": now, "expires": now + self._hours * 3600}

    def _keep(self, connection: Connection, identifier: str, document: str) -> None:
        connection.execute("INSERT OR REPLACE INTO results VALUES (?, ?)", (identifier, document))

    def cancel(self, identifier: str, owner: str) -> Job:
        """End a job and forget its input and result; the worker that reads it is told when it next asks.

        Raises:
            JobNotFound: see `get`.
        """
        job = self.get(identifier, owner)
        with self._database.transaction() as connection:
            ended = self._ended(connection, identifier)
            finished = ended.pop("finished") if job.finished is None else job.finished
            columns = {**ended, "state": "cancelled", "finished": finished, "lease": None}
            if job.state != "cancelled":
                self._set(connection, identifier, columns)
            connection.execute("DELETE FROM results WHERE id = ?", (identifier,))
        return self.get(job.id, owner)

    def recover(self, *, all_running: bool = False) -> None:
        """Also forget what has expired."""
        super().recover(all_running=all_running)
        now = time.time()
        expired = "SELECT id FROM jobs WHERE expires IS NOT NULL AND expires < ?"
        if self._database.connection.execute(expired, (now,)).fetchone() is None:
            return
        with self._database.transaction() as connection:
            connection.execute(f"DELETE FROM results WHERE id IN ({expired})", (now,))
            connection.execute(f"DELETE FROM jobs WHERE id IN ({expired})", (now,))

    def to_notify(self) -> Job | None:
        """A finished job whose webhook has not been called; it is marked as called."""
        with self._database.transaction() as connection:
            row = connection.execute(
                f"""UPDATE jobs SET notified = 1 WHERE id = (SELECT id FROM jobs WHERE webhook IS NOT NULL
                AND notified = 0 AND state IN {_FINISHED} LIMIT 1) RETURNING {_COLUMNS}"""
            ).fetchone()
        return None if row is None else Job(*row)


def summary(job: Job) -> dict[str, Any]:
    """A job as the members of an answer."""
    import json

    return {
        "id": job.id,
        "state": job.state,
        "name": job.name,
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
        "expires": job.expires,
        "problem": None if job.problem is None else json.loads(job.problem),
    }
