"""Command-line options from the declarations of a record of settings: name, help and range stand there alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import typer

from ocr.runtime.options import Flag, Number, OptionRecord, OrNone, Whole, settings_of

R = TypeVar("R")


def takes_settings(record: type[OptionRecord]) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Give a command one option for each setting of a record.

    The command gets what was given as keywords, ``None`` for what was not. Ranges are checked by the record, so that
    every front end says the same.

    Args:
        record: whose settings become options ``--setting-name``.
    """

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        own = [
            parameter
            for parameter in inspect.signature(function, eval_str=True).parameters.values()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        added = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=typer.Option(None, help=one.help, show_default=False),
                annotation=_type(one.kind) | None,
            )
            for name, one in settings_of(record).items()
        ]
        signature = inspect.Signature([*own, *added], return_annotation=int)

        def command(*values: Any, **named: Any) -> R:
            return function(*values, **named)

        command.__signature__ = signature  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *added)}
        command.__doc__ = function.__doc__
        command.__name__ = function.__name__
        return command

    return decorate


def _type(kind: Any) -> Any:
    inner = kind.kind if isinstance(kind, OrNone) else kind
    for one, python_type in ((Flag, bool), (Whole, int), (Number, float)):
        if isinstance(inner, one):
            return python_type
    return str
