"""Each page's main task in a real browser, against the workbench as the command serves it."""

from __future__ import annotations

import csv
import json
import re
import shutil
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocr.training import process
from ocr.training.runs import Run
from tests.app.conftest import Served, answers
from tests.app.traffic import acting, settled
from tests.conftest import ROOT
from tests.training.runs import overrides, write_pages
from tests.waiting import PATIENCE, until

SCAN = ROOT / "examples" / "scan.jpg"


def _upload(page: Any, file: Any) -> None:
    with acting(page):
        page.locator("input[type=file]").first.set_input_files([file])


def _click(page: Any, label: str) -> None:
    """Click a button where it stays: a page that is being drawn moves what is below a new message."""
    with acting(page):
        page.get_by_role("button", name=label, exact=True).click()


def _choose(page: Any, text: str) -> None:
    """Choose one of several by its text."""
    with acting(page):
        page.get_by_text(text, exact=True).click()


def _fill(field: Any, text: str, key: str = "Enter") -> None:
    """Fill in a field; the key ends it."""
    with acting(field.page):
        field.fill(text)
        field.press(key)


def _download(page: Any, label: str) -> tuple[str, str]:
    """The name and content of what a button gives."""
    settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label, exact=True).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_text("utf-8")


def test_receipts_lead_to_the_review_page(visit: Callable[..., Any]) -> None:
    page = visit()
    page.get_by_text("ocr review FOLDER").wait_for()
    _click(page, "Start the review page")
    link = page.get_by_role("link", name="Open the review page")
    link.wait_for()
    address = str(link.get_attribute("href"))
    until(lambda: answers(f"{address}/ready"), pause=0.2)
    assert b"<title>Receipts</title>" in urllib.request.urlopen(address, timeout=PATIENCE).read()


def _colour(element: Any, name: str) -> tuple[int, int, int]:
    """The red, green and blue of a property of an element as the browser computes it."""
    told = element.evaluate("(one, name) => getComputedStyle(one)[name]", name)
    red, green, blue = (int(float(part)) for part in re.findall(r"[\d.]+", told)[:3])
    return red, green, blue


def test_a_hostile_file_harms_nobody(visit: Callable[..., Any]) -> None:
    name = "<img src=x onerror=alert(3)> [x](javascript:alert(4)) =cmd.png"
    page = visit("Prepare")
    _upload(page, {"name": name, "mimeType": "image/png", "buffer": SCAN.read_bytes()})
    page.locator(".viewer img.page").first.wait_for()
    _upload(page, {"name": "'**bold**.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(5)>"})
    page.locator("[data-testid=stAlert]", has_text="bold").wait_for()
    assert page.locator("img[src=x]").count() == 0
    assert page.locator(".stMain strong:has-text('bold')").count() == 0
    _click(page, "Remove")
    page.locator(".viewer img.page").first.wait_for()


def test_dark_and_light_are_both_of_our_own(visit: Callable[..., Any]) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        page = visit(color_scheme=scheme)
        page.get_by_role("heading", name="Receipts").wait_for()
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
    _choose(page, "Contrast")
    page.get_by_text("After:").wait_for()
    page.locator(".viewer img.page").nth(1).wait_for()
    name, content = _download(page, "Save preset")
    assert settings.loads(content, name) == Pipeline.of("contrast")
    # The picture and the stages are still there after a look at another page.
    with acting(page):
        page.get_by_role("link", name="Receipts").click()
    page.get_by_text("ocr review FOLDER").wait_for()
    with acting(page):
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
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=PATIENCE)
    connection.request("GET", "/", headers={"Host": host})
    assert connection.getresponse().status == 200
    assert pytest.importorskip("socket").gethostbyname(host) == "127.0.0.1"


def test_compare_two_setups(visit: Callable[..., Any]) -> None:
    page = visit("Compare")
    _upload(page, SCAN)
    page.get_by_role("button", name="Compare", exact=True).wait_for()
    page.get_by_role("tab", name="Setup B").click()
    with acting(page):
        page.get_by_role("slider", name="Least confidence").last.press("End")
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
    _fill(page.get_by_role("textbox", name="Dataset or saved figures"), "tiny.json")
    _click(page, "Evaluate")
    page.get_by_text("1 pictures of tiny.json").wait_for()
    # Truth and prediction of lines that were not read rightly, each with the step that lost it.
    _choose(page, "All lines")
    page.locator("polygon.truth").first.wait_for()
    settled(page)
    assert page.locator("polygon.first").count() > 20
    name, content = _download(page, "Save figures")
    found = json.loads(content)
    assert name == "tiny.json.json"
    assert found["schema"] == "ocr.metrics.evaluation/1"
    # The saved figures come back as a second result.
    _upload_named(page, "kept.json", content)
    page.locator("[data-testid=stMetricDelta]").first.wait_for()
    _choose(page, "Lost lines")
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
    _fill(page.get_by_role("textbox", name="real data path"), "data")
    _fill(page.get_by_role("spinbutton", name="Steps", exact=True), "100000")
    page.locator("code", has_text="steps=100000").wait_for()
    page.get_by_text("More", exact=True).click()
    _fill(page.get_by_role("textbox", name="Other overrides"), " ".join(own), "Control+Enter")
    page.locator("code", has_text="encoder.stem=4").wait_for()
    _click(page, "Start")
    try:
        # PyTorch alone takes its time on a busy machine.
        page.wait_for_function("document.body.innerText.match(/Running · step \\d+/)")
        _click(page, "Stop")
        page.get_by_text("Stopped", exact=True).wait_for()
        stopped = _steps(page)
        # It goes on where it stopped: its steps are counted from there.
        _click(page, "Go on")
        page.wait_for_function(
            f"(document.body.innerText.match(/Running · step (\\d+)/) ?? [])[1] > {stopped}",
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
    with acting(page):
        page.get_by_role("option", name="bars").click()
    _click(page, "Promote bars")
    _click(page, "Yes, promote bars")
    page.get_by_text("promoted bars, default for detection").wait_for()
    assert catalogue.default("detection").name == "bars"
    _click(page, "Roll back to shipped-detection")
    _click(page, "Yes, roll back to shipped-detection")
    page.get_by_text("rolled back to shipped-detection").wait_for()
    assert catalogue.default("detection").name == "shipped-detection"
