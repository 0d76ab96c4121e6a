"""HTML, Markdown, summaries and accounts: what they show, and that texts from pictures mean nothing but themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from ocr.document import Document
from ocr.receipt import Check, Item, Merchant, Receipt
from ocr.writers import pictures
from ocr.writers.beancount import to_beancount
from ocr.writers.html import to_html
from ocr.writers.markdown import quoted, to_markdown
from ocr.writers.summary import to_summary
from tests.writers.samples import BARE, DOCUMENT, EMPTY, HEIGHT, WIDTH, field, hostile

PICTURE = pictures.Pictures((pictures.pack(np.full((HEIGHT, WIDTH, 3), 255, np.uint8)),))


class Seen(HTMLParser):
    """Tags, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_page_shows_fields_rows_and_picture() -> None:
    page = to_html(DOCUMENT, PICTURE)
    seen = Seen(page)
    texts = [text for text in seen.texts if text.strip()]
    for shown in ("Café Zoë", "3.90", "-1.00", "1.10 (computed)", "2024-09-08 (or 2024-08-09)", "Äpfel & Öl"):
        assert shown in texts, shown
    assert seen.tags.count("polygon") == 5
    assert seen.tags.count("image") == 1
    # A field, the line in the picture and its text are marked together.
    assert seen.attributes.count(("data-lines", "0-4")) == 4
    assert "image" not in Seen(to_html(DOCUMENT)).tags


def test_a_page_loads_nothing_and_runs_its_own_script_alone() -> None:
    seen = Seen(to_html(hostile(), PICTURE))
    assert seen.tags.count("script") == 1
    links = [value for name, value in seen.attributes if name in ("src", "href", "action", "data")]
    assert all(value.startswith("data:image/jpeg;base64,") for value in links)
    assert not any(name.startswith("on") for name, _ in seen.attributes)
    policy = next(value for name, value in seen.attributes if name == "content" and "script-src" in value)
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy


def test_markdown_has_a_table_of_items_and_of_rows() -> None:
    text = to_markdown(DOCUMENT)
    assert text.startswith("# a b.jpg\n\n## Café Zoë\n")
    assert "| Äpfel | 2 | 1.50 |  |  |\n| =1+1 |  |  | A | 0.90 |\n" in text
    assert "| \\=1+1 |" not in text
    assert "| Äpfel \\& Öl | 3,90 |\n| Total | 3,90 € |\n" in text
    rows = [row for row in text.splitlines() if row.startswith("|")]
    assert all(row.endswith("|") for row in rows)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a|b", "a\\|b"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("[a](b)", "\\[a\\](b)"),
        ("https://evil.example", "https\\://evil.example"),
        ("www.evil.example", "www\\.evil.example"),
        ("two\nlines", "two lines"),
        ("`code` *b* _i_ ~s~", "\\`code\\` \\*b\\* \\_i\\_ \\~s\\~"),
        ("a\\", "a\\\\"),
        ("me@example.com", "me\\@example.com"),
        ("\x1b[0m", "\\\\x1b\\[0m"),
        ("4.50 €", "4.50 €"),
    ],
)
def test_texts_in_markdown_are_quoted(text: str, written: str) -> None:
    assert quoted(text) == written


def test_a_summary_shows_amounts_in_a_column_and_says_why_not() -> None:
    rows = to_summary(DOCUMENT).splitlines()
    assert rows[0] == "Café Zoë"
    assert "2024-09-08 (or 2024-08-09) 18:42" in rows[2]
    assert [row for row in rows if "does not add up" in row] == [
        "  Total" + " " * 40 + "EUR  3.90 does not add up"
    ]
    column = {row.index("0.90") + 4 for row in rows if row.startswith("  =1+1")}
    column |= {row.index("4.90") + 4 for row in rows if row.startswith("  Subtotal")}
    column |= {row.index("-1.00") + 5 for row in rows if row.startswith("  Discount")}
    assert column == {56}
    assert "  ✗ total: 3.00 + 0.90 is not 4.90" in rows
    assert any("1.10 (computed)" in row for row in rows)
    assert "\x1b" not in to_summary(DOCUMENT)
    assert to_summary(DOCUMENT, ascii_only=True).count("[ok]") == 1
    assert "✓" not in to_summary(DOCUMENT, ascii_only=True)


