"""The review page in a real browser: what a person does with a pile of receipts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.server.conftest import Server, web
from tests.waiting import PATIENCE, free_port

EXAMPLES = ROOT / "examples"
PHOTO, SCAN, GERMAN = (EXAMPLES / f"{name}.jpg" for name in ("photo", "scan", "german"))
_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Headless Chromium of the system."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=_FLAGS, timeout=1000 * PATIENCE)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pile(start: Callable[..., Server]) -> Server:
    """A server with the shipped models."""
    return start(shipped=True)


@pytest.fixture
def visit(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens the page of a server in a browser of its own; errors in it fail the test."""
    faults: list[str] = []
    contexts = []

    def open_page(url: str) -> Any:
        context = chromium.new_context(viewport={"width": 1300, "height": 850}, accept_downloads=True)
        contexts.append(context)
        context.set_default_timeout(1000 * PATIENCE)
        opened = context.new_page()
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.goto(url)
        until(opened, "Boolean(window.ocrReady)")
        return opened

    yield open_page
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture
def page(visit: Callable[..., Any], pile: Server) -> Any:
    """A page on an empty pile."""
    for one in receipts(pile):
        web.delete(f"{pile.url}/v1/review/receipts/{one['id']}")
    return visit(pile.url)


def until(page: Any, condition: str, value: object = True) -> None:
    """Wait until an expression of the page has a value: what an action leads to is there some time after it.

    The policy of the page forbids what Playwright has for that.
    """
    end = time.monotonic() + PATIENCE
    while (found := page.evaluate(condition)) != value:
        assert time.monotonic() < end, (
            f"not {value!r} but {found!r} after {PATIENCE} s: {condition}\n{seen(page)}"
        )
        page.wait_for_timeout(50)


def until_count(page: Any, selector: str, count: int) -> None:
    """Wait until there are so many elements."""
    until(page, f"document.querySelectorAll({json.dumps(selector)}).length", count)


def until_value(page: Any, path: str, text: str) -> None:
    """Wait until a text stands in a field."""
    until(page, f"document.querySelector(\"input[data-path='{path}']\")?.value", text)


def until_text(page: Any, selector: str, part: str) -> None:
    """Wait until the first element of these holds a text."""
    until(
        page,
        f"(document.querySelector({json.dumps(selector)})?.textContent ?? '').includes({json.dumps(part)})",
    )


def receipts(pile: Server) -> list[dict[str, Any]]:
    """The pile as the server has it."""
    found: list[dict[str, Any]] = web.get(pile.url + "/v1/review/receipts").json()["receipts"]
    return found


def seen(page: Any) -> str:
    """What the page says: its message, the states of the receipts, and the fields of the open one."""
    shown = ("#status", "#strip", "#details")
    return "\n".join(f"{one}: {page.locator(one).inner_text()[:400]!r}" for one in shown)


def opened_with_fields(page: Any) -> None:
    """Wait until the fields of a receipt are there."""
    until(page, "document.querySelector('.field input[data-path=total]') !== null")


def add(page: Any, *files: Path | dict[str, Any]) -> None:
    """Choose files, and wait until each was read."""
    payloads = [
        {"name": file.name, "mimeType": "image/jpeg", "buffer": file.read_bytes()}
        if isinstance(file, Path)
        else file
        for file in files
    ]
    page.set_input_files("#file", payloads)
    states = ".state.doubtful, .state.checked, .state.failed"
    until(page, f"document.querySelectorAll('{states}').length >= {len(files)}")
    opened_with_fields(page)


def saved(page: Any) -> None:
    """Wait until the server has acknowledged every edit."""
    until(page, "!Object.keys(localStorage).some(key => key.startsWith('ocr.edits.'))")


def value(page: Any, path: str) -> str:
    """What stands in a field."""
    return str(page.input_value(f"input[data-path='{path}']"))


