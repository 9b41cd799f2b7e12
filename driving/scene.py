"""A scene with its truth: map, other agents, their future. For scorers, never for a planner."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from driving.frames import map_to_local
from driving.log_frame import LogFrame
from driving.map_data import MapData
from driving.types import HISTORY_FRAMES, SYNTHETIC_TOKEN_LENGTH


@dataclass(frozen=True)
class Scene:
    """A window of consecutive 2 Hz log frames and the map around them.

    ``frames`` holds the observed history (4 frames), of which the last is the current one, then the
    future. ``map`` is the whole location; it is shared between scenes.
    """

    frames: tuple[LogFrame, ...]
    map: MapData
    frames_without_ego: int = 0
    """So many frames at the end don't know where the ego was (synthetic scenes); it stands still there."""

    @property
    def current(self) -> LogFrame:
        return self.frames[HISTORY_FRAMES - 1]

    @property
    def token(self) -> str:
        """The token of the current frame, which names the scene everywhere."""
        return self.current.token

    @property
    def log_name(self) -> str:
        return self.current.log_name

    @property
    def future(self) -> tuple[LogFrame, ...]:
        """Frames after the current one, 0.5 s apart."""
        return self.frames[HISTORY_FRAMES:]

    @property
    def is_synthetic(self) -> bool:
        """Whether nobody drove here: a second-stage scene of NAVSIM, told by the length of its token."""
        return len(self.token) == SYNTHETIC_TOKEN_LENGTH

    @property
    def human_frames(self) -> int:
        """How many frames after the current one know where the ego went."""
        return len(self.future) - self.frames_without_ego

    def human_poses(self, count: int) -> Float64[np.ndarray, "F 3"]:
        """The logged ego's next ``count`` poses in the current ego frame (rear axle).

        Raises ValueError where the log does not reach that far.
        """
        if self.human_frames < count:
            raise ValueError(
                f"scene {self.token}: {count} future frames asked for, the log has {self.human_frames}"
            )
        poses = np.stack([frame.ego_pose_in_map for frame in self.future[:count]])
        return map_to_local(poses, self.current.ego_pose_in_map)
