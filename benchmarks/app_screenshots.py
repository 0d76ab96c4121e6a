"""The pictures of docs/app.md, from a workbench that runs and the example receipts.

ocr app --no-browser --root . &
python benchmarks/app_screenshots.py http://localhost:8501 docs/images
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

SIZE: Any = {"width": 1366, "height": 768}


def main(address: str, folder: Path) -> None:
    """Do the main task of each page and keep what it looks like."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_context(viewport=SIZE, color_scheme=scheme).new_page()  # type: ignore[arg-type]
            page.set_default_timeout(60_000)
            page.goto(address)
            go(page, "Prepare", "Prepare pages")
            page.get_by_role("button", name="Prepare scan").click()
            settle(page)
            others(page, folder, "" if scheme == "light" else "-dark")
        browser.close()


def others(page: Page, folder: Path, end: str) -> None:
    """The pages, with an example taken in."""
    for stage in ("Shadow", "Contrast"):
        page.get_by_text(stage, exact=True).first.click()
        settle(page)
    page.get_by_text("After:").wait_for()
    keep(page, folder / f"app-prepare{end}.jpg")
    go(page, "Compare", "Compare")
    page.get_by_role("tab", name="Setup B").click()
    page.get_by_role("slider", name="Probability threshold").last.press("PageUp")
    settle(page)
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_text("lines are the same").wait_for()
    keep(page, folder / f"app-compare{end}.jpg")
    go(page, "Evaluate", "Evaluate")
    page.get_by_role("button", name="Evaluate", exact=True).click()
    page.get_by_text("pictures of examples").wait_for()
    settle(page)
    # Figures, table and picture together are higher than a laptop's screen.
    page.set_viewport_size({"width": SIZE["width"], "height": 1130})
    settle(page)
    page.locator(".viewer tbody tr").first.hover()
    keep(page, folder / f"app-evaluate{end}.jpg")
    page.set_viewport_size(SIZE)
    for title, heading in (("Train", "Train"), ("Models", "Models"), ("System", "System")):
        if page.get_by_role("link", name=title, exact=True).count():
            go(page, title, heading)
            keep(page, folder / f"app-{title.lower()}{end}.jpg")


def go(page: Page, title: str, heading: str) -> None:
    """Open a page."""
    page.get_by_role("link", name=title, exact=True).click()
    page.get_by_role("heading", name=heading, exact=True).wait_for()
    settle(page)


def settle(page: Page) -> None:
    """Wait until the page has been drawn."""
    page.wait_for_timeout(800)
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for()


def keep(page: Page, path: Path) -> None:
    """Write what the page looks like."""
    settle(page)
    page.wait_for_timeout(1500)
    page.screenshot(path=path, type="jpeg", quality=72)
    print(path)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
