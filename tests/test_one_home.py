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
MODULES = frozenset({"pyclipper", "shapely", "skimage", "matplotlib"})
FUNCTIONS = frozenset(
    {
        *("minAreaRect", "boxPoints", "convexHull", "contourArea", "arcLength", "approxPolyDP"),
        *("isContourConvex", "intersectConvexConvex", "rotatedRectangleIntersection", "minEnclosingTriangle"),
        *("pointPolygonTest", "fitEllipse", "moments", "ConvexHull", "RotatedBoxes"),
    }
)
#: Names under which such functions have been written by hand elsewhere.
NAMES = re.compile(
    r"(order|sort)_(points|quad|corners|polygon|poly|box|clockwise)|clockwise|shoelace|signed_area|point_order"
    r"|(polygon|poly|quad)_(area|iou|clip|order)|(clip|repair|validate|fix|unclip|shrink|offset)_(poly|polygon|quad|box)"
    r"|(is|check)_(valid|simple|convex|clockwise)|self_intersect",
    re.IGNORECASE,
)

#: What holds the points of text regions, as variables are called.
POINTS = re.compile(
    r"polygon|outline|quad(?!rat)|corners|\bpoly\b|\bbox(es)?\b|\bpoints\b|\bpts\b", re.IGNORECASE
)

#: What stands elsewhere on purpose, with the reason; an entry that is no longer needed fails the test.
ALLOWED = {
    (
        "metrics/areas.py",
        "pyclipper",
    ): "CLEval's exact figures need raw polygons, holes and differences of regions",
    ("metrics/areas.py", "own rule"): "what is measured has to fit Clipper's integers",
    ("metrics/areas.py", "shoelace"): "CLEval cuts points to whole pixels and lets crossing parts cancel out",
    ("detection/regions.py", "minAreaRect"): "the rectangle of a blob of pixels, before it is a polygon",
    ("io/drawing.py", "own rule"): "what is drawn has to fit OpenCV's integers",
    ("datasets/frames.py", "own rule"): "what is drawn has to fit OpenCV's integers",
    ("prepare/paper.py", "own rule"): "the corners of the sheet, which is no text region",
    ("prepare/paper.py", "contourArea"): "the largest blob of pixels is the sheet of paper",
    ("prepare/paper.py", "convexHull"): "its outline without dents, which is no text region",
    ("prepare/pattern.py", "convexHull"): "the part of a page that its lines span, which is no text region",
    ("prepare/paper.py", "arcLength"): "how rough its four sides may be",
    ("prepare/paper.py", "approxPolyDP"): "its four sides, which polygons.order_quad puts in order",
}


def uses(source: str) -> Iterator[str]:
    """What a module has of its own for polygons, by the names above."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (a.name.split(".")[0] for a in node.names if a.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").startswith("ocr.polygons."):
                yield "past the front door"
            if (node.module or "").split(".")[0] in MODULES:
                yield (node.module or "").split(".")[0]
            yield from (a.name for a in node.names if a.name in FUNCTIONS)
        elif isinstance(node, ast.Attribute) and node.attr in FUNCTIONS:
            yield node.attr
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) and NAMES.search(node.name):
            yield node.name
        elif isinstance(node, ast.Call):
            yield from _corner_tricks(node)
            yield from _own_rules(node)
        elif isinstance(node, ast.Compare) and _counts_points(node):
            yield "too few points"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and (_rolls(node) or _steps(node)):
            yield "shoelace"


def _rolls(product: ast.BinOp) -> bool:
    """Whether a coordinate meets the next point's other one: x · roll(y), not the units · roll(units) of angles."""
    for rolled, other in ((product.left, product.right), (product.right, product.left)):
        if isinstance(rolled, ast.Call) and _called(rolled) == "roll" and rolled.args:
            return ast.dump(rolled.args[0]) != ast.dump(other)
    return False


def _steps(product: ast.BinOp) -> bool:
    """Whether all but the last of one coordinate meet all but the first of another: x[:-1] · y[1:]."""
    cut = {
        ast.unparse(side.slice) for side in (product.left, product.right) if isinstance(side, ast.Subscript)
    }
    return cut == {":-1", "1:"}


def _counts_points(comparison: ast.Compare) -> bool:
    """Whether a number of points is held against the least that a polygon has: len(polygon) < 3."""
    counted, limit = comparison.left, comparison.comparators[0]
    return (
        isinstance(comparison.ops[0], (ast.Lt, ast.LtE, ast.GtE, ast.Gt))
        and isinstance(limit, ast.Constant)
        and limit.value in (2, 3, 4)
        and _called(counted) == "len"
        and bool(POINTS.search(ast.unparse(counted.args[0])))  # type: ignore[attr-defined]
    )


def _own_rules(call: ast.Call) -> Iterator[str]:
    """Points held against the picture's borders, or looked through for what is not a number."""
    subject = call.args[0] if call.args else None
    if (
        isinstance(call.func, ast.Attribute)
        and _called(call) == "clip"
        and ast.unparse(call.func.value) != "np"
    ):
        subject = call.func.value
    if subject is None or not POINTS.search(ast.unparse(subject)):
        return
    owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    if owner == "polygons":
        return
    if _called(call) in ("clip", "isfinite", "isnan"):
        yield "own rule"
    if _called(call) == "argsort" and "[:" in ast.unparse(subject):
        yield "order by a coordinate"
    if _called(call) == "sorted" and any(keyword.arg == "key" for keyword in call.keywords):
        keys = next(keyword.value for keyword in call.keywords if keyword.arg == "key")
        if isinstance(keys, ast.Lambda) and re.search(r"\[[01]\]$", ast.unparse(keys.body)):
            yield "order by a coordinate"


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
        ("area = (x[:-1] * y[1:]).sum()", "shoelace"),
        ("if len(polygon) < 3: pass", "too few points"),
        ("good = [p for p in found if len(p.outline) >= 4]", "too few points"),
        ("points = np.clip(points, 0, limit)", "own rule"),
        ("quad[:, 0] = quad[:, 0].clip(0, width)", "own rule"),
        ("if not np.isfinite(box).all(): pass", "own rule"),
        ("pts = sorted(list(box), key=lambda p: p[0])", "order by a coordinate"),
        ("left = pts[np.argsort(pts[:, 0])][:2]", "order by a coordinate"),
        ("from ocr.polygons.validation import validate", "past the front door"),
        ("inside = cv2.pointPolygonTest(outline, centre, False) > 0", "pointPolygonTest"),
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
        "cut = polygons.clip(quad, width, height)",
        "level = np.clip(curve, 0, 255)",
        "if len(lines) < 3: pass",
        "for polygon in sorted(found, key=lambda p: p.score): pass",
        "square = x[1:] * x[1:]",
    ],
)
def test_the_search_leaves_the_rest_alone(source: str) -> None:
    assert list(uses(source)) == []
