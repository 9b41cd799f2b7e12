"""Trees and street lamps along the pavements, kept out of the drivers' sight of signals."""

import numpy as np
from shapely import MultiPoint, Polygon, prepare
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from driving.synth.render.look import TownLook
from driving.synth.render.mesh import Colour, Material, MeshBuilder, block, cylinder, ellipsoid, place
from driving.synth.render.scenery.buildings import boundary_lines
from driving.synth.town import TownGeometry

TREE_LINE_M = 1.3
LAMP_LINE_M = 0.45
TREE_SPACING_M = (9.0, 26.0)
LAMP_SPACING_M = 32.0
CLEAR_OF_SIGNALS_M = 17.0
BARK: Colour = (0.33, 0.26, 0.19)
POLE: Colour = (0.42, 0.43, 0.45)


def add_trees(
    builder: MeshBuilder, town: TownGeometry, paved: BaseGeometry, footprints: list[Polygon],
    look: TownLook, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Trees behind the pavements, and some on open land farther off."""
    blocked = unary_union([*footprints, _signal_clearing(town)])
    prepare(blocked)
    for distance, share in ((TREE_LINE_M, 0.8), (12.0, 0.5), (26.0, 0.4)):
        for line in boundary_lines(paved, distance):
            way = float(rng.uniform(3, 12))
            while way < line.length:
                spot = line.interpolate(way)
                if rng.random() < share and blocked.distance(spot) > 1.2:
                    _add_tree(builder, spot.x, spot.y, look, rng)
                way += float(rng.uniform(*TREE_SPACING_M))


def add_street_lamps(builder: MeshBuilder, town: TownGeometry, paved: BaseGeometry) -> None:
    """Lamps at the back of the pavement, their arm towards the road."""
    clearing = _signal_clearing(town, 4.0)
    for line in boundary_lines(paved, LAMP_LINE_M):
        for way in np.arange(LAMP_SPACING_M / 2, line.length, LAMP_SPACING_M):
            spot, next_spot = line.interpolate(way), line.interpolate(min(way + 0.5, line.length))
            if clearing.distance(spot) < 0.1:
                continue
            along = np.arctan2(next_spot.y - spot.y, next_spot.x - spot.x)
            _add_lamp(builder, spot.x, spot.y, heading=float(along - np.pi / 2))


def _signal_clearing(town: TownGeometry, radius_m: float = CLEAR_OF_SIGNALS_M) -> BaseGeometry:
    return MultiPoint([head.pole_xy for head in town.signal_heads]).buffer(radius_m)


def _add_tree(builder: MeshBuilder, x: float, y: float, look: TownLook, rng: np.random.Generator) -> None:
    height, spread = float(rng.uniform(4.5, 9.0)), float(rng.uniform(0.22, 0.32))
    shade = float(rng.uniform(-0.05, 0.06))
    green = (look.foliage[0] + shade, look.foliage[1] + shade, look.foliage[2] + shade / 2)
    builder.add(cylinder((x, y, 0), (x, y, 0.5 * height), 0.16, 0.10, sides=6), Material.MATTE, BARK)
    if rng.random() < 0.25:
        cone = cylinder((x, y, 0.18 * height), (x, y, 1.1 * height), 0.24 * height, 0.03, sides=9)
        builder.add(cone, Material.FOLIAGE, green)
        return
    crown = ellipsoid((x, y, 0.68 * height), (spread * height, spread * height, 0.34 * height), 8, 5, rng)
    builder.add(crown, Material.FOLIAGE, green)
    side_x, side_y = (float(s) for s in rng.uniform(-0.16, 0.16, 2) * height)
    radii = (0.7 * spread * height, 0.7 * spread * height, 0.22 * height)
    lobe = ellipsoid((x + side_x, y + side_y, 0.80 * height), radii, 8, 5, rng)
    builder.add(lobe, Material.FOLIAGE, green)


def _add_lamp(builder: MeshBuilder, x: float, y: float, heading: float) -> None:
    builder.add(cylinder((x, y, 0), (x, y, 7.6), 0.10, 0.06, sides=6), Material.MATTE, POLE)
    builder.add(
        place(cylinder((0, 0, 7.5), (1.8, 0, 7.9), 0.045, sides=5), x, y, heading), Material.MATTE, POLE
    )
    builder.add(place(block((2.0, 0, 7.88), (0.7, 0.26, 0.12)), x, y, heading), Material.MATTE, POLE)
