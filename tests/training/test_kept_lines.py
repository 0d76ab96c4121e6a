"""Rendered lines that are kept and worn anew: the same whichever process rendered them."""

from __future__ import annotations

import os
import pickle
import signal
import tempfile

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("PIL")

from ocr.errors import BadConfiguration
from ocr.recognition.charset import Charset
from ocr.training.recognition_data import LineBatches, RenderedLines
from ocr.training.recognition_data.kept import KeptLines

CHARSET = Charset(" 0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Renderer:
    """Draws a number; counts how often."""

    def __init__(self, width: int = 40) -> None:
        self.width, self.numbers = width, []

    def __call__(self, number: int) -> tuple[np.ndarray, str]:
        self.numbers.append(number)
        return np.full((32, self.width), number % 256, np.uint8), f"№ {number}"


def test_a_line_is_rendered_once_for_all_processes():
    first, render = KeptLines(4), Renderer()
    for number in (0, 1, 5, 5, 0):
        image, text = first.line(number, render)
        assert (image == number).all()
        assert text == f"№ {number}"
    # Line 5 took the place of line 1.
    assert render.numbers == [0, 1, 5]
    other = pickle.loads(pickle.dumps(first))
    other.line(5, render)
    other.line(1, render)
    first.line(1, render)
    assert render.numbers == [0, 1, 5, 1]


def test_half_of_a_line_is_rendered_anew_and_what_is_too_wide_is_not_kept():
    kept, render = KeptLines(2), Renderer()
    kept.line(0, render)
    kept._file[0, 900] ^= 1
    assert (kept.line(0, render)[0] == 0).all()
    assert render.numbers == [0, 0]
    wide = Renderer(1000)
    for _ in range(2):
        assert kept.line(1, wide)[0].shape == (32, 1000)
    assert wide.numbers == [1, 1]


def test_the_file_goes_with_its_maker():
    kept = KeptLines(2)
    path = kept.path
    other = pickle.loads(pickle.dumps(kept))
    del other
    assert path.exists()
    del kept
    assert not path.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_what_a_killed_run_left_goes_with_the_next_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told, tells = os.pipe()
    run = os.fork()
    if run == 0:
        kept = KeptLines(2)
        os.write(tells, kept.path.name.encode())
        while True:
            signal.pause()
    left = tmp_path / os.read(told, 100).decode()
    other = tmp_path / "ocr-other"
    other.write_bytes(b"")
    mine = KeptLines(2)
    another = KeptLines(2)
    # The files of those that live stay.
    assert set(tmp_path.iterdir()) == {left, other, mine.path, another.path}
    os.kill(run, signal.SIGKILL)
    os.waitpid(run, 0)
    after = KeptLines(2)
    assert set(tmp_path.iterdir()) == {other, mine.path, another.path, after.path}


def test_batches_depend_on_their_numbers_alone_and_lines_come_again_worn_anew(monkeypatch):
    lines = RenderedLines(1, CHARSET, fresh=0.25, kept=6)
    batches = LineBatches({"synthetic": lines}, CHARSET, batch=4, pool=2)
    copy = pickle.loads(pickle.dumps(batches))
    made = [batches[item] for item in (0, 1, 40, 41)]
    # Another process makes the later ones alone.
    for one, other in zip(made[2:], [copy[40], copy[41]], strict=True):
        assert [line.text for line in one] == [line.text for line in other]
        assert all(np.array_equal(a.image, b.image) for a, b in zip(one, other, strict=True))
    texts = [line.text for batch in made[:2] for line in batch]
    assert len(set(texts)) < len(texts)
    again = [[line.image for batch in made[:2] for line in batch if line.text == text] for text in set(texts)]
    assert any(len({image.tobytes() for image in images}) > 1 for images in again)
    # After as many draws the kept lines are others.
    assert set(texts).isdisjoint(line.text for batch in made[2:] for line in batch)


def test_lines_are_learnt_as_wide_as_they_are_read():
    """Batches widen lines as a model that is made of them does."""
    made = [
        LineBatches({"synthetic": RenderedLines(1, CHARSET)}, CHARSET, batch=8, pool=2, narrow=narrow)[0]
        + LineBatches({"synthetic": RenderedLines(1, CHARSET)}, CHARSET, batch=8, pool=2, narrow=narrow)[1]
        for narrow in (0.0, 30.0)
    ]
    before, after = ({line.text: line.image.shape[1] for line in lines} for lines in made)
    common = before.keys() & after.keys()
    assert len(common) > len(before) / 2
    assert all(before[text] <= after[text] <= 1.5 * before[text] + 1 for text in common)
    assert any(before[text] < after[text] for text in common)


@pytest.mark.parametrize("wrong", [{"fresh": 0.0}, {"fresh": 1.5}, {"fresh": 0.5, "kept": 0}])
def test_shares_out_of_range_are_refused(wrong):
    with pytest.raises(BadConfiguration, match="fresh is"):
        RenderedLines(1, CHARSET, **wrong)
