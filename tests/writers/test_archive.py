"""Results of many inputs in one file."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from ocr.document import Document, Line, Page
from ocr.errors import ImageDecodeFailed
from ocr.writers import archive

QUAD = np.array([[1, 2], [30, 2], [30, 12], [1, 12]], np.float32)
DOCUMENT = Document((Page(100, 80, (Line("TOTAL", 0.5, QUAD),)),))


def test_each_input_has_its_files_and_failures_are_listed() -> None:
    packed = zipfile.ZipFile(
        io.BytesIO(
            archive.archive(
                [
                    ("a.jpg", DOCUMENT),
                    ("A.png", DOCUMENT),
                    ("../../etc/passwd", DOCUMENT),
                    ("=x.jpg", ImageDecodeFailed("cut off")),
                ]
            )
        )
    )
    assert sorted(packed.namelist()) == [
        "A-2.json",
        "A-2.txt",
        "a.json",
        "a.txt",
        "errors.csv",
        "lines.csv",
        "passwd.json",
        "passwd.txt",
    ]
    assert json.loads(packed.read("a.json"))["schema"] == "ocr.document/2"
    assert packed.read("errors.csv").decode() == (
        "source,code,message\r\n'=x.jpg,image_decode_failed,cut off\r\n"
    )
    assert packed.read("lines.csv").decode().count("TOTAL") == 3


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("scan.jpg", "scan"),
        ("C:\\temp\\con.png", "_con"),
        ("<b>.png", "_b_"),
        ("...", "input"),
        ("", "input"),
        ("a\n=b.png", "a__b"),
        ("ü ß.png", "ü ß"),
        ("x" * 300 + ".jpg", "x" * 80),
    ],
)
def test_names_are_safe_on_any_system(name: str, stem: str) -> None:
    assert archive.file_stem(name) == stem
