"""The catalogue of models: those shipped with the package and one's own, with hash, card, figures and history.

A model of one's own lies under its hash in ``HOME/models``; names, choices and history are in one file beside
it. Looking something up writes nothing and makes no folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ocr.engine import catalogue_index as indexing
from ocr.engine import home
from ocr.engine.catalogue_index import Event, Index, Record, shipped_name
from ocr.engine.model_file import TASKS, ModelFile
from ocr.engine.stamp import Stamp
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.runtime.suggestions import did_you_mean

#: Name of the file with names, choices and history.
INDEX = "catalogue.json"
#: How a card names the hash of its file.
_CARD_HASH = re.compile(r"SHA-256[^`\n]*`([0-9a-f]{64})`")


@dataclass(frozen=True)
class Entry:
    """A model of the catalogue; its file is read when it is loaded.

    Attributes:
        name: unique in the catalogue.
        task: ``detection`` or ``recognition``.
        path: the ONNX file; a card may lie beside it.
        sha256: hash that the file must have; ``None`` for a shipped model, whose card names it.
        added: when, UTC, ISO 8601; ``None`` for a shipped model.
        default: it is what a reader takes that is told nothing else.
    """

    name: str
    task: str
    path: Path
    sha256: str | None
    added: str | None = None
    default: bool = False

    @property
    def shipped(self) -> bool:
        """Whether it came with the package."""
        return self.added is None

    def load(self) -> ModelFile:
        """The model file, checked.

        Raises:
            ModelInvalid: it is missing or damaged.
        """
        if not self.shipped:
            return ModelFile.load(self.path, task=self.task, sha256=self.sha256)
        if not self.path.is_file():
            return ModelFile.shipped(self.task)  # Raises, and says what to do.
        found = _CARD_HASH.search(self.card())
        return ModelFile.load(self.path, task=self.task, sha256=found[1] if found else None)

    def card(self) -> str:
        """The card as Markdown; empty where there is none. It is as little to be trusted as the model's origin."""
        try:
            return self.path.with_suffix(".md").read_text("utf-8", "replace")
        except OSError:
            return ""


class Catalogue:
    """Models shipped and one's own; holds no state but its folder, so that any number may be in use at once."""

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        """A catalogue in a folder; ``models`` in the user's folder where ``None``.

        Raises:
            BadConfiguration: there is no user's folder.
        """
        self.folder = home.home() / "models" if folder is None else Path(folder)
        self._assumed = folder is None and not home.given()

    def entries(self) -> tuple[Entry, ...]:
        """All models, the shipped ones first.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        index = self.index()
        own = (self.entry(record, index) for record in index.records)
        return (*(_shipped(task, index) for task in TASKS), *own)

    def find(self, name: str, task: str | None = None) -> Entry | None:
        """The model of a name, if there is one for the task.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        return next((e for e in self.entries() if e.name == name and task in (None, e.task)), None)

    def get(self, name: str) -> Entry:
        """The model of a name.

        Raises:
            BadConfiguration: there is none; the message names the nearest.
            ModelInvalid: the catalogue is damaged.
        """
        found = self.find(name)
        if found is None:
            raise BadConfiguration(f"there is no model {name!r} in the catalogue; {self.hint(name)}")
        return found

    def hint(self, name: str) -> str:
        """What may have been meant by a name that is not there."""
        names = [entry.name for entry in self.entries()]
        return did_you_mean(name, names, "models")

    def default(self, task: str) -> Entry:
        """The promoted model of a task, else the shipped one.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        index = self.index()
        name = index.default(task)
        record = next((record for record in index.records if record.name == name), None)
        return _shipped(task, index) if record is None else self.entry(record, index)

    def rollback_targets(self, task: str) -> tuple[str, ...]:
        """Names of the defaults that rolling back leads to, the next one first.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        return rollback_targets(self.index(), task)

    def history(self, name: str | None = None) -> tuple[Event, ...]:
        """What was done, oldest first; to one model, where a name is given.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        return tuple(event for event in self.index().history if name in (None, event.name))

    def verify(self) -> Iterator[tuple[str, ModelInvalid | None]]:
        """Read and hash every model, and name files that belong to none.

        Yields:
            A name, or that of a file, with what is wrong, ``None`` where it is as it should be.

        Raises:
            ModelInvalid: the catalogue itself is damaged.
        """
        entries = self.entries()
        for entry in entries:
            try:
                entry.load()
            except ModelInvalid as error:
                yield entry.name, error
            else:
                yield entry.name, None
        known = {entry.path.stem for entry in entries if not entry.shipped}
        for path in sorted(self.folder.glob("*")) if self.folder.is_dir() else ():
            if path.name not in (INDEX, ".lock") and not (
                path.stem in known and path.suffix in (".onnx", ".md")
            ):
                yield path.name, ModelInvalid(f"{path} belongs to no model of the catalogue; delete it")

    def index(self) -> Index:
        """Names, choices and history as they are now.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        path = self.folder / INDEX
        try:
            stamp = Stamp.of(path)
        except PermissionError as error:
            # A service may run as a user who cannot look into the home folder it is told: nothing of its own
            # is there.
            if self._assumed:
                return Index()
            raise ModelInvalid(f"the catalogue {path} cannot be used: {error.strerror}") from error
        except OSError:
            return indexing.read(path)
        global _last
        known = _last
        if known is not None and known[0] == path and known[1].still(stamp):
            return known[2]
        index = indexing.read(path)
        _last = path, stamp, index
        return index

    def path(self, sha256: str) -> Path:
        """Where the model of a hash lies."""
        return self.folder / f"{sha256}.onnx"

    def entry(self, record: Record, index: Index) -> Entry:
        """A record of the index as an entry."""
        default = index.default(record.task) == record.name
        return Entry(record.name, record.task, self.path(record.sha256), record.sha256, record.added, default)


#: The last index read, with the state of its file: every call with a shared reader asks for it.
_last: tuple[Path, Stamp, Index] | None = None


def _shipped(task: str, index: Index) -> Entry:
    path = Path(str(resources.files("ocr") / "weights" / f"{task}.onnx"))
    name = shipped_name(task)
    return Entry(name, task, path, None, None, index.default(task) in (None, name))


def rollback_targets(index: Index, task: str) -> tuple[str, ...]:
    """Names of the defaults that rolling back leads to, the next one first."""
    stack = index.promoted.get(task, ())
    return (*reversed(stack[:-1]), shipped_name(task)) if stack else ()
