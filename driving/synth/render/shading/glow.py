"""Soft light around lit signal lenses, so that a small picture still tells red from green at 40 m."""

import numpy as np
from jaxtyping import Float32

from driving.synth.render.mesh import place_vertices, to_linear
from driving.synth.render.ray_scene import RayScene
from driving.synth.render.rig import MOUNTS, CameraRig
from driving.synth.render.scenery.signals import LAMP_COLOURS, LENS_RADIUS_M, Lamp
from driving.synth.render.shading.film import add_glow

GLOW_REACH_M = 90.0
GLOW_STRENGTH = 0.8
MIN_SIGMA_PX = 1.3
MIN_FACING = 0.2


def add_lamp_glows(
    picture: Float32[np.ndarray, "H W 3"],
    camera: str,
    rig: CameraRig,
    ego: tuple[float, float, float],
    lit: list[Lamp],
    scenes: tuple[RayScene, RayScene],
) -> None:
    """Adds, in place, the glow of every lit lamp that faces the camera with nothing in between."""
    if not lit:
        return
    eye = place_vertices(np.array([MOUNTS[camera].position]), *ego)[0]
    facing = np.array([[*lamp.facing, 0.0] for lamp in lit])
    centres = np.array([lamp.centre for lamp in lit]) + 0.06 * facing
    ways = centres - eye
    distance = np.linalg.norm(ways, axis=1)
    turned_to_us = -(ways * facing).sum(1) / distance
    pixels, depth = rig.project(place_vertices(centres - [ego[0], ego[1], 0.0], 0.0, 0.0, -ego[2]), camera)
    inside = ((pixels > -20) & (pixels < (rig.width + 20, rig.height + 20))).all(1)
    near = (distance < GLOW_REACH_M) & (turned_to_us > MIN_FACING) & (depth > 0.5)
    for i in np.flatnonzero(inside & near):
        if _hidden(eye, ways[i] / distance[i], distance[i], scenes):
            continue
        sigma = max(MIN_SIGMA_PX, 1.2 * LENS_RADIUS_M / distance[i] * rig.focal_px)
        colour = GLOW_STRENGTH * turned_to_us[i] * to_linear(LAMP_COLOURS[lit[i].colour])
        add_glow(picture, pixels[i, 0], pixels[i, 1], sigma, colour.astype(np.float32))


def _hidden(
    eye: np.ndarray, direction: np.ndarray, distance: float, scenes: tuple[RayScene, RayScene]
) -> bool:
    """Whether anything lies between the eye and shortly before ``distance``."""
    limit = np.array([distance - 0.1], np.float32)
    origin, ray = eye[None].astype(np.float32), direction[None].astype(np.float32)
    return any(scene.nearest(origin, ray, limit)[0][0] >= 0 for scene in scenes)
