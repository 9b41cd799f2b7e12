"""Which examples belong to which training step: a function of seed and step alone."""

import itertools
from collections.abc import Iterator

import torch
from torch.utils.data import Sampler


class StepSampler(Sampler[list[int]]):
    """An endless stream of batches of indices, starting with the batch of ``first_step``.

    Every pass over the data is shuffled anew; no batch is cut short. Without an end there is no end
    of an epoch either, whose bookkeeping would differ between a run and its resumed twin.
    """

    def __init__(self, size: int, batch_size: int, seed: int, first_step: int = 0) -> None:
        if size < 1:
            raise ValueError("the data set is empty: nothing to train on")
        self.size, self.batch_size = size, batch_size
        self.seed, self.first_step = seed, first_step

    def __iter__(self) -> Iterator[list[int]]:
        for step in itertools.count(self.first_step):
            yield [self._index(step * self.batch_size + k) for k in range(self.batch_size)]

    def _index(self, position: int) -> int:
        """The example at ``position`` of the endless shuffled stream."""
        pass_number, offset = divmod(position, self.size)
        if getattr(self, "_pass_number", None) != pass_number:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + pass_number)
            self._order = torch.randperm(self.size, generator=generator)
            self._pass_number = pass_number
        return int(self._order[offset])
