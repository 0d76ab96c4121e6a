"""The workbench as a person meets it: served by the command, seen in a browser; and its pages without one."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.app.traffic import Traffic, acting
from tests.conftest import ROOT
from tests.waiting import PATIENCE, free_port, until

pytest.importorskip("streamlit", reason="the extra [app] is not installed")


def answers(url: str) -> bool:
    """Whether something at an address says that all is well."""
    with contextlib.suppress(OSError):
        return bool(urllib.request.urlopen(url, timeout=PATIENCE).status == 200)
    return False


@dataclass(frozen=True)
class Served:
    """A workbench that runs.

    Attributes:
        url: of the first page.
        root: the folder that it looks for data in.
        home: its folder of models.
    """

    url: str
    root: Path
    home: Path


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Streamlit runs a page as ``__main__`` and leaves it there, where new processes of later tests would find it."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`ocr app` on a free port, with a folder and a catalogue of its own."""
    root, home = tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("home")
    port = free_port()
    url = f"http://localhost:{port}"
    command = [sys.executable, "-m", "ocr", "app", "--port", str(port), "--no-browser", "--root", str(root)]
    log = (home / "log.txt").open("w+")
    process = subprocess.Popen(
        command, env={**os.environ, "OCR_HOME": str(home)}, stdout=log, stderr=subprocess.STDOUT, cwd=root
    )
    try:
        until(lambda: process.poll() is not None or answers(f"{url}/_stcore/health"))
        yield Served(url, root, home)
    finally:
        process.terminate()
        process.wait(PATIENCE)
        log.seek(0)
        written = log.read()
        log.close()
    assert "Traceback" not in written, written


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium of the system."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"], timeout=1000 * PATIENCE
        )
        yield found
        found.close()


@pytest.fixture
def visit(browser: Any, served: Served) -> Iterator[Callable[..., Any]]:
    """Opens a page of the workbench in a session of its own; nothing may be wrong in the console afterwards."""
    faults: list[str] = []
    contexts = []

    def open_page(title: str = "Receipts", **options: Any) -> Any:
        context = browser.new_context(
            viewport={"width": 1366, "height": 768}, accept_downloads=True, **options
        )
        contexts.append(context)
        context.set_default_timeout(1000 * PATIENCE)
        context.on(
            "console",
            lambda said: faults.append(f"{said.text} {said.location}") if said.type == "error" else None,
        )
        context.on("weberror", lambda fault: faults.append(str(fault.error)))
        context.on("dialog", lambda dialog: faults.append(f"a dialog: {dialog.message}"))
        context.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((served.url, "data:", "blob:", served.url.replace("http", "ws")))
                else faults.append(f"asked another machine: {asked.url}")
            ),
        )
        page = context.new_page()
        traffic = Traffic(page)
        # Not straight to the page: Streamlit then first looks for its server below that address, in vain.
        page.goto(served.url)
        traffic.wait()
        # What is filled in while one page gives way to another is lost.
        with acting(page):
            page.get_by_role("link", name=title, exact=True).click()
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:
            assert page.locator("[data-testid=stException]").count() == 0
        context.close()
    assert faults == []


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs a page without a browser, with a folder and a catalogue of its own."""
    from streamlit.testing.v1 import AppTest

    from ocr.app import progress, settings

    # Without a browser nobody asks again for what takes longer.
    monkeypatch.setattr(progress, "_PATIENCE", PATIENCE)
    monkeypatch.setenv("OCR_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(settings, "_current", settings.Settings(root=tmp_path))

    def run(name: str, **state: Any) -> Any:
        test = AppTest.from_function(_script, args=(name,), default_timeout=PATIENCE)
        for key, value in state.items():
            test.session_state[key] = value
        test.run()
        assert not test.exception, [found.value for found in test.exception]
        return test

    return run


def _script(name: str) -> None:
    import importlib

    importlib.import_module(f"ocr.app.screens.{name}").show()


def example(name: str) -> Any:
    """An example receipt as the workbench holds it."""
    from ocr.app.pictures import Picture

    path = ROOT / "examples" / name
    return Picture.of(path.name, path.read_bytes())


def holding(*names: str) -> dict[str, Any]:
    """The state of a person who holds these example receipts."""
    found = [example(name) for name in names]
    return {"pictures": {picture.sha256: picture for picture in found}, "current": found[0].sha256}
