"""What the pictures of one scene show of the plan. Ego frame, metres."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class JudgedPlan:
    """The candidates of one scene with their exact scores."""

    poses: Float[np.ndarray, "P F 3"]
    epdms: Float[np.ndarray, "P"]
    """In [0, 1], without EC."""
    chosen: int
    human: Float[np.ndarray, "F_human 3"]
    """The logged ego's poses."""
    culprits: frozenset[str] = frozenset()
    """Tracks that the chosen plan hits, or would within a second."""

    @property
    def chosen_poses(self) -> Float[np.ndarray, "F 3"]:
        return self.poses[self.chosen]
