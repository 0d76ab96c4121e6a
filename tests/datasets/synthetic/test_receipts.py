"""Whole receipts: sums, polygons against the ink, transcripts, fields, and independence of workers."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("PIL", reason="needs the extra [synth]")
pytest.importorskip("fontpkg_arimo", reason="needs the extra [synth]")

from ocr import polygons
from ocr.cli.app import main
from ocr.datasets import open_dataset
from ocr.datasets.synthetic.content import make_purchase
from ocr.datasets.synthetic.geometry import View, Wave, photo_view, scan_view
from ocr.datasets.synthetic.layout import lay_out, make_plan
from ocr.datasets.synthetic.locales import LOCALES, format_amount, locale_named
from ocr.datasets.synthetic.phrases import DEFAULT_CHARACTERS
from ocr.datasets.synthetic.receipts import Fixed, Made, SyntheticReceipts, place
from ocr.datasets.synthetic.writing import Order, sroie_text, write_receipts
from ocr.errors import BadConfiguration


def run(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ending:
        main(arguments)
    return int(ending.value.code or 0)


@pytest.fixture(scope="module")
def receipts() -> SyntheticReceipts:
    return SyntheticReceipts(11, 10)


@pytest.fixture(scope="module")
def made(receipts: SyntheticReceipts) -> list[Made]:
    return [receipts.make(i) for i in range(len(receipts))]


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.name)
def test_sums_add_up(locale) -> None:
    for seed in range(40):
        bought = make_purchase(random.Random(seed), locale)
        step = Decimal(1).scaleb(-locale.decimals)
        for item in bought.items:
            assert (item.quantity * item.unit_price).quantize(
                step, ROUND_HALF_UP
            ) - item.discount == item.amount
        assert sum(item.amount for item in bought.items) == bought.subtotal
        added = 0 if bought.tax_included else bought.tax
        assert bought.subtotal - bought.discount + added + bought.rounding == bought.total
        assert abs(bought.rounding) <= locale.cash_step / 2
        if bought.paid is not None:
            assert bought.change == bought.paid - bought.total
            assert bought.change >= 0


def test_tax_is_that_of_the_rate() -> None:
    for seed in range(60):
        bought = make_purchase(random.Random(seed), locale_named("ms_MY"))
        base = bought.subtotal - bought.discount
        exact = base * bought.tax_rate / ((100 + bought.tax_rate) if bought.tax_included else 100)
        assert abs(exact - bought.tax) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("name", "sign", "expected"),
    [
        ("de_DE", " €", "-1.234,50 €"),  # comma, sign behind
        ("de_CH", "CHF ", "-CHF 1'234.50"),  # apostrophe between thousands
        ("en_JP", "¥", "-¥1,234"),  # no decimals
        ("fr_FR", "", "-1 234,50"),  # no sign
    ],
)
def test_amounts_are_written_as_in_the_country(name: str, sign: str, expected: str) -> None:
    assert format_amount(Decimal("-1234.50"), locale_named(name), sign) == expected


def test_the_rows_hold_the_total_and_the_date() -> None:
    for seed in range(30):
        rng = random.Random(seed)
        bought = make_purchase(rng)
        plan = make_plan(rng)
        text = " ".join(cell.text for row in lay_out(bought, plan) for cell in row.cells)
        assert bought.amount(bought.total) in text
        assert bought.date.upper() in text.upper()


def test_a_receipt_depends_on_seed_and_number_alone(receipts: SyntheticReceipts, made: list[Made]) -> None:
    alone = SyntheticReceipts(11, 1000)[7]
    assert np.array_equal(alone.load(), made[7].image)
    assert [line.text for line in alone.lines] == [line.text for line in made[7].lines]
    assert alone.name == receipts[5:][2].name
    assert not np.array_equal(SyntheticReceipts(12, 1)[0].load()[:50, :50], made[0].image[:50, :50])


def test_transcripts_are_clean_and_within_the_characters(made: list[Made]) -> None:
    for receipt in made:
        assert len(receipt.lines) > 8
        for line in receipt.lines:
            assert line.text
            assert line.text == " ".join(line.text.split())
            assert set(line.text) <= set(DEFAULT_CHARACTERS)


def test_fields_stand_in_the_lines(made: list[Made]) -> None:
    for receipt in made:
        shown = " ".join(str(line.text) for line in receipt.lines)
        for name, value in receipt.fields.items():
            if name != "currency":
                assert value in shown, name
        assert {"total", "date", "currency"} <= set(receipt.fields)


def test_polygons_are_valid_and_inside(made: list[Made]) -> None:
    for receipt in made:
        height, width = receipt.image.shape[:2]
        for line in receipt.lines:
            again = polygons.validate(line.polygon, width, height)
            assert again.polygon is not None
            assert polygons.iou(again.polygon, line.polygon) > 0.999


@pytest.mark.parametrize("number", range(10))
def test_polygons_hold_the_ink_and_hug_it(made: list[Made], number: int) -> None:
    """Each region's ink goes through the same warp; it must lie in its polygon and reach its edges."""
    receipt = made[number]
    view, page = receipt.view, receipt.page
    for region in page.regions[:: max(1, len(page.regions) // 6)]:
        x0, y0, x1, y1 = region.box
        ink = np.zeros((*page.ink.shape, 3), np.uint8)
        part = slice(round(y0), round(y1)), slice(round(x0), round(x1))
        ink[part] = page.ink[part][..., None]
        seen, cover = view.picture(ink)
        mask = (seen[..., 0] > 100) & (cover > 0.99)
        polygon = place(region, view).polygon
        inside = np.zeros(mask.shape, np.uint8)
        cv2.fillPoly(inside, [np.rint(polygon * 256).astype(np.int32)], 1, shift=8)
        allowed = cv2.dilate(inside, np.ones((3, 3), np.uint8))
        assert mask.any(), region.text
        assert (mask & (allowed == 0)).sum() <= 0.002 * mask.sum(), region.text
        rows, columns = np.nonzero(mask)
        low, high = polygon.min(axis=0), polygon.max(axis=0)
        assert abs(columns.min() - low[0]) < 8
        assert abs(columns.max() - high[0]) < 8
        assert rows.max() <= high[1] + 1
        assert rows.min() >= low[1] - 1


def test_points_and_pictures_go_the_same_way() -> None:
    waves = (Wave(0.0, 5.0, 0.01, 0.0, 0.2), Wave(4.0, 0.0, 0.0, 0.012, 1.0))
    matrix = np.array([[0.9, 0.1, 30.0], [-0.08, 1.0, 40.0], [1e-5, -2e-5, 1.0]])
    view = View(matrix, waves, (500, 620))
    page = np.zeros((500, 400, 3), np.uint8)
    dots = np.array([[60, 70], [200, 250], [350, 430], [90, 400]], np.float32)
    for x, y in dots:
        page[int(y) - 2 : int(y) + 2, int(x) - 2 : int(x) + 2] = 255
    seen, _ = view.picture(page)
    for point in view.points(dots):
        x, y = np.rint(point).astype(int)
        window = seen[y - 8 : y + 8, x - 8 : x + 8, 0].astype(float)
        rows, columns = np.mgrid[y - 8 : y + 8, x - 8 : x + 8] + 0.5
        centre = (columns * window).sum() / window.sum(), (rows * window).sum() / window.sum()
        assert np.hypot(centre[0] - point[0], centre[1] - point[1]) < 0.3


@pytest.mark.parametrize("make_view", [scan_view, photo_view])
def test_views_show_the_whole_page(make_view) -> None:
    for seed in range(40):
        view = make_view(random.Random(seed), 600, 1300)
        inner = np.array([[25, 25], [575, 25], [575, 1275], [25, 1275]], np.float32)
        seen = view.points(inner)
        assert (seen >= 0).all()
        assert (seen <= np.array(view.size)).all()


def test_decisions_can_be_fixed() -> None:
    some = SyntheticReceipts(1, 3, fixed=Fixed("photo", "matrix", "de_DE"))
    for i in range(3):
        receipt = some.make(i)
        assert (receipt.setting, receipt.printing, receipt.purchase.locale.name) == (
            "photo",
            "matrix",
            "de_DE",
        )
    with pytest.raises(BadConfiguration, match="xx_XX"):
        SyntheticReceipts(1, 1, fixed=Fixed(locale="xx_XX"))
    with pytest.raises(BadConfiguration, match="-1"):
        SyntheticReceipts(1, -1)


def test_a_small_charset_is_obeyed() -> None:
    only = set("0123456789.,TOAL ")
    sample = SyntheticReceipts(2, 1, charset="".join(only))[0]
    assert {c for line in sample.lines for c in str(line.text)} <= only


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_number_of_workers_changes_no_byte(tmp_path: Path) -> None:
    order = Order(seed=3, count=6)
    write_receipts(order, tmp_path / "one", workers=1, preview=6)
    counted: list[int] = []
    write_receipts(order, tmp_path / "two", workers=2, preview=6, on_written=counted.append)
    one, two = _bytes(tmp_path / "one"), _bytes(tmp_path / "two")
    assert one == two
    assert sum(counted) == 6
    assert {"images/0000.jpg", "boxes/0005.txt", "fields/0003.json", "preview.png"} <= set(one)


def test_the_command_writes_what_the_readers_read(tmp_path: Path) -> None:
    out = tmp_path / "made"
    assert run(["synth", str(out), "--count", "2", "--seed", "4"]) == 0
    samples = open_dataset(out)
    truth = SyntheticReceipts(4, 2)
    assert len(samples) == 2
    for sample, made in zip(samples, truth, strict=True):
        assert sample.load().shape == made.load().shape
        assert [line.text for line in sample.lines] == [line.text for line in made.lines]
        assert dict(sample.fields) == dict(made.fields)
        overlaps = [polygons.iou(a.polygon, b.polygon) for a, b in zip(sample.lines, made.lines, strict=True)]
        assert np.median(overlaps) > 0.9
    values = open_dataset(out / "receipts.json")
    for read, made in zip(values, truth, strict=True):
        assert read.receipt is not None
        assert made.receipt is not None
        assert dict(read.receipt.fields) == dict(made.receipt.fields)
        assert read.receipt.items == made.receipt.items


def test_the_words_json_holds_the_same_regions(tmp_path: Path) -> None:
    out = tmp_path / "made"
    assert run(["synth", str(out), "--count", "1", "--seed", "4", "--format", "words-json"]) == 0
    words = json.loads((out / "words.json").read_text(encoding="utf-8"))["images"]["0000.jpg"]["words"]
    made = SyntheticReceipts(4, 1)[0]
    assert [word["transcription"] for word in words.values()] == [line.text for line in made.lines]
    read = open_dataset(out / "words.json")[0]
    assert len(read.lines) == len(made.lines)
    assert not (out / "boxes").exists()


def test_wrong_use_of_the_command_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["synth", str(tmp_path / "x"), "--locale", "xx_XX"]) == 2
    assert "xx_XX" in capsys.readouterr().err
    (tmp_path / "filled").mkdir()
    (tmp_path / "filled" / "mine.jpg").write_bytes(b"")
    assert run(["synth", str(tmp_path / "filled"), "--count", "1"]) == 2
    assert "holds files already" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "filled").iterdir()] == ["mine.jpg"]
    assert run(["synth", str(tmp_path / "x"), "--fonts", str(tmp_path / "nowhere")]) == 3


def test_a_transcript_with_commas_survives_the_text_format(made: list[Made]) -> None:
    from ocr.datasets.sample import Sample

    line = replace(made[0].lines[0], text="NO 1, JALAN 2, 3")
    assert sroie_text(Sample(None, (line,))).rstrip("\n").split(",", 8)[8] == "NO 1, JALAN 2, 3"
