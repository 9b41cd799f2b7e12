"""What the exact scorer can be asked to do differently."""

from dataclasses import dataclass
from enum import Enum


class TrafficPolicy(Enum):
    """How other road users move while the ego drives."""

    LOG_REPLAY = "log_replay"
    """As in the log. The devkit's ``non_reactive``."""
    IDM = "idm"
    """Vehicles follow their lanes and keep a distance, from the ego too. The devkit's ``reactive``."""
    CONSTANT_VELOCITY = "constant_velocity"
    """Vehicles go straight on at their present velocity."""


class Normalisation(Enum):
    """Whose progress is the whole of it, in EP."""

    PAIRWISE = "pairwise"
    """The better of the proposal and PDM-Closed, as the evaluation scripts have it, which score one
    trajectory at a time. Proposals don't influence each other."""
    BATCH = "batch"
    """The best of PDM-Closed and all proposals of the scene, as in one batch call of the devkit's scorer."""


@dataclass
class ScorerConfig:
    """Options of the exact scorer."""

    human_filter: bool = True
    """A sub-score in which the logged driving itself is 0 counts as 1, in the product and the
    weighted sum too: the devkit after its issue 151. False gives the devkit without the filter, and
    also the number that the devkit before that fix printed, which filtered its columns only."""

    traffic: TrafficPolicy = TrafficPolicy.LOG_REPLAY
    """What vehicles do. It decides too what PDM-Closed's progress and the human are judged in: the
    traffic of the trajectory that is scored, and the human's own. All else replays the log."""

    normalisation: Normalisation = Normalisation.PAIRWISE
    """What EP compares with."""

    def __post_init__(self) -> None:
        if not isinstance(self.normalisation, Normalisation):
            names = ", ".join(one.name for one in Normalisation)
            raise ValueError(f"normalisation must be a Normalisation ({names}), got {self.normalisation!r}")
        if self.normalisation is Normalisation.BATCH and self.traffic is not TrafficPolicy.LOG_REPLAY:
            raise ValueError("normalisation=BATCH needs one traffic for all proposals: LOG_REPLAY")
        if not isinstance(self.traffic, TrafficPolicy):
            names = ", ".join(policy.name for policy in TrafficPolicy)
            raise ValueError(f"traffic must be a TrafficPolicy ({names}), got {self.traffic!r}")
        if not isinstance(self.human_filter, bool):
            raise ValueError(f"human_filter must be true or false, got {self.human_filter!r}")
