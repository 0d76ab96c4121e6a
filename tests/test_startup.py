"""What importing and asking for help may load, and that torch stays out of reading."""

from __future__ import annotations

import subprocess
import sys
import time
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
        [sys.executable, "-c", f"{code}\nimport sys; print('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_importing_loads_nothing_heavy() -> None:
    assert _loaded("import ocr; ocr.__version__; dir(ocr)").isdisjoint(HEAVY)


@pytest.mark.parametrize("arguments", [["--help"], ["read", "--help"], ["detect", "--help"], ["--version"]])
def test_help_loads_no_network_and_no_pictures(arguments: list[str]) -> None:
    code = f"import contextlib, ocr.cli\nwith contextlib.suppress(SystemExit): ocr.cli.main({arguments!r})"
    assert _loaded(code).isdisjoint({"numpy", "cv2", "onnxruntime", "torch", "pypdfium2", "PIL"})


def test_help_is_quick() -> None:
    best = 9.0
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "ocr", "--help"], capture_output=True, check=True)
        best = min(best, time.perf_counter() - started)
    # 0.2 s is the promise on an idle machine; tests share theirs.
    assert best < 0.4


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
