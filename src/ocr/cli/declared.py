"""Command-line options from the declarations of a record of settings: name, help and range stand there alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import typer

from ocr.cli.options import parameters_of, with_parameters
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
            for parameter in parameters_of(function)
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
        return with_parameters(function, [*own, *added], function)

    return decorate


def _type(kind: Any) -> Any:
    inner = kind.kind if isinstance(kind, OrNone) else kind
    for one, python_type in ((Flag, bool), (Whole, int), (Number, float)):
        if isinstance(inner, one):
            return python_type
    return str
