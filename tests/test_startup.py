"""What importing and asking for help may load, and that torch stays out of reading."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "numpy",
    "cv2",
    "onnxruntime",
    "torch",
    "pydantic_core._pydantic_core",
    "pypdfium2",
    "rich.console",
    "PIL",
)


def _loaded(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, sep='\\n', file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


def test_importing_loads_nothing_heavy() -> None:
    assert _loaded("import ocr; ocr.__version__; dir(ocr)").isdisjoint(HEAVY)


@pytest.mark.parametrize("arguments", [["--help"], ["read", "--help"], ["detect", "--help"], ["--version"]])
def test_help_loads_no_network_and_no_pictures(arguments: list[str]) -> None:
    code = f"import contextlib, ocr.cli\nwith contextlib.suppress(SystemExit): ocr.cli.main({arguments!r})"
    assert _loaded(code).isdisjoint({"numpy", "cv2", "onnxruntime", "torch", "pypdfium2", "PIL"})


#: Modules beyond those of bare Python, some with room for another version of a library. `benchmarks/startup.py` shows
#: what they cost in seconds.
BUDGET = {
    "import ocr": 4,
    "import ocr.cli": 55,
    "--version": 55,
    "--help": 55,
    "read --help": 140,
    "train --help": 140,
}


@pytest.mark.parametrize("started", BUDGET)
def test_starting_imports_no_more_than_its_budget(started: str) -> None:
    bare = _loaded("pass")
    code = started
    if not started.startswith("import"):
        arguments = started.split()
        code = (
            f"import contextlib, ocr.cli\nwith contextlib.suppress(SystemExit): ocr.cli.main({arguments!r})"
        )
    assert len(_loaded(code) - bare) <= BUDGET[started]


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], []])
def test_the_list_of_commands_needs_no_typer(arguments: list[str]) -> None:
    code = f"import contextlib, ocr.cli\nwith contextlib.suppress(SystemExit): ocr.cli.main({arguments!r})"
    assert _loaded(code).isdisjoint({"typer", "rich", "inspect"})


def test_the_list_of_commands_is_what_typer_would_print() -> None:
    import typer

    from ocr.cli import app

    command = typer.main.get_command(app._application(None))
    printed = app._help(command, [])
    assert [" ".join(line.split()) for line in app.overview().splitlines()] == [
        " ".join(line.split()) for line in printed.splitlines()
    ]


def test_reading_never_imports_torch_nor_pillow(models: tuple[Path, Path]) -> None:
    code = (
        f"import ocr\nimport numpy as np\nreader = ocr.Reader({str(models[0])!r}, {str(models[1])!r})\n"
        "reader.read(np.full((64, 64, 3), 255, np.uint8))"
    )
    loaded = _loaded(code)
    assert "onnxruntime" in loaded
    assert loaded.isdisjoint({"torch", "PIL", "onnx", "pydantic", "matplotlib"})


def test_public_names_exist() -> None:
    import ocr

    for name in ocr.__all__:
        assert getattr(ocr, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'raed'"):
        ocr.raed  # noqa: B018
