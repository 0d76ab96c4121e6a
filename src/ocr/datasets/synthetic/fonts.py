"""Fonts for synthetic receipts: where they come from, what they cover, and which are held out.

The default set is that of the font packages of the extra ``[synth]`` alone, so that the same seed gives the
same bytes wherever the same versions are installed. Fonts of the operating system (``system=True``) and of a
folder of yours widen the set; the bytes then depend on those files too. Families in `HELD_OUT` are never
drawn with in the split ``"train"``: validation on them measures fonts that no training saw.
"""

from __future__ import annotations

import importlib.util
import os
import struct
import sys
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Literal

from ocr.datasets.synthetic.scripts import LATIN, Script, script_named
from ocr.errors import BadConfiguration, InputNotFound, MissingExtra

Split = Literal["train", "validation", "all"]

#: PyPI packages ``fontpkg-NAME`` with the weight their fonts are drawn with. Receipts are monospaced or
#: narrow grotesques nearly always, so those weigh most; the others keep a recogniser from knowing a few fonts
#: only.
_WEIGHTED_PACKAGES: dict[float, str] = {
    6.0: "arimo",
    5.0: "inconsolata",
    3.0: "ibm-plex-mono roboto-mono source-code-pro roboto roboto-condensed",
    2.5: "pt-sans-narrow archivo-narrow noto-sans",
    2.0: (
        "fira-code jetbrains-mono share-tech fira-sans-condensed ibm-plex-sans-condensed "
        "open-sans source-sans-3"
    ),
    1.5: "dm-mono geist-mono pt-sans barlow-condensed libre-franklin inter lato",
    1.0: (
        "space-mono saira-condensed work-sans overpass chivo noto-serif crimson-text roboto-slab jost teko "
        "alumni-sans chakra-petch yanone-kaffeesatz arvo outfit"
    ),
    0.8: "ibm-plex-serif titillium-web dosis pt-serif rajdhani play exo-2 league-spartan kanit alegreya-sans",
    0.7: "rubik atkinson-hyperlegible oswald libre-baskerville zilla-slab montserrat lora fjalla-one",
    0.4: "bebas-neue varela-round anton russo-one",
    0.25: "press-start-2p",
}
PACKAGES: dict[str, float] = {
    n: weight for weight, names in _WEIGHTED_PACKAGES.items() for n in names.split()
}

#: Families kept for validation.
HELD_OUT = frozenset(
    {"geist-mono", "space-mono", "archivo-narrow", "overpass", "roboto-slab", "source-sans-3"}
)

#: Weight of all fonts of the system, or of a folder, together; the packages weigh about 90 together.
_EXTRA_WEIGHT = 45.0

_SYSTEM_FOLDERS = {
    "linux": ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": ("%WINDIR%/Fonts", "%LOCALAPPDATA%/Microsoft/Windows/Fonts"),
}

#: What a face must cover to be used at all: it cannot write a receipt otherwise.
ESSENTIAL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;-/()#*+=%&@'\"!?$")


@dataclass(frozen=True)
class Face:
    """One face of a font file.

    Attributes:
        path: the file.
        family: name of the family, for the held-out split.
        axes: values of a variable font's axes in the file's order; empty where the font has none.
        monospaced: whether all characters have one advance.
        characters: what it covers.
        weight: relative frequency of being drawn with.
        dots: pixels of the em of a bitmap font, which is drawn at this size alone; 0 for an outline font.
        latin: a face whose ASCII characters stand in for its own, half an em wide each.
    """

    path: Path
    family: str
    axes: tuple[float, ...]
    monospaced: bool
    characters: frozenset[str]
    weight: float
    dots: int = 0
    latin: Face | None = None

    def covers(self, text: str) -> bool:
        """Whether every character of the text has a glyph."""
        return self.characters.issuperset(text)


