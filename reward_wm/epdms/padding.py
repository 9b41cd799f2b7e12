"""Rows of different lengths as one tensor."""

from collections.abc import Sequence

from jaxtyping import Shaped
from torch import Tensor


def stack_padded(rows: Sequence[Shaped[Tensor, "_ ..."]], pad: float = 0) -> Shaped[Tensor, "W n ..."]:
    """Stack W tensors that may differ in their first dimension, filled up behind with ``pad``."""
    if len(rows) == 1:
        return rows[0].unsqueeze(0)
    stacked = rows[0].new_full((len(rows), max(map(len, rows)), *rows[0].shape[1:]), pad)
    for place, row in zip(stacked, rows, strict=True):
        place[: len(row)] = row
    return stacked
