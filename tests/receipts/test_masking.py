"""No masked digit anywhere: in lines, words, fields, checks, codes, and whatever is written of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr.document import Document, Line, Page, ReadWarning, Word
from ocr.receipt import Check, Code, Field, Item, Merchant, Payment, Receipt
from ocr.receipts.masking import MASK, Masker, is_masked, mask, pages_with_codes, painted
from ocr.receipts.private_text import has_luhn_digit
from ocr.writers import formats

WIDTH, HEIGHT = 600, 400


def box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def line(text: str, x: float, y: float, *, words: bool = True) -> Line:
    parts: list[Word] = []
    for match in re.finditer(r"\S+", text):
        parts.append(Word(match.group(), 0.9, box(x + 8 * match.start(), y, x + 8 * match.end(), y + 16)))
    return Line(text, 0.9, box(x, y, x + 8 * len(text), y + 16), tuple(parts) if words else ())


def page(*rows: list[str], words: bool = True) -> Page:
    lines: list[Line] = []
    numbers: list[tuple[int, ...]] = []
    for number, row in enumerate(rows):
        numbers.append(tuple(range(len(lines), len(lines) + len(row))))
        x = 10.0
        for text in row:
            lines.append(line(text, x, 10 + 24 * number, words=words))
            x += 8 * len(text) + 24
    return Page(WIDTH, HEIGHT, tuple(lines), tuple(numbers))


def strings(value: Any) -> Iterator[str]:
    """Every string in parsed JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key != "schema":
                yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


@st.composite
def cards(draw: st.DrawFn) -> str:
    start, length = draw(
        st.sampled_from([("4", 16), ("51", 16), ("37", 15), ("6011", 16), ("36", 14), ("2221", 16)])
    )
    digits = start + draw(
        st.text("0123456789", min_size=length - len(start) - 1, max_size=length - len(start) - 1)
    )
    return next(digits + last for last in "0123456789" if has_luhn_digit(digits + last))


@st.composite
def ibans(draw: st.DrawFn) -> str:
    country, length = draw(st.sampled_from([("DE", 22), ("AT", 20), ("FR", 27), ("NO", 15), ("MT", 31)]))
    account = draw(st.text("0123456789", min_size=length - 4, max_size=length - 4))
    number = int("".join(str(int(c, 36)) for c in f"{account}{country}00"))
    return f"{country}{98 - number % 97:02d}{account}"


def grouped(text: str, sizes: list[int], separators: list[str]) -> str:
    """A text in groups of these sizes, the last as long as it has to be."""
    parts, place = [], 0
    for size, separator in zip(sizes, separators, strict=True):
        if place + size >= len(text):
            break
        parts.append(text[place : place + size] + separator)
        place += size
    return "".join(parts) + text[place:]


NOISE = st.sampled_from(["TOTAL", "Thank you", "bread", "EUR", "visa", "Café", ":"])
SEPARATOR = st.sampled_from([" ", "-", "", "|"])


