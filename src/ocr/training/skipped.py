"""Steps that were skipped for a loss or gradient that is not finite: how many, and which files they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.distributed
from torch import Tensor

#: Names in a report; of more only their number is told.
_SHOWN = 20


@dataclass(frozen=True)
class Report:
    """The steps since the report before.

    Attributes:
        total: steps skipped so far.
        new: of these, steps since the report before.
        longest: longest row of skipped steps, those of earlier reports that lead up to it included.
        files: names of the files in the batches at fault, of all processes.
    """

    total: int
    new: int
    longest: int
    files: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The names in one line."""
        more = len(self.files) - _SHOWN
        return ", ".join(self.files[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


class SkippedSteps:
    """Marks of steps and batches, left on the device until somebody asks: no step waits for it.

    A batch is at fault where its own loss was not finite. Where no batch of a skipped step was so, on no process, the
    gradient alone went wrong, and all batches of the step count.
    """

    def __init__(self) -> None:
        self._total = self._row = 0
        self._open: list[tuple[Tensor, Sequence[str]]] = []
        self._steps: list[tuple[Tensor, list[tuple[Tensor, Sequence[str]]]]] = []

    def add_batch(self, bad: Tensor, names: Sequence[str]) -> None:
        """Note a batch of the step under way.

        Args:
            bad: 1 where its loss is not finite, else 0; float32 scalar on any device.
            names: of its files.
        """
        self._open.append((bad, names))

    def end_step(self, bad: Tensor) -> None:
        """Note that the step of the batches since the last one is over.

        Args:
            bad: 1 where it was skipped, else 0; the same on every process.
        """
        self._steps.append((bad, self._open))
        self._open = []

    def state(self) -> dict[str, int]:
        """The numbers that a resumed run goes on from; steps that were not reported yet are not in it."""
        return {"total": self._total, "row": self._row}

    def load_state(self, state: Mapping[str, int]) -> None:
        """Go on from `state`; from nothing where it is empty."""
        self._total, self._row = int(state.get("total", 0)), int(state.get("row", 0))

    def report(self) -> Report:
        """Read the marks; the only place that waits for the device. Every process has to call it at the same step."""
        steps, self._steps = self._steps, []
        marks = [mark for bad, batches in steps for mark in (bad, *(own for own, _ in batches))]
        read = iter(torch.stack(marks).tolist() if marks else ())
        longest, new = 0, 0
        suspects: list[list[tuple[bool, Sequence[str]]]] = []
        for _, batches in steps:
            skipped = next(read) > 0
            marked = [(next(read) > 0, names) for _, names in batches]
            self._row = self._row + 1 if skipped else 0
            longest = max(longest, self._row)
            if skipped:
                new += 1
                suspects.append(marked)
        self._total += new
        return Report(self._total, new, longest, tuple(_at_fault(suspects)) if new else ())


def _at_fault(suspects: list[list[tuple[bool, Sequence[str]]]]) -> dict[str, None]:
    everywhere = [suspects]
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        everywhere = [[] for _ in range(torch.distributed.get_world_size())]
        torch.distributed.all_gather_object(everywhere, suspects)
    names: dict[str, None] = {}
    for step in zip(*everywhere, strict=True):
        batches = [batch for process in step for batch in process]
        own = [batch for batch in batches if batch[0]]
        for _, files in own or batches:
            names.update(dict.fromkeys(files))
    return names
