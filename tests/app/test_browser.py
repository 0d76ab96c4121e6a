"""Each page's main task in a real browser, against the workbench as the command serves it."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.training import process
from ocr.training.runs import Run
from tests.app.conftest import Served
from tests.conftest import ROOT
from tests.pictures import encoded
from tests.training.runs import overrides, write_pages

SCAN = ROOT / "examples" / "scan.jpg"


def _upload(page: Any, *files: Any) -> None:
    page.locator("input[type=file]").first.set_input_files(list(files))


def _lines(page: Any) -> Any:
    page.locator("polygon").first.wait_for()
    return page.locator("polygon")


def _settled(page: Any) -> None:
    # What was done last is on its way to the server first.
    page.wait_for_timeout(300)
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for()


def _click(page: Any, label: str) -> None:
    """Click a button where it stays: a page that is being drawn moves what is below a new message."""
    _settled(page)
    page.get_by_role("button", name=label, exact=True).click()


def _download(page: Any, label: str) -> tuple[str, str]:
    """The name and content of what a button gives."""
    _settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label, exact=True).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_text("utf-8")


def test_read_a_receipt_correct_it_and_take_it_along(visit: Callable[..., Any]) -> None:
    page = visit()
    _upload(page, SCAN)
    count = _lines(page).count()
    assert count > 20
    page.get_by_role("tab", name="Lines").click()
    # A line in the table is the same line in the picture, and the other way round.
    page.locator("tbody tr").nth(3).hover()
    assert page.locator("polygon.warm").get_attribute("data-row") == "3"
    page.locator("polygon").nth(1).dispatch_event("pointerenter")
    assert page.locator("tr.warm td.number").inner_text() == "2"
    # A threshold that moves changes the lines.
    slider = page.get_by_role("slider", name="Least confidence")
    slider.press("End")
    page.wait_for_function(f"document.querySelector('.stMarkdown').innerText.indexOf('{count} lines') < 0")
    slider.press("Home")
    page.get_by_text(f"{count} lines").wait_for()
    _settled(page)
    # A text corrected by hand is in the file.
    field = page.get_by_role("textbox", name="Text of line 1", exact=True)
    field.fill("<script>alert(1)</script> **bold**")
    field.press("Enter")
    page.get_by_text("1 corrected by hand").wait_for()
    name, content = _download(page, "JSON")
    found = json.loads(content)
    assert found["schema"] == "ocr.document/2"
    assert len(found["pages"][0]["lines"]) == count
    assert found["pages"][0]["lines"][0]["text"] == "<script>alert(1)</script> **bold**"
    assert name == "scan.json"


def test_fields_show_their_lines_and_follow_a_corrected_text(visit: Callable[..., Any]) -> None:
    page = visit()
    _upload(page, SCAN)
    _lines(page)
    texts = _texts_of_lines(page)
    page.get_by_role("tab", name="Receipt").click()
    # The total with its currency, a sign and the sentence of its check; its line is marked in the picture.
    total = page.locator(".field.total")
    total.hover()
    assert total.locator(".text").inner_text() == "MYR 146.87"
    assert total.get_by_role("img", name="adds up").inner_text() == "✓"
    assert "The items come to 146.87" in page.locator(".detail .check.passed").inner_text()
    marked = [
        int(k) for k in page.locator("polygon.warm").evaluate_all("all => all.map(one => one.dataset.row)")
    ]
    assert marked
    assert all("146.87" in texts[k] for k in marked)
    # Another day that the print allows is named.
    date = page.locator(".field.doubtful", has_text="2018-04-03")
    assert "or 2018-03-04" in date.inner_text()
    # A row of the items marks name and amount; a line in the picture marks its row.
    page.locator(".items tbody tr").first.hover()
    assert page.locator("polygon.warm").count() >= 2
    page.locator("polygon").nth(texts.index("MINERAL")).dispatch_event("pointerenter")
    assert "MINERAL" in page.locator("tr.entry.warm").inner_text()
    # By keys: the next field shows its lines as well.
    page.mouse.move(5, 5)
    page.locator(".field").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.locator(".entry.warm .label").inner_text() == "Address"
    # An amount that is corrected is in the fields, and the sum no longer adds up.
    page.get_by_role("tab", name="Lines").click()
    amount = page.get_by_role("textbox", name=f"Text of line {texts.index('100.80*') + 1}", exact=True)
    amount.fill("500.80*")
    amount.press("Enter")
    page.get_by_text("1 corrected by hand").wait_for()
    _settled(page)
    page.get_by_role("tab", name="Receipt").click()
    page.locator(".items", has_text="500.80").wait_for()
    assert "The items come to" not in page.locator(".receipt").inner_text()


def test_a_sum_that_fails_is_marked_by_colour_sign_and_sentence(visit: Callable[..., Any]) -> None:
    page = visit()
    _upload(page, SCAN.with_name("photo.jpg"))
    _lines(page)
    total = page.locator(".field.total.failed")
    assert total.get_by_role("img", name="does not add up").inner_text() == "✗"
    assert "The items come to" in page.locator(".receipt .check.failed").first.inner_text()
    red, _, _ = _colour(total.locator(".text"), "color")
    assert red > 1.5 * _colour(total.locator(".text"), "color")[1]


def _colour(element: Any, name: str) -> tuple[int, int, int]:
    """The red, green and blue of a property of an element as the browser computes it."""
    told = element.evaluate("(one, name) => getComputedStyle(one)[name]", name)
    red, green, blue = (int(float(part)) for part in re.findall(r"[\d.]+", told)[:3])
    return red, green, blue


def test_a_name_on_a_receipt_is_text(visit: Callable[..., Any]) -> None:
    canvas = Image.new("RGB", (640, 360), "white")
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(28)
    rows = ("<img src=x onerror=alert(1)>", "12.03.2024 10:20", "**bold** tea", "TOTAL")
    for k, (left, right) in enumerate(zip(rows, ("", "", "3.50", "3.50"), strict=True)):
        draw.text((30, 30 + 70 * k), left, "black", font=font)
        draw.text((520, 30 + 70 * k), right, "black", font=font)
    page = visit()
    _upload(page, {"name": "name.png", "mimeType": "image/png", "buffer": encoded(canvas, "PNG")})
    _lines(page)
    assert page.locator(".field.total .text").inner_text() == "3.50"
    assert page.locator(".receipt img, .receipt strong, .receipt a").count() == 0


def _texts_of_lines(page: Any) -> list[str]:
    page.get_by_role("tab", name="Lines").click()
    found: list[str] = page.locator("tbody input").evaluate_all("fields => fields.map(field => field.value)")
    return found


def test_a_hostile_file_harms_nobody(visit: Callable[..., Any]) -> None:
    canvas = Image.new("RGB", (640, 300), "white")
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(28)
    for k, line in enumerate(
        ("<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "=1+1", "[a](http://b)")
    ):
        draw.text((30, 30 + 60 * k), line, "black", font=font)
    name = "<img src=x onerror=alert(3)> [x](javascript:alert(4)) =cmd.png"
    page = visit()
    _upload(page, {"name": name, "mimeType": "image/png", "buffer": encoded(canvas, "PNG")})
    _lines(page)
    _upload(page, {"name": "'**bold**.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(5)>"})
    page.get_by_text("unsupported_media_type").wait_for()
    assert page.locator("img[src=x]").count() == 0
    assert page.locator(".stMain strong:has-text('bold')").count() == 0
    page.get_by_role("button", name="Remove", exact=True).click()
    _lines(page)
    page.get_by_role("tab", name="Lines").click()
    texts = page.locator("tbody input").evaluate_all("fields => fields.map(field => field.value)")
    assert any("script" in text for text in texts)
    name, content = _download(page, "CSV of items")
    assert not set(name) & set("/<>")
    assert not [row for row in content.splitlines() if row.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    ("label", "suffix", "start"),
    [
        ("CSV of items", ".csv", b""),
        ("CSV of receipts", ".receipts.csv", b""),
        ("XLSX", ".xlsx", b"PK"),
        ("Searchable PDF", ".pdf", b"%PDF-"),
        ("HTML page", ".html", b"<!DOCTYPE html>"),
    ],
)
def test_a_receipt_is_taken_along_in_other_formats(
    visit: Callable[..., Any], label: str, suffix: str, start: bytes
) -> None:
    page = visit()
    _upload(page, SCAN)
    _lines(page)
    _settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label, exact=True).click()
    assert waiting.value.suggested_filename.endswith(suffix)
    assert Path(waiting.value.path()).read_bytes().startswith(start)


def test_ten_people_at_once_see_their_own_pictures(visit: Callable[..., Any]) -> None:
    first = visit()
    names = ("scan", "matrix")
    counts: dict[str, set[int]] = {name: set() for name in names}
    # A tab is a session of its own.
    pages = [first, *(first.context.new_page() for _ in range(9))]
    for page in pages[1:]:
        page.goto(first.url)
    for number, page in enumerate(pages):
        page.get_by_role("button", name=f"Read {names[number % 2]}").click()
    for number, page in enumerate(pages):
        counts[names[number % 2]].add(_lines(page).count())
    assert all(len(found) == 1 for found in counts.values())
    assert counts["scan"] != counts["matrix"]


def test_dark_and_light_are_both_of_our_own(visit: Callable[..., Any]) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        page = visit(color_scheme=scheme)
        page.get_by_role("heading", name="Read receipts").wait_for()
        colours[scheme] = page.locator(".stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    assert colours == {"light": "rgb(251, 250, 247)", "dark": "rgb(21, 24, 27)"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_text_of_buttons_stands_out(visit: Callable[..., Any], scheme: str) -> None:
    page = visit("Evaluate", color_scheme=scheme)
    for name in ("Evaluate", "Evaluate the examples"):
        button = page.get_by_role("button", name=name, exact=True)
        text, ground = (
            _luminance(_colour(button.locator("p"), "color")),
            _luminance(_colour(button, "backgroundColor")),
        )
        contrast = (max(text, ground) + 0.05) / (min(text, ground) + 0.05)
        assert contrast >= 4.5, f"{name}: {contrast:.1f}"


def _luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance in [0, 1] (WCAG 2.2)."""
    shares = [part / 255 for part in colour]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_prepare_a_page_and_save_the_preset(visit: Callable[..., Any]) -> None:
    from ocr.prepare import Pipeline, settings

    page = visit("Prepare")
    _upload(page, SCAN)
    page.get_by_text("Contrast", exact=True).click()
    page.get_by_text("After:").wait_for()
    page.locator(".viewer img.page").nth(1).wait_for()
    name, content = _download(page, "Save preset")
    assert settings.loads(content, name) == Pipeline.of("contrast")
    # The picture and the stages are still there after a look at another page.
    page.get_by_role("link", name="Read").click()
    _lines(page)
    page.get_by_role("link", name="Prepare").click()
    page.get_by_text("After:").wait_for()


