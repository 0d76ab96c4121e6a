"""Geometry by property: order, clip, offset and their limits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr import polygons
from ocr.layout.rows import reading_order, rows

angles = st.floats(-44.0, 44.0)
sides = st.floats(5.0, 400.0)
places = st.floats(-500.0, 500.0)


def rectangle(width: float, height: float, angle: float = 0.0, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    return corners @ np.array([[c, s], [-s, c]]) + [x, y]


@given(
    width=st.floats(30, 400),
    height=st.floats(5, 15),
    angle=angles,
    x=places,
    y=places,
    seed=st.integers(0, 23),
)
def test_order_quad_finds_the_text_corner_from_any_order(width, height, angle, x, y, seed):
    quad = rectangle(width, height, angle, x, y)
    shuffled = np.random.default_rng(seed).permutation(quad)
    np.testing.assert_allclose(polygons.order_quad(shuffled), quad, atol=1e-3)


@given(width=sides, height=sides, angle=st.floats(-180, 180))
def test_ordered_quads_run_clockwise(width, height, angle):
    assert polygons.signed_area(polygons.order_quad(rectangle(width, height, angle))) > 0


@given(width=sides, height=sides, angle=angles)
def test_area_does_not_depend_on_place_or_direction(width, height, angle):
    quad = rectangle(width, height, angle, 100, -70)
    assert polygons.area(quad) == pytest.approx(width * height, rel=1e-6)
    assert polygons.signed_area(quad[::-1]) == pytest.approx(-width * height, rel=1e-6)


@given(width=st.floats(20, 400), height=st.floats(10, 60), ratio=st.floats(0.3, 0.9))
def test_growing_a_shrunk_rectangle_gives_it_back(width, height, ratio):
    distance = polygons.shrink_distance(rectangle(width, height), ratio)
    (grown,) = polygons.grown_rectangles([(width - 2 * distance, height - 2 * distance)], ratio, None)
    assert grown == pytest.approx((width, height), rel=1e-6)


@given(width=st.floats(20, 300), height=st.floats(10, 100), angle=angles, distance=st.floats(1, 4))
def test_offset_out_and_in_again_keeps_a_rectangle(width, height, angle, distance):
    quad = rectangle(width, height, angle)
    (grown,) = polygons.offset(quad, distance)
    (back,) = polygons.offset(grown, -distance)
    assert polygons.area(grown) > polygons.area(quad)
    assert polygons.iou(back, quad) > 0.98


def test_unclip_grows_by_the_papers_distance():
    # A = 2000, L = 240, r' = 1.5: D' = 12.5 on every side.
    grown = polygons.unclip(rectangle(100, 20), 1.5)
    assert grown is not None
    np.testing.assert_allclose(polygons.bounds(grown), (-12.5, -12.5, 112.5, 32.5), atol=0.02)


@given(x=st.floats(-200, 200), y=st.floats(-200, 200), width=sides, height=sides, angle=angles)
def test_clip_stays_inside_and_never_grows(x, y, width, height, angle):
    quad = rectangle(width, height, angle, x, y)
    cut = polygons.clip(quad, 100, 80)
    if cut is None:
        return
    assert cut.min() >= -0.01
    assert cut[:, 0].max() <= 100.01
    assert cut[:, 1].max() <= 80.01
    assert polygons.area(cut) <= polygons.area(quad) + 1


@given(shapes=st.lists(st.tuples(sides, sides, angles), min_size=1, max_size=6))
def test_quads_are_ordered_alike_alone_and_together(shapes):
    quads = [rectangle(*shape, x=300, y=200) for shape in shapes]
    together = polygons.order_quads(quads)
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together, [polygons.order_quad(quad) for quad in quads])


@given(width=sides, height=sides, angle=st.floats(-90, 90))
def test_rectangles_are_those_of_opencv(width, height, angle):
    corners = cv2.boxPoints(((50.0, 40.0), (width, height), angle))
    (found,) = polygons.rectangles([(50, 40)], [(width, height)], [angle])
    assert polygons.iou(found, polygons.order_quad(corners)) > 0.99
    np.testing.assert_allclose(np.sort(found, axis=0), np.sort(corners, axis=0), atol=0.01)


outlines = st.one_of(
    st.builds(rectangle, sides, sides, angles, st.floats(-40, 120), st.floats(-40, 120)),
    st.lists(st.tuples(places, places), min_size=4, max_size=4).map(lambda p: np.array(p, np.float32)),
    st.lists(st.tuples(places, places), min_size=0, max_size=7).map(lambda p: np.array(p, np.float32)),
    st.sampled_from(
        [
            np.array([[0, 0], [40, 10], [40, 0], [0, 10]], np.float32),
            np.array([[0, 0], [0, 10], [40, 10], [40, 0]], np.float32),
            np.array([[0, 0], [40, 0], [40, 0], [0, 10]], np.float32),
            np.array([[0, 0], [40, np.nan], [40, 10], [0, 10]], np.float32),
            np.array([[0, 0], [np.inf, 0], [40, 10], [0, 10]], np.float32),
            np.array([[0, 0], [1e-3, 0], [1e-3, 1e-3], [0, 1e-3]], np.float32),
        ]
    ),
)


@given(given=st.lists(outlines, max_size=6))
def test_polygons_are_validated_alike_alone_and_together(given):
    together = polygons.validate_all(given, 100, 80)
    alone = [polygons.validate(polygon, 100, 80) for polygon in given]
    assert [found.actions for found in together] == [found.actions for found in alone]
    for found, expected in zip(together, alone, strict=True):
        assert (found.polygon is None) == (expected.polygon is None)
        if expected.polygon is not None:
            np.testing.assert_array_equal(found.polygon, expected.polygon)


@given(x=st.floats(-200, 200), y=st.floats(-200, 200), width=sides, height=sides, angle=angles)
def test_clip_is_the_common_part_with_the_image(x, y, width, height, angle):
    quad = rectangle(width, height, angle, x, y)
    cut = polygons.clip(quad, 100, 80)
    shared = polygons.intersection_area(quad, [[0, 0], [100, 0], [100, 80], [0, 80]])
    # Clipper, which measures what is shared, rounds to 1/256 px.
    assert (0.0 if cut is None else polygons.area(cut)) == pytest.approx(shared, abs=2.0)
    if cut is not None:
        assert polygons.signed_area(cut) > 0
        assert polygons.is_simple(cut)


def test_clip_keeps_a_dented_polygon_whole_where_it_can():
    bent = [[-10, 20], [50, 0], [110, 20], [110, 30], [50, 12], [-10, 30]]
    cut = polygons.clip(bent, 100, 80)
    shared = polygons.intersection_area(bent, [[0, 0], [100, 0], [100, 80], [0, 80]])
    assert polygons.area(cut) == pytest.approx(shared, abs=0.5)


def test_convex_polygons_are_told_from_others():
    square = [[0, 0], [10, 0], [10, 10], [0, 10]]
    dented = [[0, 0], [10, 0], [3, 3], [0, 10]]
    doubled = [[0, 0], [10, 0], [10, 0], [0, 10]]
    flat = [[0, 0], [5, 0], [10, 0], [5, 0]]
    triangle = [[0, 0], [5, 0], [10, 0], [0, 10]]
    found = polygons.are_convex([square, square[::-1], dented, doubled, flat, triangle])
    assert found.tolist() == [True, False, False, False, False, True]


@given(shapes=st.lists(st.tuples(sides, sides, angles), min_size=1, max_size=5), ratio=st.floats(0.2, 0.95))
def test_shrink_distances_are_those_of_each_polygon(shapes, ratio):
    quads = [rectangle(*shape, x=400, y=300) for shape in shapes]
    expected = [polygons.shrink_distance(quad, ratio) for quad in quads]
    np.testing.assert_allclose(polygons.shrink_distances(quads, ratio), expected, rtol=1e-6)


@given(a=st.tuples(sides, sides, angles), b=st.tuples(sides, sides, angles), x=st.floats(-50, 50))
def test_iou_is_symmetric_and_bounded(a, b, x):
    first, second = rectangle(*a), rectangle(*b, x=x)
    assert polygons.iou(first, second) == pytest.approx(polygons.iou(second, first), abs=1e-6)
    assert 0.0 <= polygons.iou(first, second) <= 1.0
    assert polygons.iou(first, first) == pytest.approx(1.0, abs=1e-3)


def test_iou_of_half_shifted_boxes_is_a_third():
    assert polygons.iou(rectangle(10, 10), rectangle(10, 10, x=5)) == pytest.approx(1 / 3, abs=1e-3)


class TestValidate:
    def test_a_good_quad_is_left_alone(self):
        quad = rectangle(50, 10, 0, 5, 5)
        found = polygons.validate(quad, 100, 100)
        assert found.actions == ()
        np.testing.assert_array_equal(found.polygon, quad.astype(np.float32))

    def test_points_a_little_outside_are_moved_onto_the_edge(self):
        found = polygons.validate([[-3, 0], [50, -1], [50, 10], [-2, 10]], 100, 100)
        assert found.actions == ("clipped",)
        assert found.polygon is not None
        assert found.polygon.min() == 0

    def test_a_polygon_mostly_outside_is_dropped(self):
        found = polygons.validate(rectangle(50, 10, 0, -30, 5), 100, 100)
        assert found.polygon is None
        assert found.dropped == "outside"

    def test_a_polygon_partly_outside_is_cut(self):
        found = polygons.validate(rectangle(50, 10, 0, -20, 5), 100, 100)
        assert found.polygon is not None
        np.testing.assert_allclose(polygons.bounds(found.polygon), (0, 5, 30, 15), atol=0.01)

    def test_a_crossed_quad_is_uncrossed(self):
        found = polygons.validate([[0, 0], [40, 10], [40, 0], [0, 10]], 100, 100)
        assert "repaired" in found.actions
        assert found.polygon is not None
        assert polygons.area(found.polygon) == pytest.approx(400)
        np.testing.assert_array_equal(found.polygon[0], [0, 0])

    def test_anticlockwise_points_are_turned_and_keep_their_start(self):
        found = polygons.validate([[0, 0], [0, 10], [40, 10], [40, 0]], 100, 100)
        assert found.actions == ("reordered",)
        np.testing.assert_array_equal(found.polygon, [[0, 0], [40, 0], [40, 10], [0, 10]])

    def test_repeated_points_are_dropped(self):
        found = polygons.validate([[0, 0], [40, 0], [40, 0], [40, 10], [0, 10], [0, 10]], 100, 100)
        assert found.actions == ("deduplicated",)
        assert found.polygon is not None
        assert len(found.polygon) == 4

    @pytest.mark.parametrize(
        ("points", "reason"),
        [
            ([[0, 0], [np.nan, 0], [5, 5]], "not_finite"),
            ([[0, 0], [np.inf, 0], [5, 5]], "not_finite"),
            ([["a", 0], [1, 1], [2, 2]], "not_finite"),
            ([[0, 0], [10, 0]], "too_few_points"),
            ([[0, 0], [10, 0], [0, 0], [10, 0]], "too_few_points"),
            ([], "too_few_points"),
            ([[0, 0], [10, 0], [20, 0]], "no_area"),
            ([[200, 200], [240, 200], [240, 220], [200, 220]], "outside"),
        ],
    )
    def test_what_cannot_be_a_polygon_is_dropped_with_its_reason(self, points, reason):
        found = polygons.validate(points, 100, 100)
        assert found.polygon is None
        assert found.dropped == reason

    @given(st.lists(st.tuples(st.floats(-50, 150), st.floats(-50, 150)), min_size=3, max_size=8))
    def test_whatever_comes_out_obeys_the_rules(self, points):
        found = polygons.validate(points, 100, 100)
        if found.polygon is None:
            return
        assert np.isfinite(found.polygon).all()
        assert polygons.signed_area(found.polygon) > 0
        assert found.polygon.min() >= 0
        assert found.polygon.max() <= 100
        again = polygons.validate(found.polygon, 100, 100)
        assert again.polygon is not None


@given(angle=angles, width=st.floats(40, 200), height=st.floats(10, 30))
def test_transform_forth_and_back(angle, width, height):
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    matrix = np.array([[c, -s, 30], [s, c, -12], [1e-4, 2e-4, 1]])
    quad = rectangle(width, height)
    back = polygons.transform(polygons.transform(quad, matrix), np.linalg.inv(matrix))
    np.testing.assert_allclose(back, quad, atol=0.05)


class TestCrop:
    def test_an_upright_quad_is_cut_to_the_pixel(self):
        image = np.random.default_rng(0).integers(0, 256, (60, 200), dtype=np.uint8)
        cut = polygons.crop(image, rectangle(80, 32, 0, 20, 10), 32)
        np.testing.assert_array_equal(cut, image[10:42, 20:100])

    def test_text_that_runs_down_is_turned_upright(self):
        image = np.zeros((200, 60), np.uint8)
        image[20:60, 10:42] = 255  # the beginning of the text is its bright part
        # The text's own top left is the picture's top right.
        cut = polygons.crop(image, [[42, 20], [42, 180], [10, 180], [10, 20]], 32)
        assert cut.shape == (32, 160)
        assert cut[:, :38].min() == 255
        assert cut[:, 42:].max() == 0

    def test_outside_the_picture_is_the_fill(self):
        cut = polygons.crop(np.zeros((20, 20), np.uint8), rectangle(40, 20, 0, 10, 0), 20, fill=99)
        assert cut[:, 12:].min() == 99

    def test_colour_and_fixed_width(self):
        assert polygons.crop(np.zeros((20, 20, 3), np.uint8), rectangle(10, 5), 32, width=7).shape == (
            32,
            7,
            3,
        )


class TestReadingOrder:
    def test_rows_then_columns(self):
        boxes = [rectangle(50, 10, 0, x, y) for x, y in [(100, 31), (0, 30), (0, 0), (100, 2)]]
        assert reading_order(boxes) == [2, 3, 1, 0]

    @given(angle=st.floats(-180, 180))
    def test_a_skewed_or_turned_page_keeps_its_rows(self, angle):
        c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        turn = np.array([[c, -s, 0], [s, c, 0]])
        boxes = [rectangle(80, 10, 0, x, 20 * y) for y in range(4) for x in (0, 300)]
        turned = [polygons.transform(box, turn) for box in boxes]
        assert rows(turned) == [[0, 1], [2, 3], [4, 5], [6, 7]]

    def test_nothing(self):
        assert reading_order([]) == []

    def test_a_narrow_figure_stands_in_its_row(self):
        item, amount = rectangle(240, 30, 0, 180, 115), rectangle(100, 30, 0, 550, 112)
        figure = np.roll(rectangle(14, 28, 0, 37, 117), -1, axis=0)  # its first side runs down
        below = rectangle(240, 30, 0, 180, 155)
        assert rows([item, amount, figure, below]) == [[2, 0, 1], [3]]


@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize("shift", [(-30, 0), (30, 0), (0, -8), (0, 8), (-20, 6)])
def test_a_cut_polygon_still_starts_where_its_text_does(start: int, shift: tuple[int, int]) -> None:
    box = np.array([[0, 0], [100, 0], [100, 20], [0, 20]], np.float32) + shift
    cut = polygons.validate(np.roll(box, -start, axis=0), 100, 20)
    expected = np.roll(np.clip(box, 0, (100, 20)), -start, axis=0)
    assert cut.actions == ("clipped",)
    assert cut.polygon is not None
    assert np.allclose(cut.polygon, expected, atol=0.01)


@pytest.mark.parametrize(
    ("polygon", "expected"),
    [
        ([[0, 0], [10, 0], [10, 10], [0, 10]], 0.0),
        ([[-4, 0], [10, 0], [10, 10], [0, 10]], 4.0),
        ([[0, 0], [110, 0], [10, 93], [0, 10]], 13.0),
        ([[0, np.nan], [110, 0], [10, 93], [0, 10]], 0.0),
    ],
)
def test_overhang_is_how_far_a_polygon_reaches_out(polygon, expected):
    assert polygons.overhang(polygon, 100, 80) == expected


@pytest.mark.parametrize("shape", [(2, 2), (4, 3), (8,), (0, 2), (1, 4, 2)])
def test_arrays_of_other_shapes_are_no_outlines(shape):
    assert not polygons.is_outline(np.zeros(shape, np.float32))
    assert polygons.is_outline(np.zeros((3, 2), np.float32))


@given(shapes=st.lists(st.tuples(sides, sides, angles), min_size=1, max_size=5))
def test_thicknesses_of_rectangles_are_those_of_each(shapes):
    quads = [rectangle(*shape, x=300, y=200) for shape in shapes]
    np.testing.assert_allclose(
        polygons.thicknesses(quads), [polygons.thickness(quad) for quad in quads], rtol=1e-3
    )


def test_parts_along_a_quad_follow_its_text() -> None:
    level = np.array([[10, 20], [110, 20], [110, 40], [10, 40]], np.float32)
    down = np.roll(level, -1, axis=0)
    parts = polygons.parts_along([level, level, down], [[0.25, 0.5], [-0.5, 2.0], [0.0, 0.5]])
    assert parts[0].tolist() == [[35, 20], [60, 20], [60, 40], [35, 40]]
    assert parts[1].tolist() == level.tolist()
    assert parts[2].tolist() == [[110, 20], [110, 30], [10, 30], [10, 20]]


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("far", [2.0**24, 2.0**30, 1e16, 2.0**54, 3e16, 1e19, 1e300, np.inf, np.nan])
def test_points_that_are_far_away_end_nothing(far):
    # Clipper ends the process where a number does not fit into its integers, and takes hours near their end.
    for points in (
        [[0, 100], [910, 0], [90, 3], [10, far]],
        [[-far, 5], [60, 5], [60, 40], [0, 40]],
        [[0, 0], [far, far], [50, 0], [0, 50]],
    ):
        polygon = np.array(points, np.float64)
        found = polygons.validate(polygon, 100, 100)
        assert found.polygon is None or (found.polygon >= 0).all()
        assert polygons.intersection_area(polygon, rectangle(20, 10, 0)) >= 0
        for distance in (far, -far, 3.0):
            assert all(np.isfinite(one).all() for one in polygons.offset(polygon, distance))
    grown = polygons.offset(rectangle(20, 10, 0), far)
    assert grown == [] or far <= 2.0**24
