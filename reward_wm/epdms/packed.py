"""Many prepared scenes packed for a device, where they stay: trajectories go in, scores come out.

What differs in number between scenes is padded (agents, lights, vertices of centrelines, the past) or
laid one after the other (polygons). W scenes are packed; trajectories belong to B that are chosen of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from reward_wm.epdms.config import TrafficPolicy
from reward_wm.epdms.launch import check_device
from reward_wm.epdms.metrics.history_comfort import Pasts
from reward_wm.epdms.padding import stack_padded
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.reference_poses import sample_weights
from reward_wm.epdms.reference_progress import reference_progress
from reward_wm.epdms.rollout import PackedWorlds
from reward_wm.epdms.states import HEADING
from reward_wm.epdms.traffic_start import move_traffic


@dataclass(frozen=True)
class PackedScenes:
    """The constants of W scenes on a device, in traffic of one policy."""

    tokens: tuple[str, ...]
    timestamps_us: tuple[int, ...]
    policy: TrafficPolicy
    worlds: PackedWorlds
    start: Float64[Tensor, "W S"]
    direction: Float64[Tensor, "W 2"]
    """Cosine and sine of the ego's current heading."""
    history: Float64[Tensor, "W n S"]
    """The past; shorter ones are padded in front."""
    history_lengths: tuple[int, ...]
    forgiven: Bool[Tensor, "W nine"]
    """Sub-scores that the human-penalty filter sets to 1."""
    reference_progress_m: Float64[Tensor, "W"]
    """PDM-Closed's raw progress times the product of its multiplied sub-scores."""
    chosen: tuple[int, ...]
    """Whose the trajectories are, row by row."""
    _weights: dict[tuple[int, float], Float64[Tensor, "W T k"]] = field(default_factory=dict, repr=False)

    @property
    def device(self) -> torch.device:
        return self.start.device

    @property
    def chosen_tokens(self) -> tuple[str, ...]:
        return tuple(self.tokens[row] for row in self.chosen)

    @cached_property
    def rows(self) -> Int64[Tensor, "B"]:
        """``chosen``, on the device."""
        return torch.tensor(self.chosen, dtype=torch.int64, device=self.device)

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {token: row for row, token in enumerate(self.tokens)}

    def choose(self, tokens: Sequence[str]) -> "PackedScenes":
        """The same scenes, for trajectories of these. Raises KeyError with a token that is not packed."""
        return replace(self, chosen=tuple(self._row_of[token] for token in tokens))

    def weights(self, count: int, interval_s: float) -> Float64[Tensor, "W T k"]:
        """How the simulated samples lie between ``count`` poses and the current one."""
        if (count, interval_s) not in self._weights:
            each = [sample_weights(count, interval_s, time_us) for time_us in self.timestamps_us]
            self._weights[count, interval_s] = torch.stack(each).to(self.device)
        return self._weights[count, interval_s]

    def pasts(self, proposals: int) -> list[Pasts]:
        """What preceded so many proposals of each chosen scene, in groups of equal length."""
        lengths = np.array(self.history_lengths)[list(self.chosen)]
        groups = []
        for length in np.unique(lengths).tolist():
            places = torch.from_numpy(np.flatnonzero(lengths == length)).to(self.device)
            states = self.history[self.rows[places], self.history.shape[1] - length :]
            own = places[:, None] * proposals + torch.arange(proposals, device=self.device)
            groups.append(Pasts(own.flatten(), states.repeat_interleave(proposals, dim=0)))
        return groups


def pack_scenes(
    scenes: Sequence[PreparedScene],
    device: torch.device | str,
    policy: TrafficPolicy = TrafficPolicy.LOG_REPLAY,
) -> PackedScenes:
    """Pack scenes for a device, CPU or CUDA. Raises ValueError for none, for IDM, or for other devices."""
    device = torch.device(device)
    check_device(device)
    if not scenes:
        raise ValueError("there must be scenes to pack, got none")
    if policy is TrafficPolicy.IDM:
        raise ValueError("reactive traffic (IDM) is scored on the CPU, scene by scene: it cannot be packed")
    traffics = [
        move_traffic(scene.traffic_start, scene.world.traffic, scene.reference_states[None], policy)
        for scene in scenes
    ]
    worlds = [replace(scene.world, traffic=traffic) for scene, traffic in zip(scenes, traffics, strict=True)]
    reference = [reference_progress(*pair)[0] for pair in zip(scenes, traffics, strict=True)]
    headings = [float(scene.start[HEADING]) for scene in scenes]
    past = stack_padded([scene.history.flip(0) for scene in scenes]).flip(1)
    return PackedScenes(
        tokens=tuple(scene.token for scene in scenes),
        timestamps_us=tuple(scene.timestamp_us for scene in scenes),
        policy=policy,
        worlds=PackedWorlds.of(worlds, device),
        start=torch.stack([scene.start for scene in scenes]).to(device),
        direction=torch.from_numpy(np.stack([np.cos(headings), np.sin(headings)], axis=1)).to(device),
        history=past.to(device),
        history_lengths=tuple(len(scene.history) for scene in scenes),
        forgiven=torch.stack([scene.forgiven(policy) for scene in scenes]).to(device),
        reference_progress_m=torch.stack(reference).to(device),
        chosen=tuple(range(len(scenes))),
    )
