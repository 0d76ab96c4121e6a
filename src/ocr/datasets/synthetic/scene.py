"""The page in the world: table, light, shadow, lens, sensor and JPEG."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
import numpy.typing as npt

from ocr.datasets.synthetic.wear import Noise

Image = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]


def table(width: int, height: int, rng: Random, noise: Noise) -> Image:
    """(H, W, 3) uint8 RGB of what a receipt may lie on: wood, cloth, stone, or a plain top."""
    kind = rng.choice(("wood", "wood", "cloth", "stone", "plain", "plain"))
    colour = np.array(
        rng.choice(
            (
                (120, 85, 55),
                (70, 45, 30),
                (165, 130, 95),
                (60, 60, 65),
                (30, 30, 32),
                (150, 150, 150),
                (90, 100, 120),
                (200, 195, 185),
            )
        ),
        np.float32,
    )
    field = noise.smooth(rng, height, width, rng.uniform(100, 400)) * 0.05
    if kind == "wood":
        rows = max(4, height // 40)
        streaks = cv2.resize(
            noise.cut(rng, rows, max(8, width // rng.choice((2, 3, 5)))),
            (width, height),
            interpolation=cv2.INTER_CUBIC,
        )
        field = field + np.asarray(streaks, np.float32) * rng.uniform(0.03, 0.1)
        if rng.random() < 0.5:
            field = np.ascontiguousarray(cv2.resize(np.ascontiguousarray(field.T), (width, height)))
    elif kind == "cloth":
        x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        pitch = rng.uniform(3, 7)
        field = (
            field
            + 0.06 * np.sin(2 * np.pi * x / pitch)[None, :]
            + 0.06 * np.sin(2 * np.pi * y / pitch)[:, None]
        )
    elif kind == "stone":
        field = field + noise.smooth(rng, height, width, rng.uniform(3, 12)) * rng.uniform(0.03, 0.1)
    field = np.asarray(field, np.float32) + noise.cut(rng, height, width) * 0.015
    lit = np.clip(1.0 + field, 0.2, 1.8)
    return np.asarray(np.clip(np.stack([lit * c for c in colour], axis=-1), 0, 255), np.uint8)


def scanner_bed(width: int, height: int, rng: Random) -> Image:
    """(H, W, 3) uint8 RGB around a scanned page: white nearly always."""
    level = rng.choice((255, 255, 255, 250, 245, 238, 20)) if rng.random() < 0.9 else rng.randrange(180, 256)
    return np.full((height, width, 3), level, np.uint8)


def scanner_marks(image: Image, rng: Random, noise: Noise) -> None:
    """What a scanner adds, in place: dust on the glass, and grey where the page stood off it at the sides."""
    height, width = image.shape[:2]
    if rng.random() < 0.35:
        for _ in range(rng.randrange(3, 60)):
            place = (rng.randrange(width * 8), rng.randrange(height * 8))
            level = rng.randrange(60, 220)
            cv2.circle(image, place, rng.randrange(3, 12), (level,) * 3, -1, cv2.LINE_AA, 3)
    if rng.random() < 0.25:
        reach = max(8, round(width * rng.uniform(0.02, 0.15)))
        fall = np.linspace(rng.uniform(0.1, 0.4), 0.0, reach, dtype=np.float32)[None, :]
        streaks = 1.0 + 0.25 * noise.smooth(rng, height, reach, rng.uniform(4, 30))
        side = np.s_[:, :reach] if rng.random() < 0.5 else np.s_[:, -reach:]
        fall = fall if side[1].stop else fall[:, ::-1]
        band = image[side] * (1.0 - fall * streaks)[..., None]
        image[side] = np.clip(band, 0, 255).astype(np.uint8)


def compose(page: Image, cover: Field, ground: Image, rng: Random, flat: bool) -> Image:
    """The seen page over its ground, with the soft shadow that it casts unless it lies flat on glass."""
    if float(cover.min()) >= 1.0:
        return np.asarray(page, np.uint8)
    result = ground.astype(np.float32)
    if not flat:
        reach = rng.uniform(2, 10)
        small = cv2.resize(cover, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        soft = cv2.resize(cv2.GaussianBlur(small, (0, 0), max(0.5, reach / 4)), cover.shape[::-1])
        move = np.array([[1, 0, rng.uniform(-1, 1) * reach], [0, 1, rng.uniform(0, 1) * reach]], np.float32)
        soft = cv2.warpAffine(soft, move, cover.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        result *= (1.0 - rng.uniform(0.2, 0.6) * np.asarray(soft, np.float32))[..., None]
    result += cover[..., None] * (page - result)
    return np.clip(result, 0, 255).astype(np.uint8)


def light(image: Image, rng: Random, noise: Noise) -> Image:
    """Uneven light: falling off to one side, the shadow of a hand or phone, the lamp's colour."""
    height, width = image.shape[:2]
    rows, columns = -(-height // 8), -(-width // 8)
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    field = np.full((rows, columns), rng.uniform(0.82, 1.05), np.float32)
    field += rng.uniform(-0.16, 0.16) * x + rng.uniform(-0.16, 0.16) * y
    field -= rng.uniform(0.0, 0.12) * (x * x + y * y)
    if rng.random() < 0.45:
        mask = np.zeros((rows, columns), np.float32)
        centre = np.array([rng.random() * columns, rng.random() * rows])
        reach = rng.uniform(0.3, 0.9) * max(rows, columns)
        angles = sorted(rng.uniform(0, 2 * np.pi) for _ in range(rng.randrange(4, 8)))
        corners = [centre + reach * rng.uniform(0.5, 1.0) * np.array([np.cos(a), np.sin(a)]) for a in angles]
        cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1.0)
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), rng.uniform(1.0, 12.0)), np.float32)
        field *= 1.0 - rng.uniform(0.12, 0.45) * mask
    lit = np.asarray(cv2.resize(np.clip(field, 0.25, 1.25), (width, height)), np.float32)
    warm = rng.gauss(0, 0.04)
    gains = (1 + warm, 1.0, 1 - warm)
    channels = [
        np.clip(image[..., c] * (lit * np.float32(gains[c])), 0, 255).astype(np.uint8) for c in range(3)
    ]
    return np.stack(channels, axis=-1)


