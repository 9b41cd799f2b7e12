"""From a scene to what PDMS needs of it: world, and PDM-Closed as PDMS chooses it.

Unlike in EPDMS, agents that overlap the ego at the start stay.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from driving.errors import DataError
from driving.scene import Scene
from reward_wm.epdms.log_replay import SAMPLES_A_FRAME, current_state, logged_tracks, replay_red_lights
from reward_wm.epdms.pdm_closed.planner import plan_pdm_closed
from reward_wm.epdms.prepare import resample
from reward_wm.epdms.rollout import Rollout, World
from reward_wm.epdms.simulate import simulate
from reward_wm.pdms.rules import TRAFFIC_SAMPLES, judge_pdms, rate_together

FUTURE_FRAMES = TRAFFIC_SAMPLES // SAMPLES_A_FRAME


@dataclass(frozen=True)
class PreparedPdms:
    """The constants of one scene."""

    token: str
    log_name: str
    timestamp_us: int
    start: Float64[Tensor, "S"]
    """The logged state that every simulation starts in."""
    world: World
    """Traffic lasts 5 s; there are no lights."""
    reference_progress_m: Float64[Tensor, ""]
    """PDM-Closed's raw progress times its NC and DAC."""


def prepare_pdms(scene: Scene) -> PreparedPdms:
    """Work out the constants of a scene.

    Raises DataError where the route is empty or not on the map, or the log ends before 5 s.
    """
    if len(scene.future) < FUTURE_FRAMES:
        raise DataError(
            f"scene {scene.token}: {len(scene.future)} frames after the current one, "
            f"PDMS needs {FUTURE_FRAMES}"
        )
    start, time_us = current_state(scene), scene.current.timestamp_us
    plan = plan_pdm_closed(scene, start, rate_together, TRAFFIC_SAMPLES)
    lights, _ = replay_red_lights(scene, ())
    world = World(plan.roads, plan.centreline, logged_tracks(scene, TRAFFIC_SAMPLES).traffic, lights)
    states = simulate(resample(plan.poses, time_us)[None], start[None])
    reference = judge_pdms(Rollout.of(states, world))
    progress = reference.masked_progress_m[0]
    return PreparedPdms(scene.token, scene.log_name, time_us, start, world, torch.clone(progress))
