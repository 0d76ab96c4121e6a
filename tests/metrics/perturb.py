"""Random receipts and faults of a reader: split, merged, missed, doubled, shifted and misread lines."""

from __future__ import annotations

import math
import random
from typing import Any

Points = list[list[float]]
Case = dict[str, Any]
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij0123456789.,:-#%&() é€"


def case(rng: random.Random) -> Case:
    """One receipt with what a faulty reader made of it, as `benchmarks/cleval_reference.py` reads it."""
    degrees = rng.choice([0, 0, 0, 4, -11, 90, 180])
    unreadable = rng.choice([0, 0, 0.2])
    truth = [
        [turn(points, degrees), None if rng.random() < unreadable else text] for points, text in receipt(rng)
    ]
    if rng.random() < 0.04:
        truth = []
    return {"truth": truth, "found": faulty(truth, rng), "case_sensitive": rng.random() < 0.7}


def receipt(rng: random.Random) -> list[tuple[Points, str]]:
    """Lines of a made-up receipt, most rows in two columns."""
    lines: list[tuple[Points, str]] = []
    y = 20.0
    for _ in range(rng.randint(3, 14)):
        height = rng.uniform(14, 30)
        left = rng.uniform(10, 60)
        middle = left + rng.uniform(60, 250)
        right = middle + rng.uniform(12, 40)
        columns = [(left, middle), (right, right + rng.uniform(30, 120))][: rng.randint(1, 2)]
        for x0, x1 in columns:
            text = "".join(rng.choices(_LETTERS, k=max(1, int((x1 - x0) / height * 1.8))))
            lines.append(([[x0, y], [x1, y], [x1, y + height], [x0, y + height]], text.strip() or "x"))
        y += height * rng.uniform(0.8, 1.8)
    return lines


def faulty(truth: list[Any], rng: random.Random) -> list[Any]:
    """Predictions for the truth, in random order, with faults of every kind."""
    spread = rng.choice([0, 0.7, 2, 5])
    found: list[Any] = []
    for place, (points, text) in enumerate(truth):
        read = misread(text if text is not None else rng.choice(["###", "abc", ""]), rng)
        fault = rng.random()
        if fault < 0.07:
            continue
        if fault < 0.2:
            cut = rng.uniform(0.2, 0.8)
            top, bottom = between(points[0], points[1], cut), between(points[3], points[2], cut)
            letters = int(len(read) * cut)
            found.append([shift([points[0], top, bottom, points[3]], spread, rng), read[:letters]])
            found.append([shift([top, points[1], points[2], bottom], spread, rng), read[letters:]])
        elif fault < 0.33 and place + 1 < len(truth):
            both = points + truth[place + 1][0]
            x, y = [p[0] for p in both], [p[1] for p in both]
            around = [[min(x), min(y)], [max(x), min(y)], [max(x), max(y)], [min(x), max(y)]]
            found.append([shift(around, spread, rng), read + (truth[place + 1][1] or "")])
        elif fault < 0.4:
            found.append([shift(points, spread, rng), read])
            found.append([shift(points, spread + 3, rng), read[::-1]])
        elif fault < 0.45:
            away = rng.uniform(-300, 300)
            found.append([[[px + away, py + away] for px, py in points], read])
        elif fault < 0.5:
            found.append([points[1:] + points[:1], read])
        else:
            found.append([shift(points, spread, rng), read])
    rng.shuffle(found)
    return found if rng.random() > 0.04 else []


def misread(text: str, rng: random.Random) -> str:
    """The text with some letters lost, replaced or in the other case."""
    return "".join(rng.choice([c, c, c, c, c, c, "x", "", c.upper(), c.lower()]) for c in text)


def turn(points: Points, degrees: float) -> Points:
    """The points turned around (300, 300), at float32 precision."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        [_single(300 + c * (x - 300) - s * (y - 300)), _single(300 + s * (x - 300) + c * (y - 300))]
        for x, y in points
    ]


def shift(points: Points, spread: float, rng: random.Random) -> Points:
    """Each point moved on its own, at float32 precision."""
    return [[_single(x + rng.gauss(0, spread)), _single(y + rng.gauss(0, spread))] for x, y in points]


def between(a: list[float], b: list[float], share: float) -> list[float]:
    """A point on the way from a to b."""
    return [_single(a[0] + share * (b[0] - a[0])), _single(a[1] + share * (b[1] - a[1]))]


def _single(value: float) -> float:
    # A 64th of a pixel is exact in float32, so that both implementations see the same numbers.
    return round(value * 64) / 64
