"""Houses on the free land beside the roads: a row along the pavements, a taller one behind.

Walls are plain boxes here; ``shading.facade`` draws their windows.
"""

import numpy as np
from shapely import Polygon, box, intersects
from shapely.affinity import rotate, translate
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from driving.synth.render.look import TownLook
from driving.synth.render.mesh import Colour, Material, MeshBuilder, block, loft, place

ROW_SETBACKS_M = (4.5, 34.0)
"""Distance of the two rows from the pavement."""
MIN_GAP_M = 2.5
"""No wall stands closer to anything paved."""
ROOF: Colour = (0.40, 0.39, 0.38)
TILES: tuple[Colour, ...] = ((0.52, 0.27, 0.20), (0.36, 0.30, 0.28), (0.42, 0.38, 0.36))


def add_buildings(
    builder: MeshBuilder, paved: BaseGeometry, look: TownLook, rng: np.random.Generator
) -> list[Polygon]:
    """Rows of houses around ``paved`` (all that is asphalt or pavement); returns their footprints."""
    keep_free = paved.buffer(MIN_GAP_M)
    footprints: list[Polygon] = []
    for row, setback in enumerate(ROW_SETBACKS_M):
        for front in boundary_lines(paved, setback):
            way = float(rng.uniform(0, 8))
            while way < front.length - 8:
                width = float(rng.uniform(9, 24)) * (1.0 if row == 0 else 1.3)
                depth = float(rng.uniform(9, 16)) * (1.0 if row == 0 else 1.3)
                start, end = (front.interpolate(way), front.interpolate(min(way + width, front.length)))
                footprint, heading = _footprint(start, end, width, depth)
                free = not footprint.intersects(keep_free) and not _hits(footprint, footprints)
                if free and rng.random() < 0.93:
                    footprints.append(footprint)
                    centre = footprint.centroid
                    _add_building(builder, (centre.x, centre.y, heading), (width, depth), row, look, rng)
                way += (width if free else 4.0) + float(rng.choice([0.0, 1.5, 5.0, 9.0]))
    return footprints


def boundary_lines(paved: BaseGeometry, distance_m: float) -> list[BaseGeometry]:
    """Closed lines ``distance_m`` off ``paved``, free land on their left, longest first."""
    grown = paved.buffer(distance_m, join_style="mitre", mitre_limit=2.0).simplify(0.3)
    polygons = [orient(polygon, -1.0) for polygon in getattr(grown, "geoms", [grown])]
    lines = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    return sorted((line for line in lines if line.length > 30), key=lambda line: -line.length)


def _footprint(start, end, width: float, depth: float) -> tuple[Polygon, float]:
    """A rectangle on the left of the chord from ``start`` to ``end``, and its heading."""
    heading = float(np.arctan2(end.y - start.y, end.x - start.x))
    middle_x, middle_y = (start.x + end.x) / 2, (start.y + end.y) / 2
    back_x, back_y = -np.sin(heading) * depth / 2, np.cos(heading) * depth / 2
    shape = rotate(
        box(-width / 2, -depth / 2, width / 2, depth / 2), heading, origin=(0, 0), use_radians=True
    )
    return translate(shape, middle_x + back_x, middle_y + back_y), heading


def _hits(footprint: Polygon, others: list[Polygon]) -> bool:
    return bool(intersects(footprint, others).any()) if others else False


def _add_building(
    builder: MeshBuilder, pose: tuple[float, float, float], size: tuple[float, float], row: int,
    look: TownLook, rng: np.random.Generator,
) -> None:  # fmt: skip
    base = look.houses[int(rng.integers(len(look.houses)))]
    colour = tuple(float(np.clip(channel + rng.uniform(-0.05, 0.05), 0, 1)) for channel in base)
    style = int(rng.integers(1, 1 << 20))
    kind = rng.random()
    if row == 0 and kind < 0.30:
        _add_gabled(
            builder, pose, size, float(rng.uniform(5.5, 8.0)), colour, style, TILES[int(rng.integers(3))]
        )
        return
    height = float(rng.uniform(7, 17) if kind < 0.75 else rng.uniform(16, 34)) * (1.0 if row == 0 else 1.4)
    _add_flat(builder, pose, size, height, colour, style)
    if height > 20:
        inset = (0.72 * size[0], 0.72 * size[1])
        _add_flat(builder, pose, inset, height * 1.25, colour, style + 1)


def _add_flat(
    builder: MeshBuilder,
    pose: tuple[float, float, float],
    size: tuple[float, float],
    height: float,
    colour,
    style: int,
) -> None:
    walls = block((0, 0, height / 2), (size[0], size[1], height))
    builder.add(place(walls, *pose), Material.FACADE, colour, style=style)
    roof = block((0, 0, height + 0.2), (size[0] + 0.3, size[1] + 0.3, 0.4))
    builder.add(place(roof, *pose), Material.MATTE, ROOF)
    plant = block((size[0] * 0.15, 0, height + 1.2), (size[0] * 0.3, size[1] * 0.35, 2.0))
    builder.add(place(plant, *pose), Material.MATTE, ROOF)


def _add_gabled(
    builder: MeshBuilder, pose: tuple[float, float, float], size: tuple[float, float], eaves: float,
    colour, style: int, tiles: Colour,
) -> None:  # fmt: skip
    length, depth = size
    walls = block((0, 0, eaves / 2), (length, depth, eaves))
    builder.add(place(walls, *pose), Material.FACADE, colour, style=style)
    ridge = eaves + 0.38 * depth
    profile = np.array([(-depth / 2 - 0.4, eaves - 0.1), (depth / 2 + 0.4, eaves - 0.1), (0.0, ridge)])
    rings = [np.column_stack([np.full(3, x), profile]) for x in (-length / 2 - 0.3, length / 2 + 0.3)]
    builder.add(place(loft(rings), *pose), Material.MATTE, tiles)
