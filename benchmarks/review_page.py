"""The review page with a large pile in a browser: first page, next receipt, key to screen; accessibility; a long strip.

    python benchmarks/review_page.py RECEIPT… [--receipts 1000] [--axe axe.min.js] [--pictures FOLDER] [--json FILE]

Reads the given receipts once, makes a pile of copies of them, and serves it on the loopback address with the page as it
is shipped. Milliseconds are those of the browser: from the key to the frame that shows its effect. `--axe` is the file
of axe-core (`npm pack axe-core`), which is run in light and dark on a desktop and a phone. `--pictures` keeps what was
seen. `--only` takes parts of it.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from served import Served

import ocr
from ocr.server.review_store import ReviewStore

STATIC = Path(ocr.__file__).parent / "server" / "static"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
DESKTOP: Any = {"width": 1440, "height": 900}
PHONE: Any = {"width": 390, "height": 844}
STRIP = 11_000
PARTS = ("speed", "seen", "strip", "axe")
#: Registers what the browser itself measures, before the page begins.
OBSERVE = """
window.seen = { shift: 0, blocked: 0, largest: 0, keys: [] };
const watch = (type, note, more = {}) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...more });
watch("layout-shift", (one) => { if (!one.hadRecentInput) window.seen.shift += one.value; });
watch("longtask", (one) => { window.seen.blocked += Math.max(0, one.duration - 50); });
watch("largest-contentful-paint", (one) => { window.seen.largest = one.startTime; });
const key = (one) => { if (one.name === "keydown") window.seen.keys.push(one.duration); };
watch("event", key, { durationThreshold: 16 });
"""
#: From the key j to the frame that shows the next receipt: its fields, lines and picture.
NEXT = """() => new Promise((done) => {
  const before = location.hash, start = performance.now();
  dispatchEvent(new KeyboardEvent("keydown", { key: "j" }));
  const look = () => {
    const images = [...document.querySelectorAll("#stage img")];
    const read = document.querySelector("input[data-path=total]") && document.querySelector("#stage polygon");
    const there = location.hash !== before && read
      && images.length && images.every((image) => image.complete && image.naturalWidth);
    const late = performance.now() - start > 30000;
    if (there || late) requestAnimationFrame(() => done(performance.now() - start));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""
#: From a letter in a field to the frame after it.
TYPE = """(path) => new Promise((done) => {
  const input = path ? document.querySelector(`input[data-path="${path}"]`) : document.getElementById("search");
  const start = performance.now();
  input.value += "a";
  input.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => {
    // The task after the frame.
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now() - start);
    channel.port2.postMessage(0);
  });
})"""


def pile(folder: Path, receipts: Sequence[Path], count: int) -> None:
    """A pile of copies of receipts that were read once; the pictures differ by a byte after their end."""
    store, reader = ReviewStore(folder), ocr.Reader(threads=1)
    read = [(path.name, path.read_bytes(), reader.read(path).to_json()) for path in receipts]
    for number in range(count):
        name, data, document = read[number % len(read)]
        store.add(f"{number:04d} {name}", data + b" " * (number // len(read)))
        claimed = store.claim("benchmark")
        assert claimed is not None
        store.finish(claimed[0].id, "benchmark", document, None)


def opened(browser: Browser, url: str, size: Any = DESKTOP, **more: Any) -> Page:
    """The page once the pile is there."""
    page = browser.new_context(viewport=size, **more).new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(OBSERVE)
    page.goto(url)
    until(page, "Boolean(window.ocrReady)")
    return page


def until(page: Page, condition: str) -> None:
    """Wait for an expression; the policy of the page forbids what Playwright has for that."""
    end = time.monotonic() + 120
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(20)


def speed(browser: Browser, url: str) -> dict[str, float]:
    """Milliseconds of the first page, of the next receipt, and from a letter to the screen."""
    # The first list of a server that has just begun makes the summaries; a person waits for that once.
    begun = time.perf_counter()
    httpx.get(f"{url}/v1/review/receipts", timeout=600)
    summed = 1000 * (time.perf_counter() - begun)
    page = opened(browser, url)
    ready = float(page.evaluate("window.ocrReady"))
    until(
        page,
        "[...document.querySelectorAll('#stage img')].some((image) => image.complete && image.naturalWidth)",
    )
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
    seen = page.evaluate("window.seen")
    page.wait_for_timeout(1500)
    following = []
    for _ in range(20):
        following.append(float(page.evaluate(NEXT)))
        page.wait_for_timeout(400)
    letters = [float(page.evaluate(TYPE, "merchant.name")) for _ in range(20)]
    page.locator("input[data-path='merchant.name']").press_sequentially("the quick brown fox", delay=60)
    page.wait_for_timeout(300)
    keys = page.evaluate("window.seen.keys")
    searched = [float(page.evaluate(TYPE, "")) for _ in range(8)]
    nodes = page.evaluate("document.querySelectorAll('*').length")
    heap = page.evaluate("performance.memory?.usedJSHeapSize ?? 0")
    page.context.close()
    return {
        "first list of a new pile, server ms": summed,
        "first contentful paint ms": painted,
        "list and first receipt ms": ready,
        "largest contentful paint ms": seen["largest"],
        "total blocking time ms": seen["blocked"],
        "cumulative layout shift": seen["shift"],
        "next receipt with picture, median ms": statistics.median(following),
        "next receipt with picture, worst ms": max(following),
        "letter in a field to frame, median ms": statistics.median(letters),
        "letter in a field to frame, worst ms": max(letters),
        "key to screen by event timing, worst ms": max(keys, default=0.0),
        "letter in the search to frame, median ms": statistics.median(searched),
        "elements of the page": nodes,
        "JavaScript heap MB": heap / 2**20,
    }


def accessibility(browser: Browser, url: str, axe: str) -> dict[str, int]:
    """Serious and critical findings of axe, by colours and size, on the list, a receipt, and the dialogs."""
    found: dict[str, int] = {}
    for scheme in ("light", "dark"):
        for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
            page = opened(browser, url, size, color_scheme=scheme, bypass_csp=True)
            page.evaluate(axe)
            serious: list[str] = []
            views = [None, "receipt", "#totals", "#export", "#help"]
            for view in views:
                if view == "receipt":
                    page.locator(".receipt").nth(1).click()
                    until(page, "document.querySelector('input[data-path=total]') !== null")
                    page.evaluate(
                        "document.querySelectorAll('#details details').forEach((one) => { one.open = true; })"
                    )
                elif view:
                    page.click(view)
                page.wait_for_timeout(400)
                result = page.evaluate("axe.run()")
                serious += [
                    f"{view or 'list'}: {one['id']}: {node['target']}"
                    for one in result["violations"]
                    if one["impact"] in ("serious", "critical")
                    for node in one["nodes"][:3]
                ]
                if view and view.startswith("#"):
                    page.keyboard.press("Escape")
            for line in serious:
                print(f"  {scheme} {name} {line}", file=sys.stderr)
            found[f"axe, {scheme}, {name}"] = len(serious)
            page.context.close()
    return found


def strip(browser: Browser, url: str, receipt: Path, pictures: Path | None) -> dict[str, float]:
    """A receipt of 11,000 pixels: how it is shown, and whether its pixels reach the screen."""
    with Image.open(receipt) as one:
        part = one.convert("RGB")
    tall = Image.new("RGB", (part.width, STRIP), "white")
    for top in range(0, STRIP, part.height):
        tall.paste(part, (0, top))
    file = io.BytesIO()
    tall.save(file, "JPEG", quality=90)
    kept = httpx.post(
        f"{url}/v1/review/receipts", files={"file": ("strip.jpg", file.getvalue())}, timeout=60
    ).json()["id"]
    page = opened(browser, f"{url}/#{kept}")
    until(page, "document.querySelector('#stage img')?.naturalHeight > 0")
    page.wait_for_timeout(500)
    height = page.evaluate("document.querySelector('#stage img').naturalHeight")
    width = page.evaluate("document.querySelector('#stage img').getBoundingClientRect().width")
    if pictures is not None:
        page.screenshot(path=pictures / "strip.png")
    page.context.close()
    return {"strip: height of its picture, px": height, "strip: width on the screen, px": width}


def seen(browser: Browser, url: str, folder: Path) -> None:
    """Pictures of the page, to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
            page = opened(browser, url, size, color_scheme=scheme)
            page.wait_for_timeout(1200)
            if name == "phone":
                page.screenshot(path=folder / f"list-{scheme}.png")
                page.locator(".receipt").nth(1).click()
            until(page, "document.querySelector('#stage img')?.naturalHeight > 0")
            page.wait_for_timeout(400)
            page.screenshot(path=folder / f"{name}-{scheme}.png")
            page.context.close()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("receipt", type=Path, nargs="+")
    parser.add_argument("--receipts", type=int, default=1000, help="receipts in the pile")
    parser.add_argument("--axe", type=Path, help="axe.min.js of axe-core")
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    files = [path.read_bytes() for path in sorted(STATIC.iterdir())]
    figures: dict[str, float] = {
        "files of the page, compressed kB": sum(len(gzip.compress(one)) for one in files) / 1000
    }
    with tempfile.TemporaryDirectory() as name, sync_playwright() as started:
        folder = Path(name)
        pile(folder, given.receipt, given.receipts)
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        with Served(folder=name) as server:
            url = server.url
            if "speed" in given.only:
                figures |= speed(browser, url)
            if given.pictures is not None and "seen" in given.only:
                seen(browser, url, given.pictures)
            if "strip" in given.only:
                figures |= strip(browser, url, given.receipt[0], given.pictures)
            if given.axe is not None and "axe" in given.only:
                figures |= accessibility(browser, url, given.axe.read_text("utf-8"))
        browser.close()
    for what, value in figures.items():
        print(f"{what:<42} {value:10.1f}")
    if given.json is not None:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
