"""The pictures that one person holds, the same on every page, and the one component that takes them in."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import streamlit as st

from ocr.app import bench, settings
from ocr.app.texts import plain
from ocr.errors import OcrError
from ocr.io.images import PageImage

_TYPES = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "pbm", "pgm", "ppm", "pnm", "pdf"]
_KEY = "pictures"


@dataclass(frozen=True)
class Picture:
    """A picture or PDF as it came in.

    Attributes:
        name: of the file, as little to be trusted as its content.
        data: the bytes of the file.
        sha256: their hash.
    """

    name: str
    data: bytes = field(repr=False)
    sha256: str

    @classmethod
    def of(cls, name: str, data: bytes) -> Picture:
        """A picture from a file's name and bytes."""
        return cls(name, data, hashlib.sha256(data).hexdigest())

    def pages(self) -> tuple[PageImage, ...]:
        """The decoded pages.

        Raises:
            InputError: they cannot be read, or are over a limit.
        """
        return bench.get().pages(self.sha256, self.data)


def held() -> dict[str, Picture]:
    """The pictures of this person by hash, in the order they came."""
    pictures: dict[str, Picture] = st.session_state.setdefault(_KEY, {})
    return pictures


def add(name: str, data: bytes) -> str | None:
    """Take a picture in.

    Returns:
        Why it was refused, a sentence; ``None`` where it was not. What the file holds is found out when it is read.
    """
    limits, most = settings.current().limits, settings.current().max_pictures
    if len(data) > limits.max_bytes:
        return f"{name}: {len(data) / 2**20:.1f} MB; at most {limits.max_bytes / 2**20:g} MB are taken"
    picture = Picture.of(name, data)
    if picture.sha256 not in held() and len(held()) >= most:
        return f"{name}: there are {most} pictures already; remove some first"
    held().setdefault(picture.sha256, picture)
    st.session_state["current"] = picture.sha256
    return None


def current() -> Picture | None:
    """The picture that is looked at."""
    pictures = held()
    if not pictures:
        return None
    chosen = st.session_state.get("current")
    return pictures.get(str(chosen)) or next(iter(pictures.values()))


def examples() -> list[Path]:
    """The example receipts, in the package or beside its source."""
    for folder in (Path(str(resources.files("ocr"))) / "examples", Path(__file__).parents[3] / "examples"):
        paths = sorted(folder.glob("*.jpg"))
        if paths:
            return paths
    return []


def offer_examples(verb: str, key: str) -> None:
    """The example receipts, each with a button that takes it in, for a page without a picture.

    Args:
        verb: what the button says before the name of the example.
        key: start of the keys of the buttons.
    """
    for column, path in zip(st.columns(4), examples(), strict=False):
        with column:
            data = path.read_bytes()
            st.image(f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}", width="stretch")
            if st.button(f"{verb} {path.stem}", key=f"{key}-{path.stem}", width="stretch"):
                add(path.name, data)
                st.rerun()


def intake() -> None:
    """The component that takes pictures in: files, the camera, examples."""
    turn = st.session_state.setdefault("intake", 0)
    limits = settings.current().limits
    files = st.file_uploader(
        "Pictures or PDFs",
        type=_TYPES,
        accept_multiple_files=True,
        key=f"intake-files-{turn}",
        help=f"Up to {limits.max_bytes / 2**20:g} MB, {limits.max_pixels / 1e6:g} megapixels a page and "
        f"{limits.max_pages} pages a file. They stay in the memory of this machine.",
    )
    names = {path.stem: path for path in examples()}
    left, right = st.columns(2)
    with left.popover("Camera", width="stretch"):
        photo = st.camera_input("Take a photo", key=f"intake-photo-{turn}")
    with right.popover("Examples", width="stretch", disabled=not names):
        for stem, path in names.items():
            if st.button(stem.capitalize(), key=f"example-{stem}", width="stretch"):
                _refuse([add(path.name, path.read_bytes())])
                st.rerun()
    taken = [(file.name, file.getvalue()) for file in files]
    if photo is not None:
        taken.append((f"photo-{len(held()) + 1}.jpg", photo.getvalue()))
    if taken:
        _refuse([add(name, data) for name, data in taken])
        # A fresh uploader: what came in is in the list of pictures now, and is removed there.
        st.session_state["intake"] = turn + 1
        st.rerun()
    for sentence in st.session_state.pop("refused", []):
        st.error(plain(sentence))


def choose() -> Picture | None:
    """The list of pictures, of which one is looked at."""
    pictures = held()
    if not pictures:
        return None
    keys = list(pictures)
    chosen = current()
    assert chosen is not None
    if len(keys) > 1:
        picked = st.selectbox(
            "Picture",
            keys,
            index=keys.index(chosen.sha256),
            format_func=lambda key: plain_name(pictures[key].name),
            key=f"chosen-{hash((tuple(keys), chosen.sha256))}",
        )
        if picked is not None and picked != chosen.sha256:
            st.session_state["current"] = picked
            st.rerun()
    one, other = st.columns(2)
    if one.button("Remove", key="remove-one", width="stretch", help="Forget this picture."):
        del pictures[chosen.sha256]
        st.rerun()
    if other.button("Remove all", key="remove-all", width="stretch", disabled=len(keys) < 2):
        pictures.clear()
        st.rerun()
    return chosen


def pages_of(picture: Picture) -> tuple[PageImage, ...] | None:
    """The pages of a picture; ``None``, and the reason on the page, where it cannot be read."""
    try:
        return picture.pages()
    except OcrError as error:
        st.error(plain(f"{picture.name}: {error}"))
        return None


def plain_name(name: str) -> str:
    """A file name as it is shown: printable, on one line, not endless."""
    shown = "".join(c if c.isprintable() else "�" for c in name)
    return shown if len(shown) <= 60 else f"{shown[:40]}…{shown[-18:]}"


def _refuse(sentences: list[str | None]) -> None:
    st.session_state["refused"] = [sentence for sentence in sentences if sentence]
