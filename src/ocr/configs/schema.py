"""Structured configs: the keys that a training run reads itself, with their types.

Hydra holds the files of this package and every override against them while it composes: an unknown key and a value of
a wrong type are refused with the key. A node with a ``_target_`` is `Any` here; `ocr.training.configuration` holds it
against the signature of its target. Ranges of numbers are `ocr.training.configuration.RANGES`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

#: A node that is built by ``hydra.utils.instantiate``, or whose class refuses unknown keys itself.
Node = Any


@dataclass
class Hardware:
    """The group ``hardware``; see `ocr.training.hardware.prepare`."""

    accelerator: str = MISSING
    precision: Any = MISSING
    channels_last: bool = MISSING
    compile: str | None = None
    memory_gb: float | None = None
    crops: int = MISSING
    lines: int = MISSING


@dataclass
class Dataloader:
    """The group ``dataloader``; see `ocr.training.loading.LoaderSettings`."""

    workers: int = MISSING
    start: str = MISSING
    prefetch: int = MISSING
    persistent: bool = MISSING
    pin: Any = MISSING


@dataclass
class EarlyStopping:
    """Validations without a better figure that end the training."""

    patience: int | None = None
    min_delta: float = 0.0


@dataclass
class Validation:
    """Pages or lines to choose by; ``path: null`` trains without."""

    path: str | None = None
    format: str = "auto"
    limit: int | None = None


@dataclass
class LineValidation(Validation):
    """The same of lines; ``upper_case``: transcripts are so whatever the print."""

    upper_case: bool = False


@dataclass
class DetectionData:
    """The group ``data`` of the detector."""

    train: Node = MISSING
    validation: Validation = field(default_factory=Validation)
    batch_size: int = MISSING


@dataclass
class RecognitionData:
    """The group ``data`` of the recogniser."""

    train: Node = MISSING
    validation: LineValidation = field(default_factory=LineValidation)


@dataclass
class Training:
    """What both tasks share; the files say what each key means."""

    task: str = MISSING
    seed: int = MISSING
    steps: int = MISSING
    epoch_steps: int = MISSING
    ema: float = MISSING
    clip: float = MISSING
    patience: int = MISSING
    unreadable: str = MISSING
    early_stopping: EarlyStopping = field(default_factory=EarlyStopping)
    worst: int = MISSING
    init_from: str | None = None
    freeze: list[str] = field(default_factory=list)
    output: str = MISSING
    dataloader: Dataloader = field(default_factory=Dataloader)
    hardware: Hardware = field(default_factory=Hardware)
    loss: Node = MISSING
    optimizer: Node = MISSING
    scheduler: Node = MISSING
    trainer: Node = MISSING
    logger: Node = MISSING
    profiler: Node = MISSING


@dataclass
class Detection(Training):
    """Training of the text detector."""

    encoder: Node = MISSING
    decoder: Node = MISSING
    head: Node = MISSING
    data: DetectionData = field(default_factory=DetectionData)
    policy: dict[str, Any] = field(default_factory=dict)
    decode: dict[str, Any] = field(default_factory=dict)


@dataclass
class Recognition(Training):
    """Training of the line recogniser."""

    recognizer: Node = MISSING
    data: RecognitionData = field(default_factory=RecognitionData)
    charset: str = MISSING


#: The schema of each task.
TASKS = {"detection": Detection, "recognition": Recognition}


def register() -> None:
    """Let Hydra find the schemas; each task's file names its own first."""
    store = ConfigStore.instance()
    for task, schema in TASKS.items():
        store.store(f"{task}_schema", schema)