@st.composite
def secrets(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A kind and the texts of a row that holds a secret of it; ``|`` parts the lines of the row."""
    kind = draw(st.sampled_from(["card", "iban", "phone", "email", "loyalty"]))
    if kind == "card":
        text = grouped(draw(cards()), [4, 4, 4], draw(st.tuples(*[SEPARATOR] * 3).map(list)))
    elif kind == "iban":
        gaps = draw(st.tuples(*[st.sampled_from([" ", ""])] * 7).map(list))
        text = grouped(draw(ibans()), [4] * 7, gaps)
    elif kind == "phone":
        label = draw(st.sampled_from(["Tel: ", "Phone|", "FAX ", "+", "Telefon: +"]))
        text = label + draw(st.from_regex(r"[1-9]\d \d{3}[ -]\d{4,6}", fullmatch=True).filter(str.isascii))
    elif kind == "email":
        text = draw(st.from_regex(r"[a-z]{2,8}[0-9]{0,3}@[a-z]{2,9}\.(de|com|co\.uk)", fullmatch=True))
    else:
        text = draw(st.sampled_from(["Clubcard ", "Payback: ", "Member no|"])) + draw(
            st.from_regex(r"[0-9]{5,12}", fullmatch=True).filter(str.isascii)
        )
    return kind, [part for part in text.split("|") if part]


def texts_of(written: str | bytes) -> str:
    return written if isinstance(written, str) else written.decode("latin-1")


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(secrets(), st.lists(NOISE, max_size=2), st.lists(NOISE, max_size=2), st.booleans())
def test_no_digit_of_a_secret_is_left_anywhere(
    secret: tuple[str, list[str]], before: list[str], after: list[str], words: bool
) -> None:
    kind, parts = secret
    whole = " ".join(parts)
    receipt = Receipt(
        merchant=Merchant(phone=Field(whole, whole, 0.5, alternatives=(whole + " ",))),
        items=(Item(description=Field(f"gift {whole}", f"gift {whole}", 0.5)),),
        payments=(Payment(card=Field(whole, whole, 0.5)),),
        codes=(Code("QRCode", f"pay {whole}", "unknown", box(0, 300, 90, 390)),),
        checks=(Check("total", "failed", f"the print says {whole}"),),
    )
    document = Document(
        (page(*filter(None, (before, ["x", *parts, "y"], after)), words=words),),
        (receipt,),
        (ReadWarning("doubt", f"doubtful: {whole}"),),
    )
    masked = mask(document, [kind])
    private = [c for c in whole if c.isdigit()] if kind != "email" else ["@"]
    assert private
    left = " ".join(strings(masked.to_dict()))
    if kind == "email":
        assert whole not in left
        assert whole.partition("@")[0] not in re.findall(r"\w+", left)
    else:
        assert not re.search(r"\d", left.replace(masked.warnings[-1].message, ""))
    assert masked.warnings[-1].code == "masked"
    # A document says itself what was masked, also after a round trip.
    assert is_masked(Document.from_json(masked.to_json()))
    lengths = [len(one.text) for one in document.lines]
    assert [len(one.text) for one in masked.lines] == lengths
    numbers = re.findall(r"\d{5,}|\S+@\S+", whole)
    for form in formats.FORMATS.values():
        if form.pictures == "needed" or form.binary:
            continue
        written = texts_of(form.write(masked, None))
        assert not any(number in written for number in numbers), form.name


def test_words_are_masked_with_their_line() -> None:
    masked = mask(Document((page(["pay 4111 1111 1111 1111 now"]),)), ["card"])
    assert masked.text == f"pay {MASK * 4} {MASK * 4} {MASK * 4} {MASK * 4} now"
    assert [word.text for word in masked.lines[0].words] == ["pay", *[MASK * 4] * 4, "now"]


def test_every_kind_of_space_parts_groups() -> None:
    masked = mask(Document((page(["4111\u00a01111\u20091111\t1111"]),)), ["card"])
    assert masked.text == f"{MASK * 4}\u00a0{MASK * 4}\u2009{MASK * 4}\t{MASK * 4}"


def test_words_that_are_not_in_their_line_lose_everything() -> None:
    odd = replace(line("4111111111111111", 10, 10), words=(Word("41l1", 0.5, box(1, 1, 9, 9)),))
    masked = mask(Document((Page(WIDTH, HEIGHT, (odd,)),)), ["card"])
    assert masked.lines[0].words[0].text == MASK * 4


def test_the_last_four_digits_of_a_card_stay_on_request() -> None:
    masked = mask(Document((page(["5500 0000 0000 1235"], ["4111 1111 1111 1111"]),)), ["card_last4"])
    assert masked.pages[0].row_texts == ("5500 0000 0000 1235", f"{MASK * 4} {MASK * 4} {MASK * 4} 1111")
    again = mask(masked, ["card_last4"])
    assert again.pages == masked.pages


def test_what_was_masked_once_is_masked_where_it_is_repeated() -> None:
    document = Document((page(["12345678"], ["Clubcard 12345678"]), page(["no 1234-5678"])))
    masked = mask(document, ["loyalty"])
    assert not re.search(r"\d", masked.text)


def test_names_are_repeated_as_words_only() -> None:
    masked = mask(Document((page(["Cashier: NADIA"], ["nadia was here"], ["CANADIAN"]),)), ["name"])
    assert masked.pages[0].row_texts == (f"Cashier: {MASK * 5}", f"{MASK * 5} was here", "CANADIAN")


def test_only_what_is_asked_for_is_masked() -> None:
    document = Document((page(["Tel: 030 1234567"], ["info@shop.de"]),))
    assert mask(document, []) is document
    assert mask(document, ["email"]).pages[0].row_texts[0] == "Tel: 030 1234567"
    assert mask(document, ["iban"]).warnings == ()


def test_values_that_are_no_texts_stay() -> None:
    receipt = Receipt(
        total=Field(Decimal("41.11"), "41.11", 0.9), date=Field(date(2024, 9, 17), "17.09.24", 0.9)
    )
    document = Document((page(["4111111111111111"]),), (receipt,))
    assert mask(document, ["card", "phone"]).receipts == (receipt,)


@pytest.mark.parametrize("words", [True, False])
@pytest.mark.parametrize("scale", [1, 2])
def test_pictures_are_painted_over(words: bool, scale: int) -> None:
    masked = mask(Document((page(["pay 4111111111111111", "cash"], ["total"], words=words),)), ["card"])
    picture = np.full((HEIGHT * scale, WIDTH * scale, 3), 200, np.uint8)
    result = painted(picture, masked.pages[0])
    assert (picture == 200).all()
    first, last, middle = (10 + 8 * 4) * scale, (10 + 8 * 20) * scale, 18 * scale
    assert not result[10 * scale : 26 * scale, first + 1 : last - 1].any()
    assert (result[middle, : 20 * scale] == 200).all()
    assert (result[middle, (10 + 8 * 20 + 24) * scale :] == 200).all()
    assert (result[34 * scale :] == 200).all()


def test_pictures_without_masked_text_are_not_copied() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    assert painted(picture, page(["TOTAL"])) is picture


def test_a_code_with_a_masked_payload_is_painted_over() -> None:
    iban = "DE89370400440532013000"
    codes = (
        Code("QRCode", f"BCD\n002\n1\nSCT\n\nShop\n{iban}\nEUR12.00", "unknown", box(100, 100, 200, 200)),
        Code("QRCode", "https://shop.example", "unknown", box(300, 100, 400, 200)),
    )
    masked = mask(Document((page(["TOTAL"]),), (Receipt(codes=codes),)), ["iban"])
    assert iban not in masked.to_json()
    assert is_masked(masked)
    (with_codes,) = pages_with_codes(masked)
    result = painted(np.full((HEIGHT, WIDTH, 3), 200, np.uint8), *with_codes)
    assert not result[102:198, 102:198].any()
    assert (result[102:198, 302:398] == 200).all()


def test_a_masker_counts_what_it_masks_once() -> None:
    masker = Masker(["card", "phone"])
    pages = tuple(masker.page(one) for one in (page(["4111111111111111"]), page(["Tel 030 1234567"])))
    masked = masker.document(Document(pages))
    assert [warning.message for warning in masked.warnings] == ["private data was masked: card 1, phone 1"]


def test_json_of_a_masked_document_is_read_back() -> None:
    masked = mask(Document((page(["4111111111111111"]),)), ["card"])
    assert Document.from_dict(json.loads(masked.to_json())) == masked
