"""Figures of a server in the Prometheus text format, of all worker processes together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ocr.runtime.machine import resident_bytes

#: Where the processes of one server keep their figures; read by prometheus_client when it is imported.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """Counters, histograms and gauges of one process."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry = CollectorRegistry()
        own: dict[str, Any] = {"registry": self.registry}
        self.answers = Counter(
            "ocr_answers", "Answers by path, status and code.", ("path", "status", "code"), **own
        )
        self.wait = Histogram("ocr_queue_wait_seconds", "Seconds in the queue.", buckets=_SECONDS, **own)
        self.seconds = Histogram(
            "ocr_request_seconds",
            "Seconds from the first byte to the answer.",
            ("path",),
            buckets=_SECONDS,
            **own,
        )
        self.stages = Counter("ocr_stage_seconds", "Seconds of reading by stage.", ("stage",), **own)
        self.pages = Counter("ocr_pages", "Pages that were read.", **own)
        self.abandoned = Counter("ocr_abandoned", "Requests whose callers hung up before the answer.", **own)
        self.depth = Gauge("ocr_queue_depth", "Requests that wait.", multiprocess_mode="livesum", **own)
        self.running = Gauge("ocr_running", "Requests that are read.", multiprocess_mode="livesum", **own)
        self.resident = Gauge(
            "ocr_resident_bytes", "Main memory of a process.", multiprocess_mode="liveall", **own
        )

    def text(self) -> bytes:
        """The figures of all processes of this server."""
        from prometheus_client import CollectorRegistry, generate_latest, multiprocess

        self.resident.set(resident_bytes() or 0)
        if not os.environ.get(VARIABLE):
            return bytes(generate_latest(self.registry))
        registry = CollectorRegistry()
        collector: Any = multiprocess.MultiProcessCollector
        collector(registry)
        return bytes(generate_latest(registry))


def forget_process(process: int, folder: Path) -> None:
    """Drop the gauges of a process that ended; its counters go on counting."""
    from prometheus_client import multiprocess

    mark_process_dead: Any = multiprocess.mark_process_dead
    mark_process_dead(process, path=str(folder))
