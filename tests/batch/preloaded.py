"""Imported by the server of forks of `tests.batch.test_run`: a run of one input has imported whatever a run needs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.batch.light import light_run, receipts

with tempfile.TemporaryDirectory() as folder:
    light_run(receipts(Path(folder) / "in", 1), Path(folder) / "out").run()