def test_the_system_page_examines_itself(visit: Callable[..., Any]) -> None:
    page = visit("System")
    page.get_by_text("Everything that was looked at works.").wait_for()


def test_only_this_machine_is_served(served: Served) -> None:
    import http.client

    from ocr.app.settings import LOOPBACK

    host, _, port = served.url.removeprefix("http://").partition(":")
    assert host in LOOPBACK
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    connection.request("GET", "/", headers={"Host": host})
    assert connection.getresponse().status == 200
    assert pytest.importorskip("socket").gethostbyname(host) == "127.0.0.1"


def test_compare_two_setups(visit: Callable[..., Any]) -> None:
    page = visit("Compare")
    _upload(page, SCAN)
    page.get_by_role("button", name="Compare", exact=True).wait_for()
    _settled(page)
    page.get_by_role("tab", name="Setup B").click()
    _settled(page)
    slider = page.get_by_role("slider", name="Least confidence").last
    slider.press("End")
    _click(page, "Compare")
    page.get_by_text("0 lines are the same").wait_for()
    page.locator("polygon.first").first.wait_for()
    name, content = _download(page, "Table as CSV")
    assert name == "compare.csv"
    assert [row.split(",")[0] for row in content.splitlines()] == ["setup", "A", "B"]


def test_evaluate_a_tiny_dataset(visit: Callable[..., Any], served: Served) -> None:
    for end in ("jpg", "json"):
        shutil.copy(SCAN.with_suffix(f".{end}"), served.root / f"tiny.{end}")
    annotation = served.root / "tiny.json"
    annotation.write_text(annotation.read_text("utf-8").replace("scan.jpg", "tiny.jpg"), "utf-8")
    page = visit("Evaluate")
    path = page.get_by_role("textbox", name="Dataset or saved figures")
    path.fill("tiny.json")
    path.press("Enter")
    _click(page, "Evaluate")
    page.get_by_text("1 pictures of tiny.json").wait_for()
    # Truth and prediction of lines that were not read rightly, each with the step that lost it.
    _settled(page)
    page.get_by_text("All lines", exact=True).click()
    page.locator("polygon.truth").first.wait_for()
    assert page.locator("polygon.first").count() > 20
    name, content = _download(page, "Save figures")
    found = json.loads(content)
    assert name == "tiny.json.json"
    assert found["schema"] == "ocr.metrics.evaluation/1"
    # The saved figures come back as a second result.
    _upload_named(page, "kept.json", content)
    page.locator("[data-testid=stMetricDelta]").first.wait_for()
    page.get_by_text("Lost lines", exact=True).click()
    page.get_by_text("lines were not found or not read rightly").wait_for()


