"""The ego's box as a polygon."""

import numpy as np
import shapely
from jaxtyping import Float64

from driving.frames import box_corners
from driving.vehicle import PACIFICA


def ego_centre(rear_axle: Float64[np.ndarray, "*n 3"]) -> Float64[np.ndarray, "*n 2"]:
    """The centre of the box of an ego whose rear axle is at ``rear_axle``."""
    heading = rear_axle[..., 2]
    direction = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    return rear_axle[..., :2] + PACIFICA.rear_axle_to_centre_m * direction


def ego_polygons(rear_axles: Float64[np.ndarray, "n 3"]) -> np.ndarray:
    """Polygons (n,) of the ego's box."""
    size = np.full((2, len(rear_axles)), [[PACIFICA.length_m], [PACIFICA.width_m]])
    corners = box_corners(ego_centre(rear_axles), rear_axles[:, 2], size[0], size[1])
    return np.asarray(shapely.polygons(corners))
