"""Damaged pictures and PDFs by a seed, what must hold when one is decoded, and a watch over both.

Shared by the suite, which tries some hundreds, and by ``benchmarks/fuzz.py``, which tries as many as wanted.
"""

from __future__ import annotations

import io
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ocr.document import Document
from ocr.engine.model_file import ModelFile
from ocr.errors import InputError, ModelInvalid
from ocr.io import images
from ocr.io.images import PageImage
from ocr.runtime.machine import peak_bytes, resident_bytes

#: Seconds of computing time that one input may take.
HANG = 5.0
#: Bytes by which a rejected input may raise the peak of memory over what was held before.
MOST_MEMORY = 64 * 2**20
#: Mutations after which a file is not whole: a result that is another one than before is half a picture.
_CUT = frozenset({"truncate", "truncate by a little"})
#: What decoders put in place of missing pixel data. Of a lossless PNG any even area is one; WebP and TIFF are left out,
#: because there what is blank in the file is blank in the picture. So is what lies beside the pictures of a PDF.
_FILLS: dict[str, frozenset[int]] = {
    "jpeg": frozenset({128, 65, 64}),
    "pdf": frozenset({0, 128, 255}),
    "png": frozenset(range(256)),
    "apng": frozenset(range(256)),
}


def seeds() -> dict[str, bytes]:
    """Whole files of the five formats in their usual kinds; noise everywhere, so that a made-up area shows."""
    rng = np.random.default_rng(7)
    rows, columns = np.mgrid[:120, :160]
    smooth = 128 + 60 * np.sin(rows / 9)[..., None] + 50 * np.cos(columns / 7)[..., None]
    page = np.clip(smooth + rng.normal(0, 12, (120, 160, 3)), 0, 255).astype(np.uint8)
    picture, other = Image.fromarray(page), Image.fromarray(page[::-1])
    small = picture.convert("L").resize((80, 60)).convert("P")
    tags = Image.Exif()
    tags[0x0112] = 6
    several: dict[str, Any] = {"save_all": True, "append_images": [other]}
    # Else a PDF holds the time of today, and a number gives another file each time.
    dates: dict[str, Any] = {"creationDate": time.gmtime(0), "modDate": time.gmtime(0)}

    def saved(kind: str, image: Image.Image = picture, **options: Any) -> bytes:
        file = io.BytesIO()
        image.save(file, kind, **options)
        return file.getvalue()

    return {
        "jpeg": saved("JPEG", quality=85),
        "jpeg progressive": saved("JPEG", quality=85, progressive=True, exif=tags.tobytes()),
        "jpeg grey": saved("JPEG", picture.convert("L"), quality=60),
        "jpeg cmyk": saved("JPEG", picture.convert("CMYK"), quality=80),
        "png": saved("PNG"),
        "png palette": saved("PNG", picture.quantize(64)),
        "png grey": saved("PNG", picture.convert("L")),
        "apng": saved("PNG", **several),
        "webp": saved("WEBP", quality=80),
        "webp lossless": saved("WEBP", lossless=True),
        "webp animated": saved("WEBP", **several),
        "tiff": saved("TIFF"),
        "tiff lzw": saved("TIFF", compression="tiff_lzw"),
        "tiff deflate": saved("TIFF", compression="tiff_adobe_deflate"),
        "tiff jpeg": saved("TIFF", compression="jpeg"),
        "tiff fax": saved("TIFF", picture.convert("1"), compression="group4"),
        "tiff pages": saved("TIFF", **several),
        "pdf": saved("PDF", resolution=150.0, **dates),
        "pdf pages": saved(
            "PDF", small, resolution=75.0, save_all=True, append_images=[small.rotate(180)], **dates
        ),
    }


@dataclass(frozen=True)
class Case:
    """One damaged file.

    Attributes:
        number: gives the same file again.
        name: of the whole file that it was made of.
        damage: names of what was done to it.
        data: its bytes.
    """

    number: int
    name: str
    damage: tuple[str, ...]
    data: bytes


