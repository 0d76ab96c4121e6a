"""The description is checked against what is served: made-up requests get answers that it names."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.conftest import Server
from tests.waiting import PATIENCE


@pytest.mark.skipif(importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed")
def test_made_up_requests_get_documented_answers(server: Server, tmp_path: Path) -> None:
    command = [
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run",
        f"{server.url}/openapi.json", "--max-examples", "3", "--phases", "fuzzing", "--seed", "1",
        "--request-timeout", str(PATIENCE), "--suppress-health-check", "all", "--checks",
        "not_a_server_error,status_code_conformance,content_type_conformance",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=3 * PATIENCE, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
