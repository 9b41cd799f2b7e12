"""Write ``submission.pkl`` as the official scripts do, without the devkit."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from driving.errors import DataError
from driving.replacing import replacing
from navsim_agent.submission.leaderboard_split import LeaderboardSplit
from navsim_agent.submission.official_objects import HORIZON_S, official_pickle, trajectory
from navsim_agent.submission.team import Team

FILE_NAME = "submission.pkl"
"""The leaderboards take no other."""


def write_submission(
    team: Team,
    split: LeaderboardSplit,
    poses: Mapping[str, Float32[np.ndarray, "F 3"]],
    path: Path,
) -> None:
    """Write the plans of every scene of ``split``; the same plans give the same bytes.

    poses: token -> four seconds of evenly spaced poses in the ego frame, without t = 0. Others are left
    out. Raises DataError, with the first one, where a scene has no plan.
    """
    missing = [token for tokens in split.stages.values() for token in tokens if token not in poses]
    if missing:
        raise DataError(
            f"{path}: {len(missing)} scenes of {split.name} have no plan, the first is {missing[0]}"
        )
    predictions = {
        key: [{token: trajectory(poses[token], HORIZON_S / len(poses[token])) for token in tokens}]
        for key, tokens in split.stages.items()
    }
    with replacing(path) as partial:
        partial.write_bytes(official_pickle({**team.entries(), **predictions}))
