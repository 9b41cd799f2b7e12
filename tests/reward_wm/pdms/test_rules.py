"""The sub-scores of PDMS where they differ from those of EPDMS."""

import numpy as np
import pytest
import torch
from scipy.signal import savgol_filter

from reward_wm.epdms import prepare_scene, score_scene
from reward_wm.epdms.config import ScorerConfig
from reward_wm.epdms.states import AX, HEADING
from reward_wm.pdms import prepare_pdms, score_pdms
from reward_wm.pdms.rules import comfort, judge_pdms, rate_together
from tests import worlds
from tests.reward_wm.epdms.hand_made import TIMES, agent, drive, rollout, traffic
from tests.world_maps import line


@pytest.mark.parametrize(("acceleration", "score"), [(2.3, 1.0), (2.5, 0.0), (-4.0, 1.0), (-4.1, 0.0)])
def test_bounds_of_the_forward_acceleration(acceleration: float, score: float) -> None:
    assert comfort(drive(acceleration=acceleration)[None]).item() == score


def test_a_short_jolt_is_forgotten_by_the_one_parabola() -> None:
    """As scipy says of the same signal."""
    states = drive()
    states[20, AX] = 8.0
    forward = savgol_filter(states[:, AX].numpy(), 41, 2)
    assert forward.max() < 2.4
    assert comfort(states[None]).item() == 1.0


def test_turning_counts() -> None:
    states = drive()
    states[:, HEADING] = 0.97 * TIMES
    assert comfort(states[None]).item() == 0.0


def test_time_to_collision_looks_beyond_the_fourth_second() -> None:
    """An agent enters the lane 4.2 s from now, 2 m before a bumper that does 10 m/s."""
    late = agent(x=48.0, y=0.0, speed=0.0)
    poses = torch.cat([late.poses, late.poses[:, -1:].expand(-1, 10, -1)], dim=1)
    present = torch.zeros(1, 51, dtype=torch.bool)
    present[:, 42:] = True
    late = type(late)(poses, present, late.half_size, late.is_road_user, late.is_stopped)
    among = rollout(drive(10.0)).within(late)
    assert judge_pdms(among).ttc.item() == 0.0
    short = type(late)(poses[:, :41], present[:, :41], late.half_size, late.is_road_user, late.is_stopped)
    assert judge_pdms(among.within(short)).ttc.item() == 1.0


def test_progress_is_what_penalties_leave() -> None:
    """Alone among itself: the one who collides has none, even where nobody gets far."""
    fast, hit = drive(10.0), drive(10.0, y=0.3)
    verdict = judge_pdms(rollout(fast, hit))
    dead = type(verdict)(
        nc=torch.tensor([1.0, 0.0]),
        dac=torch.ones(2),
        ttc=torch.ones(2),
        comfort=torch.ones(2),
        ddc=torch.ones(2),
        masked_progress_m=torch.tensor([4.0, 0.0]),
    )
    assert dead.progress(dead.masked_progress_m.max()[None]).tolist() == [1.0, 0.0]
    far = type(verdict)(**(vars(dead) | {"masked_progress_m": torch.tensor([40.0, 10.0])}))
    assert far.progress(far.masked_progress_m.max()[None]).tolist() == [1.0, 0.25]


def test_the_best_of_a_batch_is_rated_highest() -> None:
    ratings = rate_together(rollout(drive(10.0), drive(2.0), agents=traffic()))
    assert ratings[0] > ratings[1]


def test_who_overlaps_the_ego_stays_in_the_world() -> None:
    """EPDMS takes an agent out that stands in the ego at the start; PDMS has it collide."""
    road = line((-60.0, 0.0), (240.0, 0.0))
    inside = worlds.Actor("inside", "vehicle", worlds.Drive(road, 60.0 + 3.0, 0.0))
    scene = worlds.straight_road(8.0, 0.0, (inside,), "inside")
    poses = torch.from_numpy(np.array([[[4.0 * k, 0.0, 0.0] for k in range(1, 9)]]))
    assert (
        score_scene(prepare_scene(scene), poses, 0.5, ScorerConfig(human_filter=False)).sub_scores.nc == 1.0
    )
    assert score_pdms(prepare_pdms(scene), poses, 0.5).nc == 0.0
