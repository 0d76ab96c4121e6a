"""The run that `ocr read` and `ocr detect` share: inputs in, results out in their order as they come, errors told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocr.cli.app import report
from ocr.cli.inputs import Input, expand
from ocr.cli.progress import bar
from ocr.cli.results import Results
from ocr.errors import BadConfiguration, ImageEmpty, OcrError, OutputFailed

if TYPE_CHECKING:
    from ocr.document import Document
    from ocr.pipeline.reader import Reader, ReadOptions
    from ocr.writers.formats import Format

_SOME_FAILED = 4
#: Inputs that are sent to a server at once.
_CONNECTIONS = 4


@dataclass(frozen=True)
class Request:
    """What a command was asked for.

    Attributes:
        arguments: paths, folders, patterns, ``-``.
        printed: the format of standard output.
        output: folder for result files, if any.
        filed: the formats of these files.
        recursive: go into subfolders.
        detection: name or file of a model; the default one where ``None``.
        recognition: likewise.
        threads: threads of one run; all cores where ``None``.
        backend: what runs the networks; see `ocr.engine.backends.chosen`.
        providers: execution providers, separated by commas; see `ocr.engine.providers.chosen`.
        regions_only: no recognition model is loaded.
        server: URL of a service that reads; see `ocr.pipeline.client`.
    """

    arguments: Sequence[str]
    printed: Format
    output: Path | None = None
    filed: Sequence[Format] = ()
    recursive: bool = False
    detection: str | None = None
    recognition: str | None = None
    threads: int | None = None
    backend: str | None = None
    providers: str | None = None
    regions_only: bool = False
    server: str | None = None


def run(
    request: Request,
    wanted: ReadOptions,
    find: Callable[[Reader], Callable[..., Document]],
) -> int:
    """Go through the inputs.

    Args:
        request: what was asked for.
        wanted: options of each call.
        find: picks the method of a reader that makes the document.

    Returns:
        The exit status: 0 all read, 4 some failed, else that of the first failure.

    Raises:
        OcrError: nothing could be started (no inputs, a bad model, a bad option).
    """
    from ocr.pipeline.failure import Failure
    from ocr.pipeline.many import read_each
    from ocr.pipeline.reader_cache import shared_reader

    inputs = expand(request.arguments, recursive=request.recursive)
    if not inputs:
        raise ImageEmpty(f"there are no pictures or PDFs in {', '.join(request.arguments)}")
    results = Results(inputs, request.printed, request.output, request.filed, wanted.password)
    if request.server is not None:
        method, workers = _remote(request), _CONNECTIONS
    else:
        reader = shared_reader(
            request.detection,
            request.recognition,
            threads=request.threads,
            backend=request.backend,
            providers=request.providers,
            regions_only=request.regions_only,
        )
        single, workers = reader.for_many(inputs)
        method = find(single)

    def read(item: Input) -> Document:
        source = item.open(wanted.limits.max_bytes)
        return method(source, wanted, on_page=results.observer(item, source))

    failed: list[OcrError] = []
    done = 0
    with bar(len(inputs), "Reading") as advance:
        documents = read_each(
            read,
            inputs,
            workers,
            source=lambda item: item.name,
            # Where output cannot be written, further inputs are not worth reading.
            fatal=(BrokenPipeError, OutputFailed),
        )
        for item, result in zip(inputs, documents, strict=True):
            advance()
            if isinstance(result, Failure):
                failed.append(result.error)
                report(result.error, item.name)
                continue
            _warn(result, item)
            try:
                results.write(result, item)
            except OutputFailed:
                raise
            except OcrError as error:  # One format that this input cannot have takes no other input with it.
                failed.append(error)
                report(error, item.name)
                continue
            done += 1
    results.end()
    if failed and len(inputs) > 1:
        print(f"ocr: {len(failed)} of {len(inputs)} inputs could not be read", file=sys.stderr)
    if not failed:
        return 0
    return _SOME_FAILED if done else failed[0].exit_status


def _remote(request: Request) -> Callable[..., Document]:
    """What reads on a server in place of the method of a reader.

    Raises:
        BadConfiguration: a model or another setting of this machine was named as well.
    """
    from ocr.pipeline.client import Client

    for name in ("detection", "recognition", "threads", "backend", "providers"):
        if getattr(request, name) is not None:
            raise BadConfiguration(
                f"--{name} is for reading on this machine; the server of --server has its own"
            )
    client = Client(str(request.server))

    def read(source: Any, wanted: ReadOptions, on_page: Any = None) -> Document:
        from ocr.io import images

        document = (client.detect if request.regions_only else client.read)(source, wanted)
        if on_page is not None:
            decoded = images.pages(source, wanted.limits, wanted.password)
            for index, (page_image, page) in enumerate(zip(decoded, document.pages, strict=False)):
                on_page(index, page_image.image, page)
        return document

    return read


def _warn(document: Document, item: Input) -> None:
    from ocr.writers.text import escape_line

    for warning in document.warnings:
        place = "" if warning.page is None or len(document.pages) == 1 else f" page {warning.page + 1}:"
        text = f"ocr: warning: {warning.code}: {item.name}:{place} {warning.message}"
        print(escape_line(text), file=sys.stderr)


def files(output: Path | None, formats: str | None, overlay: bool, default: Sequence[Format]) -> list[Format]:
    """The formats of the files that a command writes.

    Args:
        output: their folder, if any.
        formats: a list such as ``"json,pdf"``, if given.
        overlay: pictures with the lines drawn as well.
        default: the formats where no list is given.

    Raises:
        BadConfiguration: there is no such format, or no folder to write to.
    """
    from ocr.writers.formats import FORMATS, by_names

    for name, value in (("--formats", formats), ("--overlay", overlay)):
        if value and output is None:
            raise BadConfiguration(f"{name} needs a folder to write to: give --output DIR as well")
    filed = list(default if formats is None else by_names(formats))
    if overlay and FORMATS["png"] not in filed:
        filed.append(FORMATS["png"])
    return filed