def case(number: int, files: dict[str, bytes], seed: int = 0) -> Case:
    """The damaged file of a number."""
    rng = np.random.default_rng((seed, number))
    names = list(files)
    name = names[number % len(names)]
    data, damage = bytearray(files[name]), []
    for _ in range(1 if rng.random() < 0.6 else int(rng.integers(2, 5))):
        what = list(_DAMAGE)[int(rng.integers(len(_DAMAGE)))]
        data = _DAMAGE[what](data, rng, files)
        damage.append(what)
    return Case(number, name, tuple(damage), bytes(data))


def _truncate(data: bytearray, rng: np.random.Generator, files: dict[str, bytes]) -> bytearray:
    return data[: int(rng.integers(0, len(data) + 1))]


def _truncate_a_little(data: bytearray, rng: np.random.Generator, files: dict[str, bytes]) -> bytearray:
    return data[: max(0, len(data) - int(rng.integers(1, 64)))]


def _flip(data: bytearray, rng: np.random.Generator, files: dict[str, bytes]) -> bytearray:
    for at in rng.integers(0, max(1, len(data)), int(rng.integers(1, 12))):
        if at < len(data):
            data[at] ^= 1 << int(rng.integers(8))
    return data


def _extreme(data: bytearray, rng: np.random.Generator, files: dict[str, bytes]) -> bytearray:
    """A number in the header becomes a very small or very large one."""
    value = (
        b"\x00\x00",
        b"\xff\xff",
        b"\x7f\xff\xff\xff",
        b"\xff" * 4,
        b"\x00" * 4,
        b"\x4e\x20",
        b"\x20\x4e",
    )
    put = value[int(rng.integers(len(value)))]
    at = int(rng.integers(0, min(len(data), 700) + 1))
    data[at : at + len(put)] = put
    return data


def _delete(data: bytearray, rng: np.random.Generator, files: dict[str, bytes]) -> bytearray:
    at = int(rng.integers(0, len(data) + 1))
    del data[at : at + int(rng.integers(1, 2000))]
    return data


def _repeat(data: bytearray, rng: np.random.Generator, files: dict[str, bytes]) -> bytearray:
    at, size = int(rng.integers(0, len(data) + 1)), int(rng.integers(1, 500))
    data[at:at] = data[at : at + size] * int(rng.integers(1, 20))
    return data


def _insert(data: bytearray, rng: np.random.Generator, files: dict[str, bytes]) -> bytearray:
    at = int(rng.integers(0, len(data) + 1))
    data[at:at] = rng.bytes(int(rng.integers(1, 300)))
    return data


def _blank(data: bytearray, rng: np.random.Generator, files: dict[str, bytes]) -> bytearray:
    at, size = int(rng.integers(0, len(data) + 1)), int(rng.integers(1, 3000))
    size = min(size, len(data) - at)
    data[at : at + size] = bytes([int(rng.choice([0, 255]))]) * size
    return data


def _splice(data: bytearray, rng: np.random.Generator, files: dict[str, bytes]) -> bytearray:
    """The start of one file with the end of another."""
    other = list(files.values())[int(rng.integers(len(files)))]
    return data[: int(rng.integers(0, len(data) + 1))] + bytearray(other[int(rng.integers(len(other))) :])


_Damage = Callable[[bytearray, np.random.Generator, dict[str, bytes]], bytearray]
_DAMAGE: dict[str, _Damage] = {
    "truncate": _truncate,
    "truncate by a little": _truncate_a_little,
    "flip": _flip,
    "extreme": _extreme,
    "delete": _delete,
    "repeat": _repeat,
    "insert": _insert,
    "blank": _blank,
    "splice": _splice,
}


#: Whole files that have blank areas themselves.
_BLANK = frozenset({"pdf text", "pdf form", "pdf forms"})
#: Where a PDF says how large its pages are and where its pictures lie.
_PLACES = re.compile(rb"/[A-Za-z]+Box\s*\[[^\]]*\]|[^\n]* cm\b")
#: What is no picture: how it is opened.
_OTHERS: dict[str, Callable[[bytes], Any]] = {
    "model": lambda data: ModelFile.load(data, task=None),
    "document": Document.from_json,
}


