"""The index file of a catalogue: names, defaults and history. Any number of readers, one writer at a time."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ocr.engine.model_file import SLOTS
from ocr.errors import BadConfiguration, ModelInvalid, OutputFailed, Overloaded
from ocr.io.files import write_whole

SCHEMA = "ocr.catalogue/1"
#: Longest wait for another writer in seconds.
_LOCK_TIMEOUT = 10.0
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Record:
    """An added model.

    Attributes:
        name: unique in the catalogue.
        task: one of `ocr.engine.model_file.SLOTS`.
        sha256: hash of the file, which is also its name.
        added: time in UTC, ISO 8601.
    """

    name: str
    task: str
    sha256: str
    added: str


@dataclass(frozen=True)
class Event:
    """One entry of the history.

    Attributes:
        time: in UTC, ISO 8601.
        action: ``added``, ``promoted``, ``rolled back`` or ``removed``.
        name: the model.
        task: its task.
        sha256: its hash.
        before: the previous default, for a promotion or rollback.
    """

    time: str
    action: str
    name: str
    task: str
    sha256: str
    before: str | None = None


@dataclass(frozen=True)
class Index:
    """The content of the index file.

    Attributes:
        records: in the order of their addition.
        promoted: stack of the defaults of each task, the current one last; an empty stack means the shipped model.
        history: oldest first.
    """

    records: tuple[Record, ...] = ()
    promoted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    history: tuple[Event, ...] = ()

    def default(self, task: str) -> str | None:
        """Name of the promoted model of a task; ``None`` if nothing is promoted."""
        stack = self.promoted.get(task, ())
        return stack[-1] if stack else None

    def with_event(self, action: str, record: Record, before: str | None = None) -> Index:
        """The index with one more entry in its history."""
        event = Event(now(), action, record.name, record.task, record.sha256, before)
        return replace(self, history=(*self.history, event))

    def to_json(self) -> str:
        """The text of the file."""
        content = {
            "schema": SCHEMA,
            "models": [vars(record) for record in self.records],
            "promoted": {task: list(names) for task, names in self.promoted.items()},
            "history": [vars(event) for event in self.history],
        }
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Index:
        """Parse and check the text of the file.

        Raises:
            ValueError: it is no catalogue, or not consistent.
        """
        content = json.loads(text)
        if not isinstance(content, dict) or content.get("schema") != SCHEMA:
            raise ValueError(f"its schema is not {SCHEMA!r}")
        try:
            records = tuple(Record(**_texts(entry)) for entry in content["models"])
            promoted = {task: tuple(map(str, names)) for task, names in content["promoted"].items()}
            history = tuple(Event(**_texts(entry)) for entry in content["history"])
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"an entry is missing or malformed ({error})") from error
        tasks = {record.name: record.task for record in records}
        if len(tasks) != len(records):
            raise ValueError("two models have the same name")
        for record in records:
            # The hash becomes a file name, so nothing else is allowed.
            if not _HASH.fullmatch(record.sha256):
                raise ValueError(f"the hash of {record.name!r} is {record.sha256!r}")
            if record.task not in SLOTS:
                raise ValueError(f"the task of {record.name!r} is {record.task!r}")
        for task, names in promoted.items():
            if task not in SLOTS:
                raise ValueError(f"something is promoted for the task {task!r}")
            for name in names:
                if tasks.get(name, "") != task and name != shipped_name(task):
                    raise ValueError(f"{name!r} is promoted for {task} but is no such model")
        return cls(records, promoted, history)


def shipped_name(task: str) -> str:
    """Name of the shipped model of a task in a catalogue."""
    return f"shipped-{task}"


def now() -> str:
    """The current time in UTC, ISO 8601 in whole seconds."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(path: Path) -> Index:
    """The index at a path; empty if there is no file.

    Raises:
        ModelInvalid: the file cannot be read or is damaged.
    """
    try:
        return Index.from_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return Index()
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelInvalid(f"the catalogue {path} cannot be used: {reason}") from error


def write(path: Path, index: Index) -> None:
    """Write the index atomically.

    Raises:
        OutputFailed: the operating system refused.
    """
    write_whole(path, index.to_json())


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a catalogue against other writers, also in other processes. Readers are not blocked.

    Raises:
        Overloaded: another writer did not finish in time.
        OutputFailed: the folder cannot be written to.
    """
    # Imported here because only changes of a catalogue need it.
    from filelock import FileLock, Timeout

    lock = FileLock(folder / ".lock", timeout=_LOCK_TIMEOUT, poll_interval=0.02, mode=0o644)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise Overloaded(
            f"another process has been changing {folder} for {_LOCK_TIMEOUT:g} s; try later"
        ) from error
    except (OSError, NotImplementedError) as error:
        raise OutputFailed(
            f"{folder} cannot be written: {getattr(error, 'strerror', None) or error}"
        ) from error
    try:
        # What writers that were killed left half written: nobody else writes here now.
        for left in folder.glob(".*.tmp"):
            with contextlib.suppress(OSError):
                left.unlink()
        yield
    finally:
        lock.release()


def is_name(text: str) -> bool:
    """Whether a text is a valid name of a model, unlike the path of a model file."""
    return _NAME.fullmatch(text) is not None and not text.lower().endswith(".onnx")


def check_name(name: str) -> str:
    """Check and return a name for an added model.

    Raises:
        BadConfiguration: it is not valid, or could be mistaken for a file or a shipped model.
    """
    if not is_name(name) or name.lower().startswith("shipped-"):
        raise BadConfiguration(
            f"{name!r} is no name for a model; expected at most 64 ASCII letters, digits, '-', '_' and '.', a "
            f"letter or digit first, not ending in .onnx and not starting with shipped-; choose one with --name"
        )
    return name


def _texts(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict) or not all(isinstance(v, str) or v is None for v in entry.values()):
        raise TypeError(f"got {entry!r}")
    return entry
