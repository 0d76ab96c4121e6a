"""Line crops: deterministic, inside the character set, readable, and of the right shape."""

from __future__ import annotations

import pickle
import random
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("PIL", reason="needs the extra [synth]")
pytest.importorskip("fontpkg_arimo", reason="needs the extra [synth]")

from ocr.datasets.synthetic import fonts, typeset
from ocr.datasets.synthetic.fonts import covered_characters
from ocr.datasets.synthetic.lines import SyntheticLines, _with_borders
from ocr.datasets.synthetic.locales import LOCALES
from ocr.datasets.synthetic.phrases import DEFAULT_CHARACTERS, phrase
from ocr.datasets.synthetic.scripts import LATIN, script_named, script_of_locale
from ocr.errors import BadConfiguration, InputNotFound, MissingExtra
from ocr.recognition.charset import Charset


@pytest.fixture(scope="module")
def lines() -> SyntheticLines:
    return SyntheticLines(7)


def test_the_same_seed_and_index_give_the_same_crop_in_any_order(lines: SyntheticLines) -> None:
    other = SyntheticLines(7)
    order = list(range(40))
    random.Random(0).shuffle(order)
    shuffled = {i: other.line(i) for i in order}
    for i in range(40):
        image, text = lines.line(i)
        assert text == shuffled[i][1]
        assert np.array_equal(image, shuffled[i][0])


def test_other_seeds_give_other_crops(lines: SyntheticLines) -> None:
    texts = [lines.line(i)[1] for i in range(20)]
    assert texts != [SyntheticLines(8).line(i)[1] for i in range(20)]


def test_crops_are_grey_pictures_with_clean_transcripts(lines: SyntheticLines) -> None:
    for i in range(300):
        image, text = lines.line(i)
        assert image.dtype == np.uint8
        assert image.ndim == 2
        assert 10 <= image.shape[0] <= 64
        assert image.shape[1] >= 6
        assert text == text.strip()
        assert text
        assert "  " not in text
        assert set(text) <= set(DEFAULT_CHARACTERS)


def test_a_small_charset_is_never_left() -> None:
    digits = SyntheticLines(3, charset="0123456789.,-: ")
    texts = [digits.line(i)[1] for i in range(80)]
    assert set("".join(texts)) <= set("0123456789.,-: ")
    assert len(set(texts)) > 50


def test_every_character_of_the_charset_is_seen() -> None:
    charset = "AÉß€₹™~|\\^`{}"
    supply = SyntheticLines(3, charset=charset, random_share=1.0)
    seen = set("".join(supply.line(i)[1] for i in range(120)))
    assert seen == set(charset)


def test_crops_hold_visible_text(lines: SyntheticLines) -> None:
    contrasts = []
    for i in range(100):
        image, _ = lines.line(i)
        smooth = cv2.blur(image, (3, 3))
        contrasts.append(int(smooth.max()) - int(smooth.min()))
    assert np.median(contrasts) > 60
    assert min(contrasts) > 8


def test_an_empty_charset_is_refused() -> None:
    with pytest.raises(BadConfiguration, match="no character"):
        SyntheticLines(0, charset=" ")


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.name)
def test_every_locale_writes_within_the_default_characters(locale) -> None:
    rng = random.Random(1)
    text = "".join(phrase(rng, locale) for _ in range(400))
    script = script_of_locale(locale.name)
    own = "" if script == LATIN else Charset.load(script_named(script).charset).characters
    assert set(text) <= set(DEFAULT_CHARACTERS + own)


