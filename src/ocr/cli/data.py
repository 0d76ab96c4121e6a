"""``ocr data``: the group of commands about annotated pictures."""

from __future__ import annotations

import typer

from ocr.cli.data_check import check
from ocr.cli.data_convert import convert
from ocr.cli.data_from_readings import from_readings
from ocr.cli.data_stats import stats

APPLICATION = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False
)
_HELP = {"help_option_names": ["--help", "-h"]}
APPLICATION.callback(help="Check, convert and measure annotated pictures.", context_settings=_HELP)(
    lambda: None
)
for _name, _command in (
    ("check", check),
    ("convert", convert),
    ("from-readings", from_readings),
    ("stats", stats),
):
    APPLICATION.command(_name, context_settings=_HELP)(_command)
