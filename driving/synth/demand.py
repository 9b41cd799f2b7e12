"""Who drives, walks and stands in a town: vehicle types, routes and obstacles as SUMO input.

Routes are random walks over the lane graph that never visit a road twice, so every trip can be driven.
"""

import random
from dataclasses import dataclass

from driving.synth.config import TrafficConfig
from driving.synth.fleet import CLOSURE_TYPE, EGO_TYPE, VehicleType, draw_types
from driving.synth.town import LaneEdge, TownGeometry


@dataclass(frozen=True)
class Demand:
    """A town's SUMO route file and what its type names mean."""

    types: dict[str, VehicleType]
    xml: str


def make_demand(town: TownGeometry, config: TrafficConfig, seed: int) -> Demand:
    """Everything that SUMO shall put on the roads of one run, sorted by departure."""
    random_ = random.Random(seed)
    types, shares = draw_types(random_)
    successors = _successors(town)
    timed = _obstacles(town, config, random_)
    for number in range(config.egos):
        depart = 0.0 if number < config.egos // 2 else random_.uniform(0.0, config.duration_s * 0.4)
        timed.append((depart, _trip(f"ego{number}", EGO_TYPE, depart, _walk(successors, random_), "")))
    for number in range(config.vehicles):
        depart = 0.0 if number < config.vehicles * 0.6 else random_.uniform(0.0, config.duration_s * 0.8)
        chosen = random_.choices(list(shares), list(shares.values()))[0]
        route = _walk(successors, random_)
        stop = _stop(town, route, random_) if number < config.stopping_vehicles else ""
        timed.append((depart, _trip(f"v{number}", chosen, depart, route, stop)))
    for number in range(config.pedestrians):
        timed.append(_pedestrian(f"p{number}", successors, config, random_))
    rows = [xml for _, xml in sorted(timed, key=lambda item: item[0])]
    xml = "\n".join(["<routes>", *(t.xml() for t in types.values()), *rows, "</routes>", ""])
    return Demand(types, xml)


def _successors(town: TownGeometry) -> dict[str, list[str]]:
    """Road -> the roads one can drive on to."""
    table: dict[str, list[str]] = {group: [] for group in town.groups}
    for connector in town.connectors.values():
        start, end = town.lanes[connector.from_lane].group_id, town.lanes[connector.to_lane].group_id
        if end not in table[start]:
            table[start].append(end)
    return table


def _walk(successors: dict[str, list[str]], random_: random.Random, roads: int = 14) -> list[str]:
    """A drivable sequence of different roads, turns as likely as straight on. The longest of six tries."""
    best: list[str] = []
    starts = [road for road, following in successors.items() if following]
    for _ in range(6):
        route = [random_.choice(starts)]
        while len(route) < roads:
            back = _reverse(route[-1])
            ways = [
                road
                for road in successors[route[-1]]
                if road not in route and road != back and _reverse(road) not in route
            ]
            inner = [road for road in ways if successors[road]] if len(route) < roads - 1 else ways
            if not (inner or ways):
                break
            route.append(random_.choice(inner or ways))
        best = max(best, route, key=len)
    return best


def _reverse(road: str) -> str:
    return "__".join(reversed(road.split("__")))


def _trip(id_: str, type_: str, depart: float, route: list[str], stop: str) -> str:
    return (
        f'<vehicle id="{id_}" type="{type_}" depart="{depart:.1f}" departPos="random_free" departLane="best"'
        f' departSpeed="desired" insertionChecks="all"><route edges="{" ".join(route)}"/>{stop}</vehicle>'
    )


def _stop(town: TownGeometry, route: list[str], random_: random.Random) -> str:
    """A halt of some seconds in the right lane of one of the next roads: a taxi, a delivery."""
    road = route[min(random_.randint(1, 3), len(route) - 1)]
    lane = town.lanes[town.groups[road].lane_ids[-1]]
    place = random_.uniform(0.4, 0.7) * _length(town, lane.id)
    duration = random_.uniform(8, 25)
    return (
        f'<stop lane="{lane.id}" startPos="{place - 8:.1f}" endPos="{place:.1f}" duration="{duration:.0f}"/>'
    )


def _obstacles(town: TownGeometry, config: TrafficConfig, random_: random.Random) -> list[tuple[float, str]]:
    """Closed stretches of right lanes on roads of several lanes, as vehicles that never move."""
    wide = [
        group
        for group in town.groups.values()
        if len(group.lane_ids) > 1 and _length(town, group.lane_ids[-1]) > 70.0
    ]
    rows = []
    for number, group in enumerate(random_.sample(wide, min(config.lane_closures, len(wide)))):
        lane = town.lanes[group.lane_ids[-1]]
        assert lane.right_edge is not LaneEdge.DASHED
        place = 0.6 * _length(town, lane.id)
        stop = f'<stop lane="{lane.id}" endPos="{place:.1f}" duration="100000"/>'
        index = lane.id.rsplit("_", 1)[1]
        rows.append(
            f'<vehicle id="closure{number}" type="{CLOSURE_TYPE}" depart="0" departPos="{place - 0.5:.1f}"'
            f' departLane="{index}" departSpeed="0"><route edges="{group.id}"/>{stop}</vehicle>'
        )
    return [(0.0, row) for row in rows]


def _pedestrian(
    id_: str, successors: dict[str, list[str]], config: TrafficConfig, random_: random.Random
) -> tuple[float, str]:
    """Somebody who walks from one road to another one or two junctions on."""
    start = random_.choice([road for road, following in successors.items() if following])
    end = start
    for _ in range(random_.randint(1, 2)):
        end = random_.choice(successors[end] or [end])
    depart = random_.uniform(0.0, config.duration_s * 0.7)
    walk = f'<walk from="{start}" to="{end}" speed="{random_.uniform(1.0, 1.7):.2f}"/>'
    return depart, f'<person id="{id_}" depart="{depart:.1f}" departPos="random">{walk}</person>'


def _length(town: TownGeometry, lane_id: str) -> float:
    """Of a lane, metres."""
    lane = town.lanes[lane_id]
    return lane.polygon.area / lane.width
