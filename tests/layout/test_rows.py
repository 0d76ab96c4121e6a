"""Rows on paper that is curled, seen aslant, tightly set, or printed in columns that hang lower than others."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.layout.rows import reading_order, rows

Quads = list[npt.NDArray[np.float64]]

HEIGHT, WIDTH = 20.0, 620.0
#: Start and end of each column as shares of the width.
COLUMNS = {
    1: [(0.0, 0.9)],
    2: [(0.0, 0.5), (0.85, 1.0)],
    3: [(0.0, 0.45), (0.6, 0.68), (0.85, 1.0)],
    4: [(0.0, 0.05), (0.08, 0.5), (0.65, 0.72), (0.88, 1.0)],
}


def printed(
    count: int, columns: int, pitch: float, hang: tuple[float, ...] = (), seed: int = 0
) -> tuple[Quads, list[list[int]]]:
    """Lines in rows ``pitch`` heights apart and in columns, in any order; ``hang`` lowers columns by pitches."""
    rng = np.random.default_rng(seed)
    quads: Quads = []
    for row in range(count):
        for column, (start, end) in enumerate(COLUMNS[columns]):
            x0, x1 = start * WIDTH, (end - rng.uniform(0, 0.3) * (end - start)) * WIDTH
            y = (row + (hang[column] if hang else 0.0)) * pitch * HEIGHT
            box = [[x0, y], [x1, y], [x1, y + HEIGHT], [x0, y + HEIGHT]]
            quads.append(np.array(box))
    order = rng.permutation(len(quads))
    place = np.argsort(order)
    truth = [[int(place[row * columns + column]) for column in range(columns)] for row in range(count)]
    return [quads[k] for k in order], truth


def jittered(quads: Quads, seed: int) -> Quads:
    """Corners as a detector gives them, a twenty-fifth of the height off."""
    rng = np.random.default_rng(seed)
    return [quad + rng.normal(0, 0.04 * HEIGHT, (4, 2)) for quad in quads]


def turned(quads: Quads, degrees: float) -> Quads:
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return [quad @ np.array([[cos, sin], [-sin, cos]]) for quad in quads]


counts, columns, pitches = st.integers(16, 30), st.integers(1, 4), st.floats(1.0, 2.0)
seeds = st.integers(0, 10_000)


@settings(max_examples=40, deadline=None)
@given(counts, columns, pitches, st.floats(-6, 6), st.floats(0.5, 1.0), seeds)
def test_a_curled_top(
    count: int, columns: int, pitch: float, degrees: float, reach: float, seed: int
) -> None:
    quads, truth = printed(count, columns, pitch, seed=seed)
    tall = max(quad[:, 1].max() for quad in quads)
    for quad in quads:
        share = np.clip(1 - quad[:, 1] / (reach * tall), 0, 1)
        quad[:, 1] += np.tan(np.deg2rad(degrees)) * quad[:, 0] * share
    assert rows(jittered(quads, seed)) == truth


@settings(max_examples=40, deadline=None)
@given(counts, columns, pitches, st.floats(-6, 6), st.floats(-180, 180), seeds)
def test_a_perspective_fan_at_any_angle(
    count: int, columns: int, pitch: float, degrees: float, angle: float, seed: int
) -> None:
    quads, truth = printed(count, columns, pitch, seed=seed)
    tall = max(quad[:, 1].max() for quad in quads)
    for quad in quads:
        quad[:, 1] += np.tan(np.deg2rad(degrees)) * quad[:, 0] * (2 * quad[:, 1] / tall - 1)
    assert rows(turned(jittered(quads, seed), angle)) == truth


@settings(max_examples=40, deadline=None)
@given(counts, columns, pitches, st.floats(-1, 1), seeds)
def test_a_bow(count: int, columns: int, pitch: float, heights: float, seed: int) -> None:
    quads, truth = printed(count, columns, pitch, seed=seed)
    for quad in quads:
        quad[:, 1] += heights * HEIGHT * np.sin(np.pi * quad[:, 0] / WIDTH)
    assert rows(jittered(quads, seed)) == truth


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 24), st.integers(2, 4), st.floats(1.0, 1.9), st.floats(-0.35, 0.5), seeds)
def test_a_last_column_that_hangs(count: int, columns: int, pitch: float, hang: float, seed: int) -> None:
    quads, truth = printed(count, columns, pitch, (*[0.0] * (columns - 1), hang), seed)
    assert rows(quads) == truth


@pytest.mark.parametrize("pitch", [1.0, 1.2, 1.5, 2.0])
def test_columns_stepped_by_a_third_of_the_pitch(pitch: float) -> None:
    quads, truth = printed(6, 3, pitch, (0.0, 1 / 3, 2 / 3))
    assert rows(quads) == truth


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.floats(-500, 500)] * 2, *[st.floats(0, 90)] * 2, st.floats(-180, 180)), max_size=40
    )
)
def test_every_line_once_and_none_above_another_of_its_row(boxes: list[tuple[float, ...]]) -> None:
    quads = []
    for x, y, wide, tall, angle in boxes:
        (quad,) = turned([np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]])], angle)
        quads.append(quad + np.array([x, y]))
    grouped = rows(quads)
    assert sorted(k for row in grouped for k in row) == list(range(len(quads)))
    assert all(grouped)
    assert reading_order(quads) == [k for row in grouped for k in row]


@pytest.mark.parametrize("times", [2.5, 4.0, 6.0])
def test_a_total_several_times_as_high_as_the_items_stands_in_one_row(times: float) -> None:
    quads, truth = printed(6, 2, 1.6)
    tall, y = times * HEIGHT, 6 * 1.6 * HEIGHT + 10
    for x0, x1 in ((0, 2.5 * tall), (0.99 * WIDTH - tall, 0.99 * WIDTH)):
        quads.append(np.array([[x0, y], [x1, y], [x1, y + tall], [x0, y + tall]]))
    assert [sorted(row) for row in rows(quads)] == [*(sorted(row) for row in truth), [12, 13]]


def test_text_that_runs_up_the_page_stands_in_a_row_of_its_own() -> None:
    quads, _ = printed(8, 1, 1.6)
    x = WIDTH + 5
    quads.append(np.array([[x, 300], [x, 60], [x + HEIGHT, 60], [x + HEIGHT, 300]], np.float64))
    assert [8] in rows(quads)


def test_many_lines() -> None:
    quads, truth = printed(334, 3, 1.2)
    assert rows(quads) == truth
    assert rows([]) == []
    assert rows(quads[:1]) == [[0]]


def test_synthetic_receipts_bent_and_seen_from_the_side() -> None:
    pytest.importorskip("PIL", reason="needs the extra [synth]")
    pytest.importorskip("fontpkg_arimo", reason="needs the extra [synth]")
    path = Path(__file__).parents[2] / "benchmarks" / "rows.py"
    benchmark = runpy.run_path(str(path), run_name="benchmarks.rows")
    measured = benchmark["measure"](benchmark["synthetic"](3, 6))
    assert len(measured) == 5
    assert all(right >= 0.99 and found >= 0.99 for right, found, *_ in measured.values())
