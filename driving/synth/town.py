"""The static half of a town: roads, junctions, crossings, signals, kerbs.

Frame: town metres (x east, y north), headings in radians counter-clockwise from +x. A town knows nothing of
UTM, of map ids or of SUMO; `town_from_net` makes one out of a road net, the renderer draws it and
`driving.data.write_map` writes it. Lanes are numbered as nuPlan does: index 0 is the leftmost lane of its
group.
"""

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import numpy as np
from jaxtyping import Float
from shapely import MultiPolygon, Polygon

Polyline = Float[np.ndarray, "V 2"]


class LaneEdge(str, Enum):
    """What is painted or built along one side of a lane."""

    KERB = "kerb"
    DASHED = "dashed"
    SOLID = "solid"
    """White, between the lane and the parking strip on its right."""
    DOUBLE_YELLOW = "double_yellow"


class Turn(str, Enum):
    """Which way a connector leads through its junction."""

    LEFT = "left"
    STRAIGHT = "straight"
    RIGHT = "right"


@dataclass(frozen=True)
class Lane:
    """A lane between two junctions; `centre` runs in driving direction and ends at the stop line."""

    id: str
    group_id: str
    index: int
    centre: Polyline
    width: float
    speed_limit_mps: float
    left_edge: LaneEdge
    right_edge: LaneEdge
    polygon: Polygon = field(repr=False)


@dataclass(frozen=True)
class LaneGroup:
    """All lanes of one direction of a road (nuPlan: roadblock), left to right."""

    id: str
    lane_ids: tuple[str, ...]
    from_junction: str
    to_junction: str
    polygon: Polygon = field(repr=False)
    parking: Polyline | None = field(default=None, repr=False)
    """Centre line of the parking strip on the right, None where there is none."""


@dataclass(frozen=True)
class Connector:
    """A way through a junction, from the end of one lane to the start of another (SUMO's internal chain,
    merged).

    `signal` is the link that rules it, `"<traffic light>:<link index>"`, or None where no lamp does.
    """

    id: str
    from_lane: str
    to_lane: str
    junction_id: str
    centre: Polyline
    width: float
    speed_limit_mps: float
    turn: Turn
    signal: str | None
    polygon: Polygon = field(repr=False)


@dataclass(frozen=True)
class Junction:
    """The drivable area of a junction, crossings included."""

    id: str
    signalled: bool
    polygon: Polygon = field(repr=False)


@dataclass(frozen=True)
class Crossing:
    """A pedestrian crossing; `centre` runs the way people walk."""

    id: str
    junction_id: str
    centre: Polyline
    width: float
    polygon: Polygon = field(repr=False)


@dataclass(frozen=True)
class StopLine:
    """The last 0.5 m of a lane that has to stop or give way."""

    id: str
    lane_id: str
    signalled: bool
    polygon: Polygon = field(repr=False)


@dataclass(frozen=True)
class SignalHead:
    """A box of three lamps that hangs over the lane it rules, up to 15 m beyond the stop line, on an arm
    from its pole.

    xy: centre of the box; height: of its centre above ground; heading: where the lamps look to, i.e.
    against the traffic that reads them; arrow: set where this head rules only some of the ways out of its
    lane; pole_xy: foot of its mast, off the asphalt.
    """

    id: str
    xy: tuple[float, float]
    height: float
    heading: float
    pole_xy: tuple[float, float]
    lane_id: str
    connector_ids: tuple[str, ...]
    arrow: Turn | None


@dataclass(frozen=True)
class TownGeometry:
    """Everything in a town that doesn't move. Dictionaries are keyed by id and ordered."""

    name: str
    seed: int
    lanes: dict[str, Lane]
    groups: dict[str, LaneGroup]
    connectors: dict[str, Connector]
    junctions: dict[str, Junction]
    crossings: dict[str, Crossing]
    walkways: tuple[Polygon, ...]
    stop_lines: tuple[StopLine, ...]
    signal_heads: tuple[SignalHead, ...]
    carparks: tuple[Polygon, ...]
    """Parking strips along the kerb, asphalt; parked cars stand there."""
    road_surface: Polygon | MultiPolygon = field(repr=False)
    """Union of all that is asphalt: lanes, junctions and car parks."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(min x, min y, max x, max y) of the road surface [m]."""
        return self.road_surface.bounds

    @cached_property
    def connectors_from(self) -> dict[str, tuple[Connector, ...]]:
        """Lane id -> the connectors that leave it."""
        table: dict[str, list[Connector]] = {lane_id: [] for lane_id in self.lanes}
        for connector in self.connectors.values():
            table[connector.from_lane].append(connector)
        return {lane_id: tuple(found) for lane_id, found in table.items()}
