"""Why a trajectory lost a sub-score: when, where, and to whom."""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely

from driving.scores import OFFICIAL_COLUMNS
from reward_wm.epdms.compiled import DRIVABLE, LANE, ON_ROUTE, is_inside
from reward_wm.epdms.metrics.driving_direction_compliance import COMPLIANT_M, VIOLATION_M
from reward_wm.epdms.metrics.ego_progress import LEAST_PROGRESS_M
from reward_wm.epdms.metrics.history_comfort import reached_bounds
from reward_wm.epdms.outcome import NEVER, Outcome
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.roads import Roads
from reward_wm.epdms.score import SceneScores
from reward_wm.epdms.states import HEADING, INTERVAL_S, SAMPLES, EgoBoxes, X, Y

CORNERS = ("front left", "rear left", "rear right", "front right")


@dataclass(frozen=True)
class Reason:
    """One fall of one sub-score. The human-penalty filter may have lifted the sub-score afterwards."""

    sub_score: str
    """The devkit's name of the column."""
    falls_to: float
    time_s: float
    """From the current frame on."""
    ego_pose: tuple[float, float, float]
    """The simulated rear axle at that time in the current ego frame: metres, radians."""
    culprit: str | None
    """Track token of the agent, or id of the lane connector or polygon; None where there is none."""
    what: str
    """The same for a reader."""
    filtered: bool
    """Whether the human-penalty filter forgives it."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON or a table; the pose as three of them."""
        values = asdict(self)
        x, y, heading = (round(value, 4) for value in values.pop("ego_pose"))
        return values | {"ego_x_m": x, "ego_y_m": y, "ego_heading_rad": heading}


def failure_reasons(prepared: PreparedScene, scores: SceneScores) -> list[tuple[Reason, ...]]:
    """Why each proposal lost what it lost, in order of time.

    A sub-score that falls twice (to a half, then to zero) has two reasons. EP has one, at the end.
    """
    teller = _Teller(prepared, scores)
    return [
        tuple(sorted(teller.reasons(proposal), key=lambda reason: reason.time_s))
        for proposal in range(len(scores.states))
    ]


