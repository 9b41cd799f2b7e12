"""Which scenes follow one another closely enough for two-frame extended comfort."""

from collections.abc import Sequence
from itertools import pairwise

from driving.errors import DataError

LARGEST_GAP_US = 550_000
"""The devkit's 0.55 s, strictly below: its aggregation refuses a gap of exactly that."""
SMALLEST_GAP_US = 450_000
"""Below it two rollouts overlap by more samples than the comparison of 2 Hz frames takes."""


def pair_with_previous(
    log_names: Sequence[str], timestamps_us: Sequence[int], valid: Sequence[bool]
) -> list[tuple[int, int]]:
    """(now, before) rows: neighbours in time within a log, less than 0.55 s apart.

    As in the devkit, failed scenes are left out before neighbours are sought. Raises DataError for
    frames of one log closer than 0.45 s.
    """
    rows = sorted(
        (row for row in range(len(valid)) if valid[row]),
        key=lambda row: (log_names[row], timestamps_us[row]),
    )
    pairs: list[tuple[int, int]] = []
    for before, now in pairwise(rows):
        gap_us = timestamps_us[now] - timestamps_us[before]
        if log_names[now] != log_names[before] or gap_us >= LARGEST_GAP_US:
            continue
        if gap_us <= SMALLEST_GAP_US:
            raise DataError(f"log {log_names[now]}: two scenes {gap_us / 1e6:g} s apart, not 0.5 s")
        pairs.append((now, before))
    return pairs
