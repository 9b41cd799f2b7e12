"""Which actors a picture may show, and in which pixels: only there rays are cast at what moves."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float64

from driving.frames import box_corners
from driving.synth.actors import Actor
from driving.synth.render.mesh import place_vertices
from driving.synth.render.rig import CameraRig

NEAR_M = 0.1
BOX_MARGIN_M = 0.3
"""Mirrors, arms and wheels may stick out of the annotated box a little."""
OUTLINE_PX = 5
"""Stroke around a box's outline: a pixel may show what lies beside its middle."""
_RING = [(i, (i + 1) % 4) for i in range(4)]
BOX_EDGES = np.array([*_RING, *((a + 4, b + 4) for a, b in _RING), *((i, i + 4) for i in range(4))])


@dataclass(frozen=True)
class Footage:
    """``shown[i]``: some camera may show actor i; ``pixels``: may show an actor, all cameras in order."""

    shown: Bool[np.ndarray, "A"]
    pixels: Bool[np.ndarray, "R"]


def foot_corners(actors: Sequence[Actor], margin_m: float = 0.0) -> Float64[np.ndarray, "A 4 2"]:
    """Corners of the actors' boxes on the ground, town metres."""
    table = np.array([(a.x, a.y, a.heading, a.length, a.width) for a in actors]).reshape(-1, 5)
    length, width = table[:, 3] + margin_m, table[:, 4] + margin_m
    return box_corners(table[:, :2], table[:, 2], length, width)


def boxes_in_ego(
    actors: Sequence[Actor], ego: tuple[float, float, float], margin_m: float = 0.0
) -> Float64[np.ndarray, "A 8 3"]:
    """Corners of the actors' boxes in the ego frame: four on the ground, then the same four on top."""
    feet = foot_corners(actors, margin_m) - np.array(ego[:2])
    heights = np.array([[actor.height + margin_m / 3] for actor in actors]).reshape(-1, 1)
    flat = np.zeros((len(actors), 4))
    low, high = (np.concatenate([feet, z[..., None]], -1) for z in (flat, flat + heights))
    corners = np.concatenate([low, high], axis=1)
    return place_vertices(corners.reshape(-1, 3), 0.0, 0.0, -ego[2]).reshape(-1, 8, 3)


def find_actors(actors: Sequence[Actor], ego: tuple[float, float, float], rig: CameraRig) -> Footage:
    """Fills the outline of every actor's box in every picture."""
    mask = np.zeros((len(rig.cameras), rig.height, rig.width), np.uint8)
    shown = np.zeros(len(actors), bool)
    boxes = boxes_in_ego(actors, ego, BOX_MARGIN_M)
    for camera, picture in zip(rig.cameras, mask, strict=True):
        pixels, depth = rig.project(boxes.reshape(-1, 3), camera)
        pixels, ahead = pixels.reshape(-1, 8, 2), depth.reshape(-1, 8) > NEAR_M
        for actor in np.flatnonzero(ahead.any(1)):
            corners = pixels[actor]
            if not ahead[actor].all():
                corners, _ = rig.project(_cut_before_camera(boxes[actor], rig, camera), camera)
            outline = cv2.convexHull(np.round(corners).astype(np.int32))
            left, top, width, height = cv2.boundingRect(outline)
            if left < rig.width and top < rig.height and left + width > 0 and top + height > 0:
                shown[actor] = True
                cv2.fillConvexPoly(picture, outline, 1)
                cv2.polylines(picture, [outline], True, 1, OUTLINE_PX)
    return Footage(shown, mask.reshape(-1).view(bool))


def _cut_before_camera(
    corners: Float64[np.ndarray, "8 3"], rig: CameraRig, camera: str
) -> Float64[np.ndarray, "C 3"]:
    """Corners of the part of a box that lies farther than NEAR_M before the camera."""
    _, depth = rig.project(corners, camera)
    a, b = BOX_EDGES[(depth[BOX_EDGES] > NEAR_M).sum(1) == 1].T
    way = ((NEAR_M - depth[a]) / (depth[b] - depth[a]))[:, None]
    return np.concatenate([corners[depth > NEAR_M], corners[a] + way * (corners[b] - corners[a])])
