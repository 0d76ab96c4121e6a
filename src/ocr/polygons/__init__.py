"""All polygon rules and geometry; no other module checks, orders, clips or offsets polygons.

Coordinates are pixels of the upright image, x right, y down, the origin at the top-left corner of the top-left pixel.
A polygon is an (N, 2) float32 array with N >= 3, clockwise as seen on the screen, starting at the text's own top-left
corner. A quad is a polygon with N = 4.
"""

from ocr.polygons.clipping import FAR, clip, intersection_area, iou
from ocr.polygons.cropping import Image, crop, parts_along, transform
from ocr.polygons.measures import (
    Polygon,
    are_convex,
    area,
    bounds,
    is_finite,
    is_outline,
    is_simple,
    overhang,
    perimeter,
    sides,
    signed_area,
    thickness,
    thicknesses,
)
from ocr.polygons.offsetting import (
    grown_heat,
    grown_rectangles,
    offset,
    shrink,
    shrink_distance,
    shrink_distances,
    unclip,
)
from ocr.polygons.ordering import min_area_quad, order, order_quad, order_quads, rectangles, to_quad
from ocr.polygons.validation import CLIP_TOLERANCE, KEPT_AREA, Validation, validate, validate_all

__all__ = [
    "CLIP_TOLERANCE",
    "FAR",
    "KEPT_AREA",
    "Image",
    "Polygon",
    "Validation",
    "are_convex",
    "area",
    "bounds",
    "clip",
    "crop",
    "grown_heat",
    "grown_rectangles",
    "intersection_area",
    "iou",
    "is_finite",
    "is_outline",
    "is_simple",
    "min_area_quad",
    "offset",
    "order",
    "order_quad",
    "order_quads",
    "overhang",
    "parts_along",
    "perimeter",
    "rectangles",
    "shrink",
    "shrink_distance",
    "shrink_distances",
    "sides",
    "signed_area",
    "thickness",
    "thicknesses",
    "to_quad",
    "transform",
    "unclip",
    "validate",
    "validate_all",
]
