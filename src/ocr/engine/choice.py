"""The model for a caller's choice: a name in the catalogue, a path, bytes, or ``None`` for the default."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ocr.engine import loading
from ocr.engine.catalogue import Catalogue, Entry, shipped_slots
from ocr.engine.catalogue_index import is_name
from ocr.engine.model_file import SHIPPED, SLOTS, TASKS, ModelFile
from ocr.errors import BadConfiguration, ModelInvalid

#: Times that a file which is not there is looked for: others may replace the model of an entry again and again.
_LOOKS = 20
#: A name in the catalogue, a path, the bytes of a model file, a loaded one, or ``None`` for the default.
ModelChoice = str | os.PathLike[str] | bytes | ModelFile | None


def resolve(choice: ModelChoice, task: str) -> ModelFile:
    """The model of a choice. Calls with the same bytes share one object while it is in use.

    A string is a name if the catalogue has it, else a path; write ``./NAME`` for a file with the name of a model.
    ``None`` is the promoted model of the task, or the shipped one if none is promoted. `SHIPPED` is the shipped one.
    The task can be that of a further script, one of `ocr.engine.model_file.SLOTS`.

    Raises:
        ModelInvalid: there is no such model, it is damaged, or it is for another task.
    """
    if isinstance(choice, ModelFile):
        if task not in (choice.task, choice.slot):
            raise ModelInvalid(f"the model is for {choice.task}; expected one for {task}")
        return choice
    if isinstance(choice, bytes):
        return loading.load(choice, task)
    catalogue = _catalogue()
    if choice == SHIPPED:
        return ModelFile.shipped(task)
    if choice is None:
        return ModelFile.shipped(task) if catalogue is None else _of(lambda: catalogue.default(task))
    if catalogue is not None and isinstance(choice, str) and is_name(choice):
        if catalogue.find(choice, task) is not None:
            return _of(lambda: catalogue.find(choice, task))
        if not Path(choice).exists():
            raise ModelInvalid(
                f"there is no file {choice!r} and no {task} model of that name; {catalogue.hint(choice)}"
            )
    return loading.load(choice, task)


def further_scripts() -> tuple[str, ...]:
    """Slots of the scripts beside Latin that a model is there for: a shipped or a promoted one."""
    catalogue = _catalogue()
    slots = (
        shipped_slots()
        if catalogue is None
        else (*shipped_slots(), *(s for s, names in catalogue.index().promoted.items() if names))
    )
    return tuple(slot for slot in SLOTS if slot in slots and slot not in TASKS)


def _of(look: Callable[[], Entry | None]) -> ModelFile:
    """The model of an entry, looked up anew where another process removed its file after the index was read."""
    entry, looks = look(), 1
    while entry is not None:
        if entry.shipped and not entry.path.is_file():
            return ModelFile.shipped(entry.task)
        try:
            return loading.load(entry.path, entry.task, entry.sha256)
        except ModelInvalid as error:
            if looks == _LOOKS or not isinstance(error.__cause__, FileNotFoundError):
                raise
        entry, looks = look(), looks + 1
    raise ModelInvalid("the model was removed from the catalogue while it was being loaded")


def _catalogue() -> Catalogue | None:
    try:
        return Catalogue()
    except BadConfiguration:  # Without a home folder nothing can be promoted.
        return None
