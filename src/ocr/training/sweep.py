"""Several runs from one command line: the product of all values that are given for the settings."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr.errors import BadConfiguration, OcrError
from ocr.training import run
from ocr.training.interruption import TrainingInterrupted


@dataclass(frozen=True)
class Job:
    """One run of a sweep.

    Attributes:
        choices: the overrides that differ between the runs.
        overrides: all overrides but that of the output folder.
        output: the run's folder.
    """

    choices: tuple[str, ...]
    overrides: list[str]
    output: Path


@dataclass(frozen=True)
class Result:
    """How a run of a sweep ended.

    Attributes:
        job: what ran.
        score: best value of the validation figure; ``None`` without validation, or where the run failed.
        error: why the run failed, else ``None``.
    """

    job: Job
    score: float | None
    error: OcrError | None


def jobs(task: str, overrides: Sequence[str]) -> list[Job]:
    """Every combination of the values in overrides such as ``a=1,2``, ``a=range(1,4)`` or ``a=choice(x,y)``.

    The grammar is that of Hydra's basic sweeper. A run's folder lies below the configured output and is named after
    its choices, so that the same command takes unfinished runs up again.

    Raises:
        BadConfiguration: an override that cannot be parsed, or a kind of sweep that has no list of values.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    parts: list[list[tuple[str, bool]]] = []
    try:
        for override in OverridesParser.create().parse_overrides(list(overrides)):
            if not override.is_sweep_override():
                parts.append([(str(override.input_line), False)])
                continue
            if not override.is_discrete_sweep():
                raise BadConfiguration(
                    f"got {override.input_line!r}; expected a list of values, not an interval"
                )
            key = override.get_key_element()
            parts.append([(f"{key}={value}", True) for value in override.sweep_string_iterator()])
    except HydraException as error:
        raise BadConfiguration(str(error)) from error
    jobs = []
    for combination in itertools.product(*parts):
        settings = [override for override, _ in combination]
        choices = tuple(override for override, swept in combination if swept)
        root = Path(run.compose(task, settings).output)
        output = root / re.sub(r"[^\w.=,+-]", "_", ",".join(choices)) if choices else root
        jobs.append(Job(choices, settings, output))
    return jobs


def run_all(task: str, planned: Sequence[Job]) -> Iterator[Result]:
    """Run one job after the other; one that fails does not end the others."""
    for job in planned:
        try:
            cfg = run.compose(task, job.overrides)
            cfg.output = str(job.output)
            last = run.run(cfg)
        except TrainingInterrupted:
            raise
        except OcrError as error:
            yield Result(job, None, error)
        else:
            yield Result(job, _best_score(last.parent / "best.ckpt"), None)


def _best_score(checkpoint: Path) -> float | None:
    import torch

    if not checkpoint.exists():
        return None
    states = torch.load(checkpoint, map_location="cpu", weights_only=True)["callbacks"].values()
    scores = [state["best_model_score"] for state in states if state.get("best_model_score") is not None]
    return float(scores[0]) if scores else None
