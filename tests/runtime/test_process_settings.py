"""What the library changes in the whole process, and that each of it can be switched off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ocr.errors import BadConfiguration
from ocr.runtime import process_settings

ROOT = Path(__file__).resolve().parents[2]
#: Reads a page and prints whether the telemetry is off, whether networks share an arena, and calls of mallopt.
READ = """
import ctypes, os, sys
calls = []
class Library:
    gnu_get_libc_version = None
    def mallopt(self, name, value): calls.append(name)
ctypes.CDLL = lambda name: Library()
import ocr
exec(sys.argv[1])
from tests.models_for_tests import detection_model, receipt_like, recognition_model
ocr.Reader(detection_model(), recognition_model(), threads=1).read(receipt_like())
from ocr.engine import runtime
import onnxruntime
print(os.environ.get("ORT_DISABLE_TELEMETRY"), runtime._one_arena(onnxruntime), len(calls))
"""


def read(code: str = "", **environment: str) -> str:
    names = (process_settings.VARIABLE, "ORT_DISABLE_TELEMETRY")
    plain = {
        k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_")) and k not in names
    }
    done = subprocess.run(
        [sys.executable, "-c", READ, code],
        cwd=ROOT,
        env={**plain, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc on Linux alone")
def test_each_of_it_can_be_switched_off() -> None:
    assert read() == "1 True 3"
    assert read(OCR_PROCESS_SETTINGS="none") == "None False 0"
    assert read(OCR_PROCESS_SETTINGS="telemetry") == "1 False 0"
    assert read("ocr.process_settings('arena')", OCR_PROCESS_SETTINGS="all") == "None True 0"
    assert read("ocr.process_settings()") == "None False 0"


def test_unknown_names_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadConfiguration, match="did you mean 'malloc'"):
        process_settings.process_settings("maloc")
    monkeypatch.setenv(process_settings.VARIABLE, "malloc, telemetri")
    with pytest.raises(BadConfiguration, match=r"'telemetri' \(from OCR_PROCESS_SETTINGS\)"):
        process_settings.allowed("malloc")
