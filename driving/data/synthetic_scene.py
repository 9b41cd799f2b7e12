"""A synthetic scene of NAVSIM's second stage: what happens from a pose that nobody drove."""

from dataclasses import dataclass

from driving.log_frame import LogFrame
from driving.map_data import MapData
from driving.scene import Scene
from driving.types import HISTORY_FRAMES


@dataclass(frozen=True)
class SyntheticScene:
    """The content of one file in ``synthetic_scene_pickles``."""

    frames: tuple[LogFrame, ...]
    """Four observed ones, of which the last is the current one, then the future."""
    ego_frames: int
    """So many frames, from the first on, know the ego; in the others it stands where it was last."""
    original_last_token: str
    """Frame of the log at the moment of the current frame: the last one of a stage-one scene."""
    original_token: str
    """The stage-one scene's own token, four seconds earlier."""

    @property
    def token(self) -> str:
        return self.frames[HISTORY_FRAMES - 1].token

    @property
    def log_name(self) -> str:
        return self.frames[HISTORY_FRAMES - 1].log_name

    @property
    def location(self) -> str:
        return self.frames[HISTORY_FRAMES - 1].location

    def scene(self, town: MapData) -> Scene:
        """As every scorer and planner takes it."""
        return Scene(self.frames, town, frames_without_ego=len(self.frames) - self.ego_frames)
