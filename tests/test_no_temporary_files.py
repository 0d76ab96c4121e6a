"""Pictures go from the caller to the networks as arrays: no file in between, in the sources and in a run."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models_for_tests import receipt_like
from tests.pictures import encoded, pdf

SOURCE = Path(__file__).resolve().parent.parent / "src" / "ocr"
#: Functions that write a file, whichever object they are called on.
WRITERS = frozenset(
    {
        *("NamedTemporaryFile", "TemporaryFile", "TemporaryDirectory", "SpooledTemporaryFile"),
        *("mkstemp", "mkdtemp", "mktemp", "imwrite", "imwritemulti", "write_bytes", "write_text", "tofile"),
    }
)
#: Who may write, with the reason; an entry that is no longer needed fails the test.
ALLOWED: dict[tuple[str, str], str] = {
    (
        "cli/app.py",
        "open for writing",
    ): "the null device, where standard output goes after a closed pipe",
    (
        "bench/peer_worker.py",
        "open for writing",
    ): "the standard output of a measured reader's process, kept apart from what that reader prints",
    (
        "batch/worker.py",
        "open for writing",
    ): "the standard output of a worker, kept apart from what libraries print",
    ("batch/worker.py", "write_text"): "a setting of the process: which one the system ends first",
    (
        "batch/archives.py",
        "tempfile",
    ): "a compressed archive is unpacked once, of which members are taken in any order",
    ("batch/archives.py", "TemporaryFile"): "that file, which has no name",
    ("batch/part.py", "tempfile"): "results on their way to a store, where they do not fit into memory",
    ("batch/part.py", "SpooledTemporaryFile"): "that file, which has no name",
    ("io/files.py", "open for writing"): "the one place where files are written, each whole",
    (
        "app/trying.py",
        "tempfile",
    ): "a model is exported by a process of its own before the catalogue takes it",
    ("app/trying.py", "TemporaryDirectory"): "the folder of that model",
    (
        "training/recognition_data/kept.py",
        "tempfile",
    ): "rendered lines that all loader processes of a run map",
    ("training/recognition_data/kept.py", "mkstemp"): "that file",
    ("writers/outputs.py", "tempfile"): "a page that a browser is to show has to be a file",
    ("writers/outputs.py", "mkdtemp"): "the folder of that page",
}


def writes(source: str) -> Iterator[str]:
    """Ways in which a module writes files by itself."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            if any(name.split(".")[0] == "tempfile" for name in names):
                yield "tempfile"
        elif isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if name in WRITERS:
                yield name
            if name in ("open", "fdopen") and any(_means_writing(value) for value in _values(node)):
                yield "open for writing"


def _values(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)


