"""The exact scorer as a reward: the same signature as a learned one."""

from collections.abc import Mapping

from driving.observation import Observation
from driving.scores import SubScores
from driving.trajectory import Trajectory
from reward_wm.epdms.config import ScorerConfig
from reward_wm.epdms.packed import PackedScenes
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.score import score


class ExactReward:
    """Scores trajectories of scenes it was given beforehand; implements ``driving.reward.Reward``."""

    def __init__(self, scenes: Mapping[str, PreparedScene] | PackedScenes, config: ScorerConfig) -> None:
        self._scenes = scenes
        self._config = config

    def score(self, observation: Observation, trajectories: Trajectory) -> SubScores:
        """Sub-scores (B, P), float64 on the device of the trajectories; EC is NaN.

        Raises KeyError with the token of a scene that was not prepared.
        """
        if isinstance(self._scenes, PackedScenes):
            scenes = self._scenes.choose(observation.tokens)
        else:
            scenes = [self._scenes[token] for token in observation.tokens]
        scores = score(scenes, trajectories, self._config)
        return SubScores.from_stacked(scores.stacked().to(trajectories.poses.device))
