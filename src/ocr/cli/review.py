"""``ocr review``: the review page on a folder of receipts."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocr.cli.options import Mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.server.supervisor import Supervisor


def review(
    folder: Annotated[Path, typer.Argument(help="Folder of pictures and PDFs.", metavar="FOLDER")],
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Go into subfolders.")] = False,
    mask: Mask = "",
) -> int:
    """Review a folder of receipts in the browser, until Ctrl+C.

    Changes are kept in FOLDER/.ocr-review, beside the pictures. Running it again goes on where it was left, with the
    pictures that are new.
    """
    from ocr.cli.inputs import expand
    from ocr.cli.serve import require_extra
    from ocr.errors import InputNotFound
    from ocr.server.settings import ServeSettings

    if not folder.is_dir():
        raise InputNotFound(f"there is no folder {folder}")
    require_extra()
    from ocr.server.supervisor import Supervisor

    data = folder / ".ocr-review"
    settings = ServeSettings.from_environment(
        {"port": port, "data": str(data), "keys": str(data / "keys.json"), "mask": mask or None}
    )
    inputs = expand([str(folder)], recursive=recursive)
    supervisor = Supervisor(settings)
    paths = [Path(one.name) for one in inputs]
    threading.Thread(
        target=_begin, args=(supervisor, settings.data_folder, paths, browser), daemon=True
    ).start()
    return supervisor.run()


def _begin(supervisor: Supervisor, data: Path, paths: Sequence[Path], browser: bool) -> None:
    """Queue the pictures that are not in the pile yet, and open the page once the server answers."""
    import hashlib
    import webbrowser

    from ocr.errors import OcrError
    from ocr.pipeline.client import Client
    from ocr.server.review_store import ReviewStore

    store = ReviewStore(data)
    known = {one.sha256 for one in store.all()}
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            print(f"ocr: warning: {path}: {error.strerror}", file=sys.stderr, flush=True)
            continue
        digest = hashlib.sha256(content).hexdigest()
        if digest not in known:
            known.add(digest)
            store.add(path.name, content)
    host, port = supervisor.address
    url = f"http://{host}:{port}"
    client = Client(url, retries=0)
    while True:
        try:
            client.models()
            break
        except OcrError:
            time.sleep(0.2)
    print(f"ocr: {url} (Ctrl+C ends it; changes are kept in {data})", file=sys.stderr, flush=True)
    if browser:
        webbrowser.open(url)
