"""``ocr serve``: the service, and its API keys."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from ocr.cli.declared import takes_settings
from ocr.errors import MissingExtra
from ocr.server.settings import ServeSettings

_HELP = {"help_option_names": ["--help", "-h"]}
KeyFileOption = Annotated[
    str | None,
    typer.Option("--keys", help="File of API keys; serve-keys.json in the user's folder if not given."),
]


@takes_settings(ServeSettings)
def serve(context: typer.Context, **options: Any) -> int:
    """Read receipts over HTTP, until SIGTERM or Ctrl+C.

    POST a picture or PDF to /v1/read. Each setting can also be given as a variable, such as OCR_SERVE_PORT.
    """
    if context.invoked_subcommand is not None:
        return 0
    settings = ServeSettings.from_environment(options)
    require_extra()
    from ocr.server.supervisor import Supervisor

    supervisor = Supervisor(settings)
    host, port = supervisor.address
    shown = f"[{host}]" if ":" in host else host
    print(f"ocr: http://{shown}:{port} (Ctrl+C ends it)", file=sys.stderr, flush=True)
    raise typer.Exit(supervisor.run())


def require_extra() -> None:
    """Say what to install where the packages of the server are missing.

    Raises:
        MissingExtra: one of them is.
    """
    try:
        import fastapi  # noqa: F401
        import prometheus_client  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtra(f"ocr serve needs {error.name}; pip install 'receipt-ocr[serve]'") from error


def add(
    name: Annotated[str, typer.Argument(help="Whom the key is for.")], keys: KeyFileOption = None
) -> None:
    """Make a key and print it; it is stored as a hash and cannot be shown again."""
    print(_key_file(keys).add(name))


def list_keys(keys: KeyFileOption = None) -> None:
    """Print the names of the keys and when they were made."""
    from ocr.writers.text import escape

    for key in _key_file(keys).entries():
        print(f"{escape(key.name)}\t{key.created}")


def remove(name: Annotated[str, typer.Argument(help="Name of the key.")], keys: KeyFileOption = None) -> None:
    """Forget a key; requests with it are refused from now on."""
    _key_file(keys).remove(name)


def _key_file(path: str | None) -> Any:
    from ocr.server.keys import KeyFile

    return KeyFile(ServeSettings.from_environment({"keys": path}).key_file)


APPLICATION = typer.Typer(
    rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False, invoke_without_command=True
)
APPLICATION.callback(context_settings=_HELP)(serve)
_KEYS = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)
_KEYS.callback(help="API keys.", context_settings=_HELP)(lambda: None)
for _name, _command in (("add", add), ("list", list_keys), ("remove", remove)):
    _KEYS.command(_name, context_settings=_HELP)(_command)
APPLICATION.add_typer(_KEYS, name="keys")
