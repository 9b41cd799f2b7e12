"""What stands still: parked cars in the parking strips, cones and barriers around closed lanes, bins on the
pavement.

Frame: town metres. Objects are drawn once a town; those of a closed lane follow the stationary vehicle by
which SUMO knows of the closure.
"""

import math
import random

import numpy as np
from shapely import LineString

from driving.synth.actors import Actor, Category
from driving.synth.config import TrafficConfig
from driving.synth.fleet import CLOSURE_LENGTH_M
from driving.synth.roads import PARKING_WIDTH_M
from driving.synth.town import Lane, LaneGroup, TownGeometry
from driving.synth.traffic import Track

CLEAR_OF_JUNCTION_M = 14.0
MAX_OVERHANG_M = 0.3
"""How far a badly parked car reaches into the lane beside it."""


def draw_static_objects(town: TownGeometry, config: TrafficConfig, seed: int) -> tuple[Actor, ...]:
    """Parked cars and street furniture of a town. Same seed, same objects."""
    random_ = random.Random(seed)
    actors: list[Actor] = []
    for group in town.groups.values():
        if group.parking is not None:
            actors += _parked_cars(town, group, config.parked_per_km, random_)
        actors += _furniture(
            town.lanes[group.lane_ids[-1]], random_, behind=0.0 if group.parking is None else PARKING_WIDTH_M
        )
    return tuple(actors)


def closure_objects(closure: Track) -> tuple[Actor, ...]:
    """A sign, two barriers and a row of cones in the place of a stationary vehicle of the closure type."""
    front, heading = closure.xy[0], float(closure.heading[0])
    rows = [(-CLOSURE_LENGTH_M + 0.4, 0.0, Category.CZONE_SIGN, "sign", 0.4, 1.0, 1.6)]
    rows += [(x, 0.0, Category.BARRIER, "barrier", 0.5, 2.1, 1.0) for x in (-CLOSURE_LENGTH_M + 2.0, -0.4)]
    rows += [
        (x, 0.95, Category.TRAFFIC_CONE, "cone", 0.4, 0.4, 0.8)
        for x in np.arange(-CLOSURE_LENGTH_M + 4.5, -1.5, 3.0)
    ]
    actors = []
    for number, (along, aside, category, style, length, width, height) in enumerate(rows):
        x = front[0] + math.cos(heading) * along - math.sin(heading) * aside
        y = front[1] + math.sin(heading) * along + math.cos(heading) * aside
        actors.append(
            Actor(
                f"{closure.id}:{number}", category, style, float(x), float(y), heading, length, width, height
            )
        )
    return tuple(actors)


def _parked_cars(town: TownGeometry, group: LaneGroup, per_km: float, random_: random.Random) -> list[Actor]:
    """Cars along a strip, in clusters, now and then a little over the line."""
    line = LineString(group.parking)
    cars, s = [], CLEAR_OF_JUNCTION_M
    spacing = 1000.0 / max(per_km, 0.1)
    while True:
        s += (
            6.3
            if cars and random_.random() < 0.5
            else 6.3 + random_.expovariate(1.0) * max(2 * (spacing - 6.3), 1.0)
        )
        if s > line.length - CLEAR_OF_JUNCTION_M:
            return cars
        style = random_.choices(["car", "suv", "van"], [0.7, 0.2, 0.1])[0]
        length, width, height = (
            random_.uniform(4.0, 5.0),
            random_.uniform(1.75, 2.0),
            {"car": 1.45, "suv": 1.75, "van": 2.2}[style],
        )
        overhang = (
            random_.uniform(0.05, MAX_OVERHANG_M) if random_.random() < 0.25 else random_.uniform(-0.3, 0.0)
        )
        aside = PARKING_WIDTH_M / 2 - width / 2 + overhang
        cars.append(
            _beside(
                line,
                s,
                aside,
                f"parked:{group.id}:{len(cars)}",
                Category.VEHICLE,
                style,
                (length, width, height),
                random_,
            )
        )


def _furniture(lane: Lane, random_: random.Random, behind: float) -> list[Actor]:
    """Bins and hydrants on the pavement right of a lane (and of a parking strip `behind` metres wide)."""
    line = LineString(lane.centre)
    actors, s = [], CLEAR_OF_JUNCTION_M
    while (s := s + 15.0 + random_.expovariate(1 / 40.0)) < line.length - CLEAR_OF_JUNCTION_M:
        style, size = random_.choice([("bin", (0.6, 0.6, 1.1)), ("hydrant", (0.35, 0.35, 0.8))])
        aside = -(lane.width / 2 + behind + 0.5)
        actors.append(
            _beside(
                line,
                s,
                aside,
                f"{style}:{lane.id}:{len(actors)}",
                Category.GENERIC_OBJECT,
                style,
                size,
                random_,
            )
        )
    return actors


def _beside(
    line: LineString,
    s: float,
    aside: float,
    id_: str,
    category: Category,
    style: str,
    size: tuple[float, float, float],
    random_: random.Random,
) -> Actor:
    """An object `aside` metres left of a line at length s, along its direction."""
    a, b = (line.interpolate(s + d) for d in (-0.5, 0.5))
    heading = math.atan2(b.y - a.y, b.x - a.x)
    x, y = (a.x + b.x) / 2 - math.sin(heading) * aside, (a.y + b.y) / 2 + math.cos(heading) * aside
    return Actor(id_, category, style, x, y, heading, *size, colour_seed=random_.randrange(2**31))
