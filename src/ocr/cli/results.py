"""Where the results of a run go: one output for all of them on standard output, and files in a folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocr.errors import BadConfiguration

if TYPE_CHECKING:
    from ocr.cli.inputs import Input
    from ocr.document import Document, Page
    from ocr.writers.formats import Format
    from ocr.writers.pictures import Picture, Pictures

#: The format whose files are one a page.
_OVERLAY = "png"


class Results:
    """Writes the document of each input in the formats that were asked for.

    Args:
        inputs: of the run.
        printed: the format of standard output.
        folder: of the files, if any are to be written.
        filed: their formats.
        password: of PDFs that are encrypted.

    Raises:
        BadConfiguration: the inputs do not go into one output of the format, a terminal cannot show it, or a file
            would take the place of an input.
        MissingExtra: a format needs a package that is not installed.
    """

    def __init__(
        self,
        inputs: Sequence[Input],
        printed: Format,
        folder: Path | None,
        filed: Sequence[Format],
        password: str | None = None,
    ) -> None:
        from ocr.writers.together import Together

        terminal = sys.stdout.isatty()
        if printed.binary and terminal:
            raise BadConfiguration(
                f"a terminal cannot show the format {printed.name}: send it to a file with > FILE{printed.suffixes[0]}"
            )
        self._folder = folder
        self._filed = tuple(filed) if folder is not None else ()
        self._password = password
        self._shown = any(one.pictures != "unused" for one in (printed, *self._filed))
        for one in (printed, *self._filed):
            one.require()
        self._keeps_pdf = any(one.name == "pdf" for one in (printed, *self._filed))
        # By the stem of the input, while its document is on its way.
        self._pages: dict[str, list[Picture]] = {}
        self._sources: dict[str, Any] = {}
        self._together = Together(
            printed,
            len(inputs),
            ascii_only=not _shows("✓"),
            colour=terminal and not os.environ.get("NO_COLOR"),
        )
        self._spare_inputs(inputs)

    def observer(self, item: Input, source: Any) -> Callable[[int, Any, Any], None] | None:
        """What is to be called with each page of an input as it is finished; ``None`` where no format shows pages.

        Args:
            item: the input.
            source: what is read: its path, or its bytes, which cannot be had again.
        """
        if not self._shown:
            return None
        from ocr.writers.pictures import pack

        self._sources[item.stem] = source
        pages = self._pages.setdefault(item.stem, [])

        def keep(index: int, image: Any, page: Page) -> None:
            pages.append(pack(image))

        return keep

    def write(self, document: Document, item: Input) -> None:
        """Write one document.

        Raises:
            OutputFailed: a file cannot be written.
        """
        if document.source is None:
            document = replace(document, source=item.name)
        pictures = self._pictures(document, item)
        _print(self._together.add(document, pictures))
        for one in self._filed:
            self._write_file(one, document, item, pictures)

    def end(self) -> None:
        """Write what comes at the end of standard output."""
        _print(self._together.end())

    def _pictures(self, document: Document, item: Input) -> Pictures | None:
        if not self._shown:
            return None
        from ocr.writers.pictures import Pictures, pdf_of, without_private_data

        source = self._sources.pop(item.stem)
        pdf = pdf_of(source) if self._keeps_pdf else None
        pictures = Pictures(tuple(self._pages.pop(item.stem)), pdf, self._password)
        return without_private_data(document, pictures)

    def _write_file(self, one: Format, document: Document, item: Input, pictures: Pictures | None) -> None:
        from ocr.io.files import write_whole

        assert self._folder is not None
        if one.name != _OVERLAY:
            write_whole(self._folder / f"{item.stem}{one.suffixes[0]}", one.write(document, pictures))
            return
        from ocr.writers import overlay

        assert pictures is not None
        for index, (page, picture) in enumerate(zip(document.pages, pictures.pages, strict=True)):
            drawn = overlay.to_png(picture.pixels(page.width, page.height), page)
            write_whole(self._folder / _overlay_name(item.stem, index), drawn)

    def _spare_inputs(self, inputs: Sequence[Input]) -> None:
        """See to it that no file takes the place of an input."""
        if self._folder is None:
            return
        taken = {os.path.realpath(item.name): item.name for item in inputs}
        for item in inputs:
            for one in self._filed:
                name = (
                    _overlay_name(item.stem, 0) if one.name == _OVERLAY else f"{item.stem}{one.suffixes[0]}"
                )
                target = os.path.realpath(self._folder / name)
                if target in taken:
                    raise BadConfiguration(
                        f"the result {self._folder / name} would take the place of the input {taken[target]}; "
                        "give another --output DIR"
                    )


def _overlay_name(stem: str, index: int) -> str:
    return f"{stem}.overlay{f'-{index + 1}' if index else ''}.png"


def _print(piece: str | bytes) -> None:
    if isinstance(piece, bytes):
        if piece:
            sys.stdout.flush()
            sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        return
    # Line endings of tables are those of their format on every system.
    print(piece, end="", flush=True)


def _shows(text: str) -> bool:
    """Whether standard output can hold a text."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
