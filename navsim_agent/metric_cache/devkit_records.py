"""Stand-ins for the objects in a metric cache: they hold what was stored and do nothing.

As ``driving.data.nuplan_records``, which gives those of nuPlan that synthetic scenes have, too; those of
trajectories are the ones of submissions. A pickle stores an object either by its fields or by the
arguments of its constructor; both become the fields of a record, under the devkit's own names.
"""

from typing import Any

from driving.data.nuplan_records import NUPLAN_NAMES, Choice, Record, StandIn
from driving.data.restricted_pickle import PATH_NAMES, PLAIN_NAMES
from navsim_agent.submission.official_objects import OFFICIAL_NAMES

_NUPLAN = "nuplan.planning.simulation"
_PLANNER = "navsim.planning.simulation.planner.pdm_planner"


class MetricCache(Record):
    home = "navsim.planning.metric_caching.metric_cache"


class MapParameters(Record):
    home = "navsim.planning.metric_caching.metric_cache"


class SceneFrameType(Choice):
    home = "navsim.common.enums"


class PDMObservation(Record):
    home = f"{_PLANNER}.observation.pdm_observation"


class PDMOccupancyMap(Record):
    home = f"{_PLANNER}.observation.pdm_occupancy_map"

    def __init__(self, tokens: Any, geometries: Any, node_capacity: Any = None) -> None:
        super().__init__(tokens=tokens, geometries=geometries)


class PDMDrivableMap(Record):
    home = f"{_PLANNER}.observation.pdm_occupancy_map"

    def __init__(self, tokens: Any, map_types: Any, geometries: Any, node_capacity: Any = None) -> None:
        super().__init__(tokens=tokens, map_types=map_types, geometries=geometries)


class PDMPath(Record):
    home = f"{_PLANNER}.utils.pdm_path"

    def __init__(self, discrete_path: Any) -> None:
        super().__init__(discrete_path=discrete_path)


class InterpolatedTrajectory(Record):
    home = f"{_NUPLAN}.trajectory.interpolated_trajectory"

    def __init__(self, trajectory: Any) -> None:
        super().__init__(trajectory=trajectory)


class EgoState(Record):
    home = "nuplan.common.actor_state.ego_state"


class CarFootprint(Record):
    home = "nuplan.common.actor_state.car_footprint"


class DynamicCarState(Record):
    home = "nuplan.common.actor_state.dynamic_car_state"


class VehicleParameters(Record):
    home = "nuplan.common.actor_state.vehicle_parameters"

    def __init__(self, width: Any, front_length: Any, rear_length: Any, *more: Any) -> None:
        super().__init__(width=width, front_length=front_length, rear_length=rear_length)


class SemanticMapLayer(Choice):
    home = "nuplan.common.maps.maps_datatypes"


class Geometry(StandIn):
    """A shapely geometry, still as bytes (WKB): most of a cache's are boxes that nobody looks at."""

    def __init__(self, wkb: bytes) -> None:
        self.wkb = wkb


_RECORDS = (
    MetricCache,
    MapParameters,
    SceneFrameType,
    PDMObservation,
    PDMOccupancyMap,
    PDMDrivableMap,
    PDMPath,
    InterpolatedTrajectory,
    EgoState,
    CarFootprint,
    DynamicCarState,
    VehicleParameters,
    SemanticMapLayer,
)

METRIC_CACHE_NAMES: dict[tuple[str, str], Any] = {
    **PLAIN_NAMES,
    **PATH_NAMES,
    **NUPLAN_NAMES,
    **OFFICIAL_NAMES,
    **{(kind.home, kind.__name__): kind for kind in _RECORDS},
    ("shapely.io", "from_wkb"): Geometry,
    ("shapely.lib", "from_wkb"): Geometry,
}
"""What the restricted unpickler answers to the names in a metric cache."""
