"""Drive the simulated car along reference poses: 41 samples, 4 s.

The first state is the logged one; steering angle and yaw rate start at zero even in a turn (a quirk
of the devkit, which has no steering angle in its logs).
"""

from jaxtyping import Float64
from torch import Tensor

from driving.vehicle import PACIFICA
from reward_wm.epdms.compiled_drive import drive, drive_one
from reward_wm.epdms.launch import launch
from reward_wm.epdms.profile import fit_profiles


def simulate(poses: Float64[Tensor, "P T 3"], start: Float64[Tensor, "#P S"]) -> Float64[Tensor, "P T S"]:
    """States of the car that starts in ``start`` and tracks ``poses``."""
    speed, curvature = (profile.contiguous() for profile in fit_profiles(poses))
    starts = start.expand(len(poses), -1).contiguous()
    states = poses.new_zeros(*poses.shape[:2], start.shape[1])
    arguments = (states, poses.contiguous(), speed, curvature, starts, PACIFICA.wheel_base_m)
    launch(drive, drive_one, len(poses), *arguments)
    return states
