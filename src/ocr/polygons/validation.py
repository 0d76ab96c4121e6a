"""The polygon rules, applied to every annotated or predicted polygon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr.polygons.clipping import clip, largest, untangled
from ocr.polygons.measures import Polygon, area, is_simple, signed_area
from ocr.polygons.ordering import order_quad

#: A point at most this many pixels outside the image is moved onto its edge.
CLIP_TOLERANCE = 3.0
#: A polygon clipped to the image is dropped if a smaller share of its area remains.
KEPT_AREA = 0.5


@dataclass(frozen=True)
class Validation:
    """Result of `validate` for one polygon.

    Attributes:
        polygon: the polygon to use, or ``None`` if it was dropped.
        actions: what was done, in order: ``deduplicated``, ``clipped``, ``repaired``, ``reordered`` or
            ``dropped:REASON`` with the reasons ``not_finite``, ``too_few_points``, ``no_area``, ``outside``.
    """

    polygon: Polygon | None
    actions: tuple[str, ...] = ()

    @property
    def dropped(self) -> str | None:
        """The reason of a drop, or ``None``."""
        return self.actions[-1].removeprefix("dropped:") if self.polygon is None else None


def validate(points: npt.ArrayLike, width: float, height: float) -> Validation:
    """Apply the polygon rules to one annotated or predicted polygon.

    Args:
        points: anything that becomes an (N, 2) array, in pixels.
        width: width of the image in pixels.
        height: height of the image in pixels.

    Returns:
        A clockwise polygon without self-intersections, of positive area, with at least three distinct finite points
        inside the image; and what was done to it. Never raises for bad points.
    """
    try:
        raw = np.asarray(points, dtype=np.float64)
        if raw.size % 2 == 0:
            raw = raw.reshape(-1, 2)
    except (TypeError, ValueError):
        return Validation(None, ("dropped:not_finite",))
    if raw.ndim != 2 or raw.shape[1] != 2 or len(raw) < 3:
        return Validation(None, ("dropped:too_few_points",))
    if not np.isfinite(raw).all():
        return Validation(None, ("dropped:not_finite",))

    actions: list[str] = []
    current = raw[np.any(np.abs(raw - np.roll(raw, 1, axis=0)) > 1e-6, axis=1)]
    if len(current) < len(raw):
        actions.append("deduplicated")
    if len(np.unique(current, axis=0)) < 3:
        return Validation(None, (*actions, "dropped:too_few_points"))

    limit = np.array([width, height], np.float64)
    inside = np.clip(current, 0.0, limit)
    if not np.array_equal(inside, current):
        actions.append("clipped")
        if np.abs(inside - current).max() > CLIP_TOLERANCE:
            whole = area(current)
            cut = clip(current, width, height)
            if cut is None or area(cut) < KEPT_AREA * whole:
                return Validation(None, (*actions, "dropped:outside"))
            inside = cut.astype(np.float64)
        current = inside

    if not is_simple(current):
        repaired = largest(untangled(current))
        if repaired is None:
            return Validation(None, (*actions, "dropped:no_area"))
        actions.append("repaired")
        # Four points in a crossed order mean the quad of these points.
        current = order_quad(current).astype(np.float64) if len(current) == 4 else repaired.astype(np.float64)
        current = np.clip(current, 0.0, limit)
    if abs(signed_area(current)) < 1e-3:
        return Validation(None, (*actions, "dropped:no_area"))
    if signed_area(current) < 0:
        # Keep the first point: it carries the reading direction that the annotator gave.
        current = np.roll(current[::-1], 1, axis=0)
        actions.append("reordered")
    return Validation(np.ascontiguousarray(current, np.float32), tuple(actions))


def validate_all(polygons: Sequence[npt.ArrayLike], width: float, height: float) -> list[Validation]:
    """`validate` of several polygons of an image, in their order; valid quads are recognised in one go."""
    valid_quads: dict[int, Validation] = {}
    quads = [k for k, p in enumerate(polygons) if isinstance(p, np.ndarray) and p.shape == (4, 2)]
    if quads:
        stacked = np.stack([polygons[k] for k in quads]).astype(np.float64)
        valid = _are_valid(stacked, width, height)
        points = np.ascontiguousarray(stacked, np.float32)
        valid_quads = {k: Validation(points[at]) for at, k in enumerate(quads) if valid[at]}
    return [valid_quads.get(k) or validate(polygon, width, height) for k, polygon in enumerate(polygons)]


def _are_valid(quads: npt.NDArray[np.float64], width: float, height: float) -> list[bool]:
    """Whether each quad (Q, 4, 2) is valid as it is: convex, clockwise, inside the image."""
    with np.errstate(invalid="ignore", over="ignore"):
        sides = np.roll(quads, -1, axis=1) - quads
        after = np.roll(sides, -1, axis=1)
        turns = sides[..., 0] * after[..., 1] - sides[..., 1] * after[..., 0]
        inside = ((quads >= 0) & (quads <= (width, height))).all(axis=(1, 2))
        apart = np.abs(sides).max(axis=2).min(axis=1) > 1e-6
        # The first and third turn are twice the areas of the halves of a convex quad.
        good = inside & apart & (turns > 0).all(axis=1) & (turns[:, 0] + turns[:, 2] > 2e-3)
    listed: list[bool] = good.tolist()
    return listed
