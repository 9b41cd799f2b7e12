"""Proposals as they were driven, and everything that happened to them: what the sub-scores read."""

from dataclasses import dataclass, replace

from jaxtyping import Float64
from torch import Tensor

from reward_wm.epdms.red_lights import RedLights
from reward_wm.epdms.roads import EgoArea, Roads, ego_area
from reward_wm.epdms.states import EgoBoxes
from reward_wm.epdms.traffic import Traffic


@dataclass(frozen=True)
class World:
    """What proposals are judged in. Scene frame."""

    roads: Roads
    centreline: Float64[Tensor, "V 2"]
    traffic: Traffic
    lights: RedLights


@dataclass(frozen=True)
class Rollout:
    """Simulated proposals in their world."""

    states: Float64[Tensor, "P T S"]
    ego: EgoBoxes
    area: EgoArea
    world: World

    @classmethod
    def of(cls, states: Float64[Tensor, "P T S"], world: World) -> "Rollout":
        """Work out boxes and areas of simulated states."""
        ego = EgoBoxes.of(states)
        return cls(states, ego, ego_area(ego, states[..., :2], world.roads), world)

    def within(self, traffic: Traffic) -> "Rollout":
        """The same drives among other traffic."""
        return replace(self, world=replace(self.world, traffic=traffic))

    def repeat(self, count: int) -> "Rollout":
        """One drive, ``count`` times."""
        ego = EgoBoxes(*(part.expand(count, *part.shape[1:]) for part in vars(self.ego).values()))
        area = EgoArea(*(part.expand(count, *part.shape[1:]) for part in vars(self.area).values()))
        return Rollout(self.states.expand(count, -1, -1), ego, area, self.world)
