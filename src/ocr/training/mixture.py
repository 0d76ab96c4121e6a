"""Several datasets as one, drawn from by weight, reproducible from (seed, index) alone."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
import torch.distributed
from torch.utils.data import Sampler

from ocr.errors import BadConfiguration

T = TypeVar("T")


@dataclass(frozen=True)
class Source(Generic[T]):
    """A dataset and how often it is drawn from.

    Attributes:
        data: the records.
        weight: share of the draws, relative to the other sources; > 0.
    """

    data: Sequence[T]
    weight: float = 1.0


def shares(weights: Mapping[str, float]) -> npt.NDArray[np.float64]:
    """The weights of the sources as shares of 1.

    Raises:
        BadConfiguration: no source, or a weight that is not positive.
    """
    if not weights:
        raise BadConfiguration("data.train.sources holds no source; expected at least one")
    for name, weight in weights.items():
        if not weight > 0:
            raise BadConfiguration(f"data.train.sources.{name}.weight is {weight}; expected a number above 0")
    shares = np.array(list(weights.values()), np.float64)
    return np.asarray(shares / shares.sum())


class Mixture(Generic[T]):
    """Chooses the record of a draw.

    Args:
        sources: by name; empty datasets are refused.
        seed: start of all randomness.

    Raises:
        BadConfiguration: no source, an empty one, or a weight that is not positive.
    """

    def __init__(self, sources: Mapping[str, Source[T]], seed: int) -> None:
        self.bounds = np.cumsum(shares({name: source.weight for name, source in sources.items()}))
        for name, source in sources.items():
            if not len(source.data):
                raise BadConfiguration(f"the source {name!r} (data.train.sources) holds no records")
        self.sources = list(sources.values())
        self.seed = seed

    def rng(self, draw: int) -> np.random.Generator:
        """The generator of one draw; augmentation goes on with it."""
        return np.random.default_rng((self.seed, draw))

    def pick(self, rng: np.random.Generator) -> tuple[int, int]:
        """Choose a source and a record of it; `record` gives it, so that a cache can ask first."""
        which = min(int(np.searchsorted(self.bounds, rng.random(), side="right")), len(self.sources) - 1)
        return which, int(rng.integers(len(self.sources[which].data)))

    def name(self, which: int, index: int) -> str:
        """What reports call a record, also one that cannot be read."""
        data = self.sources[which].data
        name_of = getattr(data, "name_of", None)
        return str(index) if name_of is None else str(name_of(index))

    def record(self, which: int, index: int) -> T:
        """The record that `pick` chose."""
        return self.sources[which].data[index]


def process_rank() -> tuple[int, int]:
    """Number of this process among those of a distributed run, and how many they are; (0, 1) for a single one."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1


class EpochSampler(Sampler[int]):
    """Endless draws cut in epochs of ``length`` numbers, of several processes in each.

    Lightning calls `set_epoch`, so that a resumed run draws what the unbroken one would have drawn.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self.epoch = 0
        self._done = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration belongs to."""
        if epoch != self.epoch:
            self.epoch, self._done = epoch, 0

    def continue_at(self, epoch: int, done: int) -> None:
        """Begin within an epoch, after as many of its numbers as this process has worked through."""
        self.epoch, self._done = epoch, done

    @abstractmethod
    def numbers(self) -> Iterable[int]:
        """The numbers of the whole epoch that are for this process, in order."""

    def __iter__(self) -> Iterator[int]:
        return islice(self.numbers(), self._done, None)

    def __len__(self) -> int:
        return self.length


class DrawSampler(EpochSampler):
    """Epoch e gives the numbers e · length … (e + 1) · length − 1; no number is drawn by two processes."""

    def numbers(self) -> Iterable[int]:
        """See `EpochSampler.numbers`."""
        rank, world = process_rank()
        first = self.epoch * self.length * world
        return range(first + rank, first + self.length * world, world)
