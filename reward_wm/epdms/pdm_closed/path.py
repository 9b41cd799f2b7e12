"""A path of poses that can be looked up by arc length. Scene frame, metres."""

from dataclasses import dataclass

import numpy as np
import shapely
import shapely.ops
from jaxtyping import Float64
from shapely.geometry.base import BaseGeometry

from driving.frames import wrap_angle

LEAST_PROGRESS_M = 1e-5


@dataclass(frozen=True)
class Path:
    """Poses along a line; the heading of a vertex is that of the segment that leaves it."""

    poses: Float64[np.ndarray, "V 3"]
    """Headings unwrapped."""
    progress: Float64[np.ndarray, "V"]
    line: shapely.LineString

    @classmethod
    def of(cls, poses: Float64[np.ndarray, "V 3"]) -> "Path":
        """The path through ``poses``."""
        unwrapped = np.column_stack([poses[:, :2], np.unwrap(poses[:, 2])])
        steps = np.linalg.norm(np.diff(poses[:, :2], axis=0), axis=1)
        progress = np.concatenate([[0.0], np.cumsum(steps)])
        return cls(unwrapped, progress, shapely.LineString(poses[:, :2]))

    def offset(self, metres: float) -> "Path":
        """The path moved to the left, each vertex across its own heading."""
        across = self.poses[:, 2] + np.pi / 2
        shift = metres * np.column_stack([np.cos(across), np.sin(across)])
        return Path.of(np.column_stack([self.poses[:, :2] + shift, wrap_angle(self.poses[:, 2])]))

    def at(self, progress: Float64[np.ndarray, "n"]) -> Float64[np.ndarray, "n 3"]:
        """Poses at arc lengths; beyond its ends, those of the ends."""
        clipped = np.clip(progress, LEAST_PROGRESS_M, self.progress[-1])
        after = np.clip(np.searchsorted(self.progress, clipped), 1, len(self.progress) - 1)
        length = self.progress[after] - self.progress[after - 1]
        slope = (self.poses[after] - self.poses[after - 1]) / length[:, None]
        poses = self.poses[after - 1] + slope * (clipped - self.progress[after - 1])[:, None]
        poses[:, 2] = wrap_angle(poses[:, 2])
        return poses

    def project(self, geometries: np.ndarray) -> Float64[np.ndarray, "*n"]:
        """Arc lengths at which the path is nearest to shapely points."""
        return np.asarray(shapely.line_locate_point(self.line, geometries))

    def between(self, start_m: float, end_m: float) -> BaseGeometry:
        """A stretch of the path: its vertices in between (a quirk: it is not cut to length)."""
        start, end = np.clip([start_m, end_m], 0.0, self.progress[-1])
        inside = (start <= self.progress) & (self.progress <= end)
        if inside.sum() > 1:
            return shapely.LineString(self.poses[inside, :2])
        return shapely.ops.substring(self.line, start, end)
