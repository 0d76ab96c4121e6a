"""The letters of a page by connected components, and the angle of its lines from projection profiles."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr.prepare.stage import Image

Points = npt.NDArray[np.float32]

#: Pages are reduced to this short side in pixels, or to the long side if that is smaller.
_SHORT, _LONG = 1000, 3000
#: Most points of ink and most marks that are used; a random subset of larger sets.
_POINTS, _MARKS = 40_000, 800
#: Most points of ink in the search over all angles.
_COARSE_POINTS = 10_000
#: Least number of marks for a result.
_MIN_MARKS = 25


@dataclass(frozen=True, eq=False)
class Marks:
    """Connected components of a page that have the size of letters.

    Attributes:
        labels: (h, w) int32, the component of each pixel of the reduced page.
        letters: bool, for each label whether the component is one of them.
        boxes: (N, 4) float32 x0, y0, x1, y1 in pixels of the reduced page.
        usual: median of their longer sides in pixels of the reduced page.
        scale: factor from the page to the reduced page.
    """

    labels: npt.NDArray[np.int32]
    letters: npt.NDArray[np.bool_]
    boxes: npt.NDArray[np.float32]
    usual: float
    scale: float


@dataclass(frozen=True)
class Lines:
    """Direction of the lines of a page and how clear it is.

    Attributes:
        angle: of the lines in degrees, positive where they sink to the right.
        strength: unevenness of the projection profile across the lines, relative to random points; 1 without lines.
        contrast: ratio of ``strength`` to the median strength of all angles tried.
    """

    angle: float
    strength: float
    contrast: float


def marks(page: Image) -> Marks | None:
    """Find the letters of an RGB (H, W, 3) or grey (H, W) uint8 page; ``None`` if there are fewer than 25."""
    grey = page if page.ndim == 2 else np.asarray(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), np.uint8)
    height, width = grey.shape
    scale = min(1.0, _SHORT / min(width, height), _LONG / max(width, height))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    soft = cv2.GaussianBlur(grey, (0, 0), 0.8)
    dark = cv2.adaptiveThreshold(soft, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 12)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    x, y, wide, tall, area = stats.T
    longer, shorter = np.maximum(wide, tall), np.minimum(wide, tall)
    letter = (longer >= 4) & (area >= 6)
    letter[0] = False
    if letter.sum() < _MIN_MARKS:
        return None
    usual = float(np.median(longer[letter]))
    # Excludes rules, borders, pictures and texture, but not a word whose letters touch.
    letter &= (shorter <= 3 * usual) & (longer <= 10 * usual)
    if letter.sum() < _MIN_MARKS:
        return None
    boxes = np.column_stack([x, y, x + wide, y + tall])[letter].astype(np.float32)
    return Marks(np.asarray(labels, np.int32), letter, boxes, usual, scale)


def points(marks: Marks) -> Points:
    """Points (N, 2) float32 of the ink, in pixels of the reduced page; a random 40,000 of more."""
    y, x = np.nonzero(marks.letters[marks.labels])
    chosen = np.column_stack([x, y]).astype(np.float32)
    if len(chosen) > _POINTS:
        chosen = chosen[np.random.default_rng(0).choice(len(chosen), _POINTS, replace=False)]
    return chosen


def horizontal_share(marks: Marks) -> float:
    """The share in [0, 1] of marks whose nearest neighbour is beside them, rather than above or below.

    Letters are closer to each other than lines are, so the share is well above 0.5 for horizontal text and well below
    0.5 for vertical text. 0.5 if there are too few marks.
    """
    boxes = marks.boxes[np.ptp(marks.boxes.reshape(-1, 2, 2), axis=1).max(axis=1) >= 0.5 * marks.usual]
    some = np.random.default_rng(0).permutation(len(boxes))[:_MARKS]
    one, other = boxes[some, None], boxes[None]
    gaps = np.maximum(0, np.maximum(other[..., :2] - one[..., 2:], one[..., :2] - other[..., 2:]))
    distances = np.hypot(gaps[..., 0], gaps[..., 1])
    rows = np.arange(len(some))
    distances[rows, some] = np.inf
    nearest = distances.argmin(axis=1)
    gap = gaps[rows, nearest][distances[rows, nearest] < 2 * marks.usual]
    horizontal, vertical = int((gap[:, 0] > gap[:, 1]).sum()), int((gap[:, 0] < gap[:, 1]).sum())
    return horizontal / (horizontal + vertical) if horizontal + vertical >= _MIN_MARKS else 0.5


def on_side(page: Image) -> bool:
    """Whether most letters of an RGB (H, W, 3) uint8 page have their nearest neighbour above or below them."""
    letters = marks(page)
    return letters is not None and horizontal_share(letters) < 0.5


def lines(points: Points, reach: float) -> Lines:
    """The angle at which the projection profile of the ink is most uneven.

    Args:
        points: (N, 2), at least one.
        reach: angles from ``-reach`` to ``reach`` degrees are searched.
    """
    centred = points - points.mean(axis=0)
    coarse = np.arange(-np.ceil(reach), np.ceil(reach) + 1)
    # Peaks are narrow: long lines need steps of half a degree.
    tried = np.unique(np.clip(np.concatenate([coarse, coarse + 0.5]), -reach, reach))
    strengths = np.array([_strength(centred, angle) for angle in tried])
    best = float(tried[strengths.argmax()])
    middle = float(np.median(strengths))
    for step in (0.125, 0.03):
        near = np.clip(best + step * np.arange(-5, 6), -reach, reach)
        values = [_strength(centred, float(angle)) for angle in near]
        best = float(near[int(np.argmax(values))])
        strongest = float(max(values))
    return Lines(best, strongest, strongest / max(middle, 1e-9))


def text_angle(marks: Marks) -> Lines:
    """The angle of the lines of a page, among all angles.

    A coarse search in steps of a degree, with a profile in bins of a third of a letter, is refined near its best angle.
    Text set in a grid can give the angle of its columns, 90° off.

    Returns:
        An angle from -90 to 90 degrees; its strength is that of the coarse search.
    """
    ink = points(marks)
    ink -= ink.mean(axis=0)
    some = ink[:: -(-len(ink) // _COARSE_POINTS)] / max(1.0, marks.usual / 3)
    tried = np.arange(-90.0, 90.0)
    strengths = np.array([_strength(some, angle) for angle in tried])
    best = float(tried[strengths.argmax()])
    turn = np.deg2rad(best)
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    near = lines(ink @ np.array([[cos, -sin], [sin, cos]], np.float32), 1.5)
    angle = (best + near.angle + 90) % 180 - 90
    return Lines(angle, float(strengths.max()), float(strengths.max() / max(np.median(strengths), 1e-9)))


def _strength(points: Points, angle: float) -> float:
    """Sum of squared steps of the projection profile across an angle, relative to random points."""
    turn = np.deg2rad(angle)
    across = points[:, 1] * np.float32(np.cos(turn)) - points[:, 0] * np.float32(np.sin(turn))
    rows = np.floor(across - across.min()).astype(np.int64)
    steps = np.diff(np.bincount(rows).astype(np.float64), prepend=0.0, append=0.0)
    # Random points give an expected 2 for each of them.
    return float((steps @ steps) / (2 * len(points)))
