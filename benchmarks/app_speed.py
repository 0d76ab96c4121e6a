"""How the workbench feels, measured in a browser: first page of a cold process, page switches.

On a machine that does other work, seconds of the processor tell more than those of the clock (Linux only).

python benchmarks/app_speed.py
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

SIZE: Any = {"width": 1366, "height": 768}
#: Pages with what stands on them when they are there.
PAGES = {
    "Receipts": "Receipts are read and corrected on the review page",
    "Prepare": "Take in a picture on the left",
    "Compare": "Take in pictures on the left",
    "Evaluate": "Measure models on a dataset",
    "Models": "Figures",
    "System": "Doctor",
}
ROUNDS = 5
TICKS = os.sysconf("SC_CLK_TCK")
#: From a click to the frame that shows the text, in milliseconds.
CLICK = """([title, text]) => new Promise((done, failed) => {
    const link = [...document.querySelectorAll('[data-testid=stTopNavLink]')].find(a => a.innerText.trim() === title);
    const main = document.querySelector('.stMain');
    const start = performance.now();
    const look = () => {
        if (main.textContent.includes(text)) done(performance.now() - start);
        else if (performance.now() - start > 60000) failed('nothing came');
        else requestAnimationFrame(look);
    };
    link.click();
    requestAnimationFrame(look);
})"""


@contextmanager
def served() -> Iterator[tuple[str, float, int]]:
    """The address of a workbench of its own, when its command was given, and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        command = [sys.executable, "-m", "ocr", "app", "--no-browser", "--port", str(port), "--root", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            for _ in range(1000):
                with socket.socket() as probe:
                    if not probe.connect_ex(("127.0.0.1", port)):
                        break
                time.sleep(0.01)
            yield f"http://localhost:{port}", began, process.pid
        finally:
            process.terminate()
            process.wait(20)


def spent(pid: int, without: int | None = None) -> float:
    """Seconds that a process and all below it have computed."""
    parents: dict[int, tuple[int, float]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            found = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(found[1]), (int(found[11]) + int(found[12])) / TICKS
    family, total = [pid], 0.0
    while family:
        one = family.pop()
        if one != without:
            total += parents.get(one, (0, 0.0))[1]
            family += [child for child, (parent, _) in parents.items() if parent == one]
    return total


def quiet(page: Page) -> None:
    """Wait until nothing is under way."""
    page.wait_for_timeout(600)
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for()


def switches(page: Page, server: int) -> None:
    """Time to the text of each page, the first time and later, and what it costs the processor."""
    print(f"{'page':10} {'first':>8} {'later':>8} {'server':>8} {'browser':>8}   later: medians of {ROUNDS}")
    times: dict[str, list[tuple[float, float, float]]] = {title: [] for title in PAGES}
    for _ in range(ROUNDS + 1):
        for title in [*list(PAGES)[1:], "Receipts"]:
            before = spent(server), spent(os.getpid(), server)
            wall = page.evaluate(CLICK, [title, PAGES[title]]) / 1000
            quiet(page)
            times[title].append((wall, spent(server) - before[0], spent(os.getpid(), server) - before[1]))
    for title, (first, *later) in times.items():
        wall, own, browser = (statistics.median(values) for values in zip(*later, strict=True))
        print(f"{title:10} {first[0]:6.2f} s {wall:6.3f} s {own:6.3f} s {browser:6.3f} s")


def main() -> None:
    """Print all figures."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with served() as (address, began, server):
            page = browser.new_context(viewport=SIZE).new_page()
            page.set_default_timeout(120_000)
            up = time.perf_counter() - began
            page.goto(address)
            page.get_by_role("heading", name="Receipts").wait_for()
            print(
                f"from the command to the server {up:.2f} s, to the first page {time.perf_counter() - began:.2f} s"
            )
            quiet(page)
            page.wait_for_timeout(3000)
            switches(page, server)
        browser.close()


if __name__ == "__main__":
    main()
