"""The objects in a submission, by the devkit's names and fields, without the devkit."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from driving.data.nuplan_records import Record, with_home_names
from driving.data.write_log import dumps_for_any_numpy

HORIZON_S = 4.0
"""Every leaderboard scores four seconds."""


class Trajectory(Record):
    """``poses`` (n, 3) in the ego frame without t = 0, and ``trajectory_sampling``."""

    home = "navsim.common.dataclasses"


class TrajectorySampling(Record):
    """``num_poses``, ``time_horizon`` and ``interval_length``, the latter two in seconds."""

    home = "nuplan.planning.simulation.trajectory.trajectory_sampling"


OFFICIAL_RECORDS = (Trajectory, TrajectorySampling)
OFFICIAL_NAMES: dict[tuple[str, str], Any] = {(kind.home, kind.__name__): kind for kind in OFFICIAL_RECORDS}


def trajectory(poses: Float[np.ndarray, "n 3"], interval_s: float) -> Trajectory:
    """A plan as the devkit holds it, in float32."""
    sampling = TrajectorySampling(
        num_poses=len(poses), time_horizon=len(poses) * interval_s, interval_length=interval_s
    )
    return Trajectory(poses=np.ascontiguousarray(poses, np.float32), trajectory_sampling=sampling)


def official_pickle(content: Mapping[str, Any]) -> bytes:
    """A pickle that opens with the devkit's classes, under numpy 1.23 and 2, Python 3.9 and later."""
    return with_home_names(dumps_for_any_numpy(content), OFFICIAL_RECORDS)