def _means_writing(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        mode = value.value
        return 0 < len(mode) <= 4 and set(mode) <= set("rwxabt+") and not set(mode).isdisjoint("wxa+")
    flags = [part.attr for part in ast.walk(value) if isinstance(part, ast.Attribute)]
    return any(flag in ("O_CREAT", "O_RDWR", "O_WRONLY") for flag in flags)


@pytest.fixture(scope="module")
def found() -> set[tuple[str, str]]:
    return {
        (file.relative_to(SOURCE).as_posix(), use)
        for file in sorted(SOURCE.rglob("*.py"))
        for use in writes(file.read_text(encoding="utf-8"))
    }


def test_only_the_writer_of_whole_files_writes(found: set[tuple[str, str]]) -> None:
    # Training writes checkpoints and logs through its own libraries; no picture is read on the way.
    inference = {(file, use) for file, use in found if not file.startswith(("training/", "models/"))}
    assert inference - ALLOWED.keys() == set(), "use ocr.io.files.write_whole, or give the reason in ALLOWED"
    assert ALLOWED.keys() - found == set(), "these reasons are no longer needed"
    assert not {file for file, use in found - ALLOWED.keys() if use in ("tempfile", "mkstemp", "mkdtemp")}


@pytest.mark.parametrize(
    ("source", "use"),
    [
        ("import tempfile", "tempfile"),
        ("from tempfile import mkstemp", "tempfile"),
        ("cv2.imwrite(path, image)", "imwrite"),
        ("open(path, 'wb')", "open for writing"),
        ("path.open(mode='x')", "open for writing"),
        ("os.open(path, os.O_WRONLY | os.O_CREAT)", "open for writing"),
        ("path.write_bytes(data)", "write_bytes"),
    ],
)
def test_the_search_finds_writing(source: str, use: str) -> None:
    assert list(writes(source)) == [use]


@pytest.mark.parametrize(
    "source", ["open(path)", "path.open('rb')", "open('receipt.txt')", "os.open(path, os.O_RDONLY)"]
)
def test_the_search_leaves_reading_alone(source: str) -> None:
    assert list(writes(source)) == []


#: Runs in a process of its own: a hook for auditing cannot be taken away again.
WATCHED = """
import os, sys

CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.",
           "tempfile.", "socket.connect")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
seen, opened = [], []

def watch(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        if isinstance(path, int) or path == os.devnull:  # What is open already, and what keeps nothing.
            return
        opened.append(str(path))
        if (flags or 0) & WRITING or (mode and not set(mode).isdisjoint("wxa+")):
            seen.append((event, str(path)))
    elif event.startswith(CHANGES):
        seen.append((event, *map(str, arguments)))

sys.dont_write_bytecode = True
sys.addaudithook(watch)
try:
    # Libraries in C write without Python's knowledge: from here on nobody writes a byte to any file.
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
except ImportError:
    pass
"""
READ = """
import ocr
from ocr.cli import main
detection, recognition, *inputs = sys.argv[1:]
reader = ocr.shared_reader(detection, recognition, threads=1)
for path in inputs:
    with open(path, "rb") as file:
        data = file.read()
    for source in (path, data, bytearray(data), open(path, "rb")):
        assert reader.read(source).lines, path
    assert reader.detect(data).lines
for reading in reader.read_many(inputs):
    assert reading.lines
try:
    main(["read", "--detection", detection, "--recognition", recognition, "--format", "json", *inputs])
except SystemExit as ending:
    assert not ending.code, ending.code
assert inputs[0] in opened, "the hook sees nothing"
assert not seen, seen
"""


@pytest.fixture
def inputs(tmp_path: Path) -> list[Path]:
    page = receipt_like()
    files = {"a.png": encoded(page, "PNG"), "b.jpg": encoded(page, "JPEG"), "c.pdf": pdf([page, page])}
    folder = tmp_path / "inputs"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def _run(code: str, tmp_path: Path, *arguments: Path) -> subprocess.CompletedProcess[str]:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    places = {name: str(temporary) for name in ("TMPDIR", "TEMP", "TMP", "OCR_HOME", "XDG_CACHE_HOME")}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=temporary,
        env=os.environ | places,
        check=False,
    )
    assert list(temporary.iterdir()) == []
    return done


def test_reading_writes_no_file(models: tuple[Path, Path], inputs: list[Path], tmp_path: Path) -> None:
    done = _run(WATCHED + READ, tmp_path, *models, *inputs)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(inputs)


@pytest.mark.parametrize(
    "code",
    [
        "import tempfile; tempfile.TemporaryDirectory(dir='.').cleanup()",
        "open('page.png', 'wb').close(); os.remove('page.png')",
        "os.mkdir('pages'); os.rmdir('pages')",
    ],
)
def test_the_watch_sees_a_file_that_is_gone_again(code: str, tmp_path: Path) -> None:
    done = _run(f"{WATCHED}\n{code}\nassert not seen, seen", tmp_path)
    assert done.returncode == 1
    assert "AssertionError" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_libraries_in_c_cannot_write_unseen(tmp_path: Path) -> None:
    code = "import cv2, numpy\ncv2.imwrite('page.bmp', numpy.zeros((99, 99)))\nassert not os.path.getsize('page.bmp')"
    with pytest.raises(AssertionError, match=r"page\.bmp"):
        _run(WATCHED + code, tmp_path)
