"""Everything that can stand or move in a town, as a renderer and an annotation writer see it.

Frame: town metres (x east, y north, z up from the road surface), headings in radians, counter-clockwise
from +x.
"""

from dataclasses import dataclass
from enum import Enum


class Category(str, Enum):
    """The seven object classes of an OpenScene log (`anns.gt_names`)."""

    VEHICLE = "vehicle"
    PEDESTRIAN = "pedestrian"
    BICYCLE = "bicycle"
    TRAFFIC_CONE = "traffic_cone"
    BARRIER = "barrier"
    CZONE_SIGN = "czone_sign"
    GENERIC_OBJECT = "generic_object"


STYLES: dict[Category, tuple[str, ...]] = {
    Category.VEHICLE: ("car", "suv", "van", "truck", "bus", "moto"),
    Category.PEDESTRIAN: ("adult", "child"),
    Category.BICYCLE: ("bicycle",),
    Category.TRAFFIC_CONE: ("cone",),
    Category.BARRIER: ("barrier",),
    Category.CZONE_SIGN: ("sign",),
    Category.GENERIC_OBJECT: ("bin", "hydrant"),
}
"""What each category may look like; the first style of a category is the one to fall back on."""


@dataclass(frozen=True, slots=True)
class Actor:
    """One object at one moment: an upright box with an appearance.

    x, y: centre of the box [m, town]; heading [rad, town]; length, width, height [m]; speed along heading
    [m/s]; braking: brake lamps lit; colour_seed: stable over the life of the track, picks paint or clothes.
    """

    track_id: str
    category: Category
    style: str
    x: float
    y: float
    heading: float
    length: float
    width: float
    height: float
    speed: float = 0.0
    braking: bool = False
    colour_seed: int = 0
