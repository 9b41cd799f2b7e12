"""The fifteen ways on that PDM-Closed considers: three lateral offsets times five speeds.

Reproduces the devkit's proposal generator. Quirks: whoever is ahead is looked for at every second
step only, and at the first step an agent with all values zero is taken for it, which brakes hard for
0.1 s; where a proposal has nobody ahead or a red light, values of the proposal before it leak in; a
proposal starts where the ego is projected on its path, not where the ego is.
"""

import numpy as np
import shapely
from jaxtyping import Float64

from driving.frames import wrap_angle
from driving.vehicle import PACIFICA
from reward_wm.epdms.footprint import ego_polygons
from reward_wm.epdms.pdm_closed.forecast import RESOLUTION, Forecast
from reward_wm.epdms.pdm_closed.idm import drive_on, target_speeds
from reward_wm.epdms.pdm_closed.path import Path
from reward_wm.epdms.states import INTERVAL_S, SAMPLES

OFFSETS_M = (0.0, -1.0, 1.0)
LOOK_AHEAD_S = 50 * INTERVAL_S


def propose(
    centreline: Path, forecast: Forecast, speed_mps: float, speed_limit_mps: float | None
) -> Float64[np.ndarray, "P T 3"]:
    """Reference poses of all proposals, in the scene frame; the ego's rear axle is its origin."""
    target = target_speeds(speed_limit_mps)
    paths = [centreline if offset == 0.0 else centreline.offset(offset) for offset in OFFSETS_M]
    return np.concatenate([_unroll(path, forecast, speed_mps, target) for path in paths])


def _unroll(
    path: Path, forecast: Forecast, speed_mps: float, target: Float64[np.ndarray, "n"]
) -> Float64[np.ndarray, "n T 3"]:
    """Follow one path with every policy."""
    start = float(path.project(np.array([shapely.Point(0.0, 0.0)]))[0])
    progress, speed = np.full(len(target), start), np.full(len(target), speed_mps)
    ahead = path.between(start, start + abs(target.max()) * LOOK_AHEAD_S)
    corridor = ahead.buffer(PACIFICA.width_m / 2, cap_style="square")
    obstacles = forecast.rows_meeting(corridor)
    poses = [path.at(progress)]
    lead = np.zeros((len(target), 3))
    for step in range(1, SAMPLES):
        if step % RESOLUTION == 0:
            lead = _leads(path, forecast, obstacles[step // 2], step // 2, progress, poses[-1])
        progress, speed = drive_on(progress, speed, lead, target)
        poses.append(path.at(progress))
    return np.stack(poses, axis=1)


def _leads(
    path: Path,
    forecast: Forecast,
    rows: list[int],
    moment: int,
    progress: Float64[np.ndarray, "n"],
    poses: Float64[np.ndarray, "n 3"],
) -> Float64[np.ndarray, "n 3"]:
    """Who is ahead of each policy: progress, speed along the ego's heading, rear length."""
    geometries = forecast.polygons[moment][rows]
    row_progress = path.project(shapely.centroid(geometries))
    distances = shapely.distance(ego_polygons(poses)[:, None], geometries[None])
    leads = np.zeros((len(progress), 3))
    leaking = np.zeros(3)
    for policy in range(len(progress)):
        candidates = np.flatnonzero(row_progress > progress[policy])
        if len(candidates):
            nearest = candidates[np.argmin(distances[policy, candidates])]
            leaking[0] = progress[policy] + distances[policy, nearest]
            row = rows[nearest]
            if row < len(forecast.drift):
                leaking[1] = _speed_along(forecast, row, poses[policy, 2])
        else:
            leaking[0], leaking[2] = path.line.length, PACIFICA.length_m / 2
        leads[policy] = leaking
    return leads


def _speed_along(forecast: Forecast, row: int, heading_rad: float) -> float:
    """Zero for static objects."""
    agents = forecast.agents
    turn = wrap_angle(np.asarray(agents.poses[row, 2] - heading_rad))
    return float(agents.speed_mps[row] * np.cos(turn))
