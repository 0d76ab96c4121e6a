"""Label files of PaddleOCR and PPOCRLabel: one line per picture, its path and a JSON list separated by a tab::

    images/1.jpg<TAB>[{"transcription": "TOTAL", "points": [[x, y], …], "difficult": false}, …]

Paths are relative to the folder of the label file, to its parent (as PPOCRLabel writes them), or to ``images``.
``###`` and ``*`` mark unreadable lines, as in PaddleOCR's training; so does ``"difficult": true``, which PPOCRLabel
excludes from recognition. Files for recognition (``path<TAB>transcript``, such as rec_gt.txt) are not read, and are
ignored beside a label file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ocr import polygons
from ocr.datasets import json_file, pictures
from ocr.datasets.outgoing import Losses, Outgoing, count_fields, marked, point_list
from ocr.datasets.sample import UNREADABLE, LazyDataset, Sample, lines_of
from ocr.errors import AnnotationInvalid, InputUnreadable
from ocr.io.files import is_file, write_whole

#: File name of PPOCRLabel.
LABEL_FILE = "Label.txt"
_MARKS = (UNREADABLE, "*")
_LAYOUT = 'path<TAB>[{"transcription": …, "points": [[x, y], …]}, …]'


@dataclass(frozen=True)
class _Entry:
    source: Path
    line: int
    file: str
    content: str


class PaddleDataset(LazyDataset[_Entry]):
    """The pictures of one label file, in its order."""

    format = "paddle"

    @classmethod
    def open(cls, path: Path) -> PaddleDataset:
        """Read the lines of a label file, or of the one in a folder; their JSON is parsed on access.

        Raises:
            AnnotationInvalid: no label file, several of them, or a file for recognition.
            InputUnreadable: the operating system refused.
        """
        source = _find(path)
        entries = []
        for number, line in _lines(source):
            file, tab, content = line.partition("\t")
            if not tab:
                raise AnnotationInvalid(f"{source}, line {number}: expected {_LAYOUT}, got {line[:80]!r}.")
            entries.append(_Entry(source, number, file.strip().replace("\\", "/"), content))
        if entries and not any(_is_list(entry.content) for entry in entries):
            raise AnnotationInvalid(
                f"{source}, line {entries[0].line}: a label file for recognition (path<TAB>transcript) holds no "
                f"polygons; expected {_LAYOUT}."
            )
        return cls(entries, pictures.unlisted(source.parent, [entry.file for entry in entries]))

    def _name(self, entry: _Entry) -> str:
        return entry.file

    def _parse(self, entry: _Entry) -> Sample:
        where = f"{entry.source}, line {entry.line}"
        try:
            words = json.loads(entry.content)
        except (ValueError, RecursionError) as error:
            reason = "nested too deep" if isinstance(error, RecursionError) else getattr(error, "msg", error)
            raise AnnotationInvalid(f"{where}: after the tab comes no valid JSON ({reason}).") from None
        if not isinstance(words, list):
            raise AnnotationInvalid(f"{where}: expected {_LAYOUT}, got {entry.content[:80]!r}.")
        lines, drops = lines_of(
            _line(word, f"{where}, region {number}") for number, word in enumerate(words, start=1)
        )
        folder = entry.source.parent
        image = pictures.locate([folder, folder.parent, folder / "images"], entry.file)
        if not is_file(image):
            # A label file that was moved beside its pictures still has the original folders.
            beside = pictures.locate([folder, folder / "images"], Path(entry.file).name)
            image = beside if is_file(beside) else image
        return Sample(image, lines, name=entry.file, drops=drops)


def recognises(path: Path) -> bool:
    """Whether the path is a label file with polygons, or a folder that holds one or several."""
    return bool(_candidates(path))


def write(samples: Iterable[Outgoing], out: Path) -> Losses:
    """Write ``Label.txt``; polygons keep all points, fields are lost."""
    losses = Losses()

    def content(file: IO[bytes]) -> None:
        for item in samples:
            count_fields(item.sample, losses)
            regions = [
                {
                    "transcription": marked(line.text, losses, _MARKS),
                    "points": point_list(line.polygon),
                    "difficult": line.ignore,
                }
                for line in item.sample.lines
            ]
            text = f"images/{item.file}\t{json_file.dump(regions)}\n"
            file.write(text.encode("utf-8", "surrogatepass"))

    write_whole(out / LABEL_FILE, content)
    return +losses


def _find(path: Path) -> Path:
    if path.is_file():
        return path
    files = _candidates(path)
    named = [file for file in files if file.name == LABEL_FILE]
    if len(files) > 1 and not named:
        names = ", ".join(file.name for file in files)
        raise AnnotationInvalid(f"{path} holds several label files ({names}); give the path of one.")
    if not files:
        raise AnnotationInvalid(f"{path} holds no label file of PaddleOCR; expected lines of {_LAYOUT}.")
    return named[0] if named else files[0]


def _candidates(path: Path) -> list[Path]:
    files = [path] if path.is_file() else sorted(path.glob("*.txt")) if path.is_dir() else []
    return [file for file in files if file.suffix.lower() == ".txt" and _begins_with_polygons(file)]


def _begins_with_polygons(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            first = next((line for line in opened if line.strip()), b"")
    except OSError:
        return False
    _, tab, content = first.partition(b"\t")
    return bool(tab) and _is_list(content.decode("utf-8", "replace"))


def _is_list(content: str) -> bool:
    """Whether this is the start of a list of polygons, unlike a transcript that begins with a bracket."""
    bare = content.strip()
    return bare == "[]" or (bare.startswith("[") and bare[1:].lstrip().startswith("{"))


def _lines(source: Path) -> Iterator[tuple[int, str]]:
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AnnotationInvalid(f"{source} is not UTF-8.") from None
    except OSError as error:
        raise InputUnreadable(f"{source} cannot be read: {error.strerror}.") from error
    # splitlines() would also split at characters that transcripts may contain, such as U+2028.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.rstrip("\r")


def _line(word: object, where: str) -> tuple[polygons.Polygon, str | None]:
    if not isinstance(word, dict) or "points" not in word or "transcription" not in word:
        raise AnnotationInvalid(f'{where}: expected an object with "points" and "transcription".')
    return json_file.points(word["points"], where), _text(word, where)


def _text(word: dict[str, Any], where: str) -> str | None:
    text = word["transcription"]
    if not isinstance(text, str):
        raise AnnotationInvalid(f"{where}: expected a string as transcription, got {str(text)[:80]}.")
    return None if text in _MARKS or word.get("difficult") is True else text
