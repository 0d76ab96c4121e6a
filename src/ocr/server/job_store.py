"""Jobs in SQLite: every worker process sees them, and a restart loses none.

A job is queued, then held by one worker under a lease that the worker renews. Where the worker dies, the lease runs out
and the job is queued again, twice at most.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.server.database import Database
from ocr.server.problems import HttpError

#: Seconds for which a worker holds a job without renewing.
LEASE = 10.0
_MAX_ATTEMPTS = 3
_FINISHED = ("done", "failed", "cancelled")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT, options TEXT NOT NULL, webhook TEXT,
    state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, worker TEXT, lease REAL,
    cancel INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL, started REAL, finished REAL, expires REAL,
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


class JobStore:
    """The jobs of a server; safe for threads and for several processes.

    Args:
        folder: made where it is missing.
        hours: for which finished jobs are kept.
    """

    def __init__(self, folder: Path, hours: float = 24.0) -> None:
        self._database = Database(folder / "jobs.sqlite", _SCHEMA)
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

    def waiting(self) -> int:
        """Jobs that are queued."""
        row = self._database.connection.execute("SELECT count(*) FROM jobs WHERE state = 'queued'").fetchone()
        return int(row[0])

    def claim(self, worker: str) -> tuple[Job, bytes, str | None] | None:
        """Take the oldest queued job with its input and password, ``None`` where there is none."""
        now = time.time()
        with self._database.transaction() as connection:
            row = connection.execute(
                f"""UPDATE jobs SET state = 'running', worker = ?, lease = ?, started = ?, attempts = attempts + 1
                WHERE id = (SELECT id FROM jobs WHERE state = 'queued' ORDER BY created LIMIT 1)
                RETURNING {_COLUMNS}""",
                (worker, now + LEASE, now),
            ).fetchone()
            if row is None:
                return None
            data = connection.execute("SELECT data, password FROM inputs WHERE id = ?", (row[0],)).fetchone()
        return Job(*row), bytes(data[0]), data[1]

    def renew(self, identifier: str, worker: str) -> bool:
        """Hold a job further; false where it was cancelled or given to another worker."""
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE jobs SET lease = ? WHERE id = ? AND worker = ? AND state = 'running' AND cancel = 0",
                (time.time() + LEASE, identifier, worker),
            ).rowcount
        return bool(changed)

    def release(self, identifier: str, worker: str) -> None:
        """Give a claimed job back that was not begun."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'queued', worker = NULL, lease = NULL, attempts = attempts - 1 "
                "WHERE id = ? AND worker = ? AND state = 'running'",
                (identifier, worker),
            )

    def finish(self, identifier: str, worker: str, document: str | None, problem: str | None) -> bool:
        """Keep the result or the problem of a job; false where it is no longer this worker's."""
        now = time.time()
        with self._database.transaction() as connection:
            changed = connection.execute(
                """UPDATE jobs SET state = CASE WHEN cancel THEN 'cancelled' ELSE ? END, finished = ?, expires = ?,
                problem = ?, lease = NULL WHERE id = ? AND worker = ? AND state = 'running'""",
                (
                    "done" if problem is None else "failed", now, now + self._hours * 3600, problem, identifier,
                    worker,
                ),
            ).rowcount  # fmt: skip
            if not changed:
                return False
            connection.execute("DELETE FROM inputs WHERE id = ?", (identifier,))
            if document is not None:
                connection.execute(
                    """INSERT OR REPLACE INTO results SELECT id, ? FROM jobs WHERE id = ? AND state = 'done'""",
                    (document, identifier),
                )
        return True

    def cancel(self, identifier: str, owner: str) -> Job:
        """End a job that is queued or running and forget its input and result.

        Raises:
            JobNotFound: see `get`.
        """
        job = self.get(identifier, owner)
        with self._database.transaction() as connection:
            now = time.time()
            connection.execute(
                """UPDATE jobs SET cancel = 1, state = 'cancelled', finished = coalesce(finished, ?), expires = ?
                WHERE id = ? AND state IN ('queued', 'done', 'failed')""",
                (now, now + self._hours * 3600, identifier),
            )
            connection.execute("UPDATE jobs SET cancel = 1 WHERE id = ? AND state = 'running'", (identifier,))
            connection.execute("DELETE FROM results WHERE id = ?", (identifier,))
            connection.execute(
                "DELETE FROM inputs WHERE id = ? AND NOT EXISTS "
                "(SELECT 1 FROM jobs WHERE id = ? AND state = 'running')",
                (identifier, identifier),
            )
        return self.get(job.id, owner)

    def recover(self, *, all_running: bool = False) -> None:
        """Queue jobs again whose worker died, give up those that killed three, and forget what has expired.

        Args:
            all_running: no worker lives, as when the server starts.
        """
        now = time.time()
        lost = "state = 'running'" + ("" if all_running else " AND lease < :now")
        with self._database.transaction() as connection:
            values = {"now": now, "expires": now + self._hours * 3600, "attempts": _MAX_ATTEMPTS}
            connection.execute(
                f"""UPDATE jobs SET state = 'cancelled', finished = :now, expires = :expires
                WHERE {lost} AND cancel = 1""",
                values,
            )
            problem = '{"code": "internal_error", "detail": "each worker that read this input died"}'
            connection.execute(
                f"""UPDATE jobs SET state = 'failed', finished = :now, expires = :expires, problem = :problem
                WHERE {lost} AND attempts >= :attempts""",
                {**values, "problem": problem},
            )
            connection.execute(
                f"UPDATE jobs SET state = 'queued', worker = NULL, lease = NULL WHERE {lost}", values
            )
            expired = "SELECT id FROM jobs WHERE expires IS NOT NULL AND expires < :now"
            connection.execute(f"DELETE FROM results WHERE id IN ({expired})", values)
            connection.execute(f"DELETE FROM inputs WHERE id IN ({expired})", values)
            connection.execute("DELETE FROM jobs WHERE expires IS NOT NULL AND expires < :now", values)

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