class _Teller:
    def __init__(self, prepared: PreparedScene, scores: SceneScores) -> None:
        self._prepared = prepared
        self._scores = scores
        self._boxes = EgoBoxes.of(scores.states)
        self._culprits: dict[str, Callable[[int, int, int], tuple[str | None, str]]] = {
            "nc": self._collision,
            "dac": self._off_road,
            "ddc": self._off_route,
            "tlc": self._red_light,
            "ttc": self._too_close,
            "lk": lambda *_: (None, "more than 0.5 m off the centreline for 2 s"),
            "hc": self._uneasy,
        }

    def reasons(self, proposal: int) -> Iterator[Reason]:
        for name, describe in self._culprits.items():
            outcome: Outcome = getattr(self._scores.outcomes, name)
            first, zero = int(outcome.first_failure[proposal]), int(outcome.first_zero[proposal])
            if first != NEVER and first != zero:
                what = describe(proposal, first, int(outcome.culprit[proposal]))
                yield self._reason(name, 0.5, proposal, first, *what)
            if zero != NEVER:
                what = describe(proposal, zero, int(outcome.zero_culprit[proposal]))
                yield self._reason(name, 0.0, proposal, zero, *what)
        progress = float(self._scores.unfiltered.ep[proposal])
        if progress < 1.0:
            yield self._reason("ep", progress, proposal, SAMPLES - 1, None, self._slow(proposal))

    def _reason(
        self, name: str, falls_to: float, proposal: int, sample: int, culprit: str | None, what: str
    ) -> Reason:
        index = list(OFFICIAL_COLUMNS).index(name)
        unfiltered = self._scores.unfiltered.stacked()[proposal, index]
        filtered = self._scores.sub_scores.stacked()[proposal, index] != unfiltered
        pose = self._ego_pose(proposal, sample)
        time_s = round(sample * INTERVAL_S, 1)
        return Reason(OFFICIAL_COLUMNS[name], falls_to, time_s, pose, culprit, what, bool(filtered))

    def _collision(self, proposal: int, sample: int, row: int) -> tuple[str, str]:
        token = self._prepared.agent_tokens[row]
        return token, f"at fault: hits {self._agent(row)} {token}"

    def _too_close(self, proposal: int, sample: int, row: int) -> tuple[str, str]:
        token = self._prepared.agent_tokens[row]
        return token, f"going straight on, it would hit {self._agent(row)} {token} within 0.9 s"

    def _red_light(self, proposal: int, sample: int, row: int) -> tuple[str, str]:
        lane = self._prepared.light_ids[row]
        return lane, f"touches lane connector {lane} while it is red"

    def _off_road(self, proposal: int, sample: int, row: int) -> tuple[str | None, str]:
        roads = self._prepared.world.roads
        corners = self._boxes.corners[proposal, sample].numpy()
        outside = [c for c in range(4) if not _areas_at(roads, corners[c], DRIVABLE)]
        where = " and ".join(CORNERS[corner] for corner in outside)
        nearest, distance_m = _nearest_area(roads, corners[outside[0]])
        if nearest is None:
            return None, f"{where} corner off the road, no drivable area near"
        return nearest, f"{where} corner off the road, {distance_m:.2f} m from drivable area {nearest}"

    def _off_route(self, proposal: int, sample: int, row: int) -> tuple[str | None, str]:
        roads = self._prepared.world.roads
        is_zero = sample == int(self._scores.outcomes.ddc.first_zero[proposal])
        far = f"{VIOLATION_M if is_zero else COMPLIANT_M:g} m or more"
        lanes = _areas_at(roads, self._boxes.centre[proposal, sample].numpy(), LANE)
        strange = [_name(roads, lane) for lane in lanes if not int(roads.kind[lane]) & ON_ROUTE]
        if not strange:
            return None, f"{far} within a second in no lane of the route"
        return strange[0], f"{far} within a second off the route, now in lane {strange[0]}"

    def _uneasy(self, proposal: int, sample: int, row: int) -> tuple[None, str]:
        bounds = reached_bounds(self._scores.states[proposal], self._prepared.history)
        return None, f"out of bounds, here or later: {', '.join(bounds)}"

    def _slow(self, proposal: int) -> str:
        own = float(self._scores.raw_progress_m[proposal])
        reference = float(self._scores.reference_progress_m[proposal])
        return f"{own:.1f} m along the route, PDM-Closed {max(reference, LEAST_PROGRESS_M):.1f} m"

    def _agent(self, row: int) -> str:
        traffic = self._scores.traffic
        if not bool(traffic.is_road_user[row]):
            return "static object"
        return "standing road user" if bool(traffic.is_stopped[row]) else "road user"

    def _ego_pose(self, proposal: int, sample: int) -> tuple[float, float, float]:
        state, heading = self._scores.states[proposal, sample], float(self._prepared.origin[2])
        x, y, turn = float(state[X]), float(state[Y]), float(state[HEADING]) - heading
        cos, sin = math.cos(heading), math.sin(heading)
        return x * cos + y * sin, y * cos - x * sin, math.remainder(turn, 2 * math.pi)


def _areas_at(roads: Roads, point: np.ndarray, kind: int) -> list[int]:
    """Rows of the polygons of a kind that hold a point (2,)."""
    rows = np.flatnonzero(roads.kind.numpy() & kind)
    arrays = roads.polygons.arrays()
    return [int(row) for row in rows if is_inside(point[0], point[1], row, *arrays)]


def _nearest_area(roads: Roads, point: np.ndarray) -> tuple[str | None, float]:
    """The drivable polygon whose edge is nearest to a point (2,), and how far that is."""
    rows, place = np.flatnonzero(roads.kind.numpy() & DRIVABLE), shapely.Point(point)
    if not len(rows):
        return None, math.inf
    distances = [shapely.distance(place, _edges(roads, int(row))) for row in rows]
    best = int(np.argmin(distances))
    return _name(roads, int(rows[best])), float(distances[best])


def _edges(roads: Roads, row: int) -> shapely.MultiLineString:
    starts, first = roads.polygons.ring_starts.tolist(), roads.polygons.first_rings.tolist()
    vertices = roads.polygons.vertices.numpy()
    rings = range(first[row], first[row + 1])
    return shapely.MultiLineString([vertices[starts[ring] : starts[ring + 1]] for ring in rings])


def _name(roads: Roads, row: int) -> str:
    return roads.ids[row] if roads.ids else str(row)
