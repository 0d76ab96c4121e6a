"""Single letters stand as the text around them does."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import polygons
from ocr.detection.letters import with_upright_letters
from ocr.detection.regions import Region

#: Centres and sides (wide, tall) of lines, of a letter among them and of a word that runs down.
_LINES = (((200, 100), (300, 28)), ((190, 150), (280, 27)), ((210, 200), (320, 28)))
_LETTER, _WORD = ((20, 150), (14, 26)), ((380, 150), (22, 60))


def _page(degrees: float) -> list[polygons.Polygon]:
    """The regions of a page of lines, a letter and a word that runs down, turned about its origin."""
    centres, sizes = (np.array(values, np.float64) for values in zip(*_LINES, _LETTER, _WORD, strict=True))
    turn = np.deg2rad(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return list(polygons.rectangles(centres @ matrix, sizes, np.full(len(centres), degrees)))


def _along(quad: polygons.Polygon) -> float:
    side = quad[1] - quad[0]
    return float(np.rad2deg(np.arctan2(side[1], side[0])))


@pytest.mark.parametrize("degrees", [0.0, 8.0, -30.0, 40.0])
def test_a_letter_begins_where_the_lines_do(degrees: float) -> None:
    found = with_upright_letters([Region(quad, 0.9) for quad in _page(degrees)])
    *lines, letter, word = (_along(region.polygon) for region in found)
    assert [letter, *lines] == pytest.approx([degrees] * 4, abs=1)
    # A word is too long for a letter: it is read down and up.
    assert abs(word - degrees) == pytest.approx(90, abs=1)


def test_where_text_runs_down_letters_do() -> None:
    lines = _page(90.0)[:3]
    letter = polygons.rectangles([(300, 300)], [(26, 14)], [0.0])[0]
    *_, turned = with_upright_letters([Region(quad, 0.9) for quad in [*lines, letter]])
    assert abs(_along(turned.polygon)) == pytest.approx(90, abs=1)


def test_letters_alone_stay_as_they_are() -> None:
    regions = [
        Region(quad, 0.9) for quad in polygons.rectangles([(20, 20), (60, 20)], [(14, 26)] * 2, [0, 0])
    ]
    for before, after in zip(regions, with_upright_letters(regions), strict=True):
        assert before is after
    assert with_upright_letters([]) == ()
