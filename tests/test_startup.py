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
    "import ocr": 3,
    "import ocr.cli": 50,
    "--version": 50,
    "--help": 50,
    "read --help": 130,
    "train --help": 128,
    "every --help": 162,
}


@pytest.mark.parametrize("started", [one for one in BUDGET if not one.startswith("every")])
def test_starting_imports_no_more_than_its_budget(started: str) -> None:
    bare = _loaded("pass")
    code = started
    if not started.startswith("import"):
        arguments = started.split()
        code = (
            f"import contextlib, ocr.cli\nwith contextlib.suppress(SystemExit): ocr.cli.main({arguments!r})"
        )
    assert len(_loaded(code) - bare) <= BUDGET[started]


#: Every command, and the commands of its groups.
HELPS = [
    *(
        "read",
        "detect",
        "synth",
        "train",
        "export",
        "eval",
        "bench",
        "app",
        "doctor",
        "models",
        "data",
        "batch",
    ),
    *(
        f"models {one}"
        for one in ("list", "show", "add", "promote", "rollback", "remove", "verify", "compare")
    ),
    *(f"data {one}" for one in ("check", "convert", "stats")),
    *("batch run", "batch show", "batch verify"),
    *("review", "serve", "serve keys add", "serve keys list", "serve keys remove"),
]


def test_the_help_of_every_command_keeps_within_one_budget() -> None:
    """All of them one after the other in one process, which imports what any of them does."""
    from ocr.cli import app

    assert {one for one in HELPS if " " not in one} == set(app.COMMANDS)
    code = "import contextlib, ocr.cli\n" + "\n".join(
        f"with contextlib.suppress(SystemExit): ocr.cli.main({[*one.split(), '--help']!r})" for one in HELPS
    )
    loaded = _loaded(code)
    assert loaded.isdisjoint({*HEAVY, "pydantic", "hydra", "streamlit", "asyncio"})
    assert len(loaded - _loaded("pass")) <= BUDGET["every --help"]


def test_parsing_needs_no_validators_of_a_library() -> None:
    import typer

    if tuple(map(int, typer.__version__.split(".")[:2])) >= (0, 29):
        pytest.skip(f"typer {typer.__version__} is newer than this package takes")
    code = (
        "import contextlib, ocr.cli\nwith contextlib.suppress(SystemExit): ocr.cli.main(['models', 'list'])"
    )
    assert "pydantic" not in _loaded(code)


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
