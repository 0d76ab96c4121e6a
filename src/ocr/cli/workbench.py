"""``ocr app``: the workbench in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer


def workbench(
    host: Annotated[
        str, typer.Option(help="Address to listen on; only this machine is served by default.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    root: Annotated[
        Path, typer.Option(help="Folder that datasets, saved results and training runs are looked for in.")
    ] = Path(),
    max_megabytes: Annotated[
        int, typer.Option(min=1, max=512, help="Size of an uploaded file at most.")
    ] = 25,
    max_megapixels: Annotated[float, typer.Option(min=0.01, max=1000, help="Size of a page at most.")] = 60.0,
    max_pages: Annotated[int, typer.Option(min=1, max=1000, help="Pages of one file at most.")] = 20,
    max_pictures: Annotated[
        int, typer.Option(min=1, max=10_000, help="Pictures that one person may hold at once.")
    ] = 200,
    changes: Annotated[
        Optional[bool],  # noqa: UP045
        typer.Option(
            "--changes/--no-changes",
            help="Allow promoting models and starting training; by default only where this machine alone is served.",
        ),
    ] = None,
    browser: Annotated[
        Optional[bool],  # noqa: UP045
        typer.Option(
            "--browser/--no-browser", help="Open the first page; by default where output is a terminal."
        ),
    ] = None,
) -> None:
    """Open the workbench: read, prepare, compare, evaluate, train and promote in a browser.

    Runs until it is interrupted. Pictures stay in memory on this machine; no usage statistics are sent.
    """
    import sys

    from ocr.app.launch import launch
    from ocr.app.settings import LOOPBACK, Settings
    from ocr.io.limits import Limits

    allowed = Settings(
        root=root.resolve(),
        limits=Limits(
            max_bytes=max_megabytes * 2**20, max_pixels=int(max_megapixels * 1e6), max_pages=max_pages
        ),
        max_pictures=max_pictures,
        may_change=host in LOOPBACK if changes is None else changes,
    )
    launch(host, port, allowed, open_browser=sys.stdout.isatty() if browser is None else browser)