class FontSet:
    """Faces to draw with.

    One of `load_fonts` pickles as the arguments of that call: with the characters of its faces it would be 5 MB, more
    than a pipe holds, and loader processes would start one after another.

    Args:
        faces: at least one; the order is part of what a seed means.
        loaded: the arguments of `load_fonts` that gave them, where it did.
    """

    def __init__(
        self, faces: Sequence[Face], loaded: tuple[Split, str | None, bool, str] | None = None
    ) -> None:
        if not faces:
            raise BadConfiguration(
                "The font set is empty; it needs at least one font that covers basic Latin."
            )
        self.faces: tuple[Face, ...] = tuple(faces)
        self.characters: frozenset[str] = frozenset().union(*(face.characters for face in self.faces))
        self._mono = tuple(face for face in self.faces if face.monospaced) or self.faces
        self._cumulative = list(accumulate(face.weight for face in self.faces))
        self._mono_cumulative = list(accumulate(face.weight for face in self._mono))

        self._loaded = loaded

    def __reduce__(self) -> tuple[Any, ...]:
        return (FontSet, (self.faces,)) if self._loaded is None else (_load_fonts, self._loaded)

    def __len__(self) -> int:
        return len(self.faces)

    def choose(self, rng: Random, text: str = "", monospaced: bool = False) -> Face | None:
        """A face that covers the text, drawn by weight; None where no face does."""
        faces, weights = (self._mono, self._mono_cumulative) if monospaced else (self.faces, self._cumulative)
        needed = set(text)
        for _ in range(6):
            face = faces[min(bisect(weights, rng.random() * weights[-1]), len(faces) - 1)]
            if face.characters >= needed:
                return face
        fitting = [face for face in self.faces if face.characters >= needed]
        return rng.choice(fitting) if fitting else None


def load_fonts(
    split: Split = "all", folder: Path | None = None, system: bool = False, script: str = LATIN
) -> FontSet:
    """The fonts of the ``[synth]`` packages, and more where asked for.

    Args:
        split: ``"train"`` without the held-out families, ``"validation"`` those alone, or ``"all"``.
        folder: a folder of .ttf and .otf files, searched deeply, used instead of the packages.
        system: whether to add the fonts that the operating system has installed.
        script: of another than ``"latin"`` the fonts are those of its record, from packages, the operating system or
            the folder.

    Raises:
        MissingExtra: where Pillow or the font packages are not installed and no other fonts were given.
        InputNotFound: where the folder does not exist.
        BadConfiguration: where no font is left after the split.
    """
    if split not in ("train", "validation", "all"):
        raise BadConfiguration(f"Unknown font split {split!r}; known are 'train', 'validation' and 'all'.")
    return _load_fonts(split, None if folder is None else str(folder), system, script)


@lru_cache(maxsize=8)
def _load_fonts(split: Split, folder: str | None, system: bool, script: str = LATIN) -> FontSet:
    if importlib.util.find_spec("PIL") is None:
        raise MissingExtra("Synthetic receipts need Pillow and fonts: pip install 'receipt-ocr[synth]'.")
    if script != LATIN:
        return FontSet(_script_faces(split, folder, script_named(script)), (split, folder, system, script))
    faces: list[Face] = []
    if folder is not None:
        root = Path(folder)
        if not root.is_dir():
            raise InputNotFound(f"No such folder of fonts: {root}")
        faces += _weighted(_files([root]), _EXTRA_WEIGHT)
    else:
        for name, weight in PACKAGES.items():
            faces += _weighted(_files(_package_folders(name)), weight, name)
    if system:
        faces += _weighted(_files(_system_folders()), _EXTRA_WEIGHT)
    if not faces and folder is None:
        raise MissingExtra(
            "No fonts found: install the font packages with pip install 'receipt-ocr[synth]', or name a "
            "folder of .ttf or .otf files (--fonts DIR)."
        )
    kept = [f for f in faces if split == "all" or (f.family in HELD_OUT) == (split == "validation")]
    if not kept:
        raise BadConfiguration(
            f"None of the {len(faces)} fonts found is usable in the split {split!r}; a usable font covers "
            f"basic Latin, and the split 'validation' holds the families {', '.join(sorted(HELD_OUT))} alone."
        )
    return FontSet(kept, (split, folder, system, script))


def _script_faces(split: Split, folder: str | None, script: Script) -> list[Face]:
    """The faces of a script that are installed, without or of the families that are held out."""
    if folder is not None and not Path(folder).is_dir():
        raise InputNotFound(f"No such folder of fonts: {folder}")
    files = {
        p.stem: p for p in _files([Path(folder)] if folder else _system_folders(), (".ttf", ".otf", ".ttc"))
    }
    faces: list[Face] = []
    for font in script.fonts:
        if split != "all" and font.held_out != (split == "validation"):
            continue
        named = [files[n] for n in font.files if n in files]
        paths = named if font.files else _files(_package_folders(font.family))
        found = [face for path in paths for face in _faces(path, font.family)]
        if font.latin:
            latin = [face for name in font.latin for face in _faces_of_package(name)]
            found = [_with_latin(face, other) for face in found for other in latin]
        total = sum(face.weight for face in found)
        faces += [replace(face, weight=font.weight * face.weight / total, dots=font.dots) for face in found]
    if not faces:
        raise MissingExtra(
            f"No fonts of the script {script.name!r} found for the split {split!r}: {script.packages}."
        )
    return faces