def _upload_named(page: Any, name: str, content: str) -> None:
    _upload(page, {"name": name, "mimeType": "application/json", "buffer": content.encode()})


def test_start_stop_and_take_up_a_tiny_training(visit: Callable[..., Any], served: Served) -> None:
    pytest.importorskip("lightning", reason="the extra [train] is not installed")
    write_pages(served.root / "data")
    folder = served.root / "runs" / "detection-1"
    tiny = overrides("detection", served.root / "data", folder)
    own = [one for one in tiny if not one.startswith(("output=", "steps=", "data.train.sources"))]
    page = visit("Train")
    page.get_by_role("textbox", name="real data path").fill("data")
    steps = page.get_by_role("spinbutton", name="Steps", exact=True)
    steps.fill("100000")
    steps.press("Enter")
    page.locator("code", has_text="steps=100000").wait_for()
    _settled(page)
    page.get_by_text("More", exact=True).click()
    others = page.get_by_role("textbox", name="Other overrides")
    others.fill(" ".join(own))
    others.press("Control+Enter")
    page.locator("code", has_text="encoder.stem=4").wait_for()
    _click(page, "Start")
    try:
        # PyTorch alone takes its time on a busy machine.
        page.wait_for_function("document.body.innerText.match(/Running · step \\d+/)", timeout=120_000)
        _click(page, "Stop")
        page.get_by_text("Stopped", exact=True).wait_for()
        stopped = _steps(page)
        # It goes on where it stopped: its steps are counted from there.
        _click(page, "Go on")
        page.wait_for_function(
            f"(document.body.innerText.match(/Running · step (\\d+)/) ?? [])[1] > {stopped}",
            timeout=120_000,
        )
        _click(page, "Stop")
        page.get_by_text("Stopped", exact=True).wait_for()
    finally:
        process.stop(folder)
        process.stop(folder)
    assert Run(folder).figures()
    first, second = (folder / "logs" / f"version_{k}" / "metrics.csv" for k in range(2))
    assert min(_logged(second)) >= max(_logged(first)) - 1


def _logged(table: Path) -> list[int]:
    with table.open(newline="") as file:
        return [int(row["step"]) for row in csv.DictReader(file)]


def _steps(page: Any) -> int:
    found = page.get_by_text("Stopped · step").inner_text()
    return int(found.rpartition(" ")[2])


# The last one: the pages before it are read with the shipped models.
def test_promote_and_roll_back(visit: Callable[..., Any], served: Served, models: tuple[Path, Path]) -> None:
    from ocr.engine import catalogue_changes as changes
    from ocr.engine.catalogue import Catalogue
    from ocr.pipeline.smoke_test import smoke_test

    catalogue = Catalogue(served.home / "models")
    changes.add(catalogue, models[0], "bars", check=smoke_test)
    page = visit("Models")
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name="bars").click()
    _click(page, "Promote bars")
    _click(page, "Yes, promote bars")
    page.get_by_text("promoted bars, default for detection").wait_for()
    assert catalogue.default("detection").name == "bars"
    _click(page, "Roll back to shipped-detection")
    _click(page, "Yes, roll back to shipped-detection")
    page.get_by_text("rolled back to shipped-detection").wait_for()
    assert catalogue.default("detection").name == "shipped-detection"
