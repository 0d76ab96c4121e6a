"""The catalogue of models: shipped models and models added by the user, with hash, card, figures and history.

An added model is stored under its hash in ``HOME/models``; names, defaults and history are in one index file beside it.
Reading the catalogue writes nothing and creates no folder.
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
from ocr.engine.model_file import SLOTS, TASKS, ModelFile
from ocr.engine.stamp import Stamp
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.runtime.suggestions import did_you_mean

#: Name of the index file.
INDEX = "catalogue.json"
#: The hash of a model file in its card.
_CARD_HASH = re.compile(r"SHA-256[^`\n]*`([0-9a-f]{64})`")


@dataclass(frozen=True)
class Entry:
    """A model of the catalogue. The file is not read before `load`.

    Attributes:
        name: unique in the catalogue.
        task: ``detection``, ``recognition``, or recognition in a further script: one of `SLOTS`.
        path: the ONNX file; the card, if any, is beside it.
        sha256: expected hash of the file; ``None`` for a shipped model, whose card has it.
        added: time in UTC, ISO 8601; ``None`` for a shipped model.
        default: whether readers use it by default.
    """

    name: str
    task: str
    path: Path
    sha256: str | None
    added: str | None = None
    default: bool = False

    @property
    def shipped(self) -> bool:
        """Whether it is part of the package."""
        return self.added is None

    def load(self) -> ModelFile:
        """Read and check the model file.

        Raises:
            ModelInvalid: it is missing or damaged.
        """
        if not self.shipped:
            return ModelFile.load(self.path, task=self.task, sha256=self.sha256)
        if not self.path.is_file():
            return ModelFile.shipped(self.task)  # Raises, with advice.
        card_hash = _CARD_HASH.search(self.card())
        return ModelFile.load(self.path, task=self.task, sha256=card_hash[1] if card_hash else None)

    def card(self) -> str:
        """The card as Markdown, empty if there is none. Only as trustworthy as the source of the model."""
        try:
            return self.path.with_suffix(".md").read_text("utf-8", "replace")
        except OSError:
            return ""


class Catalogue:
    """The shipped and the added models. Its only state is the folder, so several catalogues can be used at once."""

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        """A catalogue in a folder, by default ``HOME/models``; see `ocr.engine.home.home`.

        Raises:
            BadConfiguration: no home folder is known.
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
        return (*(_shipped(slot, index) for slot in shipped_slots()), *own)

    def find(self, name: str, task: str | None = None) -> Entry | None:
        """The model of this name, and of this task if one is given; ``None`` if there is none.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        return next((e for e in self.entries() if e.name == name and _of_task(e, task)), None)

    def get(self, name: str) -> Entry:
        """The model of this name.

        Raises:
            BadConfiguration: there is none; the message suggests the closest name.
            ModelInvalid: the catalogue is damaged.
        """
        entry = self.find(name)
        if entry is None:
            raise BadConfiguration(f"there is no model {name!r} in the catalogue; {self.hint(name)}")
        return entry

    def hint(self, name: str) -> str:
        """Suggest models for an unknown name."""
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
        """Names of the defaults that successive rollbacks return to, in order.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        return rollback_targets(self.index(), task)

    def history(self, name: str | None = None) -> tuple[Event, ...]:
        """Events, oldest first; only those of one model if a name is given.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        return tuple(event for event in self.index().history if name in (None, event.name))

    def verify(self) -> Iterator[tuple[str, ModelInvalid | None]]:
        """Read and hash every model, and report files that belong to none.

        Yields:
            The name of a model or file, and its error, ``None`` if there is none.

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
        """The current index.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        path = self.folder / INDEX
        try:
            stamp = Stamp.of(path)
        except PermissionError as error:
            # A service may run as a user without access to the home folder, which then holds no models of its own.
            if self._assumed:
                return Index()
            raise ModelInvalid(f"the catalogue {path} cannot be used: {error.strerror}") from error
        except OSError:
            return indexing.read(path)
        global _last
        cached = _last
        if cached is not None and cached[0] == path and cached[1].unchanged(stamp):
            return cached[2]
        index = indexing.read(path)
        _last = path, stamp, index
        return index

    def path(self, sha256: str) -> Path:
        """Path of the model with this hash."""
        return self.folder / f"{sha256}.onnx"

    def entry(self, record: Record, index: Index) -> Entry:
        """The entry of a record of the index."""
        default = index.default(record.task) == record.name
        return Entry(record.name, record.task, self.path(record.sha256), record.sha256, record.added, default)


#: The last index read, with the stamp of its file: every call with a shared reader needs it.
_last: tuple[Path, Stamp, Index] | None = None


def _of_task(entry: Entry, task: str | None) -> bool:
    """Whether a model is for a task, in whatever script."""
    return task is None or entry.task == task or (task in TASKS and entry.task.startswith(f"{task}-"))


def shipped_slots() -> tuple[str, ...]:
    """The tasks, and the further scripts that this package has models for."""
    weights = resources.files("ocr") / "weights"
    return tuple(slot for slot in SLOTS if slot in TASKS or (weights / f"{slot}.onnx").is_file())


def _shipped(task: str, index: Index) -> Entry:
    path = Path(str(resources.files("ocr") / "weights" / f"{task}.onnx"))
    name = shipped_name(task)
    return Entry(name, task, path, None, None, index.default(task) in (None, name))


def rollback_targets(index: Index, task: str) -> tuple[str, ...]:
    """Names of the defaults that successive rollbacks return to, in order."""
    stack = index.promoted.get(task, ())
    shipped = (shipped_name(task),) if task in shipped_slots() else ()
    return (*reversed(stack[:-1]), *shipped) if stack else ()
