"""What changes a catalogue of models: adding, promoting, rolling back, removing; each written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ocr.engine import catalogue_index as indexing
from ocr.engine.catalogue import INDEX, Catalogue, Entry
from ocr.engine.catalogue_index import Index, Record, shipped_name
from ocr.engine.model_file import CHECKPOINT, TASKS, ModelFile
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.io.files import write_whole


def add(
    catalogue: Catalogue,
    source: str | os.PathLike[str],
    name: str | None = None,
    *,
    check: Callable[[ModelFile], None],
) -> Entry:
    """Take on a model: a copy of the file and its card goes into the catalogue.

    Args:
        source: an ONNX file of `ocr export`; a card of the same name beside it is taken along.
        name: in the catalogue; that of the file where ``None``.
        check: raises where the model does not work; see `ocr.pipeline.smoke_test.smoke_test`.

    Returns:
        The entry; that which is there already where the same file comes again under the same name.

    Raises:
        ModelInvalid: the file is damaged, foreign or fails that check.
        BadConfiguration: the name is taken or cannot be one.
    """
    path = Path(source)
    wanted = indexing.check_name(path.stem if name is None else name)
    model = ModelFile.load(path, task=None)
    if model.format == CHECKPOINT:
        raise ModelInvalid(f"{path} is a checkpoint; make a model of it with `ocr export` and add that")
    check(model)
    card = b""
    with contextlib.suppress(OSError):
        card = path.with_suffix(".md").read_bytes()
    with indexing.locked(catalogue.folder):
        index = catalogue.index()
        same = next((r for r in index.records if r.sha256 == model.sha256), None)
        if same is not None and same.name != wanted:
            raise BadConfiguration(f"this very model is in the catalogue already, as {same.name!r}")
        if same is None and any(r.name == wanted for r in index.records):
            raise BadConfiguration(f"the name {wanted!r} is taken; give another one with --name")
        # Written again where it is there: the copy may be damaged.
        write_whole(catalogue.path(model.sha256), model.data)
        if card:
            write_whole(catalogue.path(model.sha256).with_suffix(".md"), card)
        if same is None:
            same = Record(wanted, model.task, model.sha256, indexing.now())
            index = replace(index, records=(*index.records, same)).told("added", same)
            indexing.write(catalogue.folder / INDEX, index)
    return catalogue.entry(same, index)


def promote(catalogue: Catalogue, name: str, *, check: Callable[[ModelFile], None]) -> Entry:
    """Make a model the default of its task; the one before stays the next rollback target.

    Raises:
        BadConfiguration: there is no such model.
        ModelInvalid: it is damaged or fails that check; nothing is changed.
    """
    catalogue.get(name)
    with indexing.locked(catalogue.folder):
        entry = catalogue.get(name)
        model = entry.load()
        check(model)
        index = catalogue.index()
        before = index.default(entry.task) or shipped_name(entry.task)
        if before == name:
            return entry
        stack = (*index.promoted.get(entry.task, ()), name)
        index = replace(index, promoted={**index.promoted, entry.task: stack})
        record = Record(name, entry.task, model.sha256, "")
        indexing.write(catalogue.folder / INDEX, index.told("promoted", record, before))
    return replace(entry, default=True)


def rollback(catalogue: Catalogue, task: str, *, check: Callable[[ModelFile], None]) -> Entry:
    """Go back to the default before the last promotion.

    Raises:
        BadConfiguration: nothing was promoted.
        ModelInvalid: the model to go back to is damaged; nothing is changed.
    """
    if task not in TASKS:
        raise BadConfiguration(f"there is no task {task!r}; tasks are {', '.join(TASKS)}")
    _one_back(catalogue, task)
    with indexing.locked(catalogue.folder):
        index = catalogue.index()
        entry = catalogue.get(_one_back(catalogue, task))
        model = entry.load()
        check(model)
        record = Record(entry.name, task, model.sha256, "")
        before = index.default(task)
        index = replace(index, promoted={**index.promoted, task: index.promoted[task][:-1]})
        indexing.write(catalogue.folder / INDEX, index.told("rolled back", record, before))
    return replace(entry, default=True)


def remove(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    """Take a model out of the catalogue; it is dropped from the rollback targets too.

    Returns:
        The tasks of which it was a rollback target.

    Raises:
        BadConfiguration: there is no such model, it is shipped, or it is in use as a default.
    """
    if catalogue.get(name).shipped:
        raise BadConfiguration(f"{name!r} belongs to the package and cannot be removed")
    with indexing.locked(catalogue.folder):
        index = catalogue.index()
        record = next((record for record in index.records if record.name == name), None)
        if record is None:
            raise BadConfiguration(f"there is no model {name!r} in the catalogue any more")
        left = _without(index, record)
        indexing.write(catalogue.folder / INDEX, left)
        _discard(catalogue, record)
    return tuple(task for task, names in index.promoted.items() if name in names)


def _one_back(catalogue: Catalogue, task: str) -> str:
    back = catalogue.rollback_targets(task)
    if not back:
        raise BadConfiguration(f"no {task} model is promoted: the shipped one is in use")
    return back[0]


def _without(index: Index, record: Record) -> Index:
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


def _discard(catalogue: Catalogue, record: Record) -> None:
    for suffix in (".onnx", ".md"):
        # What cannot be deleted is named by `verify`.
        with contextlib.suppress(OSError):
            catalogue.path(record.sha256).with_suffix(suffix).unlink()


def _collapsed(names: tuple[str, ...], first: str) -> tuple[str, ...]:
    """Names without direct repetitions, which would be steps back to the same model."""
    return tuple(name for name, before in zip(names, (first, *names), strict=False) if name != before)