def test_a_total_that_agrees_has_a_green_tick() -> None:
    receipt = replace(DOCUMENT.receipts[0], checks=(Check("total", "passed"),))
    text = to_summary(replace(DOCUMENT, receipts=(receipt,)), colour=True)
    assert "\x1b[32m✓\x1b[0m" in text


def test_a_summary_of_a_bare_receipt_says_what_is_missing() -> None:
    text = to_summary(BARE)
    assert "(shop not read)" in text
    assert "not printed or not read\n" in text
    assert to_summary(EMPTY) == "no receipt was made out on 0 lines of text\n"


def test_wide_letters_keep_the_columns() -> None:
    items = (
        Item(description=field("김치찌개"), amount=field(Decimal(9000))),
        Item(description=field("A" * 80), amount=field(Decimal(1))),
    )
    document = Document(receipts=(Receipt(pages=(), items=items),))
    rows = to_summary(document).splitlines()
    assert next(row for row in rows if "김치찌개" in row) == "  김치찌개" + " " * 42 + "9000"
    assert "A" * 80 in rows[[row.rstrip().endswith(" 1") for row in rows].index(True) - 1]


def test_an_attack_is_shown_on_a_terminal_not_obeyed() -> None:
    text = to_summary(hostile())
    assert "\x1b" not in text
    assert "\\x1b[31m" in text


def test_accounts_hold_a_transaction_a_receipt() -> None:
    loader = pytest.importorskip("beancount.parser.parser")
    receipt = replace(
        DOCUMENT.receipts[0],
        items=(
            Item(description=field('Äpfel "rot"'), amount=field(Decimal("3.00"))),
            Item(amount=field(Decimal("0.90"))),
        ),
        checks=(Check("total", "passed"),),
    )
    document = replace(DOCUMENT, receipts=(receipt, *DOCUMENT.receipts, Receipt()))
    entries, errors, _ = loader.parse_string(to_beancount(document))
    assert errors == []
    first, second = entries
    assert (first.date, first.flag, first.payee, first.narration) == (
        date(2024, 9, 8),
        "*",
        "Café Zoë",
        "No. A-17",
    )
    assert [(p.account, p.units.number) for p in first.postings] == [
        ("Expenses:Receipts", Decimal("3.00")),
        ("Expenses:Receipts", Decimal("0.90")),
        ("Assets:Cash", Decimal("-3.90")),
    ]
    assert first.postings[0].meta["item"] == 'Äpfel "rot"'
    assert (second.flag, len(second.postings)) == ("!", 2)
    assert "date, total, currency not known" in to_beancount(document)


def test_accounts_of_an_attack_hold_nothing_else() -> None:
    loader = pytest.importorskip("beancount.parser.parser")
    evil = field('x"\n2020-01-01 open Assets:Evil\n;\\')
    receipt = replace(DOCUMENT.receipts[0], merchant=Merchant(name=evil), currency=field("eur\nUSD"))
    document = replace(
        DOCUMENT,
        receipts=(receipt, replace(receipt, currency=field("EUR"))),
        source="a\n2020-01-01 open Assets:Evil",
    )
    entries, errors, _ = loader.parse_string(to_beancount(document))
    assert errors == []
    assert [type(entry).__name__ for entry in entries] == ["Transaction"]


def test_pages_are_legible_files(tmp_path: Path) -> None:
    path = DOCUMENT.save(tmp_path / "a.html", image=np.full((HEIGHT, WIDTH, 3), 255, np.uint8))
    page = path.read_text("utf-8")
    assert re.search(r"<svg viewBox=\"0 0 400 300\"", page)
    assert 'name="viewport"' in page
    assert "prefers-color-scheme: dark" in page
