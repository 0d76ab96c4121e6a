"""Changes of a catalogue of models: add, promote, roll back, remove. Each is written atomically."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ocr.engine import catalogue_index as indexing
from ocr.engine.catalogue import INDEX, Catalogue, Entry, shipped_slots
from ocr.engine.catalogue_index import Index, Record, shipped_name
from ocr.engine.model_file import CHECKPOINT, SLOTS, ModelFile
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.io.files import write_whole


def add(
    catalogue: Catalogue,
    source: str | os.PathLike[str],
    name: str | None = None,
    *,
    check: Callable[[ModelFile], None],
) -> Entry:
    """Add a model: the file and its card are copied into the catalogue.

    Args:
        source: an ONNX file of `ocr export`; a card of the same name beside it is copied too.
        name: in the catalogue, by default the stem of the file name.
        check: raises if the model does not work; see `ocr.pipeline.smoke_test.smoke_test`.

    Returns:
        The entry; the existing one if the same file was added under the same name before.

    Raises:
        ModelInvalid: the file is damaged, no model of this package, or fails the check.
        BadConfiguration: the name is taken or not valid.
    """
    path = Path(source)
    wanted = indexing.check_name(path.stem if name is None else name)
    model = ModelFile.load(path, task=None)
    if model.format == CHECKPOINT:
        raise ModelInvalid(f"{path} is a checkpoint; export it with `ocr export` and add the result")
    check(model)
    card = b""
    with contextlib.suppress(OSError):
        card = path.with_suffix(".md").read_bytes()
    with indexing.locked(catalogue.folder):
        index = catalogue.index()
        same = next((r for r in index.records if r.sha256 == model.sha256), None)
        if same is not None and same.name != wanted:
            raise BadConfiguration(f"this model is in the catalogue already, as {same.name!r}")
        if same is None and any(r.name == wanted for r in index.records):
            raise BadConfiguration(f"the name {wanted!r} is taken; choose another with --name")
        # Written even if the file exists, because that copy may be damaged.
        write_whole(catalogue.path(model.sha256), model.data)
        if card:
            write_whole(catalogue.path(model.sha256).with_suffix(".md"), card)
        if same is None:
            same = Record(wanted, model.slot, model.sha256, indexing.now())
            index = replace(index, records=(*index.records, same)).with_event("added", same)
            indexing.write(catalogue.folder / INDEX, index)
    return catalogue.entry(same, index)


def promote(catalogue: Catalogue, name: str, *, check: Callable[[ModelFile], None]) -> Entry:
    """Make a model the default of its task; the previous default becomes the next rollback target.

    Raises:
        BadConfiguration: there is no such model.
        ModelInvalid: it is damaged or fails the check; nothing is changed.
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
        indexing.write(catalogue.folder / INDEX, index.with_event("promoted", record, before))
    return replace(entry, default=True)


def rollback(catalogue: Catalogue, task: str, *, check: Callable[[ModelFile], None]) -> Entry:
    """Return to the default before the last promotion.

    Raises:
        BadConfiguration: nothing was promoted.
        ModelInvalid: that model is damaged or fails the check; nothing is changed.
    """
    if task not in SLOTS:
        raise BadConfiguration(f"there is no task {task!r}; tasks are {', '.join(SLOTS)}")
    _next_target(catalogue, task)
    with indexing.locked(catalogue.folder):
        index = catalogue.index()
        entry = catalogue.get(_next_target(catalogue, task))
        model = entry.load()
        check(model)
        record = Record(entry.name, task, model.sha256, "")
        before = index.default(task)
        index = replace(index, promoted={**index.promoted, task: index.promoted[task][:-1]})
        indexing.write(catalogue.folder / INDEX, index.with_event("rolled back", record, before))
    return replace(entry, default=True)


def remove(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    """Remove a model from the catalogue and from the rollback targets.

    Returns:
        The tasks for which it was a rollback target.

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
        remaining = _without(index, record)
        indexing.write(catalogue.folder / INDEX, remaining)
        _discard(catalogue, record)
    return tuple(task for task, names in index.promoted.items() if name in names)


def _next_target(catalogue: Catalogue, task: str) -> str:
    targets = catalogue.rollback_targets(task)
    if not targets:
        raise BadConfiguration(f"no {task} model is promoted: the shipped one is in use")
    return targets[0]


def _without(index: Index, record: Record) -> Index:
    # A script that the package has no model for is not read any more then.
    if index.default(record.task) == record.name and record.task in shipped_slots():
        raise BadConfiguration(
            f"{record.name!r} is the default for {record.task}; promote another model or roll back first"
        )
    promoted = {
        task: _collapsed(tuple(name for name in names if name != record.name), shipped_name(task))
        for task, names in index.promoted.items()
    }
    records = tuple(other for other in index.records if other is not record)
    return replace(index, records=records, promoted=promoted).with_event("removed", record)


def _discard(catalogue: Catalogue, record: Record) -> None:
    for suffix in (".onnx", ".md"):
        # `verify` reports files that could not be deleted.
        with contextlib.suppress(OSError):
            catalogue.path(record.sha256).with_suffix(suffix).unlink()


def _collapsed(names: tuple[str, ...], first: str) -> tuple[str, ...]:
    """Names without adjacent repetitions, which would be rollbacks to the same model."""
    return tuple(name for name, before in zip(names, (first, *names), strict=False) if name != before)
