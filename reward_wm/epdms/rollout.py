"""Proposals as they were driven, and everything that happened to them: what the sub-scores read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from reward_wm.epdms.centreline import PackedLines
from reward_wm.epdms.red_lights import PackedRedLights, RedLights
from reward_wm.epdms.roads import EgoArea, PackedRoads, Roads, ego_area
from reward_wm.epdms.states import EgoBoxes
from reward_wm.epdms.traffic import PackedTraffic, Traffic


@dataclass(frozen=True)
class World:
    """What proposals are judged in. Scene frame."""

    roads: Roads
    centreline: Float64[Tensor, "V 2"]
    traffic: Traffic
    lights: RedLights


@dataclass(frozen=True)
class PackedWorlds:
    """Many of them on a device, and which of them each proposal is in."""

    roads: PackedRoads
    centreline: PackedLines
    traffic: PackedTraffic
    lights: PackedRedLights

    @classmethod
    def of(cls, worlds: Sequence[World], device: torch.device) -> "PackedWorlds":
        """Pack worlds, for one proposal each."""
        owner = torch.arange(len(worlds), device=device)
        return cls(
            PackedRoads.of([world.roads for world in worlds], owner),
            PackedLines.of([world.centreline for world in worlds], owner),
            PackedTraffic.of([world.traffic for world in worlds], owner),
            PackedRedLights.of([world.lights for world in worlds], owner),
        )

    def owned_by(self, owner: Int64[Tensor, "P"]) -> "PackedWorlds":
        """The same for proposals of these worlds."""
        return PackedWorlds(
            replace(self.roads, owner=owner),
            replace(self.centreline, owner=owner),
            replace(self.traffic, placed=replace(self.traffic.placed, owner=owner)),
            replace(self.lights, owner=owner),
        )


@dataclass(frozen=True)
class Rollout:
    """Simulated proposals in their world."""

    states: Float64[Tensor, "P T S"]
    ego: EgoBoxes
    area: EgoArea
    world: World | PackedWorlds

    @classmethod
    def of(cls, states: Float64[Tensor, "P T S"], world: World | PackedWorlds) -> "Rollout":
        """Work out boxes and areas of simulated states."""
        ego = EgoBoxes.of(states)
        return cls(states, ego, ego_area(ego, states[..., :2], world.roads), world)

    @cached_property
    def line(self) -> PackedLines:
        """The centreline of each proposal."""
        if isinstance(self.world, PackedWorlds):
            return self.world.centreline
        alone = torch.zeros(len(self.states), dtype=torch.int64)
        return PackedLines.of([self.world.centreline], alone)

    def within(self, traffic: Traffic) -> "Rollout":
        """The same drives among other traffic."""
        return replace(self, world=replace(self.world, traffic=traffic))

    def repeat(self, count: int) -> "Rollout":
        """One drive, ``count`` times."""
        ego = EgoBoxes(*(part.expand(count, *part.shape[1:]) for part in vars(self.ego).values()))
        area = EgoArea(*(part.expand(count, *part.shape[1:]) for part in vars(self.area).values()))
        return Rollout(self.states.expand(count, -1, -1), ego, area, self.world)
