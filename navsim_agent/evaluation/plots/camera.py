"""The front camera with the chosen plan laid on the road as a ribbon of the car's width."""

from dataclasses import replace

import cv2
import numpy as np
from jaxtyping import Float

from driving.data.assemble import CameraView
from driving.log_frame import LogFrame
from driving.vehicle import PACIFICA
from navsim_agent.evaluation.plots import palette
from navsim_agent.evaluation.plots.judged import JudgedPlan

WIDTH_PX = 800
NEAREST_M = 0.5
"""Points closer to the image plane are not drawn."""
SAMPLES_PER_POSE = 10
OPACITY = 0.55


def ground_height(frame: LogFrame) -> float:
    """Where the road lies in the ego frame [m]: the median lower face of the vehicles, or 0.

    Data sets differ in the height of the ego frame's origin; the annotated boxes know it.
    """
    lower = [
        box[2] - box[5] / 2 for box, name in zip(frame.boxes, frame.names, strict=True) if name == "vehicle"
    ]
    return float(np.median(lower)) if lower else 0.0


def draw_plan_on_camera(view: CameraView, plan: JudgedPlan, ground_z_m: float) -> bytes:
    """A JPEG; the ribbon has the colour of the plan's score. Ground at ``ground_z_m``, ego frame."""
    view = _resized(view)
    left, right = _edges(plan.chosen_poses)
    ribbon = _project(view, np.concatenate([left, right]), ground_z_m)
    left_px, right_px = ribbon[: len(left)], ribbon[len(left) :]
    overlay = view.image.copy()
    colour = palette.score_rgb(float(plan.epdms[plan.chosen]))
    for k in range(len(left) - 1):
        quad = np.stack([left_px[k], left_px[k + 1], right_px[k + 1], right_px[k]])
        if np.isfinite(quad).all():
            cv2.fillPoly(overlay, [_fixed_point(quad)], colour, cv2.LINE_AA, shift=4)
    picture = cv2.addWeighted(overlay, OPACITY, view.image, 1.0 - OPACITY, 0.0)
    for edge in (left_px, right_px):
        shown = edge[np.isfinite(edge).all(axis=1)]
        cv2.polylines(picture, [_fixed_point(shown)], False, (255, 255, 255), 1, cv2.LINE_AA, shift=4)
    ok, encoded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    if not ok:
        raise ValueError(f"a picture of shape {picture.shape} could not be encoded")
    return encoded.tobytes()


def _resized(view: CameraView) -> CameraView:
    rows, columns = view.image.shape[:2]
    scale = WIDTH_PX / columns
    size = WIDTH_PX, round(rows * scale)
    method = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
    image = cv2.resize(view.image, size, interpolation=method)
    return replace(view, image=image, intrinsics=np.diag([scale, scale, 1.0]) @ view.intrinsics)


def _edges(poses: Float[np.ndarray, "F 3"]) -> tuple[np.ndarray, np.ndarray]:
    """Left and right edge (n, 2) of the ground the car covers, ego frame."""
    path = np.concatenate([np.zeros((1, 3)), poses])
    path[:, 2] = np.unwrap(path[:, 2])
    at = np.linspace(0, len(path) - 1, (len(path) - 1) * SAMPLES_PER_POSE + 1)
    x, y, heading = (np.interp(at, np.arange(len(path)), column) for column in path.T)
    normal = np.stack([-np.sin(heading), np.cos(heading)], axis=1) * PACIFICA.width_m / 2
    centre = np.stack([x, y], axis=1)
    return centre + normal, centre - normal


def _project(
    view: CameraView, points: Float[np.ndarray, "n 2"], ground_z_m: float
) -> Float[np.ndarray, "n 2"]:
    """Pixels of points on the ground; NaN behind the camera."""
    ones = np.ones(len(points))
    in_ego = np.stack([points[:, 0], points[:, 1], ground_z_m * ones])
    x, y, z = view.rotation.T @ (in_ego - view.translation[:, None])
    depth = np.where(z > NEAREST_M, z, np.nan)
    pixels = view.intrinsics @ np.stack([x / depth, y / depth, ones])
    return pixels[:2].T


def _fixed_point(pixels: Float[np.ndarray, "n 2"]) -> np.ndarray:
    """OpenCV's sub-pixel integers (4 fractional bits), kept within what it can hold."""
    return np.round(np.clip(pixels, -1e5, 1e5) * 16).astype(np.int32)
