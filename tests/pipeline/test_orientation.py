"""Cleaning up and turning pages while they are read: texts as upright, polygons in pixels of what came in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ocr import polygons
from ocr.cli import main
from ocr.errors import BadConfiguration
from ocr.pipeline import orientation
from ocr.pipeline.reader import Reader, ReadOptions
from ocr.prepare import Pipeline
from ocr.prepare.orientation import turned
from ocr.prepare.warp import inside, warp
from ocr.recognition.recognizer import Reading
from tests.models_for_tests import ROWS, receipt_like
from tests.pictures import encoded
from tests.prepare import pages
from tests.prepare.pages import rotation

PAGE = receipt_like()
ROWS_OF_A_LONG_PAGE = ("mmimmimim", "iimmimi", "mimimmm", "mmmiimi", "immimmimi")
LONG = receipt_like(ROWS_OF_A_LONG_PAGE, width=320, height=400)


class Eye:
    """Reads well along one direction in degrees, badly in all others."""

    def __init__(self, direction: float) -> None:
        self.along = np.array([np.cos(np.deg2rad(direction)), np.sin(np.deg2rad(direction))])

    def read(self, image: npt.NDArray[np.uint8], quads: Sequence[npt.NDArray[np.float32]]) -> list[Reading]:
        fine = [float((quad[1] - quad[0]) @ self.along) > 10 for quad in quads]
        return [Reading("TOTAL" if f else "TVLO1", 1.0, 0.95 if f else 0.6) for f in fine]


def _quads(quarters: int, count: int = 20) -> list[npt.NDArray[np.float32]]:
    """Lines of a page of 300 × 900 pixels turned clockwise, each begun where a detector begins: by its place alone."""
    page = np.zeros((900, 300, 3), np.uint8)
    matrix = turned(page, quarters).matrix
    found = []
    for k in range(count):
        line = np.array([[20, 40 * k], [180 + k, 40 * k], [180 + k, 40 * k + 20], [20, 40 * k + 20]])
        found.append(polygons.order_quad(polygons.transform(line, np.eye(3) if matrix is None else matrix)))
    return found


class Page:
    """A page whose text runs one way, looked at in turns; it keeps the turns that were tried."""

    def __init__(self, quarters: int, *, level: bool = True) -> None:
        self.quarters, self.tried, self.level = quarters, [], level

    def attempt(self, degrees: float) -> orientation.Attempt[int]:
        quarters = round(degrees / 90)
        self.tried.append(quarters)
        return self._seen((self.quarters + quarters) % 4, quarters)

    def first(self) -> orientation.Attempt[int]:
        return self._seen(self.quarters, 0)

    def _seen(self, now: int, tried: int) -> orientation.Attempt[int]:
        # On pages on their side a detector finds letters beside each other, or the lines as they stand.
        quads = _quads(0, 60) if now % 2 and self.level else _quads(now)
        eye = Eye(90 * now)
        return orientation.Attempt(quads, eye.read(np.zeros((1, 1), np.uint8), quads), tried)

    def probe(
        self, seen: orientation.Attempt[int], quads: Sequence[npt.NDArray[np.float32]]
    ) -> list[Reading]:
        return Eye(90 * ((self.quarters + seen.result) % 4)).read(np.zeros((1, 1), np.uint8), quads)

    def upright(self, picture: npt.NDArray[np.uint8]) -> int:
        return orientation.find_orientation(self.first(), picture, self.attempt, self.probe).result


@pytest.mark.parametrize("level", [True, False])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_the_turn_that_makes_a_page_readable_is_found(quarters: int, level: bool) -> None:
    page = Page(quarters, level=level)
    picture = turned(pages.receipt()[0], quarters).image
    assert page.upright(picture) == (4 - quarters) % 4
    # An upright page costs nothing, one upside-down is read once more, one on its side twice at most.
    assert len(page.tried) == {0: 0, 1: 2, 2: 1, 3: 1}[quarters]


@pytest.mark.parametrize(("quarters", "tried"), [(0, 0), (1, 2), (3, 1)])
def test_letters_that_are_found_one_by_one_read_well_at_any_turn_and_tell_nothing(
    quarters: int, tried: int
) -> None:
    class Letters(Page):
        def _seen(self, now: int, tried: int) -> orientation.Attempt[int]:
            if now % 2 == 0:
                return super()._seen(now, tried)
            quads = _quads(0, 60)
            return orientation.Attempt(quads, [Reading("O", 1.0, 0.95)] * len(quads), tried)

    page = Letters(quarters)
    assert page.upright(turned(pages.receipt()[0], quarters).image) == (4 - quarters) % 4
    assert len(page.tried) == tried


def test_letters_that_stand_apart_on_an_upright_page_stay_as_they_are() -> None:
    class Apart(Page):
        def _seen(self, now: int, tried: int) -> orientation.Attempt[int]:
            return orientation.Attempt(_quads(0, 60), [Reading("O", 1.0, 0.95)] * 60, tried)

    page = Apart(0)
    assert page.upright(pages.receipt()[0]) == 0
    assert page.tried == []


def test_a_page_that_reads_no_better_turned_stays_as_it_is() -> None:
    class Poor(Page):
        def probe(self, seen: Any, quads: Any) -> list[Reading]:
            return [Reading("TVLO1", 1.0, 0.7)] * len(quads)

        def _seen(self, now: int, tried: int) -> orientation.Attempt[int]:
            quads = _quads(0)
            return orientation.Attempt(quads, [Reading("TVLO1", 1.0, 0.7)] * len(quads), tried)

    for quarters in range(4):
        picture = turned(pages.receipt()[0], quarters).image
        assert Poor(0).upright(picture) == 0


def test_nothing_to_tell_by_leaves_a_page_as_it_is() -> None:
    blank = np.full((900, 900, 3), 255, np.uint8)
    empty: orientation.Attempt[int] = orientation.Attempt([], [], 0)
    blind: orientation.Attempt[int] = orientation.Attempt(_quads(0), [Reading("", 0.0)] * 20, 0)
    for first in (empty, blind):
        assert (
            orientation.find_orientation(
                first, blank, lambda _: blind, lambda _, q: [Reading("", 0.0)] * len(q)
            )
            is first
        )


def test_long_lines_count_by_their_characters() -> None:
    short, long = [Reading("ab", 0.1, 0.9)] * 4, [Reading("abcdefgh", 1.0, 0.4)]
    assert orientation.certainty(short) == pytest.approx(0.9)
    assert orientation.certainty([*short, *long]) == pytest.approx((0.9 * 0.4) ** 0.5)
    assert orientation.certainty([]) == orientation.certainty([Reading("", 0.0)]) == 0.0


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pages_are_read_with_polygons_where_they_lie(
    reader: Reader, quarters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    upright = reader.read(PAGE)
    monkeypatch.setattr(
        orientation, "find_orientation", lambda first, page, attempt, probe: attempt(360 - 90 * quarters)
    )
    result = turned(PAGE, quarters)
    document = reader.read(result.image, ReadOptions(turn="auto"))
    (page,) = document.pages
    assert (page.width, page.height) == (result.image.shape[1], result.image.shape[0])
    assert tuple(line.text for line in page.lines) == tuple(line.text for line in upright.lines) == ROWS
    for line, expected in zip(page.lines, upright.lines, strict=True):
        there = polygons.transform(expected.polygon, result.matrix)
        np.testing.assert_allclose(line.polygon, there, atol=0.02)
    assert page.text == upright.pages[0].text


@pytest.mark.parametrize("angle", [-12.0, 7.0])
def test_a_skewed_page_is_read_after_deskew(reader: Reader, angle: float) -> None:
    upright = reader.read(LONG)
    matrix, size = inside(rotation(angle), LONG.shape[1], LONG.shape[0])
    page = warp(LONG, matrix, size, (255, 255, 255))
    document = reader.read(page, ReadOptions(prepare=Pipeline.of("deskew", "contrast")))
    assert document.text == upright.text == "\n".join(ROWS_OF_A_LONG_PAGE)
    assert document.warnings == ()
    for line, expected in zip(document.lines, upright.lines, strict=True):
        there = polygons.transform(expected.polygon, matrix)
        assert polygons.iou(line.polygon, there) >= 0.85
        # Well below the 32 pixels to the next corner: the first one is the same.
        assert np.linalg.norm(line.polygon[0] - there[0]) < 16
    found = reader.detect(page, ReadOptions(prepare=Pipeline.of("deskew", "contrast")))
    assert [line.polygon.tolist() for line in found.lines] == [
        line.polygon.tolist() for line in document.lines
    ]


def test_off_and_stages_with_nothing_to_do_change_nothing(reader: Reader) -> None:
    for page in (PAGE, LONG):
        plain = reader.read(page).to_json()
        for options in (
            ReadOptions(),
            ReadOptions(prepare=Pipeline()),
            ReadOptions(prepare=Pipeline.of("deskew", "orientation", "perspective", "background", "denoise")),
        ):
            assert reader.read(page, options).to_json() == plain


def test_wrong_options_are_refused() -> None:
    with pytest.raises(BadConfiguration, match="expected a Pipeline"):
        ReadOptions(prepare="deskew")  # type: ignore[arg-type]
    with pytest.raises(BadConfiguration, match="expected 'off' or 'auto'"):
        ReadOptions(turn="on")  # type: ignore[arg-type]


def _run(
    models: tuple[Path, Path], capfd: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    chosen = ["--detection", str(models[0]), "--recognition", str(models[1]), "--threads", "1"]
    with pytest.raises(SystemExit) as ending:
        main(["read", *chosen, *arguments])
    out, err = capfd.readouterr()
    return int(ending.value.code or 0), out, err


def test_the_command_prepares_pages(
    models: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    matrix, size = inside(rotation(9), LONG.shape[1], LONG.shape[0])
    file, stages = tmp_path / "a.png", tmp_path / "stages.json"
    file.write_bytes(encoded(warp(LONG, matrix, size, (255, 255, 255)), "PNG"))
    stages.write_text(json.dumps({"deskew": {"max_angle": 10}}))
    expected = "\n".join(ROWS_OF_A_LONG_PAGE) + "\n"
    for wanted in ("deskew,contrast", str(stages)):
        assert _run(models, capfd, "--prepare", wanted, str(file))[:2] == (0, expected)
    status, out, err = _run(models, capfd, "--prepare", "deskow", str(file))
    assert (status, out) == (2, "")
    assert "bad_configuration" in err
    assert "did you mean 'deskew'" in err
    assert _run(models, capfd, "--prepare", "", str(file))[0] == 2
    assert _run(models, capfd, "--turn", "maybe", str(file))[0] == 2
