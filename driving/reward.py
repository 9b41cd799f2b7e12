"""What every judge of trajectories looks like: exact scorer, learned reward, imagined world."""

from typing import Protocol, runtime_checkable

from driving.observation import Observation
from driving.scores import SubScores
from driving.trajectory import Trajectory


@runtime_checkable
class Reward(Protocol):
    """Judges candidate trajectories of observed scenes."""

    def score(self, observation: Observation, trajectories: Trajectory) -> SubScores:
        """Sub-scores (B, P) of ``trajectories`` with poses (B, P, F, 3).

        A learned reward reads the observation; the exact one looks its scenes up by
        ``observation.tokens`` (KeyError with the token where it was not given that scene).
        """
        ...
