"""What can be chosen for a training run, read from the configurations themselves; PyTorch is not loaded."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ocr.errors import BadConfiguration
from ocr.training import configuration
from ocr.training.run import TASKS, compose

#: Hydra has one state a process; pages of several people compose at once.
_COMPOSING = threading.Lock()


@dataclass(frozen=True)
class Group:
    """A group of configurations, of which a run takes one.

    Attributes:
        name: of the group, such as ``encoder``.
        options: its configurations that fit the task.
        default: the one that a run takes unless it is told otherwise; empty where it takes none.
    """

    name: str
    options: tuple[str, ...]
    default: str


@cache
def groups(task: str) -> tuple[Group, ...]:
    """The groups of a task, in the order of its configuration.

    A configuration belongs to another task where that one takes it by default and this one does not, or where its name
    continues the name of such a one.

    Raises:
        BadConfiguration: there is no such task.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_module
    from hydra.core.global_hydra import GlobalHydra

    from ocr.configs import schema

    if task not in TASKS:
        raise BadConfiguration(f"got task {task!r}; expected one of {', '.join(TASKS)}")
    schema.register()
    with _COMPOSING, initialize_config_module("ocr.configs", version_base="1.3"):
        chosen = {
            one: dict(hydra_compose(one, return_hydra_config=True).hydra.runtime.choices) for one in TASKS
        }
        loader = GlobalHydra.instance().config_loader()
        groups = []
        for name, default in chosen[task].items():
            if name.startswith("hydra/"):
                continue
            foreign = {others[name] for one, others in chosen.items() if one != task and name in others}
            foreign -= {default}
            options = [
                option
                for option in loader.get_group_options(name)
                if not any(option == other or option.startswith(f"{other}_") for other in foreign)
            ]
            if default is None:
                options = ["", *(option for option in options if _fits(task, f"{name}={option}"))]
            groups.append(Group(name, tuple(options), default or ""))
    return tuple(groups)


def _fits(task: str, override: str) -> bool:
    from hydra import compose as hydra_compose
    from hydra.errors import HydraException

    try:
        hydra_compose(task, [override])
    except HydraException:
        return False
    return True


def missing(task: str, overrides: Sequence[str]) -> tuple[str, ...]:
    """The keys that a run cannot do without and that nothing gives a value yet, such as the path of its data.

    Raises:
        BadConfiguration: an override fits no key.
    """
    with _COMPOSING:
        return configuration.missing(compose(task, list(overrides)))


def command(task: str, overrides: Sequence[str]) -> str:
    """The command of a run as a shell takes it, checked.

    Raises:
        BadConfiguration: an override fits no key, or a value is missing; the message names it.
    """
    configuration.refuse_missing(missing(task, overrides))
    return " ".join(map(_for_shell, ("ocr", "train", task, *overrides)))


def _for_shell(word: str) -> str:
    """A word as a shell takes it: one that has single quotes in double ones, so that quotes are not doubled."""
    plain = "'" in word and not any(mark in word for mark in '"$`\\!')
    return f'"{word}"' if plain else shlex.quote(word)
