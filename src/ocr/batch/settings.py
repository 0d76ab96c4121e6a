"""How a batch is run: options of ``ocr batch`` that change no result."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.runtime.options import Choice, Number, OptionRecord, OrNone, Text, Whole, setting

#: What can be read again.
RERUNS = ("failed", "changed", "all")


@dataclass(frozen=True)
class BatchSettings(OptionRecord):
    """How a batch is run."""

    option_name = "batch setting"

    workers: int | None = setting(
        None, OrNone(Whole(1, 4096)), "processes that read, one thread each; as many as cores if not given"
    )
    part_size: int = setting(1000, Whole(1, 100_000), "inputs of a part, which becomes one Parquet file")
    limit: int | None = setting(
        None, OrNone(Whole(1)), "inputs that are read at most, the first of the listing"
    )
    timeout: float = setting(
        300.0, Number(0.1, 86_400), "seconds after which an input is given up and its worker replaced"
    )
    worker_memory: int | None = setting(
        None, OrNone(Whole(256)), "megabytes that a worker may take; no limit of its own if not given"
    )
    rerun: str | None = setting(
        None,
        OrNone(Choice(*RERUNS)),
        "what is read again although it has a row: failed, changed or all inputs",
    )
    ray: str | None = setting(
        None,
        OrNone(Text()),
        "read on a Ray cluster: local, auto, HOST:PORT or ray://HOST:PORT; without an address that of RAY_ADDRESS or "
        "of this machine, or a new one",
    )