def capture(image: Image, rng: Random, noise: Noise, flat: bool) -> Image:
    """Lens blur, motion, sensor noise, sharpening and JPEG; (H, W, 3) uint8 RGB in and out."""
    draw = rng.random()
    if draw < (0.3 if flat else 0.6):
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.0 if flat else 1.3)), np.uint8)
    elif not flat and draw < 0.7:
        kernel = np.zeros((5, 5), np.float32)
        cv2.line(kernel, (0, rng.randrange(5)), (4, rng.randrange(5)), 1.0)
        image = np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)
    if rng.random() < (0.25 if flat else 0.6):
        grain = noise.cut(rng, *image.shape[:2]) * rng.uniform(1.0, 7.0)
        image = np.clip(image + np.asarray(grain, np.int16)[..., None], 0, 255).astype(np.uint8)
    if flat and rng.random() < 0.25:
        soft = np.asarray(cv2.GaussianBlur(image, (0, 0), 1.2), np.uint8)
        amount = rng.uniform(0.4, 1.2)
        image = np.asarray(cv2.addWeighted(image, 1 + amount, soft, -amount, 0), np.uint8)
    if flat and rng.random() < 0.06:  # scanned in black and white
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        _, grey = cv2.threshold(grey, rng.randrange(165, 228), 255, cv2.THRESH_BINARY)
        image = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)
    return through_jpeg(image, rng.randrange(40, 96))


def through_jpeg(image: Image, quality: int) -> Image:
    """The picture after JPEG coding at this quality."""
    _, data = cv2.imencode(
        ".jpg", np.ascontiguousarray(image[..., ::-1]), (cv2.IMWRITE_JPEG_QUALITY, quality)
    )
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])
