"""What a destination holds: counts, failures and throughput."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ocr.batch import generations
from ocr.batch.generations import SCHEMA, Generation
from ocr.batch.manifest import HOME, Manifest
from ocr.batch.part import results
from ocr.batch.rows import FAILED, READ
from ocr.batch.store import Store

_EXAMPLES = 10


@dataclass
class Summary:
    """What a destination holds.

    Attributes:
        generation: the last one.
        inputs: of the manifest.
        parts: of the manifest.
        committed: parts that have a file.
        codes: rows by code, ``"read"`` for those that were read.
        failures: the first few failed rows: uri, code, message.
        bytes: of the inputs that were read.
        worker_seconds: that workers took, for the inputs of `timed`.
        timed: inputs whose times are known.
    """

    generation: Generation
    inputs: int = 0
    parts: int = 0
    committed: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    bytes: int = 0
    worker_seconds: float = 0.0
    timed: int = 0

    @property
    def rows(self) -> int:
        """Inputs that have a row."""
        return self.codes.total()

    @property
    def rate(self) -> float | None:
        """Inputs a second of one worker; ``None`` where nothing was timed."""
        return self.timed / self.worker_seconds if self.worker_seconds else None

    def to_dict(self) -> dict[str, Any]:
        """The summary as JSON values."""
        return {
            "schema": SCHEMA,
            "source": self.generation.source,
            "generation": self.generation.number,
            "rerun": self.generation.rerun,
            "done": self.generation.done,
            "recipe": self.generation.recipe,
            "inputs": self.inputs,
            "rows": self.rows,
            "parts": self.parts,
            "committed": self.committed,
            "codes": dict(sorted(self.codes.items())),
            "failures": [dict(zip(("uri", "code", "message"), one, strict=True)) for one in self.failures],
            "bytes": self.bytes,
            "inputs_per_worker_second": self.rate,
        }


def summary(store: Store) -> Summary:
    """Look through a destination.

    Raises:
        InputNotFound: it holds no batch.
    """
    import pyarrow.compute as pc

    found = Summary(generations.require(store))
    manifest = Manifest(store)
    manifest.look()
    found.parts = manifest.count
    files = {one.key for one in store.list("documents/")}
    for number in range(manifest.count):
        part = manifest.load(number)
        found.inputs += len(part.entries)
        if part.file not in files:
            continue
        found.committed += 1
        with store.open(part.file) as opened:
            table = results(opened, part.file).read(columns=["uri", "status", "code", "message"])
        failed = table.filter(pc.equal(table["status"], FAILED))
        found.codes[READ] += len(table) - len(failed)
        for row in failed.to_pylist():
            found.codes[row["code"]] += 1
            if len(found.failures) < _EXAMPLES:
                found.failures.append((row["uri"], row["code"], row["message"]))
    found.codes += Counter()  # Without zeros.
    for one in store.list(f"{HOME}log/"):
        log = json.loads(store.get(one.key))
        found.bytes += log["bytes"]
        found.timed += log["inputs"]
        found.worker_seconds += log["seconds"] * log["workers"]
    return found