def test_files_become_receipts_and_a_bad_one_says_why(page: Any) -> None:
    add(page, GERMAN, {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    until_count(page, ".receipt", 2)
    until_text(page, ".note.failed", "no known picture")
    until_value(page, "total", "7.14")
    until(page, "document.querySelectorAll('#stage polygon').length > 10")
    until(page, "(document.querySelector('#stage img')?.getAttribute('src') ?? '').startsWith('blob:')")


def test_a_failed_file_gives_way_to_one_that_was_read(page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_input_files("#file", [{"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"}])
    page.wait_for_selector("#details .check.failed")
    asked.clear()
    page.wait_for_timeout(500)
    # A receipt without a document has been asked for once, not on and on.
    assert len([url for url in asked if "/receipts/" in url]) <= 1
    page.set_input_files("#file", [str(GERMAN)])
    opened_with_fields(page)
    page.locator(".receipt", has_text="notes.txt").click()
    page.wait_for_selector("#details .check.failed")
    # What a person chose stays.
    page.wait_for_timeout(300)
    until_count(page, ".field input", 0)


def test_typing_fast_and_a_reload_lose_no_letter(page: Any, pile: Server) -> None:
    add(page, SCAN)
    shop = page.locator("input[data-path='merchant.name']")
    shop.fill("")
    shop.press_sequentially("THE QUICK BROWN FOX & SONS", delay=1)
    page.locator("input[data-path='total']").fill("146,88")
    # At once, before anything can have been sent.
    page.reload()
    until_value(page, "total", "146.88")
    until_value(page, "merchant.name", "THE QUICK BROWN FOX & SONS")
    until_text(page, ".receipt .total", "146.88")
    until(page, "document.querySelector('.check').classList.contains('failed')")
    assert [one["total"] for one in receipts(pile)] == ["146.88"]


def test_doubtful_fields_are_gone_through_by_keyboard_alone(page: Any, pile: Server) -> None:
    add(page, SCAN, PHOTO)
    page.evaluate("document.activeElement.blur()")
    end = time.monotonic() + PATIENCE
    while page.locator(".state.doubtful").count() and time.monotonic() < end:
        page.keyboard.press("n" if page.evaluate("document.activeElement === document.body") else "Enter")
        page.wait_for_timeout(40)
    saved(page)
    until_count(page, ".state.doubtful", 0)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("k")
    page.keyboard.press("k")
    opened_with_fields(page)
    page.keyboard.press("r")
    until_count(page, ".state.reviewed", 1)
    saved(page)
    assert "reviewed" in [one["state"] for one in receipts(pile)]


def test_undo_and_redo(page: Any) -> None:
    add(page, SCAN)
    before = value(page, "total")
    page.locator("input[data-path='total']").fill("1.00")
    page.locator("input[data-path='total']").blur()
    count = page.locator("#items tbody tr").count()
    page.locator("#items .remove").first.click()
    until_count(page, "#items tbody tr", count - 1)
    page.keyboard.press("Control+z")
    until_count(page, "#items tbody tr", count)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    until_value(page, "total", before)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Shift+z")
    until_value(page, "total", "1.00")


def test_fields_and_lines_show_each_other(page: Any) -> None:
    add(page, SCAN)
    page.locator("input[data-path='total']").focus()
    key = page.locator("#stage polygon.on").first.get_attribute("data-line")
    page.evaluate("document.activeElement.blur()")
    # Its words are shown as well, and one under the pointer by itself.
    word = page.locator(f"#stage .word[data-line='{key}']").first
    word.wait_for()
    box = page.locator(f"#stage polygon.on[data-line='{key}']").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, "document.activeElement.dataset.path !== undefined")
    until_text(page, "#caption", "sure")
    word.hover()
    until_text(page, "#caption", "word, ")


def unfold_lines(page: Any) -> None:
    """Open the list of lines and wait until it is there."""
    page.locator("[data-part=lines] summary").click()
    until(page, "document.querySelectorAll('.line input').length > 0")


def test_what_is_unfolded_stays_so_when_the_form_is_drawn_anew(page: Any) -> None:
    add(page, SCAN)
    before = value(page, "total")
    # Each in one go: the page hears of what was unfolded only later.
    undo = (
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'z', ctrlKey: true, bubbles: true}))"
    )
    for part in ("lines", "changes", "more Sums"):
        page.fill("input[data-path='total']", "1.00")
        page.evaluate(f"document.querySelector(\"[data-part='{part}'] summary\").click(); {undo}")
        until_value(page, "total", before)
        until(page, f"document.querySelector(\"[data-part='{part}']\").open")
    until(page, "document.querySelectorAll('.line input').length > 10")
    until(page, "document.querySelectorAll('.history li').length > 0")
    page.locator("[data-part=lines] summary").click()
    until(page, "!document.querySelector('[data-part=lines]').open")
    unfold_lines(page)


