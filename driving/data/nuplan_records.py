"""Stand-ins for the nuPlan objects in a synthetic scene's pickle: they hold what was stored and do nothing.

NAVSIM pickles the extended future of a synthetic scene as nuPlan objects. Reading, the restricted
unpickler puts these records in their place, so that nuPlan is neither needed nor run. Writing,
``with_nuplan_names`` gives the records back the names of what they stand for.
"""

import copyreg
from collections.abc import Iterable
from typing import Any, ClassVar


class _Sealed(type):
    """A class whose attributes stay: a pickle may set those of any class that it names."""

    def __setattr__(cls, name: str, value: Any) -> None:
        raise AttributeError(f"{cls.__name__}.{name} cannot be set")


class StandIn(metaclass=_Sealed):
    """What is answered to the name of a class of others."""


class Record(StandIn):
    """The stored fields of one object, by nuPlan's own (partly private) names."""

    home: ClassVar[str]
    """Module in which the class lives in nuPlan."""
    has_slots: ClassVar[bool] = False
    """Whether nuPlan keeps the fields in ``__slots__``, which a pickle stores apart."""

    def __init__(self, **fields: Any) -> None:
        vars(self).update(fields)

    def __reduce__(self) -> tuple[Any, ...]:
        state = (None, vars(self)) if self.has_slots else vars(self)
        return copyreg.__newobj__, (type(self),), state  # type: ignore[attr-defined]

    def __getitem__(self, name: str) -> Any:
        return vars(self)[name]


class DetectionsTracks(Record):
    home = "nuplan.planning.simulation.observation.observation_type"


class TrackedObjects(Record):
    home = "nuplan.common.actor_state.tracked_objects"


class Agent(Record):
    home = "nuplan.common.actor_state.agent"


class StaticObject(Record):
    home = "nuplan.common.actor_state.static_object"


class SceneObjectMetadata(Record):
    home = "nuplan.common.actor_state.scene_object"


class OrientedBox(Record):
    home = "nuplan.common.actor_state.oriented_box"


class StateSE2(Record):
    home = "nuplan.common.actor_state.state_representation"
    has_slots = True


class StateVector2D(Record):
    home = "nuplan.common.actor_state.state_representation"
    has_slots = True


class TimePoint(Record):
    home = "nuplan.common.actor_state.state_representation"
    has_slots = True


class TrafficLightStatuses(Record):
    home = "nuplan.common.maps.maps_datatypes"


class TrafficLightStatusData(Record):
    home = "nuplan.common.maps.maps_datatypes"


class Choice(StandIn):
    """A member of one of nuPlan's enumerations, by its number."""

    home: ClassVar[str]

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.number,)


class TrackedObjectType(Choice):
    """Numbers are places in ``AGENT_CLASSES``."""

    home = "nuplan.common.actor_state.tracked_objects_types"


class TrafficLightStatusType(Choice):
    home = "nuplan.common.maps.maps_datatypes"


GREEN, RED = 0, 2
"""Numbers of the traffic light statuses that NAVSIM knows."""


class Unread(StandIn):
    """A derived geometry that nuPlan remembered with an object; nobody looks at it."""

    def __init__(self, *content: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass


_RECORDS = (
    DetectionsTracks,
    TrackedObjects,
    Agent,
    StaticObject,
    SceneObjectMetadata,
    OrientedBox,
    StateSE2,
    StateVector2D,
    TimePoint,
    TrafficLightStatuses,
    TrafficLightStatusData,
    TrackedObjectType,
    TrafficLightStatusType,
)

NUPLAN_NAMES: dict[tuple[str, str], Any] = {(kind.home, kind.__name__): kind for kind in _RECORDS} | {
    ("shapely.geometry.polygon", "Polygon"): Unread,
    ("shapely.io", "from_wkb"): Unread,
    ("shapely.lib", "from_wkb"): Unread,
}
"""What the restricted unpickler answers to the names in a synthetic scene's pickle."""


def with_nuplan_names(stream: bytes) -> bytes:
    """A pickle of these records as nuPlan's own objects; see ``with_home_names``."""
    return with_home_names(stream, _RECORDS)


def with_home_names(stream: bytes, kinds: Iterable[type[Record] | type[Choice]]) -> bytes:
    """A pickle of records (protocol <= 3, which spells names as lines of text) as what they stand for."""
    for kind in kinds:
        ours, theirs = f"c{kind.__module__}\n{kind.__name__}\n", f"c{kind.home}\n{kind.__name__}\n"
        stream = stream.replace(ours.encode(), theirs.encode())
    return stream
