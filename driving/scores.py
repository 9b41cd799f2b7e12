"""The sub-scores of EPDMS and how they make one number.

EPDMS = NC * DAC * DDC * TLC * (5 EP + 5 TTC + 2 LK + 2 HC + 2 EC) / 16, and / 14 without EC where
EC is not defined (no earlier frame of the same log within 0.55 s). Source: NAVSIM devkit v2.2.
"""

from dataclasses import dataclass, fields

import torch
from jaxtyping import Float
from torch import Tensor

OFFICIAL_COLUMNS = {
    "nc": "no_at_fault_collisions",
    "dac": "drivable_area_compliance",
    "ddc": "driving_direction_compliance",
    "tlc": "traffic_light_compliance",
    "ep": "ego_progress",
    "ttc": "time_to_collision_within_bound",
    "lk": "lane_keeping",
    "hc": "history_comfort",
    "ec": "two_frame_extended_comfort",
}
"""Our short names -> the devkit's CSV columns, in the devkit's order."""

MULTIPLIED = ("nc", "dac", "ddc", "tlc")
WEIGHTS = {"ep": 5.0, "ttc": 5.0, "lk": 2.0, "hc": 2.0, "ec": 2.0}


@dataclass(frozen=True)
class SubScores:
    """The nine sub-scores, each in [0, 1]. ``ec`` is NaN where it is not defined."""

    nc: Float[Tensor, "*batch"]
    dac: Float[Tensor, "*batch"]
    ddc: Float[Tensor, "*batch"]
    tlc: Float[Tensor, "*batch"]
    ep: Float[Tensor, "*batch"]
    ttc: Float[Tensor, "*batch"]
    lk: Float[Tensor, "*batch"]
    hc: Float[Tensor, "*batch"]
    ec: Float[Tensor, "*batch"]

    def epdms(self) -> Float[Tensor, "*batch"]:
        """The final score of every trajectory, in [0, 1]."""
        product = self.nc * self.dac * self.ddc * self.tlc
        has_ec = ~torch.isnan(self.ec)
        total = sum(weight * getattr(self, name) for name, weight in WEIGHTS.items() if name != "ec")
        total = total + WEIGHTS["ec"] * torch.nan_to_num(self.ec, nan=0.0)
        weight_sum = sum(WEIGHTS.values()) - WEIGHTS["ec"] * (~has_ec).to(total.dtype)
        return product * total / weight_sum

    def stacked(self) -> Float[Tensor, "*batch nine"]:
        """All sub-scores as one tensor, in the order of ``OFFICIAL_COLUMNS``."""
        return torch.stack([getattr(self, field.name) for field in fields(self)], dim=-1)

    @classmethod
    def from_stacked(cls, values: Float[Tensor, "*batch nine"]) -> "SubScores":
        """The inverse of ``stacked``."""
        return cls(*values.unbind(dim=-1))