def test_every_package_of_the_table_gives_a_font_and_stands_in_the_extra() -> None:
    assert {f.family for f in fonts.load_fonts().faces} == set(fonts.PACKAGES)
    project = (Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8")
    assert set(re.findall(r'"fontpkg-([^">=]+)', project)) == set(fonts.PACKAGES)


def test_splits_share_no_family() -> None:
    train, validation = fonts.load_fonts("train"), fonts.load_fonts("validation")
    assert not {f.family for f in train.faces} & {f.family for f in validation.faces}
    assert len(train) + len(validation) == len(fonts.load_fonts("all"))
    assert len({f.family for f in validation.faces}) >= 4


def test_faces_are_only_chosen_where_they_cover_the_text() -> None:
    everything, rng = fonts.load_fonts(), random.Random(0)
    for _ in range(200):
        face = everything.choose(rng, "Größe ₹12")
        assert face is not None
        assert face.covers("Größe ₹12")
    assert everything.choose(rng, "\U0001f9fe") is None


def test_coverage_agrees_with_what_the_font_draws() -> None:
    from PIL import ImageFont

    face = next(f for f in fonts.load_fonts().faces if f.family == "press-start-2p")
    font = ImageFont.truetype(str(face.path), 24)
    missing = bytes(font.getmask("\U0010fffd"))
    assert "A" in covered_characters(face.path)
    assert "\u4e00" not in covered_characters(face.path)
    assert bytes(font.getmask("\u4e00")) == missing


def test_a_font_folder_is_used_alone(tmp_path: Path) -> None:
    source = next(f for f in fonts.load_fonts().faces if f.family == "share-tech").path
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "Own.ttf").write_bytes(source.read_bytes())
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    own = fonts.load_fonts(folder=tmp_path)
    assert {f.path.name for f in own.faces} == {"Own.ttf"}


def test_missing_fonts_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputNotFound):
        fonts.load_fonts(folder=tmp_path / "none")
    with pytest.raises(BadConfiguration, match="usable"):
        fonts.load_fonts(folder=tmp_path)
    with pytest.raises(BadConfiguration, match="split"):
        fonts.load_fonts("test")  # type: ignore[arg-type]
    monkeypatch.setattr(fonts, "PACKAGES", {})
    fonts._load_fonts.cache_clear()
    with pytest.raises(MissingExtra, match=r"receipt-ocr\[synth\]"):
        fonts.load_fonts()
    fonts._load_fonts.cache_clear()


def test_set_text_is_tight_at_its_sides() -> None:
    face = next(f for f in fonts.load_fonts().faces if f.family == "arimo")
    ink = typeset.typeface(face, 32).set("Hg 1")
    assert ink.mask[:, 0].any()
    assert ink.mask[:, -1].any()
    rows = np.flatnonzero(ink.mask.any(axis=1))
    assert rows[-1] + 1 > ink.baseline > rows[0]


def test_every_line_holds_a_character_beyond_the_given_ones():
    charset = Charset.load("latin").characters
    known = Charset.load("receipt").characters
    lines = SyntheticLines(5, charset, "train", beyond=known)
    texts = [pickle.loads(pickle.dumps(lines)).line(i)[1] for i in range(3)]
    assert texts == [lines.line(i)[1] for i in range(3)]
    texts += [lines.line(i)[1] for i in range(3, 60)]
    assert all(set(text) - set(known) for text in texts)
    assert len({c for text in texts for c in set(text) - set(known)}) > 50
    with pytest.raises(BadConfiguration, match="beyond"):
        SyntheticLines(5, known, "train", beyond=known)


def test_the_borders_of_a_cell_stand_beside_the_text_and_in_the_box():
    seen = set()
    for seed in range(400):
        canvas = np.zeros((40, 120), np.uint8)
        x0, y0, x1, y1 = _with_borders(random.Random(seed), canvas, (20, 10, 100, 30), 20.0)
        bars = np.flatnonzero(canvas.any(axis=0))
        left, right = bars[bars < 20], bars[bars >= 100]
        assert (y0, y1) == (10, 30)
        assert len(left) + len(right) == len(bars)
        assert (x0 < 20) == bool(len(left))
        assert (x1 > 100) == bool(len(right))
        assert canvas[:, bars].all()
        seen.add((x0 < 20, x1 > 100))
    assert seen == {(False, False), (True, False), (False, True), (True, True)}
