"""``ocr bench``: how fast and how lean reading is, beside other readers on request."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ocr.cli.options import AnnotationFormat, Backend, DetectionModel, Limit, Provider, RecognitionModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocr.bench.peers import Peer
    from ocr.bench.process import Memory
    from ocr.bench.speed import Speed

_SCHEMA = "ocr.bench/1"


def bench(
    pictures: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PICTURES]...",
            help="A dataset, or files, folders and patterns; receipts drawn for the purpose if not given.",
        ),
    ] = None,
    format: AnnotationFormat = "auto",
    limit: Limit = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each picture is read.")] = 1,
    peers: Annotated[
        bool, typer.Option("--peers", help="Read by RapidOCR 3 and 1 and by Tesseract as well, in turns.")
    ] = False,
    peers_python: Annotated[
        str | None,
        typer.Option("--peers-python", help="Python that has them (implies --peers); this one if not given."),
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(min=1, help="Watch memory over this many reads of random sizes after the first 100."),
    ] = None,
    memory_part: Annotated[
        float,
        typer.Option(
            min=0.01, max=1, help="Share of each picture's height that is read for memory, to save time."
        ),
    ] = 1.0,
    cold: Annotated[bool, typer.Option(help="Time processes from their start to the first document.")] = True,
    detection: DetectionModel = None,
    recognition: RecognitionModel = None,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Threads of every reader, and pictures read at once for memory; all cores if not given.",
        ),
    ] = None,
    backend: Backend = None,
    provider: Provider = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure reading from file to document on this machine.

    Prints median, 95th percentile and throughput, the share of each stage, the start of a cold process and, on
    request, memory and other readers on the same pictures. Where the pictures are an annotated dataset, accuracy
    is printed beside speed. Pictures that cannot be read are named and left out.
    """
    from ocr.bench import process, speed
    from ocr.bench.pictures import drawn
    from ocr.cli.progress import bar
    from ocr.cli.samples import gather
    from ocr.errors import BadConfiguration
    from ocr.pipeline.reader_cache import shared_reader

    samples = gather(pictures, format, limit) if pictures else drawn()[:limit]
    if not pictures and (peers or peers_python or memory):
        raise BadConfiguration("other readers and memory need picture files; give some")
    models = {"detection": detection, "recognition": recognition, "threads": threads, "backend": backend}
    models["providers"] = provider
    reader = shared_reader(**models)  # type: ignore[arg-type]
    with (
        _started(peers_python, threads, wanted=peers or peers_python is not None) as others,
        bar(len(samples) * rounds, "Reading") as advance,
    ):
        result = speed.measure(samples, reader, others, rounds=rounds, on_picture=advance)
    files = [sample.image_path for sample in samples if sample.image_path is not None]
    first = process.cold_start(files[0], models) if cold and files else None
    watched = process.memory(files, models, more=memory, part=memory_part) if memory and files else None
    if json:
        _print_json(result, first, watched, reader.threads, reader.backends)
        return
    _show(result, first, watched, len(samples), reader.threads)


@contextlib.contextmanager
def _started(python: str | None, threads: int | None, *, wanted: bool) -> Iterator[list[Peer]]:
    """The other readers that are there, where they are wanted; those that are not there are named."""
    from ocr.bench.peers import PEERS, Peer, PeerUnavailable

    with contextlib.ExitStack() as stack:
        readers = []
        for name in PEERS if wanted else ():
            try:
                readers.append(stack.enter_context(Peer(name, python, threads)))
            except PeerUnavailable as error:
                print(f"ocr: warning: {error}", file=sys.stderr)
        yield readers


def _print_json(
    speed: Speed, cold: float | None, memory: Memory | None, threads: int, backends: tuple[str, ...]
) -> None:
    import json
    from dataclasses import asdict

    from ocr.runtime import machine

    content: dict[str, Any] = {
        "schema": _SCHEMA,
        "machine": asdict(machine.look()),
        "threads": threads,
        "backends": list(backends),
        **speed.to_dict(),
        "cold_start_seconds": cold,
        "memory": None if memory is None else memory.to_dict(),
    }
    print(json.dumps(content))


def _show(speed: Speed, cold: float | None, memory: Memory | None, pictures: int, threads: int) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ocr.writers.text import escape

    output = Console(highlight=False)
    own = speed.timings[0]
    output.print(
        f"{pictures} pictures, {threads} threads. Seconds from file to result, models loaded: median, 95th "
        f"percentile, computing time (median); × says how many times as long as {own.name}.",
        soft_wrap=True,
    )
    table = Table("reader", "version", "median s", "×", "p95 s", "CPU s", "×", "a second")
    for column in table.columns[2:]:
        column.justify = "right"
    for timing in speed.timings:
        ratios = [
            f"{value / base:.2f}" if base else "–"
            for value, base in ((timing.median, own.median), (timing.median_cpu, own.median_cpu))
        ]
        table.add_row(
            timing.name, Text(escape(timing.version)), f"{timing.median:.3f}", ratios[0], f"{timing.p95:.3f}",
            f"{timing.median_cpu:.3f}", ratios[1], f"{timing.throughput:.2f}",
        )  # fmt: skip
    output.print(table)
    if speed.reports:
        output.print(_accuracy(speed))
    shares = ", ".join(f"{name} {share:.1%}" for name, share in speed.stages.items())
    output.print(f"stages      {shares}", soft_wrap=True)
    if own.throughput:
        gain = speed.together / own.throughput
        output.print(
            f"read_many   {speed.together:.2f} pictures / s, {gain:.2f} × one by one", soft_wrap=True
        )
    if cold is not None:
        output.print(
            f"cold start  {cold:.2f} s from starting a process to its first document", soft_wrap=True
        )
    if memory is not None:
        output.print(
            f"memory      {memory.idle / 1e6:.0f} MB idle, {memory.settled / 1e6:.0f} MB after "
            f"{memory.reads[0]} reads, {memory.growth:+.1%} after {memory.reads[1]} more of random sizes, "
            f"peak {memory.peak / 1e6:.0f} MB",
            soft_wrap=True,
        )
    for timing in speed.timings:
        for name, reason in timing.failures:
            print(f"ocr: warning: {escape(f'{timing.name}: {name}: {reason}')}", file=sys.stderr)


def _accuracy(speed: Speed) -> Any:
    from rich.table import Table

    columns = ("CLEval detection", "IoU 0.5", "CLEval end to end", "CER", "token F1")
    table = Table("reader", *columns)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, report in speed.reports.items():
        table.add_row(
            name,
            "–" if report.cleval_detection is None else f"{report.cleval_detection.hmean:.4f}",
            "–" if report.iou is None else f"{report.iou.hmean:.4f}",
            "–" if report.cleval_end_to_end is None else f"{report.cleval_end_to_end.hmean:.4f}",
            "–" if report.lines is None else f"{report.lines.matched.cer:.4f}",
            "–" if report.tokens is None else f"{report.tokens.f1:.4f}",
        )
    return table