@dataclass
class Findings:
    """What came of all files.

    Attributes:
        codes: how often each outcome came; ``read`` for files that were decoded.
        faults: (number, name, damage, what was wrong), which there must be none of.
        slowest: computing time of the slowest file, seconds.
        memory: most bytes by which a rejected file raised the peak; 0 where the system does not tell.
    """

    codes: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[int, str, tuple[str, ...], str]] = field(default_factory=list)
    slowest: float = 0.0
    memory: int = 0


def run(
    numbers: Iterable[int],
    *,
    seed: int = 0,
    also: Callable[[Any], Any] | None = None,
    on_case: Callable[[Case], None] | None = None,
    files: dict[str, bytes] | None = None,
    make: Callable[[int, dict[str, bytes], int], Case] | None = None,
    found: Findings | None = None,
) -> Findings:
    """Decode damaged files and write down everything that must not be.

    Args:
        numbers: of the files.
        seed: another one gives other files.
        also: called with the pages of every picture that was decoded, for instance to read them.
        on_case: called before each file.
        files: whole files; those of `seeds` where ``None``.
        make: damages one; `case` where ``None``.
        found: findings to add to.
    """
    files = seeds() if files is None else files
    make = case if make is None else make
    whole = {name: [] if name.split()[0] in _OTHERS else images.load(data) for name, data in files.items()}
    found = Findings() if found is None else found
    for number in numbers:
        made = make(number, files, seed)
        if on_case is not None:
            on_case(made)
        _try(made, files[made.name], whole[made.name], found, also)
    return found


def _try(
    made: Case,
    data: bytes,
    whole: list[PageImage],
    found: Findings,
    also: Callable[[Any], Any] | None,
) -> None:
    def fault(message: str) -> None:
        found.faults.append((made.number, made.name, made.damage, message))

    kind = made.name.split()[0]
    held, watched = resident_bytes(), _reset_peak()
    started = time.process_time()
    pages: list[PageImage] = []
    warnings: list[tuple[str, str]] = []
    code = "read"
    try:
        if kind in _OTHERS:
            _OTHERS[kind](made.data)
        else:
            decoded = images.pages(made.data)
            pages = list(decoded)
            warnings = decoded.warnings
    except (InputError, ModelInvalid) as error:
        code = error.code
    except Exception as error:
        fault(f"{type(error).__name__}: {error}")
        code = "crash"
    found.codes[code] += 1
    spent = time.process_time() - started
    found.slowest = max(found.slowest, spent)
    if spent > HANG:
        fault(f"took {spent:.1f} s")
    if kind in _OTHERS:
        return
    if code == "read":
        if set(made.damage) <= _CUT and not _same(pages, whole[: len(pages)] if warnings else whole):
            fault("half of a picture was read as if it were whole")
        elif (
            made.name not in _BLANK
            and any(_made_up(page, kind) for page in pages)
            and not (kind == "pdf" and _PLACES.findall(made.data) != _PLACES.findall(data))
        ):
            fault("a part of the picture was made up")
        if also is not None:
            try:
                also(tuple(pages))
            except Exception as error:
                fault(f"decoded, then {type(error).__name__}: {error}")
    elif watched and held is not None:
        grown = (peak_bytes() or 0) - held
        found.memory = max(found.memory, grown)
        if grown > MOST_MEMORY:
            fault(f"rejected as {code} after {grown / 2**20:.0f} MiB")


def _made_up(page: PageImage, kind: str) -> bool:
    """Whether the lowest eighth of a page, where every whole file has noise, is filled up, and nobody is warned."""
    pixels = page.image
    lowest = pixels[-max(1, pixels.shape[0] // 8) :]
    colour = lowest[0, 0]
    even = pixels.size > 3 * 400 and bool((lowest == colour).all())
    # Nothing but a palette makes a colour of what is missing.
    grey = bool((colour == colour[0]).all()) or kind in ("png", "apng")
    return even and grey and int(colour[0]) in _FILLS.get(kind, frozenset()) and not page.warnings


def _same(pages: list[PageImage], whole: list[PageImage]) -> bool:
    return len(pages) == len(whole) and all(
        np.array_equal(page.image, other.image) for page, other in zip(pages, whole, strict=True)
    )


def _reset_peak() -> bool:
    """Let the peak of this process's memory count from now on; whether the system does that."""
    try:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    except OSError:
        return False
    return True
