"""Scores of the first half seconds of a drive."""

from functools import cache

import numpy as np
import pytest
import torch

from reward_wm.epdms import PreparedScene, ScorerConfig, TrafficPolicy, prepare_scene, score_scene
from reward_wm.epdms.prefix import PREFIXES, prefix_scores
from tests import worlds
from tests.reference.slow_prefix import slow_prefix_scores

SCENES = {
    "stopped car": worlds.stopped_car_ahead(),
    "pedestrian": worlds.pedestrian_crosses(),
    "red light run": worlds.crossing_with_red_light(6.03, 15.07, stops=False),
    "left turn": worlds.turning_at_crossing("left"),
}
CONFIGS = {
    "log replay": ScorerConfig(),
    "unfiltered": ScorerConfig(human_filter=False),
    "reactive": ScorerConfig(traffic=TrafficPolicy.IDM),
}


@cache
def _prepared(name: str) -> PreparedScene:
    return prepare_scene(SCENES[name])


def _poses(count: int = 24) -> torch.Tensor:
    """Drives of many speeds and curvatures."""
    rng = np.random.default_rng(3)
    speed, curvature = rng.uniform(0, 14, (count, 1)), rng.normal(0, 0.04, (count, 1))
    distance = speed * 0.5 * np.arange(1, 9)
    heading = distance * curvature
    poses = np.stack([distance * np.cos(heading / 2), distance * np.sin(heading / 2), heading], axis=-1)
    return torch.from_numpy(poses)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", SCENES)
def test_each_prefix_equals_the_slow_twin(name: str, config: str) -> None:
    prepared, options = _prepared(name), CONFIGS[config]
    scores = score_scene(prepared, _poses(), 0.5, options)
    fast = prefix_scores(prepared, scores, options).sub_scores.stacked()
    assert fast.shape == (24, 8, 9)
    for half_seconds in range(1, 9):
        slow = slow_prefix_scores(prepared, scores, options, half_seconds)
        torch.testing.assert_close(fast[:, half_seconds - 1], slow, rtol=0, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", SCENES)
def test_the_whole_drive_has_the_official_score(name: str, config: str) -> None:
    prepared, options = _prepared(name), CONFIGS[config]
    scores = score_scene(prepared, _poses(), 0.5, options)
    prefix = prefix_scores(prepared, scores, options)
    assert torch.equal(prefix.sub_scores.epdms()[:, -1], scores.sub_scores.epdms())
    assert torch.equal(prefix.raw_progress_m[:, -1], scores.raw_progress_m)


def test_what_is_lost_stays_lost() -> None:
    """All but HC and EP; and every such sub-score is lost somewhere on the way."""
    lost = dict.fromkeys(("nc", "dac", "ddc", "tlc", "ttc", "lk"), False)
    for name in SCENES:
        prepared = _prepared(name)
        scores = score_scene(prepared, _poses(), 0.5, CONFIGS["unfiltered"])
        prefix = prefix_scores(prepared, scores, CONFIGS["unfiltered"]).sub_scores
        for one in lost:
            falls = torch.diff(getattr(prefix, one), dim=1)
            assert (falls <= 0).all(), one
            lost[one] |= bool((falls < 0).any())
    assert all(lost.values()), lost


def test_a_light_costs_from_the_half_second_on_in_which_it_is_run() -> None:
    prepared = _prepared("red light run")
    scores = score_scene(prepared, prepared.human_poses[None], 0.5, CONFIGS["unfiltered"])
    prefix = prefix_scores(prepared, scores, CONFIGS["unfiltered"]).sub_scores.tlc[0]
    first = int(scores.outcomes.tlc.first_failure[0])
    assert prefix.tolist() == [float(last < first) for last in PREFIXES]
    forgiven = prefix_scores(prepared, scores, CONFIGS["log replay"]).sub_scores.tlc[0]
    assert (forgiven == 1.0).all()
