"""Kinds of road users in SUMO: sizes, manners and looks. Metres, seconds."""

import random
from dataclasses import dataclass

from driving.vehicle import PACIFICA

EGO_TYPE = "ego"
CLOSURE_TYPE = "closure"
CLOSURE_LENGTH_M = 16.0
"""A closed stretch of a lane is a vehicle that never moves."""


@dataclass(frozen=True)
class VehicleType:
    """A kind of road user in SUMO: a size, manners and a look (`style` of an Actor). Metres, seconds."""

    id: str
    style: str
    sumo_class: str
    length: float
    width: float
    height: float
    manners: str

    def xml(self) -> str:
        size = f'length="{self.length:.3f}" width="{self.width:.3f}" height="{self.height:.3f}"'
        return f'<vType id="{self.id}" vClass="{self.sumo_class}" {size} {self.manners}/>'


FLEET = (
    # style, class, share, length, width, height, acceleration
    ("car", "passenger", 0.62, (4.0, 5.0), (1.75, 1.95), (1.4, 1.55), 2.2),
    ("suv", "passenger", 0.16, (4.6, 5.2), (1.9, 2.05), (1.7, 1.9), 2.0),
    ("van", "passenger", 0.06, (5.0, 5.9), (1.95, 2.1), (2.0, 2.5), 1.7),
    ("truck", "truck", 0.05, (7.0, 9.5), (2.3, 2.5), (3.0, 3.5), 1.2),
    ("bus", "bus", 0.03, (11.0, 12.0), (2.5, 2.55), (3.0, 3.2), 1.2),
    ("moto", "motorcycle", 0.03, (2.0, 2.3), (0.75, 0.9), (1.5, 1.65), 2.4),
    ("bicycle", "bicycle", 0.05, (1.6, 1.85), (0.5, 0.7), (1.65, 1.8), 1.0),
)


EGO_MANNERS = {
    "carFollowModel": "EIDM", "accel": 2.0, "decel": 2.6, "emergencyDecel": 8, "tau": 1.2, "minGap": 2.8,
    "speedFactor": 1.0, "speedDev": 0, "sigmagap": 0, "sigmaerror": 0, "sigmaleader": 0, "lcKeepRight": 0,
    "lcSpeedGain": 0.6, "impatience": 0, "jmTimegapMinor": 2.5,
    "jmStoplineGap": 1.5, "jmStoplineCrossingGap": 1.5,
}  # fmt: skip
"""Brisk but smooth: what a scored human drive should look like."""
SLOW_MANNERS = {"carFollowModel": "EIDM", "accel": 1.2, "decel": 3, "tau": 1.5, "maxSpeed": 4.5}
SLOW_SHARE = 0.03
VARIANTS = 4


def draw_types(random_: random.Random) -> tuple[dict[str, VehicleType], dict[str, float]]:
    """The ego's type, some of each kind in the fleet, a slow van, closures; and shares in traffic."""
    types, shares = [], {}
    for style, sumo_class, share, length, width, height, acceleration in FLEET:
        for number in range(VARIANTS):
            manners = _draw_manners(style, acceleration, random_)
            size = [random_.uniform(*bounds) for bounds in (length, width, height)]
            types.append(
                VehicleType(f"{style}{number}", style, sumo_class, size[0], size[1], size[2], manners)
            )
            shares[f"{style}{number}"] = share / VARIANTS
    shares["slow"] = SLOW_SHARE
    types += [
        VehicleType(
            EGO_TYPE, "suv", "passenger", PACIFICA.length_m, PACIFICA.width_m, 1.777, _attributes(EGO_MANNERS)
        ),
        VehicleType("slow", "van", "passenger", 5.2, 2.0, 2.3, _attributes(SLOW_MANNERS)),
        VehicleType(
            CLOSURE_TYPE, "closure", "passenger", CLOSURE_LENGTH_M, 2.2, 1.0, _attributes({"minGap": 1})
        ),
    ]
    return {kind.id: kind for kind in types}, shares


def _draw_manners(style: str, acceleration: float, random_: random.Random) -> str:
    """How one variant of a style drives: car-following model, gaps, speed, patience."""
    return _attributes(
        {
            "carFollowModel": "Krauss" if style == "bicycle" else "EIDM",
            "accel": round(acceleration * random_.uniform(0.85, 1.15), 2),
            "decel": round(random_.uniform(2.8, 3.8), 2),
            "emergencyDecel": 8,
            "tau": round(random_.uniform(1.1, 1.7), 2),
            "minGap": round(random_.uniform(2.0, 3.0), 2),
            "speedFactor": f"normc({random_.uniform(0.85, 1.05):.2f},0.08,0.6,1.25)",
            "lcKeepRight": 0.3,
            "impatience": 0,
            "jmTimegapMinor": round(random_.uniform(1.5, 2.5), 2),
        }
    )


def _attributes(values: dict[str, str | float]) -> str:
    return " ".join(f'{key}="{value}"' for key, value in values.items())
