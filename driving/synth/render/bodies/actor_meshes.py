"""From actors to one mesh: the right body for each, kept once built, placed where the actor is."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from driving.synth.actors import Actor, Category
from driving.synth.render.bodies import cars, large_vehicles, people, props, two_wheelers
from driving.synth.render.look import CAR_PAINTS
from driving.synth.render.mesh import Mesh, join, place_vertices

STRIDE_M = 1.4
"""Way walked over two steps."""
WALK_PHASES = 12
WALKING_SPEED_MPS = 0.2


def actors_mesh(actors: Sequence[Actor]) -> Mesh:
    """The actors as one mesh in town metres."""
    placed = []
    for actor in actors:
        size = (round(actor.length, 2), round(actor.width, 2), round(actor.height, 2))
        body = _body(actor.category, actor.style, size, actor.colour_seed, actor.braking, walk_phase(actor))
        vertices = place_vertices(body.vertices, actor.x, actor.y, actor.heading).astype(np.float32)
        placed.append(replace(body, vertices=vertices))
    return join(placed)


def walk_phase(actor: Actor) -> int:
    """How far into its stride a pedestrian is, by the way along its heading. 0 stands still."""
    if actor.category is not Category.PEDESTRIAN or abs(actor.speed) < WALKING_SPEED_MPS:
        return 0
    way = actor.x * np.cos(actor.heading) + actor.y * np.sin(actor.heading)
    return int(way / STRIDE_M * WALK_PHASES) % WALK_PHASES


@lru_cache(maxsize=1024)
def _body(
    category: Category,
    style: str,
    size: tuple[float, float, float],
    colour_seed: int,
    braking: bool,
    phase: int,
) -> Mesh:
    length, width, height = size
    paint = CAR_PAINTS[colour_seed % len(CAR_PAINTS)]
    person = people.dress(colour_seed)
    match category, style:
        case Category.PEDESTRIAN, _:
            return people.pedestrian(height, person, 2 * np.pi * phase / WALK_PHASES)
        case Category.BICYCLE, _:
            return two_wheelers.bicycle(length, height, paint, person)
        case Category.TRAFFIC_CONE, _:
            return props.cone(length, width, height)
        case Category.BARRIER, _:
            return props.barrier(length, width, height)
        case Category.CZONE_SIGN, _:
            return props.construction_sign(length, width, height)
        case Category.GENERIC_OBJECT, "hydrant":
            return props.hydrant(length, width, height)
        case Category.GENERIC_OBJECT, _:
            return props.litter_bin(length, width, height, colour_seed)
        case Category.VEHICLE, "truck":
            return large_vehicles.truck(length, width, height, paint, braking)
        case Category.VEHICLE, "bus":
            return large_vehicles.bus(length, width, height, paint, braking)
        case Category.VEHICLE, "moto":
            return two_wheelers.motorbike(length, height, paint, person, braking)
    if style not in cars.SHAPES:
        raise ValueError(f"no body for a {category.value} of style {style!r}")
    return cars.car(style, length, width, height, paint, braking)
