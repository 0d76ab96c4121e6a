"""Finding the command, running it, and turning what goes wrong into one line and an exit status."""

from __future__ import annotations

import contextlib
import errno
import importlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import ocr
from ocr.errors import BadConfiguration, OcrError, OutputFailed

if TYPE_CHECKING:
    import typer

#: What a shell reports for a process ended by these signals.
_INTERRUPTED, _PIPE_CLOSED = 130, 141
#: A full disk, a spent quota, a file that would be larger than the system takes.
_NO_SPACE = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_HELP = frozenset({"--help", "-h"})


_ABOUT = "Read receipts, and train, measure and export the models that do it."
_VERSION = "Print the version and end."


class Command(NamedTuple):
    """One entry of the table.

    Attributes:
        target: ``module:function``, imported when the command is called; for a group, ``module:typer application``.
        help: one sentence for the list of commands.
        passes_on: unknown options and arguments are the command's own to judge (Hydra overrides).
        group: it has commands of its own.
    """

    target: str
    help: str
    passes_on: bool = False
    group: bool = False

    def load(self) -> Callable[..., Any]:
        """Import the function."""
        module, _, name = self.target.partition(":")
        function: Callable[..., Any] = getattr(importlib.import_module(module), name)
        return function


COMMANDS: dict[str, Command] = {
    "read": Command("ocr.cli.read:read", "Read receipts: pictures or PDFs in, text or JSON out."),
    "detect": Command("ocr.cli.detect:detect", "Find text regions without reading them."),
    "synth": Command("ocr.cli.synth:synth", "Make synthetic receipts with exact annotations."),
    "train": Command("ocr.cli.train:train", "Train a detection or recognition model.", passes_on=True),
    "export": Command("ocr.cli.export:export", "Turn a checkpoint into one ONNX file with its card."),
    "eval": Command("ocr.cli.eval:evaluate", "Measure models on an annotated dataset."),
    "bench": Command("ocr.cli.bench:bench", "Measure speed and memory, beside other readers on request."),
    "models": Command("ocr.cli.models:APPLICATION", "Keep models, and choose which are used.", group=True),
    "serve": Command("ocr.cli.serve:APPLICATION", "Read receipts over HTTP.", group=True),
    "batch": Command("ocr.cli.batch:APPLICATION", "Read folders and buckets into Parquet files.", group=True),
    "review": Command("ocr.cli.review:review", "Review a folder of receipts in the browser."),
    "app": Command("ocr.cli.workbench:workbench", "Open the workbench in a browser."),
    "doctor": Command("ocr.cli.doctor:doctor", "Say what is installed, and whether it works."),
    "data": Command("ocr.cli.data:APPLICATION", "Check, convert and measure annotated pictures.", group=True),
}


class _Shown(logging.Handler):
    """Shows what the library logs as a warning in the form of the other messages on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        from ocr.writers.text import escape_line

        print(f"ocr: warning: {escape_line(record.getMessage())}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process.

    Args:
        arguments: without the program's name; those of the process where ``None``.
    """
    # OpenCV reports on standard error what is reported properly by an exception anyway.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    words = list(sys.argv[1:] if arguments is None else arguments)
    with contextlib.suppress(AttributeError, ValueError):
        # A terminal that cannot show a letter gets an escape, not a crash.
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    log = logging.getLogger("ocr")
    if not any(isinstance(handler, _Shown) for handler in log.handlers):
        log.addHandler(_Shown(logging.WARNING))
    sys.exit(_guarded(words or ["--help"]))


def report(error: OcrError, source: str | None = None) -> None:
    """Print an error as ``ocr: error: CODE: message`` on standard error, with the input where known."""
    from ocr.writers.text import escape_line

    message = str(error)
    if source is not None and source not in message:
        message = f"{source}: {message}"
    print(f"ocr: error: {error.code}: {escape_line(message)}", file=sys.stderr, flush=True)