def _faces_of_package(name: str) -> list[Face]:
    """The upright faces of a package at their plainest."""
    faces = [face for path in _files(_package_folders(name)) for face in _faces(path, name)[:1]]
    return [face for face in faces if face.weight == 1.0 and "bold" not in face.path.stem.lower()][:2]


def _with_latin(face: Face, latin: Face) -> Face:
    return replace(face, latin=latin, monospaced=True, weight=face.weight * latin.weight)


def _package_folders(name: str) -> list[Path]:
    spec = importlib.util.find_spec("fontpkg_" + name.replace("-", "_"))
    return [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []


def _system_folders() -> list[Path]:
    names = _SYSTEM_FOLDERS.get(sys.platform, _SYSTEM_FOLDERS["linux"])
    folders = [Path(os.path.expandvars(name)).expanduser() for name in names]
    matplotlib = importlib.util.find_spec("matplotlib")
    if matplotlib is not None and matplotlib.submodule_search_locations:
        folders.append(Path(matplotlib.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf")
    return folders


def _files(folders: Iterable[Path], suffixes: tuple[str, ...] = (".ttf", ".otf")) -> list[Path]:
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            # One file a name: systems hold the same font in several formats and places.
            if path.suffix.lower() in suffixes:
                found.setdefault(path.stem, path)
    return [found[name] for name in sorted(found)]


def _weighted(files: Sequence[Path], weight: float, family: str | None = None) -> list[Face]:
    faces = [face for path in files for face in _faces(path, family or path.stem.split("-")[0])]
    total = sum(face.weight for face in faces)
    return [
        Face(f.path, f.family, f.axes, f.monospaced, f.characters, weight * f.weight / total) for f in faces
    ]


def _faces(path: Path, family: str) -> list[Face]:
    """The faces of one file that suit a receipt: not hairline, slanted ones rarely."""
    from PIL import ImageFont

    name = path.stem.lower()
    if any(
        word in name for word in ("thin", "extralight", "ultralight", "symbol", "emoji", "math", "dingbat")
    ):
        return []
    try:
        font = ImageFont.truetype(str(path), 40, layout_engine=ImageFont.Layout.BASIC)
        characters = covered_characters(path)
    except OSError:
        return []
    if not characters >= ESSENTIAL or not font.getbbox("A")[2]:
        return []
    monospaced = abs(font.getlength("i") - font.getlength("M")) < 0.5
    weight = 0.12 if any(word in name for word in ("italic", "oblique", "slant")) else 1.0
    if any(word in name for word in ("light", "black", "heavy")):
        weight *= 0.4
    return [Face(path, family, axes, monospaced, characters, weight * w) for axes, w in _variations(font)]


def covered_characters(path: Path) -> frozenset[str]:
    """The characters that the first face of a TrueType or OpenType file can draw; empty without a Unicode ``cmap``.

    Raises:
        OSError: the file cannot be read.
    """
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, fontNumber=0, lazy=True) as font:
            return frozenset(map(_character, font.getBestCmap() or ()))
    except (TTLibError, KeyError, struct.error, AssertionError, ValueError, IndexError):
        return frozenset()


@cache
def _character(code: int) -> str:
    """One string object a character: hundreds of faces cover the same few thousand."""
    return chr(code)


def _variations(font: object) -> list[tuple[tuple[float, ...], float]]:
    """Axis values to use, with their weights: several weights and widths of a variable font."""
    try:
        axes = font.get_variation_axes()  # type: ignore[attr-defined]
    except (OSError, NotImplementedError):
        return [((), 1.0)]
    result: list[tuple[tuple[float, ...], float]] = []
    for boldness, share in ((400, 0.45), (500, 0.2), (600, 0.15), (700, 0.2)):
        for width in (100, 80):
            values: list[float] = []
            for axis in axes:
                wanted = {b"Weight": boldness, b"Width": width}.get(axis["name"], axis["default"])
                values.append(float(min(max(wanted, axis["minimum"]), axis["maximum"])))
            if tuple(values) not in [seen for seen, _ in result]:
                result.append((tuple(values), share))
    return result
