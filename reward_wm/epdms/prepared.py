"""Everything about a scene that scoring needs, worked out once.

Scene frame, see ``states``. The references, PDM-Closed and the logged human, are already simulated
and scored.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from driving.frames import map_to_local
from driving.types import PLAN_INTERVAL_S, SIMULATION_INTERVAL_S
from reward_wm.epdms.config import TrafficPolicy
from reward_wm.epdms.rollout import World
from reward_wm.epdms.traffic_start import TrafficStart

_STRIDE = round(PLAN_INTERVAL_S / SIMULATION_INTERVAL_S)


@dataclass(frozen=True)
class SceneConstants:
    """What is known of a scene before anything is driven."""

    token: str
    log_name: str
    timestamp_us: int
    """Of the current frame."""
    agent_tokens: tuple[str, ...]
    """Track of each row of ``world.traffic``, then those of other traffic that are not in log replay."""
    light_ids: tuple[str, ...]
    """Lane connector of each row of ``world.lights``."""
    origin: Float64[Tensor, "3"]
    """The ego's current pose in the map frame; its position is the origin of the scene frame."""
    start: Float64[Tensor, "S"]
    """The logged state that every simulation starts in."""
    history: Float64[Tensor, "n S"]
    """The past at 10 Hz."""
    world: World
    """With log replay."""
    traffic_start: TrafficStart
    human_poses: Float64[Tensor, "F 3"]
    """The logged future at 2 Hz, ego frame, as a trajectory; NaN where nobody knows how the ego goes on."""
    reference_tracked: Float64[Tensor, "T 3"]
    """PDM-Closed's poses at 10 Hz, the first one on its path beside the ego."""


@dataclass(frozen=True)
class PreparedScene(SceneConstants):
    """The constants of one scene, with its references as they were driven and judged."""

    human_scores: Float64[Tensor, "nine"]
    """In the order of ``SubScores``, as the human-penalty filter sees them in log replay; EC is NaN."""
    human_zeros: Bool[Tensor, "nine"]
    """Sub-scores that the filter sets to 1 in log replay."""
    human_zeros_idm: Bool[Tensor, "nine"]
    human_zeros_constant_velocity: Bool[Tensor, "nine"]
    reference_states: Float64[Tensor, "T S"]
    """PDM-Closed as simulated."""
    reference_scores: Float64[Tensor, "nine"]
    """Of PDM-Closed against the logged traffic, unfiltered; EP against itself, EC is NaN."""
    reference_raw_progress_m: Float64[Tensor, ""]
    reference_progress_m: Float64[Tensor, ""]
    """PDM-Closed's raw progress times the product of its multiplied sub-scores, in log replay."""

    def forgiven(self, policy: TrafficPolicy) -> Bool[Tensor, "nine"]:
        """Sub-scores in which the human, in traffic of that policy, has 0."""
        return {
            TrafficPolicy.LOG_REPLAY: self.human_zeros,
            TrafficPolicy.IDM: self.human_zeros_idm,
            TrafficPolicy.CONSTANT_VELOCITY: self.human_zeros_constant_velocity,
        }[policy]

    @property
    def reference_poses_10hz(self) -> Float64[Tensor, "n 3"]:
        """PDM-Closed as a trajectory: 40 poses at 10 Hz, ego frame."""
        start = np.array([0.0, 0.0, float(self.origin[2])])
        return torch.from_numpy(map_to_local(self.reference_tracked[1:].numpy(), start))

    @property
    def reference_poses(self) -> Float64[Tensor, "F 3"]:
        """PDM-Closed as a trajectory: 8 poses at 2 Hz, ego frame."""
        return self.reference_poses_10hz[_STRIDE - 1 :: _STRIDE]

    def states_in_map(self, states: Float64[Tensor, "*batch S"]) -> Float64[Tensor, "*batch S"]:
        """States of the scene frame with their position in the map frame."""
        shift = torch.zeros(states.shape[-1], dtype=states.dtype)
        shift[:2] = self.origin[:2]
        return states + shift
