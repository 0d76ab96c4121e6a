"""``ocr batch``: whole folders and buckets into Parquet files."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer
from typer.core import TyperGroup

from ocr.batch.settings import BatchSettings
from ocr.cli import options
from ocr.cli.declared import takes_settings
from ocr.errors import MissingExtra
from ocr.pipeline.options import ReadOptions

if TYPE_CHECKING:
    from ocr.batch.run import Job, Progress, Run

_HELP = {"help_option_names": ["--help", "-h"]}
_SOME_FAILED, _ALL_FAILED = 4, 3
#: What a shell reports for a process ended by SIGTERM.
_TERMINATED, _INTERRUPTED = 143, 130
Destination = Annotated[str, typer.Argument(metavar="DEST", help="Folder or URL of the results.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@takes_settings(BatchSettings)
@options.takes(wanted=options.read_options, models=options.models)
def run(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="Folder, archive, picture or PDF, or s3://, gs://, az:// URL of them."
        ),
    ],
    destination: Destination,
    formats: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Further formats, parted by commas, as files DEST/FORMAT/KEY."),
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Read a sample of 50, say what all would take, write nothing.")
    ] = False,
    price: Annotated[
        float, typer.Option(min=0, help="Price of a core for an hour, for --estimate, in any currency.")
    ] = 0.04,
    json: Json = False,
    *,
    wanted: ReadOptions,
    models: options.Models,
    **settings: Any,
) -> int:
    """Read a folder or bucket into Parquet files DEST/documents/*.parquet, each input exactly once.

    The same command again goes on where it was interrupted, and takes what is new. `ocr batch show DEST` says how
    far it is, `ocr batch verify DEST` whether all is there.
    """
    from ocr.batch.lazy_reader import LazyReader
    from ocr.batch.run import Job
    from ocr.writers.formats import by_names

    chosen = BatchSettings.from_mapping(
        {name: value for name, value in settings.items() if value is not None}
    )
    further = by_names(formats) if formats is not None else ()
    for one in further:
        one.require()
    require_extra()
    reader = LazyReader(**models._asdict())
    job = Job(source, destination, reader, wanted, chosen, tuple(one.name for one in further))
    if estimate:
        _estimate(job, price, json)
        return 0
    return _run(job, json)


def require_extra() -> None:
    """Say what to install where the package of Parquet files is missing.

    Raises:
        MissingExtra: it is.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise MissingExtra("ocr batch needs pyarrow; pip install 'receipt-ocr[batch]'") from error


def _run(job: Job, json: bool) -> int:
    from ocr.batch.progress import Reporter
    from ocr.batch.run import Run

    if job.settings.ray is None:
        started = Run(job)
    else:
        from ocr.batch.ray_run import RayRun, load_ray

        # Before anything is written.
        load_ray()
        started = RayRun(job)
    with _signals(started) as received, Reporter(started.progress) as reporter:
        progress = started.run(reporter.row)
    _tell(progress, started, job)
    if json:
        _print_json(
            {
                "read": progress.codes["read"],
                "codes": dict(sorted(progress.codes.items())),
                "parts": progress.parts,
            }
        )
    if received:
        print("ocr: interrupted; the same command goes on", file=sys.stderr)
        return _TERMINATED if signal.SIGTERM in received else _INTERRUPTED
    failed = progress.inputs - progress.codes["read"]
    if not failed:
        return 0
    return _SOME_FAILED if progress.codes["read"] else _ALL_FAILED


def _tell(progress: Progress, run: Run, job: Job) -> None:
    from ocr.batch.progress import codes
    from ocr.writers.text import escape_line

    findings = progress.findings
    if findings.skipped.count:
        names = ", ".join(findings.skipped.examples)
        print(
            escape_line(
                f"ocr: {findings.skipped.count} files are no pictures or PDFs by their names: {names} …"
            ),
            file=sys.stderr,
        )
    if findings.changed and job.settings.rerun != "changed":
        for name in findings.changed_names:
            print(escape_line(f"ocr: warning: input_changed: {name} is not as it was read"), file=sys.stderr)
        print(
            f"ocr: {findings.changed} inputs have changed; --rerun changed reads them again", file=sys.stderr
        )
    if findings.gone:
        print(f"ocr: {findings.gone} inputs that have rows are no longer there", file=sys.stderr)
    line = f"ocr: {progress.inputs} inputs ({codes(progress)}) in {progress.parts} parts"
    if progress.elsewhere:
        line += f"; {progress.elsewhere} parts were committed by another program"
    print(line, file=sys.stderr)


@contextmanager
def _signals(run: Run) -> Iterator[list[int]]:
    """The first SIGINT or SIGTERM lets inputs that are being read be finished; a second one ends at once."""
    received: list[int] = []

    def stop(number: int, _: object) -> None:
        received.append(number)
        run.cancel.set()
        signal.signal(number, signal.SIG_DFL)
        print("ocr: ending; a second time ends at once", file=sys.stderr, flush=True)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _estimate(job: Job, price: float, json: bool) -> None:
    from ocr.batch.estimate import estimate

    found = estimate(job, price)
    if json:
        _print_json(found.to_dict())
        return
    print(f"inputs         {found.inputs} ({found.bytes / 1e9:.3f} GB); {found.skipped} files are none")
    print(f"sample         {found.sample} read, {found.failed} of them failed")
    print(f"a core         {found.core_seconds:.3f} ± {found.error:.3f} s an input")
    print(f"this machine   {found.hours:.2f} h with {found.workers} workers")
    cost = f"{found.cost_a_million:.2f} at {price:g} a core-hour"
    print(f"a million      {found.core_hours_a_million:.0f} core-hours; {cost}")


def show(destination: Destination, json: Json = False) -> None:
    """Show how far a batch is: counts, failures, throughput."""
    require_extra()
    from ocr.batch.places import open_store
    from ocr.batch.show import summary
    from ocr.writers.text import escape_line

    found = summary(open_store(destination))
    if json:
        _print_json(found.to_dict())
        return
    rerun = f", --rerun {found.generation.rerun}" if found.generation.rerun else ""
    print(escape_line(f"source    {found.generation.source}"))
    print(f"state     {'done' if found.generation.done else 'not done'}{rerun}")
    print(f"inputs    {found.inputs} in {found.parts} parts; {found.rows} rows in {found.committed} files")
    for code, count in found.codes.most_common():
        print(f"  {code:24} {count}")
    if found.rate is not None:
        print(f"rate      {found.rate:.2f} inputs a second of a worker ({found.timed} inputs)")
    for uri, code, message in found.failures:
        print(escape_line(f"failed    {uri}: {code}: {message}"))


def verify(
    destination: Destination,
    inputs: Annotated[bool, typer.Option(help="Read every input again and compare its SHA-256.")] = True,
) -> int:
    """Check that every input of the manifest has one row, that files are undamaged and hashes right.

    The exit status is 4 where something is wrong.
    """
    require_extra()
    from ocr.batch.places import open_store
    from ocr.batch.verify import verify as findings
    from ocr.writers.text import escape_line

    faults = 0
    for one in findings(open_store(destination), inputs=inputs):
        faults += one.fault
        print(escape_line(f"{one.kind} {one.name}: {one.message}"))
    print("ok" if not faults else f"{faults} faults")
    return _SOME_FAILED if faults else 0


def _print_json(values: dict[str, Any]) -> None:
    import json

    print(json.dumps(values, ensure_ascii=(sys.stdout.encoding or "").lower().replace("-", "") != "utf8"))


#: What is an address behind ``--ray``, and no folder.
_RAY_ADDRESS = re.compile(r"auto|local|ray://.*|[^/\\:]+:\d+|\[[0-9a-fA-F:]+\]:\d+")


class _Group(TyperGroup):
    """``ocr batch SOURCE DEST`` is ``ocr batch run SOURCE DEST``, and ``--ray`` takes an address or none."""

    def parse_args(self, context: Any, arguments: list[str]) -> Any:
        arguments = _with_ray(arguments)
        if arguments and arguments[0] not in {*self.commands, *_HELP["help_option_names"]}:
            arguments = ["run", *arguments]
        return super().parse_args(context, arguments)

    def get_help(self, context: Any) -> str:
        """The help of ``run``, whose name nobody needs, with the other commands below."""
        run_context = typer.Context(self.commands["run"], info_name=context.info_name, parent=context.parent)
        others = {name: one for name, one in self.commands.items() if name != "run"}
        lines = [f"  {name:<8}{one.get_short_help_str(100)}" for name, one in others.items()]
        return "\n".join([self.commands["run"].get_help(run_context), "", "Commands:", *lines])


def _with_ray(arguments: list[str]) -> list[str]:
    """Arguments in which ``--ray`` has a value."""
    if "--ray" not in arguments:
        return arguments
    place = arguments.index("--ray")
    behind = arguments[place + 1 : place + 2]
    if behind and _RAY_ADDRESS.fullmatch(behind[0]):
        return arguments
    return [*arguments[:place], "--ray=any", *arguments[place + 1 :]]


APPLICATION = typer.Typer(
    cls=_Group,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_ABOUT = "Read folders and buckets into Parquet files: ocr batch SOURCE DEST (options: ocr batch run --help)."
APPLICATION.callback(help=_ABOUT, context_settings=_HELP)(lambda: None)
for _name, _command in (("run", run), ("show", show), ("verify", verify)):
    APPLICATION.command(_name, context_settings=_HELP)(_command)
