"""Signal heads on their masts, with lamps that can be lit.

A driver waiting at the line looks under the head he obeys, so each head has a repeater across the
junction, over the same lane.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int
from shapely import Point, contains_xy

from driving.synth.render.mesh import Colour, Material, MeshBuilder, Solid, block, cylinder, place
from driving.synth.town import SignalHead, TownGeometry, Turn

LENS_RADIUS_M = 0.18
LENS_SPACING_M = 0.42
HOUSING_DEPTH_M = 0.24
STEEL: Colour = (0.30, 0.31, 0.32)
HOUSING: Colour = (0.06, 0.06, 0.06)
LAMP_COLOURS: dict[str, Colour] = {"r": (1.0, 0.10, 0.07), "y": (1.0, 0.72, 0.08), "g": (0.10, 1.0, 0.52)}
LIT_GLOW, UNLIT_GLOW = 4.0, 0.025
MAX_CROSSING_M = 70.0
MIN_REPEATER_M = 8.0
SHARED_MAST_M = 5.0
ARM_LIFT_M = 1.0


@dataclass(frozen=True)
class Lamp:
    """One lens in the static mesh."""

    head_id: str
    colour: str
    faces: Int[np.ndarray, "F"]
    centre: Float32[np.ndarray, "3"]
    facing: Float32[np.ndarray, "2"]
    """Unit vector of the ground plane, from the lens to its readers."""


@dataclass(frozen=True)
class Site:
    """Where a housing hangs and where its mast stands."""

    xy: np.ndarray
    pole_xy: np.ndarray


def add_signals(builder: MeshBuilder, town: TownGeometry) -> list[Lamp]:
    """All masts and housings of the town, near and far; returns their lamps."""
    lamps: list[Lamp] = []
    masts: list[list[tuple[SignalHead, Site]]] = []
    for head in town.signal_heads:
        for site in (Site(np.array(head.xy), np.array(head.pole_xy)), far_side(town, head)):
            if site is None:
                continue
            lamps += _add_housing(builder, head, site)
            _hang(masts, head, site)
    for carried in masts:
        _add_mast(builder, carried)
    return lamps


def lit_lamps(lamps: list[Lamp], signal_states: Mapping[str, str]) -> list[Lamp]:
    """Those lamps that shine: their head shows their colour."""
    return [lamp for lamp in lamps if signal_states.get(lamp.head_id) == lamp.colour]


def far_side(town: TownGeometry, head: SignalHead) -> Site | None:
    """Across the junction on the line of the head's lane; None where there is none or it is near."""
    connectors = town.connectors_from[head.lane_id]
    if not connectors:
        return None
    junction = town.junctions[connectors[0].junction_id].polygon
    ahead = -np.array([np.cos(head.heading), np.sin(head.heading)])
    ways = np.arange(2.0, MAX_CROSSING_M, 0.5)
    track = np.array(head.xy) + ways[:, None] * ahead
    outside = np.flatnonzero(~contains_xy(junction, track[:, 0], track[:, 1]))
    if len(outside) == 0:
        return None
    crossing_m = ways[outside[0]] + 1.0
    if crossing_m < MIN_REPEATER_M:
        return None
    sideways = np.array(head.pole_xy) - np.array(head.xy)
    sideways -= sideways @ ahead * ahead
    reach = max(float(np.linalg.norm(sideways)), 0.5)
    outward = sideways / max(float(np.linalg.norm(sideways)), 1e-6)
    xy = np.array(head.xy) + crossing_m * ahead
    for extra in np.arange(0.0, 14.0, 0.5):
        pole = xy + (reach + extra) * outward
        if town.road_surface.distance(Point(pole)) > 0.5:
            return Site(xy, pole)
    return None


def _hang(masts: list[list[tuple[SignalHead, Site]]], head: SignalHead, site: Site) -> None:
    """Gives the head to a mast that stands near its pole and looks the same way, or to a new one."""
    for carried in masts:
        other_head, other = carried[0]
        same_way = np.cos(head.heading - other_head.heading) > 0.9
        if same_way and np.linalg.norm(site.pole_xy - other.pole_xy) < SHARED_MAST_M:
            carried.append((head, site))
            return
    masts.append([(head, site)])


def _add_housing(builder: MeshBuilder, head: SignalHead, site: Site) -> list[Lamp]:
    x, y = float(site.xy[0]), float(site.xy[1])

    def put(solid: Solid) -> Solid:
        return place(solid, x, y, head.heading, head.height)

    tall = 3 * LENS_SPACING_M + 0.10
    builder.add(put(block((0, 0, 0), (HOUSING_DEPTH_M, 0.46, tall))), Material.MATTE, HOUSING)
    builder.add(put(block((-0.05, 0, 0), (0.03, 0.78, tall + 0.30))), Material.MATTE, HOUSING)
    facing = np.array([np.cos(head.heading), np.sin(head.heading)], np.float32)
    lamps = []
    for row, (name, colour) in enumerate(LAMP_COLOURS.items()):
        z = (1 - row) * LENS_SPACING_M
        lens = _disc(z) if head.arrow is None or name != "g" else _arrow(z, head.arrow)
        faces = builder.add(put(lens), Material.LENS, colour, glow=UNLIT_GLOW)
        builder.add(
            put(block((0.20, 0, z + LENS_RADIUS_M + 0.015), (0.18, 0.34, 0.02))), Material.MATTE, HOUSING
        )
        centre = np.array([*(site.xy + 0.14 * facing), head.height + z], np.float32)
        lamps.append(Lamp(head.id, name, np.array(faces), centre, facing))
    return lamps


def _disc(z: float) -> Solid:
    front = HOUSING_DEPTH_M / 2
    return cylinder((front - 0.02, 0, z), (front + 0.02, 0, z), LENS_RADIUS_M, sides=12)


def _arrow(z: float, turn: Turn) -> Solid:
    """A flat arrow. Readers look along -x, so their left is -y."""
    r, x = LENS_RADIUS_M, HOUSING_DEPTH_M / 2 + 0.02
    up = (
        np.array(
            [(-0.35, -1.0), (0.35, -1.0), (0.35, 0.1), (-0.35, 0.1), (-0.95, 0.1), (0.95, 0.1), (0.0, 1.1)]
        )
        * r
    )
    across, height = up[:, 0], up[:, 1]
    if turn is Turn.LEFT:
        across, height = -height, across
    elif turn is Turn.RIGHT:
        across, height = height, -across
    vertices = np.stack([np.full(7, x), across, z + height], axis=1)
    return vertices, np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6]])


def _add_mast(builder: MeshBuilder, carried: list[tuple[SignalHead, Site]]) -> None:
    """A pole and an arm to each of its heads, above the housings so that no arm hides a lens."""
    pole_x, pole_y = map(float, carried[0][1].pole_xy)
    arm_z = max(head.height for head, _ in carried) + ARM_LIFT_M
    pole = cylinder((pole_x, pole_y, 0), (pole_x, pole_y, arm_z + 0.3), 0.14, 0.10)
    builder.add(pole, Material.MATTE, STEEL)
    for head, site in carried:
        x, y = map(float, site.xy)
        if np.hypot(x - pole_x, y - pole_y) > 0.3:
            arm = cylinder((pole_x, pole_y, arm_z), (x, y, arm_z), 0.08, 0.05, sides=6)
            builder.add(arm, Material.MATTE, STEEL)
        builder.add(cylinder((x, y, head.height), (x, y, arm_z), 0.04, sides=5), Material.MATTE, STEEL)