def _guarded(arguments: list[str]) -> int:
    try:
        status = _run(arguments)
        sys.stdout.flush()
        return status
    except OcrError as error:
        report(error)
        return error.exit_status
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return _PIPE_CLOSED
    except SystemExit as ending:
        # Typer ends the process with 1 where a pipe is closed.
        if isinstance(ending.__context__, BrokenPipeError):
            _discard_output()
            return _PIPE_CLOSED
        raise
    except OSError as error:
        if error.errno not in _NO_SPACE:
            return _internal(error)
        _discard_output()
        failure = OutputFailed(f"the output cannot be written: {error.strerror}")
        report(failure)
        return failure.exit_status
    except Exception as error:  # The last line of defence: a defect of this program, told as one.
        return _internal(error)


def _internal(error: Exception) -> int:
    if os.environ.get("OCR_DEBUG"):
        raise error
    report(OcrError(f"an internal fault: {type(error).__name__}: {error} (OCR_DEBUG=1 shows where)"))
    return OcrError.exit_status


def _discard_output() -> None:
    """Standard output takes no more: what is left in its buffer must not be written, not at exit either."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]


def _run(arguments: list[str]) -> int:
    name = next((a for a in arguments if not a.startswith("-")), None)
    if name is not None and name not in COMMANDS:
        from ocr.runtime.suggestions import did_you_mean

        raise BadConfiguration(f"there is no command {name!r}; {did_you_mean(name, COMMANDS, 'commands')}")
    before = arguments if name is None else arguments[: arguments.index(name)]
    if "--version" in before:
        print(f"ocr {ocr.__version__}")
        return 0
    if name is None and not _HELP.isdisjoint(arguments):
        print(overview())
        return 0
    import typer

    # The class above BadParameter is UsageError; its home moved between versions of typer.
    usage_error: Any = typer.BadParameter.__mro__[1]
    command: Any = typer.main.get_command(_application(name))
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    names = [a for a in own if not a.startswith("-")]
    alone = name is not None and COMMANDS[name].group and names == [name]
    if alone or not _HELP.isdisjoint(own):
        print(_help(command, names))
        return 0
    try:
        result = command.main(args=arguments, prog_name="ocr", standalone_mode=False)
    except usage_error as error:
        raise BadConfiguration(
            f"{error.format_message()} (see ocr {name + ' ' if name else ''}--help)"
        ) from error
    except typer.Abort:
        return _INTERRUPTED
    except typer.Exit as ending:
        return int(ending.exit_code)
    return result if isinstance(result, int) else 0


def _application(chosen: str | None) -> typer.Typer:
    """The commands, of which only the chosen one is imported; the others are names with a sentence."""
    import typer

    def root(version: bool = typer.Option(False, "--version", help=_VERSION)) -> None:
        """Options that stand before the command; `_run` has seen to them already."""

    application = typer.Typer(
        rich_markup_mode=None, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False
    )
    application.callback(help=_ABOUT)(root)
    for name, command in COMMANDS.items():
        settings = {"help_option_names": sorted(_HELP)}
        if command.passes_on:
            settings |= {"allow_extra_args": True, "ignore_unknown_options": True}  # type: ignore[dict-item]
        if command.group and name == chosen:
            application.add_typer(command.load(), name=name)  # type: ignore[arg-type]
            continue
        function = command.load() if name == chosen else _stub
        text = None if name == chosen and function.__doc__ else command.help
        application.command(name, help=text, short_help=command.help, context_settings=settings)(function)
    return application


def _stub() -> None:
    """Stands for a command that was not called."""


def overview() -> str:
    """The help of the program itself, as typer would print it: the table alone, without importing typer."""
    rows = {"--version": _VERSION, "--help": "Show this message and exit."}
    wide = max(map(len, COMMANDS))
    lines = ["Usage: ocr [OPTIONS] COMMAND [ARGS]...", "", f"  {_ABOUT}", "", "Options:"]
    lines += [f"  {name:<9}  {text}" for name, text in rows.items()]
    lines += ["", "Commands:"]
    lines += [f"  {name:<{wide}}  {command.help}" for name, command in COMMANDS.items()]
    return "\n".join(lines)


def _help(command: Any, names: Sequence[str]) -> str:
    """The help of a command without parsing anything: in some versions of typer that alone takes longer."""
    import typer

    context: Any = typer.Context(command, info_name="ocr")
    for name in names:
        if name not in getattr(command, "commands", {}):
            break
        command = command.commands[name]
        context = typer.Context(command, info_name=name, parent=context)
    return str(command.get_help(context))
