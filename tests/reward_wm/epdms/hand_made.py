"""Rollouts made by hand: what each sub-score is tried on. Scene frame, the ego starts at the origin.

The road: a lane along +x with |y| < 2 (on route) and one with 2 < y < 6, both lane groups of their own,
from x = -20 to 100; an intersection with 40 < x < 60 below them, -30 < y < 2.
"""

import numpy as np
import shapely
import torch

from reward_wm.epdms.compiled import DRIVABLE, INTERSECTION, LANE, ON_ROUTE
from reward_wm.epdms.polygons import Polygons
from reward_wm.epdms.red_lights import RedLights
from reward_wm.epdms.roads import Roads
from reward_wm.epdms.rollout import Rollout, World
from reward_wm.epdms.states import AX, HEADING, SAMPLES, STATE_FIELDS, VX, X, Y
from reward_wm.epdms.traffic import Traffic

TIMES = 0.1 * torch.arange(SAMPLES, dtype=torch.float64)
LANES = (shapely.box(-20, -2, 100, 2), shapely.box(-20, 2, 100, 6))
CROSSING = shapely.box(40, -30, 60, 2)


def drive(
    speed: float = 10.0, y: float = 0.0, heading: float = 0.0, acceleration: float = 0.0
) -> torch.Tensor:
    """States (T, S) of a car on a straight line."""
    states = torch.zeros(SAMPLES, STATE_FIELDS, dtype=torch.float64)
    distance = speed * TIMES + acceleration * TIMES**2 / 2
    states[:, X] = distance * np.cos(heading)
    states[:, Y] = y + distance * np.sin(heading)
    states[:, HEADING] = heading
    states[:, VX] = speed + acceleration * TIMES
    states[:, AX] = acceleration
    return states


def roads() -> Roads:
    """Two lane groups with a lane each, and the intersection."""
    geometries = [*LANES, *LANES, CROSSING]
    kinds = [DRIVABLE, DRIVABLE, LANE | ON_ROUTE, LANE, DRIVABLE | INTERSECTION]
    return Roads(Polygons.of(geometries, np.zeros(2)), torch.tensor(kinds, dtype=torch.uint8))


def agent(
    x: float,
    y: float,
    heading: float = 0.0,
    speed: float = 0.0,
    size: tuple[float, float] = (4.0, 2.0),
    road_user: bool = True,
    until: int = SAMPLES,
) -> Traffic:
    """One agent that drives straight on and is there until a sample."""
    x_at, y_at = x + speed * np.cos(heading) * TIMES, y + speed * np.sin(heading) * TIMES
    poses = torch.stack([x_at, y_at, torch.full_like(TIMES, heading)], dim=-1)[None]
    present = (torch.arange(SAMPLES) < until)[None]
    half_size = torch.tensor([size], dtype=torch.float64) / 2
    stopped = abs(speed) <= 0.05 or not road_user
    return Traffic(poses, present, half_size, torch.tensor([road_user]), torch.tensor([stopped]))


def traffic(*agents: Traffic) -> Traffic:
    """Several agents, or none."""
    empty = agent(0.0, 0.0).keep(torch.zeros(1, dtype=torch.bool))
    parts = [empty, *agents]
    return Traffic(*(torch.cat([getattr(p, n) for p in parts]) for n in Traffic.__dataclass_fields__))


def red_lights(*areas: shapely.Polygon, is_red: torch.Tensor | None = None) -> RedLights:
    """Polygons that are red all the time, or as told."""
    if is_red is None:
        is_red = torch.ones(len(areas), SAMPLES, dtype=torch.bool)
    return RedLights(Polygons.of(areas, np.zeros(2)), is_red)


def rollout(
    *states: torch.Tensor,
    agents: Traffic | None = None,
    lights: RedLights | None = None,
    line: tuple[tuple[float, float], ...] = ((-20.0, 0.0), (0.0, 0.0), (0.0, 0.0), (100.0, 0.0)),
) -> Rollout:
    """Proposals on the road."""
    centreline = torch.tensor(line, dtype=torch.float64)
    world = World(roads(), centreline, agents or traffic(), lights or red_lights())
    return Rollout.of(torch.stack(states), world)
