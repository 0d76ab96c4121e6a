"""Where the ink of a page's letters lies, and how strongly it gathers in lines at an angle."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr.prepare.stage import Image

Points = npt.NDArray[np.float32]

#: Pages are looked at with this short side in pixels, less where that makes them longer than the long one.
_SHORT, _LONG = 1000, 3000
#: So many points of ink, and so many marks, tell as much as all of them.
_POINTS, _MARKS = 40_000, 800
#: Points of ink for a search over all angles.
_COARSE_POINTS = 10_000
#: Fewer marks than this say nothing.
_LEAST = 25


@dataclass(frozen=True, eq=False)
class Marks:
    """The connected marks of a page that have the size of letters.

    Attributes:
        ink: (h, w) bool, the page reduced with its proportion kept: where their ink is.
        boxes: (N, 4) float32 x0, y0, x1, y1 in pixels of the reduced page.
        usual: median of their longer sides.
        scale: factor from the page to the reduced page.
    """

    ink: npt.NDArray[np.bool_]
    boxes: npt.NDArray[np.float32]
    usual: float
    scale: float


@dataclass(frozen=True)
class Lines:
    """How the ink lies in lines.

    Attributes:
        angle: of the lines in degrees, positive where they sink to the right.
        strength: unevenness of the profile across the lines, as a multiple of what chance gives; 1 for no lines.
        contrast: that strength over the median one of all angles tried.
    """

    angle: float
    strength: float
    contrast: float


def marks(page: Image) -> Marks | None:
    """Find the letters of an RGB (H, W, 3) uint8 page; ``None`` where there are too few to say anything."""
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    scale = min(1.0, _SHORT / min(width, height), _LONG / max(width, height))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(grey, (0, 0), 0.8)
    dark = cv2.adaptiveThreshold(soft, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 12)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    x, y, wide, tall, area = stats.T
    longer, shorter = np.maximum(wide, tall), np.minimum(wide, tall)
    letter = (longer >= 4) & (area >= 6)
    letter[0] = False
    if letter.sum() < _LEAST:
        return None
    usual = float(np.median(longer[letter]))
    # Rules, borders, pictures and the grain of a table are no letters; a word whose letters touch still counts.
    letter &= (shorter <= 3 * usual) & (longer <= 10 * usual)
    if letter.sum() < _LEAST:
        return None
    boxes = np.column_stack([x, y, x + wide, y + tall])[letter].astype(np.float32)
    return Marks(letter[labels], boxes, usual, scale)


def points(found: Marks) -> Points:
    """Points (N, 2) float32 of the ink, in pixels of the reduced page: all, or as many as tell as much."""
    y, x = np.nonzero(found.ink)
    chosen = np.column_stack([x, y]).astype(np.float32)
    if len(chosen) > _POINTS:
        chosen = chosen[np.random.default_rng(0).choice(len(chosen), _POINTS, replace=False)]
    return chosen


def beside(found: Marks) -> float:
    """The share in [0, 1] of marks whose nearest neighbour stands beside them, not above or below.

    Letters of a line are closer to each other than lines are: well above a half for level text, well below it for
    text that runs up or down, and a half where nothing can be told.
    """
    boxes = found.boxes[np.ptp(found.boxes.reshape(-1, 2, 2), axis=1).max(axis=1) >= 0.5 * found.usual]
    some = np.random.default_rng(0).permutation(len(boxes))[:_MARKS]
    one, other = boxes[some, None], boxes[None]
    gaps = np.maximum(0, np.maximum(other[..., :2] - one[..., 2:], one[..., :2] - other[..., 2:]))
    away = np.hypot(gaps[..., 0], gaps[..., 1])
    rows = np.arange(len(some))
    away[rows, some] = np.inf
    nearest = away.argmin(axis=1)
    gap = gaps[rows, nearest][away[rows, nearest] < 2 * found.usual]
    level, upright = int((gap[:, 0] > gap[:, 1]).sum()), int((gap[:, 0] < gap[:, 1]).sum())
    return level / (level + upright) if level + upright >= _LEAST else 0.5


def on_side(page: Image) -> bool:
    """Whether most letters of an RGB (H, W, 3) uint8 page have their nearest neighbour above or below them."""
    found = marks(page)
    return found is not None and beside(found) < 0.5


def lines(points: Points, reach: float) -> Lines:
    """The angle at which ink gathers in lines most.

    Args:
        points: (N, 2), at least one.
        reach: angles from ``-reach`` to ``reach`` degrees are tried.
    """
    centred = points - points.mean(axis=0)
    coarse = np.arange(-np.ceil(reach), np.ceil(reach) + 1)
    # Lines of text are narrow peaks: half a degree off, a long one is already lost.
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


def text_angle(found: Marks) -> Lines:
    """The angle at which the ink of a page gathers in lines most, of all angles.

    Lines and columns of letters are sought first in bands of a third of a letter, a degree apart, and then precisely
    near the best angle. Letters set in a grid gather in columns as well, a right angle off.

    Returns:
        An angle from -90 to 90; its strength is that of the coarse search.
    """
    ink = points(found)
    ink -= ink.mean(axis=0)
    some = ink[:: -(-len(ink) // _COARSE_POINTS)] / max(1.0, found.usual / 3)
    tried = np.arange(-90.0, 90.0)
    strengths = np.array([_strength(some, angle) for angle in tried])
    best = float(tried[strengths.argmax()])
    turn = np.deg2rad(best)
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    near = lines(ink @ np.array([[cos, -sin], [sin, cos]], np.float32), 1.5)
    angle = (best + near.angle + 90) % 180 - 90
    return Lines(angle, float(strengths.max()), float(strengths.max() / max(np.median(strengths), 1e-9)))


def _strength(points: Points, angle: float) -> float:
    turn = np.deg2rad(angle)
    across = points[:, 1] * np.float32(np.cos(turn)) - points[:, 0] * np.float32(np.sin(turn))
    rows = np.floor(across - across.min()).astype(np.int64)
    steps = np.diff(np.bincount(rows).astype(np.float64), prepend=0.0, append=0.0)
    # Points strewn by chance would give 2 for each of them.
    return float((steps @ steps) / (2 * len(points)))
