"""Drive the simulated car along reference poses: 41 samples, 4 s.

The first state is the logged one; steering angle and yaw rate start at zero even in a turn (a quirk
of the devkit, which has no steering angle in its logs).
"""

from jaxtyping import Float64
from torch import Tensor

from reward_wm.epdms.bicycle import Motion, advance, states_of
from reward_wm.epdms.tracker import Reference, track


def simulate(poses: Float64[Tensor, "P T 3"], start: Float64[Tensor, "#P S"]) -> Float64[Tensor, "P T S"]:
    """States of the car that starts in ``start`` and tracks ``poses``."""
    reference = Reference.of(poses)
    first = start.expand(len(poses), -1)
    motions = [Motion.of(first)]
    for step in range(poses.shape[1] - 1):
        motions.append(advance(motions[-1], *track(reference, step, motions[-1])))
    return states_of(first, motions[1:])
