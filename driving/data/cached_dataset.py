"""Training examples from a tensor cache, read lazily from memory-mapped shards."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import safetensors
import torch
from torch import Tensor
from torch.utils.data import Dataset

from driving.data.cache_files import read_index
from driving.data.data_config import DataConfig
from driving.data.examples import EXAMPLE_TENSORS, from_tensors
from driving.errors import DataError
from driving.targets import Example


class CachedDataset(Dataset[Example]):
    """The scenes of a cache, log after log by name, in time order within a log.

    ``dataset[i]`` is an example of one scene (B = 1); ``collate`` joins several. Raises DataError
    at opening where the cache is missing, half-written or of another schema version.
    """

    def __init__(self, folder: Path, pictures: bool = True) -> None:
        """Without ``pictures`` none are read, and ``images`` have no pixels: for who cannot see."""
        index = read_index(folder)
        self.folder = folder
        self.pictures = pictures
        self.config: DataConfig = index.config
        self._shards = index.shards
        self._rows = [(s, row) for s in range(len(self._shards)) for row in self._rows_of(s)]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Example:
        number, row = self._rows[index]
        shard, file = self._shards[number], self._open(number)
        names = [name for name in EXAMPLE_TENSORS if self.pictures or name != "images"]
        tensors = {name: file.get_slice(name)[row : row + 1] for name in names}
        if not self.pictures:
            tensors["images"] = torch.zeros(1, len(self.config.cameras), 3, 0, 0, dtype=torch.uint8)
        return from_tensors(tensors, (shard.tokens[row],), (shard.answers[row],))

    @property
    def tokens(self) -> list[str]:
        """Of every scene, in the order of the dataset; so are all the following."""
        return [self._shards[number].tokens[row] for number, row in self._rows]

    @property
    def log_names(self) -> list[str]:
        return [self._shards[number].log_name for number, _ in self._rows]

    @property
    def timestamps_us(self) -> list[int]:
        return [self._shards[number].timestamps_us[row] for number, row in self._rows]

    @property
    def answers(self) -> list[str]:
        return [self._shards[number].answers[row] for number, row in self._rows]

    def column(self, name: str) -> Tensor:
        """One tensor of all scenes, (scenes, ...), without touching the others' bytes.

        For example ``expert`` (scenes, F, 3) to cluster anchors, or ``ego_velocity``. Raises
        KeyError where an example has no such tensor.
        """
        if name not in EXAMPLE_TENSORS:
            raise KeyError(f"{name!r} is none of {EXAMPLE_TENSORS}")
        return torch.cat([self._open(n).get_tensor(name) for n in range(len(self._shards))])

    def _rows_of(self, number: int) -> range:
        return range(len(self._shards[number].tokens))

    def _open(self, number: int) -> Any:
        shard = self._shards[number]
        return _open_shard(self.folder / shard.file, shard.key)


@lru_cache(maxsize=256)
def _open_shard(path: Path, key: str) -> Any:
    """A handle on a shard, kept open a process long; ``key`` tells a rebuilt file from the old."""
    try:
        return safetensors.safe_open(path, framework="pt")
    except (safetensors.SafetensorError, OSError) as error:
        raise DataError(f"{path}: not a shard of a cache ({error}); build it again") from None
