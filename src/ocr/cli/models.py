"""``ocr models``: the group of commands about the catalogue of models."""

from __future__ import annotations

import typer

from ocr.cli.models_change import add, promote, remove, rollback
from ocr.cli.models_compare import compare
from ocr.cli.models_show import list_models, show, verify

APPLICATION = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False
)
_HELP = {"help_option_names": ["--help", "-h"]}
APPLICATION.callback(help="Keep models, and choose which are used.", context_settings=_HELP)(lambda: None)
for _name, _command in (
    ("list", list_models),
    ("show", show),
    ("add", add),
    ("promote", promote),
    ("rollback", rollback),
    ("remove", remove),
    ("verify", verify),
    ("compare", compare),
):
    APPLICATION.command(_name, context_settings=_HELP)(_command)
