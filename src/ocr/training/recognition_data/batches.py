"""Batches of lines of like widths, and the order in which loader processes make them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from torch.utils.data import Dataset

from ocr.errors import BadConfiguration
from ocr.recognition.charset import Charset
from ocr.training.mixture import EpochSampler, process_rank, shares
from ocr.training.recognition_data.line import Line, LineSource, with_wide_letters
from ocr.training.recognition_data.rendered import RenderedLines

#: A pool that refuses this many lines for each that it needs is given up.
_MAX_REFUSED = 20


class LineBatches(Dataset[list[Line]]):
    """Batches of lines of like widths: a pool of lines is drawn, sorted by width and cut into batches.

    An item is a batch. Items of a pool are made together; a `PoolSampler` sees to it that one loader process asks for
    all items of a pool, one after the other.

    Args:
        sources: by name.
        charset: lines with other characters are drawn again.
        batch: lines in a batch.
        pool: batches in a pool.
        height: of the crops in pixels.
        stride: pixels a step, to leave out lines with more characters than steps.
        max_width: wider crops are left out; wide ones take most of the time and teach little that narrow ones do not.
        seed: a pool depends on the seed and its number alone.
        narrow: columns a stroke that lines are widened to, as they are before they are read; see
            `ocr.recognition.narrow`. An exported model does the same. 0 widens nothing.

    Raises:
        BadConfiguration: no source, or a weight that is not positive.
    """

    def __init__(
        self,
        sources: Mapping[str, LineSource],
        charset: Charset,
        batch: int = 64,
        pool: int = 8,
        height: int = 32,
        stride: int = 4,
        max_width: int = 1024,
        seed: int = 0,
        narrow: float = 0.0,
    ) -> None:
        self.sources = list(sources.values())
        self.shares = shares({name: source.weight for name, source in sources.items()})
        self.charset, self.batch, self.pool = charset, batch, pool
        self.height, self.stride, self.seed = height, stride, seed
        self.max_width, self.narrow = max_width, narrow
        self._made: tuple[int, list[list[Line]]] = (-1, [])

    def __getitem__(self, item: int) -> list[Line]:
        number, part = divmod(item, self.pool)
        if self._made[0] != number:
            self._made = (number, self._make(number))
        return self._made[1][part]

    def _make(self, number: int) -> list[list[Line]]:
        rng = np.random.default_rng((self.seed, number))
        for source, share in zip(self.sources, self.shares, strict=True):
            if isinstance(source, RenderedLines):
                source.begin(int(number * self.pool * self.batch * share))
        lines: list[Line] = []
        refused = 0
        while len(lines) < self.batch * self.pool:
            source = self.sources[int(rng.choice(len(self.sources), p=self.shares))]
            line = with_wide_letters(source.line(rng, self.height), self.narrow)
            if line.image.shape[1] <= self.max_width and self.charset.covers(line.text) and self._fits(line):
                lines.append(line)
                continue
            refused += 1
            if refused > _MAX_REFUSED * self.batch * self.pool:
                raise BadConfiguration(
                    f"{refused} lines were drawn that hold characters outside the charset or are too long for their "
                    f"width, the last {line.text!r} of {line.name}; is this the charset of the data?"
                )
        lines.sort(key=lambda line: line.image.shape[1])
        batches = [lines[start : start + self.batch] for start in range(0, len(lines), self.batch)]
        return [batches[i] for i in rng.permutation(len(batches))]

    def _fits(self, line: Line) -> bool:
        steps = math.ceil(line.image.shape[1] / self.stride)
        repeats = sum(a == b for a, b in zip(line.text, line.text[1:], strict=False))
        return bool(len(line.text) + repeats <= steps)


class PoolSampler(EpochSampler):
    """Numbers of batches, in an order in which each of several loader processes works through pools of its own.

    Args:
        length: batches in an epoch, a multiple of ``pool``.
        pool: batches in a pool.
        workers: loader processes; 0 counts as 1.

    Raises:
        BadConfiguration: another length.
    """

    def __init__(self, length: int, pool: int, workers: int) -> None:
        if length % pool:
            raise BadConfiguration(
                f"epoch_steps makes {length} batches; expected a multiple of the {pool} of a pool (data.train.pool), "
                f"such as {max(1, round(length / pool)) * pool}"
            )
        super().__init__(length)
        self.pool, self.workers = pool, max(1, workers)

    def numbers(self) -> Iterator[int]:
        """See `EpochSampler.numbers`."""
        rank, world = process_rank()
        pools = self.length // self.pool
        for start in range(0, pools, self.workers):
            together = range(start, min(start + self.workers, pools))
            for part in range(self.pool):
                for pool in together:
                    number = (self.epoch * pools + pool) * world + rank
                    yield number * self.pool + part
