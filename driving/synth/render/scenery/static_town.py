"""Everything of a town that is made once: its mesh, its ground, its light, its signal lamps."""

from dataclasses import dataclass

import numpy as np
from embreex.rtcore import EmbreeDevice
from shapely import buffer

from driving.synth.render.look import draw_look
from driving.synth.render.mesh import Mesh, MeshBuilder, to_linear
from driving.synth.render.ray_scene import RayScene
from driving.synth.render.scenery.buildings import add_buildings
from driving.synth.render.scenery.ground import GroundMap, paint_ground, paved_area
from driving.synth.render.scenery.signals import Lamp, add_signals
from driving.synth.render.scenery.street import add_street_lamps, add_trees
from driving.synth.render.shading.ground_shading import GroundTexture
from driving.synth.render.shading.noise import noise_tile
from driving.synth.render.shading.sky import paint_sky
from driving.synth.render.shading.sunlight import BakedSun, bake_sun
from driving.synth.render.shading.surface_shading import Light, Surfaces
from driving.synth.town import TownGeometry

WHITE_PAINT, YELLOW_PAINT, KERB_STONE = (0.93, 0.93, 0.91), (0.90, 0.68, 0.16), (0.74, 0.73, 0.71)


@dataclass(frozen=True)
class StaticTown:
    """The still half of every picture."""

    scene: RayScene
    surfaces: Surfaces
    lamps: list[Lamp]
    ground: GroundTexture
    light: Light
    baked_sun: BakedSun


def build_static_town(town: TownGeometry, seed: int, device: EmbreeDevice) -> StaticTown:
    """Draws, builds and lights a town; ``seed`` picks its look, its houses and its trees."""
    look = draw_look(seed)
    rng = np.random.default_rng([seed, 12])
    paved = buffer(paved_area(town), 0.01)
    builder = MeshBuilder()
    lamps = add_signals(builder, town)
    footprints = add_buildings(builder, paved, look, rng)
    add_trees(builder, town, paved, footprints, look, rng)
    add_street_lamps(builder, town, paved)
    mesh = builder.build()
    scene = RayScene(mesh, device)
    ground = paint_ground(town)
    flat_colours = [to_linear(colour) for colour in (KERB_STONE, WHITE_PAINT, YELLOW_PAINT)]
    colours = np.stack([look.grass, look.pavement, flat_colours[0], look.asphalt, *flat_colours[1:]])
    light = Light(look.sun_direction, look.sun_light, look.ambient_light, look.horizon, paint_sky(look, rng))
    return StaticTown(
        scene=scene,
        surfaces=surfaces_of(mesh),
        lamps=lamps,
        ground=pack_ground(ground, colours, noise_tile(rng)),
        light=light,
        baked_sun=bake_sun(scene, look.sun_direction, paved.bounds),
    )


def pack_ground(ground: GroundMap, colours: np.ndarray, noise: np.ndarray) -> GroundTexture:
    """The ground as the kernels read it: all mip levels in one table."""
    sizes = np.array([level.shape[:2] for level in ground.levels])
    first = np.concatenate([[0], np.cumsum(sizes.prod(1))[:-1]])
    texels = np.concatenate([level.reshape(-1, 4) for level in ground.levels])
    layout = np.column_stack([first, sizes]).astype(np.int64)
    return GroundTexture(texels, layout, ground.x0, ground.y0, colours, noise)


def surfaces_of(mesh: Mesh) -> Surfaces:
    """The per-triangle arrays of a mesh, for the kernels."""
    return Surfaces(mesh.normals, mesh.colour, mesh.material, mesh.glow, mesh.style, mesh.part)