def test_a_click_is_not_lost_when_somebody_else_changes_the_form(page: Any, pile: Server) -> None:
    add(page, SCAN)
    (receipt,) = receipts(pile)
    button = page.locator("[data-part=changes] summary")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    page.mouse.move(box["x"] + 9, box["y"] + box["height"] / 2)
    page.mouse.down()
    change = {"number": 1, "receipt": receipt["id"], "path": "items.nnew.amount", "value": "4.00"}
    edits = {"client": "somebody else", "edits": [change]}
    with page.expect_response(lambda answer: "/changes" in answer.url and "nnew" in answer.text()):
        web.post(pile.url + "/v1/review/edits", json=edits)
    page.wait_for_timeout(100)
    page.mouse.up()
    until_value(page, "items.nnew.amount", "4.00")
    until(page, "document.querySelector('[data-part=changes]').open")


def test_an_answer_that_comes_late_does_not_take_back_a_newer_one(page: Any) -> None:
    held: list[Any] = []

    def hold_first(route: Any) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/v1/review/receipts/*", hold_first)
    with page.expect_response(lambda answer: answer.request.method == "POST") as uploaded:
        page.set_input_files("#file", [str(GERMAN)])
    waiting = uploaded.value.json()
    assert waiting["state"] == "waiting"
    page.wait_for_selector(".state.doubtful, .state.checked")
    held[0].fulfill(json={**waiting, "document": None, "values": {}, "reading": None})
    opened_with_fields(page)
    page.wait_for_timeout(300)
    until_count(page, ".state.doubtful, .state.checked", 1)


def test_lines_are_edited_deleted_and_drawn(page: Any) -> None:
    add(page, SCAN)
    unfold_lines(page)
    count = page.locator(".line").count()
    page.locator(".line .remove[title='Delete this line']").first.click()
    until_count(page, ".line", count - 1)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("d")
    until(page, "document.getElementById('stage').classList.contains('drawing')")
    box = page.locator("#stage polygon").nth(3).bounding_box()
    page.mouse.move(box["x"] - 2, box["y"] - 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 2, box["y"] + box["height"] + 2, steps=4)
    page.mouse.up()
    until_count(page, ".line", count)
    until(page, "[...document.querySelectorAll('.line input')].at(-1).value.length > 3")


def test_two_people_see_each_other_and_keep_their_own(
    page: Any, pile: Server, visit: Callable[..., Any]
) -> None:
    add(page, SCAN)
    other = visit(pile.url)
    page.fill("input[data-path='merchant.name']", "MINE")
    other.fill("input[data-path='total']", "77.70")
    for one in (page, other):
        until_value(one, "merchant.name", "MINE")
        until_value(one, "total", "77.70")


def line_path(page: Any, text: str) -> str:
    """The path of the line that holds a text, once it is there."""
    found = f"[...document.querySelectorAll('.line input')].find(one => one.value.includes({text!r}))"
    until(page, f"{found} !== undefined")
    return str(page.evaluate(f"{found}.dataset.path"))


def test_fields_follow_corrected_lines(page: Any, pile: Server, visit: Callable[..., Any]) -> None:
    add(page, GERMAN)
    other = visit(pile.url)

    def both(path: str, text: str) -> None:
        for one in (page, other):
            until_value(one, path, text)

    unfold_lines(page)
    total, shop = line_path(page, "7,14"), line_path(page, "Hofladen")
    page.locator(f"input[data-path='{total}']").fill("7,99 EUR")
    both("total", "7.99")
    until(page, "document.querySelector('.check').classList.contains('failed')")
    # What somebody gave by hand stays, whoever corrects the line.
    other.locator("input[data-path='merchant.name']").fill("MINE")
    both("merchant.name", "MINE")
    page.locator(f"input[data-path='{shop}']").fill("NEUER LADEN GMBH")
    page.locator(f"input[data-path='{line_path(page, '17.05.2025')}']").fill("18.05.2025 04:40 PM")
    both("date", "2025-05-18")
    both("merchant.name", "MINE")
    # An item goes and comes back while its line is typed, and takes no letter away.
    count = page.locator("#items tbody tr").count()
    amount = page.locator(f"input[data-path='{line_path(page, '3,90')}']")
    amount.fill("")
    until_count(page, "#items tbody tr", count - 1)
    page.keyboard.type("3,80", delay=100)
    until_count(page, "#items tbody tr", count)
    both("items.1.amount", "3.80")
    until(page, "document.activeElement.value", "3,80")
    # The first steps back are those of the item, the date and the shop.
    end = time.monotonic() + PATIENCE
    while value(page, total) != "7,14 EUR" and time.monotonic() < end:
        page.keyboard.press("Control+z")
        page.wait_for_timeout(20)
    both("total", "7.14")
    both("date", "2025-05-17")
    until(page, "document.querySelector('.check').classList.contains('passed')")
    both("merchant.name", "MINE")


def test_a_server_that_is_away_loses_no_edit(page: Any, start: Callable[..., Server], tmp_path: Path) -> None:
    port = str(free_port())
    first = start("--port", port, shipped=True, folder=tmp_path)
    page.goto(first.url)
    add(page, SCAN)
    workers = first.workers()
    first.process.kill()
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    page.locator("input[data-path='total']").fill("3.21")
    until_text(page, "#status", "does not answer")
    again = start("--port", port, shipped=True, folder=tmp_path)
    until(page, "/saved|Connected/.test(document.getElementById('status').textContent)")
    until_text(page, ".receipt .total", "3.21")
    assert [one["total"] for one in receipts(again)] == ["3.21"]


def test_hostile_names_and_texts_are_only_text(page: Any, pile: Server) -> None:
    name = "<img src=x onerror=alert(1)>.jpg"
    add(page, {"name": name, "mimeType": "image/jpeg", "buffer": SCAN.read_bytes()})
    page.locator("input[data-path='merchant.name']").fill("<script>document.title='x'</script>")
    saved(page)
    until_text(page, ".receipt .shop", "<script>")
    assert page.locator(".receipt img[src=x]").count() == 0
    assert page.title() == "Receipts"


def test_search_totals_duplicates_and_export(page: Any) -> None:
    add(page, SCAN, {"name": "copy.jpg", "mimeType": "image/jpeg", "buffer": SCAN.read_bytes()}, GERMAN)
    until(
        page,
        "[...document.querySelectorAll('.note')].filter(one => one.textContent.includes('same as')).length",
        1,
    )
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    page.keyboard.type("kuih lapis")
    until_count(page, "#receipts li:not([hidden])", 2)
    page.fill("#search", "")
    page.click("#totals")
    until_text(page, "#dialog", "293.74")
    page.keyboard.press("Escape")
    page.click("#export")
    with page.expect_download() as download:
        page.click("[data-format=xlsx]")
    assert Path(download.value.path()).read_bytes().startswith(b"PK")


def test_a_phone_shows_the_list_then_the_receipt(pile: Server, page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.set_input_files("#file", [str(SCAN)])
    page.wait_for_selector(".state.doubtful, .state.checked")
    page.locator(".receipt").first.click()
    opened_with_fields(page)
    until(page, "document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("#stage").wait_for()
    page.click("#back")
    page.locator("#strip").wait_for()
    page.locator("#details").wait_for(state="hidden")
