"""The ego vehicle of nuPlan and NAVSIM (a Chrysler Pacifica). Metres."""

from dataclasses import dataclass


@dataclass(frozen=True)
class VehicleShape:
    """Size of the ego box and where the rear axle lies in it, metres."""

    width_m: float
    front_length_m: float
    """From the rear axle to the front bumper."""
    rear_length_m: float
    """From the rear axle to the rear bumper."""
    wheel_base_m: float

    @property
    def length_m(self) -> float:
        return self.front_length_m + self.rear_length_m

    @property
    def rear_axle_to_centre_m(self) -> float:
        """Distance, along the heading, from the rear axle to the centre of the box."""
        return (self.front_length_m - self.rear_length_m) / 2


PACIFICA = VehicleShape(width_m=1.1485 * 2.0, front_length_m=4.049, rear_length_m=1.127, wheel_base_m=3.089)
