"""The catalogue of models: those shipped with the package and one's own, with hash, card, figures and history.

A model of one's own lies under its hash in ``HOME/models``; names, choices and history are in one file beside
it. Looking something up writes nothing and makes no folder.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import resources
from pathlib import Path

from ocr.engine import catalogue_index as indexing
from ocr.engine import home
from ocr.engine.catalogue_index import Event, Index, Record, shipped_name
from ocr.engine.model_file import TASKS, ModelFile
from ocr.engine.stamp import Stamp
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.files import write_whole

_INDEX = "catalogue.json"
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
        index = self._index()
        own = (self._entry(record, index) for record in index.records)
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
        near = get_close_matches(name, names, 1)
        return f"did you mean {near[0]!r}?" if near else f"models are {', '.join(names)}"

    def default(self, task: str) -> Entry:
        """The promoted model of a task, else the shipped one.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        index = self._index()
        name = index.default(task)
        record = next((record for record in index.records if record.name == name), None)
        return _shipped(task, index) if record is None else self._entry(record, index)

    def way_back(self, task: str) -> tuple[str, ...]:
        """Names of the defaults that rolling back leads to, the next one first.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        return _way_back(self._index(), task)

    def history(self, name: str | None = None) -> tuple[Event, ...]:
        """What was done, oldest first; to one model, where a name is given.

        Raises:
            ModelInvalid: the catalogue is damaged.
        """
        return tuple(event for event in self._index().history if name in (None, event.name))

    def add(
        self,
        source: str | os.PathLike[str],
        name: str | None = None,
        *,
        trial: Callable[[ModelFile], None],
    ) -> Entry:
        """Take on a model: a copy of the file and its card goes into the catalogue.

        Args:
            source: an ONNX file of `ocr export`; a card of the same name beside it is taken along.
            name: in the catalogue; that of the file where ``None``.
            trial: raises where the model does not work; see `ocr.trial.try_out`.

        Returns:
            The entry; that which is there already where the same file comes again under the same name.

        Raises:
            ModelInvalid: the file is damaged, foreign or fails the trial.
            BadConfiguration: the name is taken or cannot be one.
        """
        path = Path(source)
        wanted = indexing.check_name(path.stem if name is None else name)
        model = ModelFile.load(path, task=None)
        trial(model)
        card = path.with_suffix(".md")
        with indexing.locked(self.folder):
            index = self._index()
            same = next((r for r in index.records if r.sha256 == model.sha256), None)
            if same is not None and same.name != wanted:
                raise BadConfiguration(f"this very model is in the catalogue already, as {same.name!r}")
            if same is None and any(r.name == wanted for r in index.records):
                raise BadConfiguration(f"the name {wanted!r} is taken; give another one with --name")
            # Written again where it is there: the copy may be damaged.
            write_whole(self._path(model.sha256), model.data)
            if card.is_file():
                write_whole(self._path(model.sha256).with_suffix(".md"), card.read_bytes())
            if same is None:
                same = Record(wanted, model.task, model.sha256, indexing.now())
                index = replace(index, records=(*index.records, same)).told("added", same)
                indexing.write(self.folder / _INDEX, index)
        return self._entry(same, index)

    def promote(self, name: str, *, trial: Callable[[ModelFile], None]) -> Entry:
        """Make a model the default of its task; the one before stays the way back.

        Raises:
            BadConfiguration: there is no such model.
            ModelInvalid: it is damaged or fails the trial; nothing is changed.
        """
        with indexing.locked(self.folder):
            entry = self.get(name)
            model = entry.load()
            trial(model)
            index = self._index()
            before = index.default(entry.task) or shipped_name(entry.task)
            if before == name:
                return entry
            stack = (*index.promoted.get(entry.task, ()), name)
            index = replace(index, promoted={**index.promoted, entry.task: stack})
            record = Record(name, entry.task, model.sha256, "")
            indexing.write(self.folder / _INDEX, index.told("promoted", record, before))
        return replace(entry, default=True)

    def rollback(self, task: str, *, trial: Callable[[ModelFile], None]) -> Entry:
        """Go back to the default before the last promotion.

        Raises:
            BadConfiguration: nothing was promoted.
            ModelInvalid: the model to go back to is damaged; nothing is changed.
        """
        if task not in TASKS:
            raise BadConfiguration(f"there is no task {task!r}; tasks are {', '.join(TASKS)}")
        if not self._index().promoted.get(task):
            raise BadConfiguration(f"no {task} model is promoted: the shipped one is in use")
        with indexing.locked(self.folder):
            index = self._index()
            back = _way_back(index, task)
            if not back:
                raise BadConfiguration(f"no {task} model is promoted: the shipped one is in use")
            entry = self.get(back[0])
            model = entry.load()
            trial(model)
            record = Record(entry.name, task, model.sha256, "")
            before = index.default(task)
            index = replace(index, promoted={**index.promoted, task: index.promoted[task][:-1]})
            indexing.write(self.folder / _INDEX, index.told("rolled back", record, before))
        return replace(entry, default=True)

    def remove(self, name: str) -> tuple[str, ...]:
        """Take a model out of the catalogue; it is dropped from the way back too.

        Returns:
            The tasks whose way back it was part of.

        Raises:
            BadConfiguration: there is no such model, it is shipped, or it is in use as a default.
        """
        if self.get(name).shipped:
            raise BadConfiguration(f"{name!r} belongs to the package and cannot be removed")
        with indexing.locked(self.folder):
            index = self._index()
            record = next((record for record in index.records if record.name == name), None)
            if record is None:
                raise BadConfiguration(f"there is no model {name!r} in the catalogue any more")
            left = self._without(index, record)
            indexing.write(self.folder / _INDEX, left)
            self._discard(record)
        return tuple(task for task, names in index.promoted.items() if name in names)

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
            except ModelInvalid as fault:
                yield entry.name, fault
            else:
                yield entry.name, None
        known = {entry.path.stem for entry in entries if not entry.shipped}
        for path in sorted(self.folder.glob("*")) if self.folder.is_dir() else ():
            if path.name not in (_INDEX, ".lock") and not (
                path.stem in known and path.suffix in (".onnx", ".md")
            ):
                yield path.name, ModelInvalid(f"{path} belongs to no model of the catalogue; delete it")

    def _index(self) -> Index:
        path = self.folder / _INDEX
        try:
            stamp = Stamp.of(path)
        except PermissionError as fault:
            # A service may run as a user who cannot look into the home folder it is told: nothing of its own
            # is there.
            if self._assumed:
                return Index()
            raise ModelInvalid(f"the catalogue {path} cannot be used: {fault.strerror}") from fault
        except OSError:
            return indexing.read(path)
        global _last
        known = _last
        if known is not None and known[0] == path and known[1].still(stamp):
            return known[2]
        index = indexing.read(path)
        _last = path, stamp, index
        return index

    def _path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.onnx"

    def _entry(self, record: Record, index: Index) -> Entry:
        default = index.default(record.task) == record.name
        return Entry(
            record.name, record.task, self._path(record.sha256), record.sha256, record.added, default
        )

    def _without(self, index: Index, record: Record) -> Index:
        if index.default(record.task) == record.name:
            raise BadConfiguration(
                f"{record.name!r} is the default for {record.task}; promote another model or roll back first"
            )
        promoted = {
            task: _collapsed(tuple(name for name in names if name != record.name), shipped_name(task))
            for task, names in index.promoted.items()
        }
        records = tuple(other for other in index.records if other is not record)
        return replace(index, records=records, promoted=promoted).told("removed", record)

    def _discard(self, record: Record) -> None:
        for suffix in (".onnx", ".md"):
            # What cannot be deleted is named by `verify`.
            with contextlib.suppress(OSError):
                self._path(record.sha256).with_suffix(suffix).unlink()


#: The last index read, with the state of its file: every call with a shared reader asks for it.
_last: tuple[Path, Stamp, Index] | None = None


def _shipped(task: str, index: Index) -> Entry:
    path = Path(str(resources.files("ocr") / "weights" / f"{task}.onnx"))
    name = shipped_name(task)
    return Entry(name, task, path, None, None, index.default(task) in (None, name))


def _way_back(index: Index, task: str) -> tuple[str, ...]:
    stack = index.promoted.get(task, ())
    return (*reversed(stack[:-1]), shipped_name(task)) if stack else ()


def _collapsed(names: tuple[str, ...], first: str) -> tuple[str, ...]:
    """Names without direct repetitions, which would be steps back to the same model."""
    return tuple(name for name, before in zip(names, (first, *names), strict=False) if name != before)
