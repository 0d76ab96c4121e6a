"""Polygon rules and geometry live in ``ocr.polygons`` alone: a search of the tree for a second home."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "ocr"
HOME = SOURCE / "polygons"

#: Libraries and OpenCV functions that check, clip, offset, order or measure polygons.
MODULES = frozenset({"pyclipper", "shapely"})
FUNCTIONS = frozenset(
    {
        *("minAreaRect", "boxPoints", "convexHull", "contourArea", "arcLength", "approxPolyDP"),
        *("isContourConvex", "intersectConvexConvex", "rotatedRectangleIntersection", "minEnclosingTriangle"),
    }
)
#: Names under which such functions have been written by hand elsewhere.
NAMES = re.compile(
    r"(order|sort)_(points|quad|corners|polygon|poly|box|clockwise)|clockwise|shoelace|signed_area|point_order"
    r"|(polygon|poly|quad)_(area|iou|clip|order)|(clip|repair|validate|fix|unclip|shrink|offset)_(poly|polygon|quad|box)"
    r"|(is|check)_(valid|simple|convex|clockwise)|self_intersect",
    re.IGNORECASE,
)

#: What stands elsewhere on purpose, with the reason; an entry that is no longer needed fails the test.
ALLOWED = {
    (
        "metrics/areas.py",
        "pyclipper",
    ): "CLEval's exact figures need raw polygons, holes and differences of regions",
    ("metrics/areas.py", "shoelace"): "CLEval cuts points to whole pixels and lets crossing parts cancel out",
    ("detection/decode.py", "minAreaRect"): "the rectangle of a blob of pixels, before it is a polygon",
    ("detection/decode.py", "boxPoints"): "its corners, which polygons.order_quad puts in order",
    ("prepare/paper.py", "contourArea"): "the largest blob of pixels is the sheet of paper",
    ("prepare/paper.py", "convexHull"): "its outline without dents, which is no text region",
    ("prepare/paper.py", "arcLength"): "how rough its four sides may be",
    ("prepare/paper.py", "approxPolyDP"): "its four sides, which polygons.order_quad puts in order",
}


def uses(source: str) -> Iterator[str]:
    """What a module has of its own for polygons, by the names above."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (a.name.split(".")[0] for a in node.names if a.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").split(".")[0] in MODULES:
                yield (node.module or "").split(".")[0]
            yield from (a.name for a in node.names if a.name in FUNCTIONS)
        elif isinstance(node, ast.Attribute) and node.attr in FUNCTIONS:
            yield node.attr
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) and NAMES.search(node.name):
            yield node.name
        elif isinstance(node, ast.Call):
            yield from _corner_tricks(node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and _rolls(node):
            yield "shoelace"


def _rolls(product: ast.BinOp) -> bool:
    """Whether a coordinate meets the next point's other one: x · roll(y), not the units · roll(units) of angles."""
    for rolled, other in ((product.left, product.right), (product.right, product.left)):
        if isinstance(rolled, ast.Call) and _called(rolled) == "roll" and rolled.args:
            return ast.dump(rolled.args[0]) != ast.dump(other)
    return False


def _corner_tricks(call: ast.Call) -> Iterator[str]:
    """Ordering corners by their angle, or by the least and greatest sum and difference of x and y."""
    inner = [_called(argument) for argument in call.args]
    if _called(call) in ("argsort", "sorted") and {"arctan2", "atan2"} & set(inner):
        yield "order by angle"
    if _called(call) in ("argmin", "argmax"):
        receiver = _called(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        if "diff" in (*inner, receiver) or any(
            name == "sum" and _along_points(node)
            for name, node in [
                *zip(inner, call.args, strict=True),
                (receiver, getattr(call.func, "value", None)),
            ]
        ):
            yield "order by sums"


def _along_points(node: ast.AST | None) -> bool:
    if not isinstance(node, ast.Call):
        return False
    axes = [keyword.value for keyword in node.keywords if keyword.arg == "axis"] + node.args
    return any(isinstance(axis, ast.Constant) and axis.value in (1, -1) for axis in axes)


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_polygons_have_one_home() -> None:
    found = {
        (file.relative_to(SOURCE).as_posix(), use)
        for file in sorted(SOURCE.rglob("*.py"))
        if file.parent != HOME
        for use in uses(file.read_text(encoding="utf-8"))
    }
    assert found - ALLOWED.keys() == set(), "use or extend ocr.polygons, or give the reason in ALLOWED"
    needed = {(file, use) for file, use in ALLOWED if (SOURCE / file).exists()}
    assert needed - found == set(), "these reasons are no longer needed"


@pytest.mark.parametrize(
    ("source", "use"),
    [
        ("import pyclipper", "pyclipper"),
        ("from shapely.geometry import Polygon", "shapely"),
        ("import cv2\ncv2.minAreaRect(p)", "minAreaRect"),
        ("from cv2 import convexHull", "convexHull"),
        ("def order_points(p): ...", "order_points"),
        ("def _is_clockwise(p): ...", "_is_clockwise"),
        ("a = x * np.roll(y, -1)", "shoelace"),
        ("p = p[np.argsort(np.arctan2(y, x))]", "order by angle"),
        ("first = p[p.sum(axis=1).argmin()]", "order by sums"),
        ("first = p[np.argmin(p.sum(1))]", "order by sums"),
        ("second = p[np.argmin(np.diff(p, axis=1))]", "order by sums"),
    ],
)
def test_the_search_finds_a_second_home(source: str, use: str) -> None:
    assert list(uses(source)) == [use]


@pytest.mark.parametrize(
    "source",
    [
        "best = scores.argmax()",
        "p = polygons.order_quad(p)",
        "k = np.argsort(-scores)",
        "totals.sum().argmax()",
    ],
)
def test_the_search_leaves_the_rest_alone(source: str) -> None:
    assert list(uses(source)) == []
