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
from ocr.errors import BadConfiguration, ImageEmpty, OcrError, OutputFailed
from ocr.runtime.options import checked, setting_of

if TYPE_CHECKING:
    from ocr.document import Document
    from ocr.pipeline.reader import Reader, ReadOptions

_SOME_FAILED = 4


@dataclass(frozen=True)
class Request:
    """What a command was asked for.

    Attributes:
        arguments: paths, folders, patterns, ``-``.
        as_json: JSON Lines on standard output, else text.
        output: folder for result files, if any.
        overlay: write overlay pictures into it as well.
        recursive: go into subfolders.
        detection: name or file of a model; the default one where ``None``.
        recognition: likewise.
        threads: threads of one run; all cores where ``None``.
        backend: what runs the networks; see `ocr.engine.backends.chosen`.
        providers: execution providers, separated by commas; see `ocr.engine.providers.chosen`.
        regions_only: no recognition model is loaded.
    """

    arguments: Sequence[str]
    as_json: bool = False
    output: Path | None = None
    overlay: bool = False
    recursive: bool = False
    detection: str | None = None
    recognition: str | None = None
    threads: int | None = None
    backend: str | None = None
    providers: str | None = None
    regions_only: bool = False


def options(max_pages: int | None, max_megapixels: float | None, **settings: Any) -> ReadOptions:
    """Reading options from those of the command line.

    Args:
        max_pages: see `ocr.io.limits.Limits`; the default where ``None``.
        max_megapixels: of one page, likewise.
        settings: fields of `ocr.pipeline.options.ReadOptions`.

    Raises:
        BadConfiguration: a value outside its range.
    """
    from ocr.cli.options import MEGAPIXELS
    from ocr.io.limits import Limits
    from ocr.pipeline.options import ReadOptions

    limits: dict[str, Any] = {}
    if max_pages is not None:
        limits["max_pages"] = checked("--max-pages", max_pages, setting_of(Limits, "max_pages").kind)
    if max_megapixels is not None:
        limits["max_pixels"] = max(1, int(checked("--max-megapixels", max_megapixels, MEGAPIXELS) * 1e6))
    for name, value in settings.items():
        checked(f"--{name.replace('_', '-')}", value, setting_of(ReadOptions, name).kind)
    return ReadOptions(limits=Limits(**limits), **settings)


def run(
    request: Request,
    wanted: ReadOptions,
    find: Callable[[Reader], Callable[..., Document]],
    to_text: Callable[[Document], str],
) -> int:
    """Go through the inputs.

    Args:
        request: what was asked for.
        wanted: options of each call.
        find: picks the method of a reader that makes the document.
        to_text: a document as text.

    Returns:
        The exit status: 0 all read, 4 some failed, else that of the first failure.

    Raises:
        OcrError: nothing could be started (no inputs, a bad model, a bad option).
    """
    from ocr.pipeline.failure import Failure
    from ocr.pipeline.many import read_each
    from ocr.pipeline.reader_cache import shared_reader

    if request.overlay and request.output is None:
        raise BadConfiguration("--overlay needs a folder to write to: give --output DIR as well")
    inputs = expand(request.arguments, recursive=request.recursive)
    if not inputs:
        raise ImageEmpty(f"there are no pictures or PDFs in {', '.join(request.arguments)}")
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
        overlays = _Overlays(request.output, item) if request.overlay and request.output else None
        return method(item.open(wanted.limits.max_bytes), wanted, on_page=overlays)

    failed: list[OcrError] = []
    done = 0
    with bar(len(inputs), "Reading") as advance:
        results = read_each(
            read,
            inputs,
            workers,
            source=lambda item: item.name,
            # Where output cannot be written, further inputs are not worth reading.
            fatal=(BrokenPipeError, OutputFailed),
        )
        for item, result in zip(inputs, results, strict=True):
            advance()
            if isinstance(result, Failure):
                failed.append(result.error)
                report(result.error, item.name)
                continue
            _print(result, item, request, to_text, first=done == 0, several=len(inputs) > 1)
            if request.output is not None:
                _write(result, item, request.output, to_text)
            _warn(result, item)
            done += 1
    if failed and len(inputs) > 1:
        print(f"ocr: {len(failed)} of {len(inputs)} inputs could not be read", file=sys.stderr)
    if not failed:
        return 0
    return _SOME_FAILED if done else failed[0].exit_status


def _warn(document: Document, item: Input) -> None:
    for warning in document.warnings:
        place = "" if warning.page is None or len(document.pages) == 1 else f" page {warning.page + 1}:"
        print(f"ocr: warning: {warning.code}: {item.name}:{place} {warning.message}", file=sys.stderr)


def _print(
    document: Document,
    item: Input,
    request: Request,
    to_text: Callable[[Document], str],
    *,
    first: bool,
    several: bool,
) -> None:
    if request.as_json:
        from ocr.writers import json

        plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
        print(json.to_line(document, item.name, ascii_only=plain), flush=True)
        return
    from ocr.writers.text import escape

    if several:
        print(f"{'' if first else chr(10)}==> {escape(item.name)} <==")
    print(to_text(document), end="", flush=True)


def _write(document: Document, item: Input, folder: Path, to_text: Callable[[Document], str]) -> None:
    from ocr.io.files import write_whole
    from ocr.writers import json

    write_whole(folder / f"{item.stem}.json", json.to_file_text(document))
    write_whole(folder / f"{item.stem}.txt", to_text(document))


class _Overlays:
    """Writes the overlay of every page as it is finished, so that no page is held longer than needed."""

    def __init__(self, folder: Path, item: Input) -> None:
        self._folder = folder
        self._item = item

    def __call__(self, index: int, image: Any, page: Any) -> None:
        from ocr.io.files import write_whole
        from ocr.writers import overlay

        number = f"-{index + 1}" if index else ""
        write_whole(self._folder / f"{self._item.stem}.overlay{number}.png", overlay.to_png(image, page))
