"""Letters that narrow print lost at the beginning of a web address are there; other text stays."""

from __future__ import annotations

import pytest

from ocr.recognition.decoded import Decoded, Doubt
from ocr.recognition.web_addresses import with_whole_addresses


def _line(text: str) -> Decoded:
    places = list(range(len(text)))
    doubts = [Doubt(k, "v", -2.0) for k, c in enumerate(text) if c in "wWo"]
    return Decoded(text, 0.6, places, [k + 1 for k in places], [0.7] * len(text), doubts)


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        ("W.TAYOTO.COM", "WWW.TAYOTO.COM"),
        ("Visit ww.melur-shop.co.uk/x for", "Visit www.melur-shop.co.uk/x for"),
        ("WEB: VWW.MELUR.DE", "WEB: WWW.MELUR.DE"),
        ("wwww.melur.org", "www.melur.org"),
    ],
)
def test_an_address_begins_with_three_letters(seen: str, text: str) -> None:
    (line,) = with_whole_addresses([_line(seen)])
    assert line.text == text
    assert line.confidence == 0.6
    assert len(line.begins) == len(line.ends) == len(line.certainties) == len(text)
    assert list(line.begins) == sorted(line.begins)
    assert line.ends[-1] == len(seen)
    # Doubts are still of the characters that they were of.
    assert all(text[doubt.position] in "wWo" for doubt in line.doubts)


@pytest.mark.parametrize(
    "text",
    [
        "www.melur.com",
        "WWW.MELUR.COM",
        "w.o.o.",
        "W.SMITH LTD",
        "a@w.melur.com",
        "w.melur",
        "J.W.MELUR.COM",
        "V.MELUR.DE",
    ],
)
def test_other_text_stays(text: str) -> None:
    line = _line(text)
    assert with_whole_addresses([line]) == [line]
