"""What people changed: kept once, by whom, seen by all, applied to what is exported."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ocr.datasets import open_dataset
from ocr.document import Document, Line, Page
from ocr.errors import BadConfiguration
from ocr.pipeline.given_text import document_of
from ocr.receipt import Field, Item, Receipt, Tax
from ocr.server import review_edits
from ocr.server.review_derived import Derived, derived
from ocr.server.review_edits import corrected, receipt_with
from ocr.server.review_store import UNSET, ReceiptNotFound, ReviewStore, Upload
from ocr.server.review_summary import summary
from tests.models_for_tests import receipt_like
from tests.pictures import encoded
from tests.server.conftest import Server, web
from tests.waiting import until

GOOD = encoded(receipt_like(), "PNG")


def _edit(number: int, receipt: str, path: str, value: Any) -> dict[str, Any]:
    return {"number": number, "receipt": receipt, "path": path, "value": value}


def test_an_edit_is_kept_once_and_with_what_was_there_before(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    one = store.add("a.png", b"data")
    store.edit("tab", "me", [_edit(1, one.id, "total", "1.00"), _edit(2, one.id, "total", "2.00")])
    # The answer was lost, so the tab sends the same again.
    assert store.edit("tab", "me", [_edit(2, one.id, "total", "2.00")]) == [2]
    assert store.values(one.id) == {"total": "2.00"}
    assert [(e["before"], e["after"], e["who"]) for e in store.history(one.id)] == [
        (None, "1.00", "me"),
        ("1.00", "2.00", "me"),
    ]
    store.edit("tab", "me", [_edit(3, one.id, "total", UNSET)])
    assert store.values(one.id) == {}
    assert ReviewStore(tmp_path).history(one.id) == store.history(one.id)


def test_people_see_each_others_changes_and_keep_their_own(tmp_path: Path) -> None:
    store, other = ReviewStore(tmp_path), ReviewStore(tmp_path)
    one = store.add("a.png", b"data")
    clock = other.clock
    store.edit("tab", "me", [_edit(1, one.id, "total", "1.00")])
    other.edit("window", "you", [_edit(1, one.id, "date", "2024-09-17")])
    assert [found.id for found in other.changed_since(clock)] == [one.id]
    assert store.values(one.id) == other.values(one.id) == {"total": "1.00", "date": "2024-09-17"}


def test_delete_means_deleted(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    one = store.add("a.png", b"SECRET-INPUT")
    store.edit("tab", "me", [_edit(1, one.id, "merchant.name", "SECRET-NAME")])
    store.delete(one.id)
    assert store.edit("tab", "me", [_edit(2, one.id, "total", "1")]) == [2]
    with pytest.raises(ReceiptNotFound):
        store.values(store.get(one.id).id)
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"SECRET" not in content


@pytest.mark.parametrize(
    "edit",
    [{}, 3, _edit(1, "\ud800", "b", 1), _edit(1, "a", "\ud800", 1), _edit(1, "a", "b", float("inf")),
     _edit(-1, "a", "b", 1), _edit(True, "a", "b", 1), _edit(1, 2, "b", 1), _edit(1, "a", "", 1),  # type: ignore[arg-type]
     _edit(1, "a", "b" * 300, 1), _edit(1, "a", "b", "x" * 30_000)],
)  # fmt: skip
def test_edits_of_another_form_are_refused(tmp_path: Path, edit: Any) -> None:
    with pytest.raises(BadConfiguration):
        ReviewStore(tmp_path).edit("tab", "me", [edit])


def test_edits_are_applied_to_the_document() -> None:
    def quad(row: int) -> list[list[int]]:
        return [[0, 10 * row], [100, 10 * row], [100, 10 * row + 8], [0, 10 * row + 8]]

    lines = tuple(
        Line(text, 0.5, quad(k)) for k, text in enumerate(("TEA 2.00", "CAKE 3.00", "TOTAL 6.00", "BYE"))
    )
    items = tuple(
        Item(amount=Field(Decimal(amount), amount, 0.5, ((0, k),)))
        for k, amount in enumerate(("2.00", "3.00"))
    )
    receipt = Receipt(items=items, total=Field(Decimal("6.00"), "6.00", 0.5, ((0, 2),)))
    document = Document((Page(120, 50, lines, ((0,), (1,), (2,), (3,))),), (receipt,))
    assert corrected(document, {}).receipts[0].check("total").status == "failed"
    found = corrected(
        document,
        {
            "total": "5.00", "date": "2024-09-17", "time": "nonsense", "merchant.name": "CORNER",
            "lines.0-2.text": "TOTAL 5.00", "lines.0-3.deleted": True, "lines.0-nx.polygon": quad(4),
            "lines.0-nx.text": "NEW",
        },
    )  # fmt: skip
    assert found.receipts[0].total == Field(Decimal("5.00"), "5.00", 1.0)
    assert found.receipts[0].check("total").status == "passed"
    assert found.receipts[0].date is not None
    assert found.receipts[0].date.value == date(2024, 9, 17)
    assert found.receipts[0].time is None
    assert found.text == "TEA 2.00\nCAKE 3.00\nTOTAL 5.00\nNEW"
    changed = corrected(
        document, {"items.1.deleted": True, "items.nx.amount": "4.00", "items.0.amount": "2.50"}
    )
    assert [item.amount.value for item in changed.receipts[0].items if item.amount] == [
        Decimal("2.50"),
        Decimal("4.00"),
    ]


#: A receipt as lines of text and amounts, and where its lines are called by their number.
PRINT = (
    ("CORNER STORE LTD", ""), ("12 HIGH STREET, LONDON", ""), ("DATE: 17/09/2024", ""), ("TEA", "2.00"),
    ("CAKE", "3.00"), ("BREAD", "1.50"), ("TOTAL", "6.50"), ("CASH", "10.00"), ("CHANGE", "3.50"),
)  # fmt: skip


def _box(row: float, left: int, text: str) -> list[list[float]]:
    top, right = 30 * row + 10, left + 11 * len(text)
    return [[left, top], [right, top], [right, top + 20], [left, top + 20]]


def _printed() -> tuple[Document, dict[str, str]]:
    """The receipt of `PRINT` as it is read, and the names of its lines by their text."""
    texts = [
        (text, np.array(_box(row, left, text), np.float32))
        for row, pair in enumerate(PRINT)
        for text, left in zip(pair, (10, 300), strict=True)
    ]
    document = document_of(texts, 400, 300)
    return document, {line.text: f"0-{k}" for k, line in enumerate(document.pages[0].lines)}


def _values(found: Derived) -> dict[str, Any]:
    return {path: one.value for path, one in found.receipt.all_fields()}


def test_fields_follow_corrected_lines_and_come_back_with_an_undo() -> None:
    document, names = _printed()
    text = document.to_json()
    read = derived(text, {})
    assert (_values(read)["total"], len(read.groups["items"])) == (Decimal("6.50"), 3)
    edits = {
        f"lines.{names['6.50']}.text": "7.50",
        f"lines.{names['DATE: 17/09/2024']}.text": "DATE: 18/09/2024",
        f"lines.{names['CORNER STORE LTD']}.text": "CORNER SHOP LTD",
    }
    found = derived(text, edits)
    changed = {path: value for path, value in _values(found).items() if _values(read).get(path) != value}
    assert changed == {
        "total": Decimal("7.50"),
        "date": date(2024, 9, 18),
        "merchant.name": "CORNER SHOP LTD",
    }
    assert [receipt_with(one, {}).check("total").status for one in (read, found)] == ["passed", "failed"]
    exported = corrected(document, {**edits, "total": "6.50"}).receipts[0]
    # What a person gave stays whatever its line says.
    assert exported.total == Field(Decimal("6.50"), "6.50", 1.0)
    assert exported.merchant.name is not None
    assert exported.merchant.name.value == "CORNER SHOP LTD"
    assert derived(text, {"total": "6.50"}) == read
    emptied = derived(text, {f"lines.{names['DATE: 17/09/2024']}.text": None})
    assert "date" not in _values(emptied)


def test_lines_with_the_text_that_they_have_change_no_value() -> None:
    document, names = _printed()
    read = derived(document.to_json(), {})
    for line, name in names.items():
        found = derived(document.to_json(), {f"lines.{name}.text": line})
        assert _values(found) == _values(read)
        assert {group: list(rows) for group, rows in found.groups.items()} == {
            group: list(rows) for group, rows in read.groups.items()
        }


def test_rows_are_the_same_rows_after_lines_come_and_go() -> None:
    document, names = _printed()
    # In the place of the tea, drawn in two pieces.
    drawn = {
        "lines.0-na.polygon": _box(3.1, 10, "MILK"), "lines.0-na.text": "MILK",
        "lines.0-nb.polygon": _box(3.1, 300, "2.00"), "lines.0-nb.text": "2.00",
    }  # fmt: skip
    gone = {f"lines.{names['TEA']}.deleted": True, f"lines.{names['2.00']}.deleted": True}
    found = derived(document.to_json(), {**drawn, **gone})
    assert [
        (name, str(row.fields["description"].field.value)) for name, row in found.groups["items"].items()
    ] == [("l0-na", "MILK"), ("1", "CAKE"), ("2", "BREAD")]
    shown = found.to_dict()
    assert shown["rows"]["items"] == ["l0-na", "1", "2"]
    assert shown["items"]["l0-na"]["amount"]["lines"] == [[0, "nb"]]
    assert shown["total"]["lines"] == [[0, int(names["6.50"].removeprefix("0-"))]]
    pages = corrected(document, {**drawn, **gone}).pages
    assert pages[0].row_texts[3:5] == ("MILK 2.00", "CAKE 3.00")
    # A row that no line has any more keeps what a person gave.
    lost = {**gone, "items.0.amount": "2.20", "items.0.description.accepted": "TEA"}
    amounts = [item.amount.value for item in corrected(document, lost).receipts[0].items if item.amount]
    assert sorted(amounts) == [Decimal("1.50"), Decimal("2.20"), Decimal("3.00")]


def test_what_the_reader_saw_otherwise_stays_until_its_line_is_corrected() -> None:
    document, names = _printed()
    (receipt,) = document.receipts
    assert receipt.total is not None
    better = replace(receipt.total, value=Decimal("6.60"), text="6.60")
    text = replace(
        document, receipts=(replace(receipt, total=better, number=Field("77", "77", 0.9, source="code")),)
    ).to_json()
    elsewhere = derived(text, {f"lines.{names['TEA']}.text": "COFFEE"})
    assert (_values(elsewhere)["total"], _values(elsewhere)["number"]) == (Decimal("6.60"), "77")
    assert _values(elsewhere)["items.0.description"] == "COFFEE"
    assert _values(derived(text, {f"lines.{names['6.50']}.text": "6.50"}))["total"] == Decimal("6.50")


def test_a_value_that_was_taken_as_right_is_none_after_its_line_was_corrected() -> None:
    document, names = _printed()
    upload = Upload("a", "a.png", "hash", "read", 0.0, None, 1)
    accepted = {"total.accepted": "6.50"}
    wrong = {f"lines.{names['6.50']}.text": "7.50"}
    doubts = [
        "total" in summary(upload, document.to_json(), values)["doubts"]
        for values in (accepted, {**accepted, **wrong}, {**wrong, "total.accepted": "7.50"})
    ]
    assert doubts == [False, True, False]
    assert "COFFEE" in summary(upload, document.to_json(), {f"lines.{names['TEA']}.text": "COFFEE"})["text"]


def test_rows_keep_their_paths_where_another_is_deleted() -> None:
    def item(amount: str, confidence: float) -> Item:
        return Item(amount=Field(Decimal(amount), amount, confidence))

    tax = Tax(rate=Field(Decimal("7.00"), "7,00", 0.9), tax=Field(Decimal("0.20"), "0,20", 0.9))
    receipt = Receipt(items=(item("2.00", 0.99), item("3.00", 0.3)), taxes=(tax,))
    text = Document((Page(20, 20),), (receipt,)).to_json()
    upload = Upload("a", "a.png", "hash", "read", 0.0, None, 1)
    values: dict[str, Any] = {"items.0.deleted": True, "total": "9.99", "taxes.0.tax": "0.21"}
    found = summary(upload, text, values)
    assert "items.1.amount" in found["doubts"]
    assert "items.0.amount" not in found["doubts"]
    # 7.00 % is 7 %, and what a person gave is what is added up.
    assert found["taxes"] == [{"rate": "7", "tax": "0.21"}]
    assert summary(upload, text, {**values, "items.1.amount.accepted": True})["doubts"] != found["doubts"]


def test_numbers_that_are_no_amounts_harm_nobody() -> None:
    text = Document((Page(20, 20),), (Receipt(),)).to_json()
    upload = Upload("a", "a.png", "hash", "read", 0.0, None, 1)
    for value in ("1e999999999", "NaN", "-Infinity", "1" * 40, "", "1,5,5", 3, {"a": 1}):
        found = summary(upload, text, {"total": value, "lines.0-x.polygon": value, "items.0.amount": value})
        assert found["total"] is None
        assert corrected(Document.from_json(text), {"lines.0-x.polygon": value}).text == ""


def test_a_line_that_was_drawn_anew_is_where_it_was_drawn() -> None:
    quad = [[0, 0], [10, 0], [10, 5], [0, 5]]
    page = Page(20, 20, (Line("TEA", 0.5, quad), Line("2.00", 0.5, quad)), ((0, 1),))
    place = [[1, 1], [19, 1], [19, 6], [1, 6]]
    values = {"lines.0-0.polygon": place, "lines.0-0.text": "TEA 2.00", "lines.0-1.deleted": True}
    (line,) = corrected(Document((page,)), values).lines
    assert (line.text, line.confidence, line.polygon.tolist()) == ("TEA 2.00", 1.0, place)
    damaged = corrected(Document((page,)), {"lines.0-0.polygon": "nonsense"}).lines[0]
    assert damaged.polygon.tolist() == quad


def test_summaries_are_kept_until_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ocr.server import review_summary

    store = ReviewStore(tmp_path)
    one, other = store.add("a.png", b"data"), store.add("b.png", b"other")
    store.claim("worker")
    store.finish(one.id, "worker", Document((Page(20, 20),), (Receipt(),)).to_json(), None)
    made: list[str] = []
    real = review_summary.summary
    monkeypatch.setattr(
        review_summary, "summary", lambda upload, *rest: made.append(upload.id) or real(upload, *rest)
    )
    assert review_summary.summaries(store, store.all()) == review_summary.summaries(store, store.all())
    assert sorted(made) == sorted([one.id, other.id])
    store.edit("tab", "me", [_edit(1, one.id, "total", "5.00")])
    (changed, _) = (json.loads(text) for text in review_summary.summaries(store, store.all()))
    assert (changed["total"], made[2:]) == ("5.00", [one.id])
    store.delete(one.id)
    assert store.kept_summaries([one.id]) == {}


def test_pictures_show_nothing_that_is_masked_or_deleted(tmp_path: Path) -> None:
    from ocr.receipts import masking
    from ocr.server.review_pictures import Pictures

    store = ReviewStore(tmp_path)
    one = store.add("a.png", GOOD)
    pictures, elsewhere = Pictures(store), Pictures(ReviewStore(tmp_path))
    before = pictures.image(one.id, 0)
    height, width = before.shape[:2]
    quad = [[0, 0], [width, 0], [width, height], [0, height]]
    line = Line(masking.MASK * 8, 0.9, quad)
    store.claim("worker")
    store.finish(one.id, "worker", Document((Page(width, height, (line,), ((0,),)),)).to_json(), None)
    assert before.mean() > 100
    assert pictures.image(one.id, 0).mean() < 20
    small, large = pictures.jpeg(one.id, 0, 88), elsewhere.jpeg(one.id, 0)
    assert small != large
    assert [path.name for path in store.folder(one.id).glob("*.jpg")] == ["page-0-88.jpg"]
    store.delete(one.id)
    # Also where another process has it in its memory.
    for width in (0, 88):
        with pytest.raises(ReceiptNotFound):
            elsewhere.jpeg(one.id, 0, width)
    assert not store.folder(one.id).exists()


def test_the_page_is_small() -> None:
    folder = Path(review_edits.__file__).parent / "static"
    compressed = sum(len(gzip.compress(path.read_bytes())) for path in folder.iterdir())
    assert compressed <= 150_000
    listed = set(re.findall(r'/static/([\w.]+)"', (folder / "index.html").read_text("utf-8")))
    # What is not fetched beside the page would be found only when another file names it.
    assert listed == {path.name for path in folder.iterdir()} - {"index.html"}


def test_a_pile_is_read_corrected_and_exported(server: Server, tmp_path: Path) -> None:
    base = server.url + "/v1/review"
    files = {"file": ("a.png", GOOD)}
    one = web.post(base + "/receipts", files=files).json()["id"]
    bad = web.post(base + "/receipts", files={"file": ("b.png", b"no picture")}).json()["id"]

    def listed() -> dict[str, Any] | None:
        found = {row["id"]: row for row in web.get(base + "/receipts").json()["receipts"]}
        return (
            found
            if found[one]["state"] in ("doubtful", "checked") and found[bad]["state"] == "failed"
            else None
        )

    found = until(listed)
    assert found[bad]["problem"]["code"] == "unsupported_media_type"
    picture = web.get(f"{base}/receipts/{one}/pages/0?width=50")
    assert picture.content.startswith(b"\xff\xd8")
    document = web.get(f"{base}/receipts/{one}").json()["document"]
    line = document["pages"][0]["lines"][0]
    again = web.post(f"{base}/receipts/{one}/lines", json={"page": 0, "polygon": line["polygon"][:4]}).json()
    assert again["text"] == line["text"]
    edits = [
        _edit(1, one, "merchant.name", "=CORNER"),
        _edit(2, one, "total", "12.50"),
        _edit(3, one, "state", "reviewed"),
    ]
    answer = web.post(base + "/edits", json={"client": "tab", "edits": edits}).json()
    assert answer["acknowledged"] == [1, 2, 3]
    assert (answer["receipts"][0]["total"], answer["receipts"][0]["state"]) == ("12.50", "reviewed")
    table = web.get(base + "/export?format=csv-receipts").text
    assert "'=CORNER" in table
    assert "12.50" in table
    for name, beginning in (("xlsx", b"PK"), ("pdf", b"%PDF"), ("json", b"[")):
        assert web.get(f"{base}/export?format={name}&ids={one}").content.startswith(beginning)
    history = json.loads(web.get(f"{base}/export?format=json&ids={one}").text)[0]["history"]
    assert [edit["path"] for edit in history] == ["merchant.name", "total", "state"]
    packed = zipfile.ZipFile(io.BytesIO(web.get(base + "/export?format=dataset").content))
    labels = json.loads(packed.read("words.json"))["images"]
    assert [entry["fields"]["total"] for entry in labels.values()] == ["12.50"]
    packed.extractall(tmp_path)
    (sample,) = open_dataset(tmp_path)
    assert sample.image_path is not None
    assert sample.image_path.is_file()
    assert len(sample.lines) == len(document["pages"][0]["lines"])
    assert web.get(base + "/export?format=cvs").status_code == 422
    assert web.delete(f"{base}/receipts/{one}").status_code == 200
    assert web.get(f"{base}/receipts/{one}").status_code == 404
    # A PDF has pages, and one that failed has none.
    nothing = web.get(f"{base}/export?format=pdf&ids={bad}")
    assert (nothing.status_code, nothing.json()["code"]) == (422, "bad_configuration")
    for name in ("csv", "csv-receipts", "xlsx", "json", "dataset"):
        assert web.get(f"{base}/export?format={name}&ids={bad}").status_code == 200
    web.delete(f"{base}/receipts/{bad}")


def test_the_page_and_its_files_are_served_under_a_strict_policy(server: Server) -> None:
    page = web.get(server.url + "/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert "http://" not in page.text
    for name in ("main.js", "review.css", "icon.svg"):
        found = web.get(f"{server.url}/static/{name}")
        assert found.status_code == 200
        again = web.get(f"{server.url}/static/{name}", headers={"If-None-Match": found.headers["etag"]})
        assert again.status_code == 304
    assert web.get(server.url + "/static/..%2fapp.py").status_code == 404
