"""The exact scorer on drawn scenes: it is its slow twin, and what should not matter does not.

The examples are the same at every run that imports the same modules (Hypothesis draws their constants,
too). ``DRAWN_SCENES=20`` draws twenty times as many, other ones each time, and shrinks what fails:

    DRAWN_SCENES=20 pytest tests/reward_wm/epdms/test_drawn_scenes.py --timeout 0 --hypothesis-show-statistics
"""

import math
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
import torch
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from driving.scene import Scene
from driving.trajectory import Trajectory
from reward_wm.epdms import (
    PreparedScene,
    SceneScores,
    ScorerConfig,
    extended_comfort,
    prepare_scene,
    score,
    score_scene,
)
from reward_wm.epdms.pdm_closed.route import correct_route, logged_route, route_lanes
from tests.reference.knife_edges import KnifeEdges
from tests.reference.slow_comfort import slow_extended_comfort
from tests.reference.slow_score import Reference, SlowScore, final_score, slow_score
from tests.reward_wm.epdms.changed_scenes import changed, placed_scene, reordered, with_far_agents
from tests.reward_wm.epdms.drawn_scenes import SAMPLINGS, DrawnLog, drawn_logs

CONFIG = ScorerConfig()
TIMES_AS_MANY = int(os.environ.get("DRAWN_SCENES", "1"))
DISCRETE = ("nc", "dac", "ddc", "tlc", "ttc", "lk", "hc")
ROUNDING = 1e-12
"""Products of matrices of another height may differ in the last bits."""


def examples(count: int) -> settings:
    """So many scenes, more if asked for; only a long search takes its time to shrink what fails."""
    searching = TIMES_AS_MANY > 1
    return settings(
        max_examples=count * TIMES_AS_MANY,
        derandomize=not searching,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink) if searching else (Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@examples(40)
@given(drawn_logs())
def test_the_fast_scorer_is_its_slow_twin(log: DrawnLog) -> None:
    edges, pairs = KnifeEdges(), []
    for scene, poses in ((log.before, log.poses_before), (log.now, log.poses_now)):
        prepared = prepare_scene(scene)
        fast = score_scene(prepared, poses, log.interval_s, CONFIG)
        slow = slow_score(scene, _reference(scene, prepared), poses.numpy(), log.interval_s, edges)
        pairs.append((fast, slow))
    (fast_before, slow_before), (fast_now, slow_now) = pairs
    slow_ec = [slow_extended_comfort(a.states, b.states, edges) for a, b in zip(slow_now, slow_before)]
    assume(not edges.close)
    fast_ec = extended_comfort(fast_now.states, fast_before.states)
    assert fast_ec.tolist() == slow_ec
    _assert_same(fast_before, slow_before, [None] * len(slow_before))
    _assert_same(fast_now, slow_now, slow_ec)


def _reference(scene: Scene, prepared: PreparedScene) -> Reference:
    ego = scene.current.ego_pose_in_map
    lanes = route_lanes(scene.map, correct_route(scene.map, logged_route(scene), ego))
    return Reference(lanes, prepared.world.centreline.numpy(), prepared.reference_tracked.numpy())


def _assert_same(fast: SceneScores, slow: list[SlowScore], slow_ec: Sequence[float | None]) -> None:
    for row, (twin, ec) in enumerate(zip(slow, slow_ec, strict=True)):
        for scores, expected in ((fast.unfiltered, twin.unfiltered), (fast.sub_scores, twin.filtered)):
            got = {name: getattr(scores, name)[row].item() for name in DISCRETE}
            assert got == {name: expected[name] for name in DISCRETE}
            assert abs(scores.ep[row].item() - expected["ep"]) <= 1e-9
            known = math.nan if ec is None else ec
            total = replace(scores, ec=torch.full_like(scores.ec, known)).epdms()[row].item()
            assert abs(total - final_score(expected | ({} if ec is None else {"ec": ec}))) <= 1e-9
        assert abs(fast.raw_progress_m[row].item() - twin.raw_progress_m) <= 1e-9
        for name in DISCRETE:
            event(f"{name} {twin.unfiltered[name]}")


@examples(15)
@given(drawn_logs(), st.floats(-1000.0, 1000.0), st.floats(-1000.0, 1000.0), st.floats(-3.2, 3.2))
def test_a_rigid_motion_changes_nothing(log: DrawnLog, x: float, y: float, turn: float) -> None:
    prepared = prepare_scene(log.now)
    _assume_clear(log.now, prepared, log)
    here = score_scene(prepared, log.poses_now, log.interval_s, CONFIG)
    moved = prepare_scene(placed_scene(log.now, np.array([x, y, turn])))
    there = score_scene(moved, log.poses_now, log.interval_s, CONFIG)
    assert _discrete(here).equal(_discrete(there))
    assert _near(here.sub_scores.ep, there.sub_scores.ep, 1e-6)


@examples(15)
@given(drawn_logs(max_plans=4))
def test_a_batch_is_its_single_proposals(log: DrawnLog) -> None:
    prepared = prepare_scene(log.now)
    batch = score_scene(prepared, log.poses_now, log.interval_s, CONFIG)
    for row, poses in enumerate(log.poses_now):
        alone = score_scene(prepared, poses[None], log.interval_s, CONFIG)
        _assert_equal(batch, alone, [row])


@examples(15)
@given(drawn_logs(max_plans=4))
def test_proposals_do_not_influence_each_other(log: DrawnLog) -> None:
    """The same ones in another order among wilder ones."""
    prepared = prepare_scene(log.now)
    one = score_scene(prepared, log.poses_now, log.interval_s, CONFIG)
    wild = torch.cat([-2.0 * log.poses_now, log.poses_now.flip(0), 3.0 * log.poses_now])
    among = score_scene(prepared, wild, log.interval_s, CONFIG)
    count = len(log.poses_now)
    _assert_equal(among, one, [2 * count - 1 - row for row in range(count)])


@examples(15)
@given(drawn_logs(), st.randoms(use_true_random=False))
def test_neither_the_order_of_agents_nor_far_ones_matter(log: DrawnLog, random: Random) -> None:
    order = list(range(20))
    random.shuffle(order)
    one = score_scene(prepare_scene(log.now), log.poses_now, log.interval_s, CONFIG)
    for change in (lambda frame: reordered(frame, order), with_far_agents):
        scene = changed(log.now, change)
        other = score_scene(prepare_scene(scene), log.poses_now, log.interval_s, CONFIG)
        _assert_equal(other, one, list(range(len(log.poses_now))))


@examples(10)
@given(st.sampled_from(SAMPLINGS).flatmap(lambda one: st.tuples(*[drawn_logs(4, [one])] * 2)))
def test_scenes_in_a_padded_batch_score_as_each_alone(logs: tuple[DrawnLog, DrawnLog]) -> None:
    """Different numbers of proposals, filled up with standing still."""
    log, other = logs
    scenes = [prepare_scene(scene) for scene in (log.now, other.before)]
    rows = [log.poses_now, other.poses_before]
    poses = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    together = score(scenes, Trajectory(poses, log.interval_s), CONFIG).stacked()
    for found, scene, own in zip(together, scenes, rows, strict=True):
        alone = score_scene(scene, own, log.interval_s, CONFIG).sub_scores.stacked()
        assert _near(found[: len(own)], alone, ROUNDING)


def test_drawn_scenes_show_every_verdict() -> None:
    """A generator in which a sub-score is always 1 would prove nothing."""
    counts: dict[str, dict[float, int]] = defaultdict(lambda: defaultdict(int))

    @examples(160)
    @given(drawn_logs(4))
    def count(log: DrawnLog) -> None:
        before, now = (
            score_scene(prepare_scene(scene), poses, log.interval_s, CONFIG)
            for scene, poses in ((log.before, log.poses_before), (log.now, log.poses_now))
        )
        rows = {name: getattr(now.unfiltered, name) for name in DISCRETE}
        rows |= {"ec": extended_comfort(now.states, before.states), "ep": now.unfiltered.ep.round()}
        rows |= {"pardon": (now.sub_scores.stacked() != now.unfiltered.stacked())[:, :8].any(dim=1)}
        for name, values in rows.items():
            for value in values.tolist():
                counts[name][float(value)] += 1

    count()
    print({name: dict(sorted(found.items())) for name, found in counts.items()})
    for name, found in counts.items():
        wanted = {0.0, 0.5, 1.0} if name in ("nc", "ddc") else {0.0, 1.0}
        assert wanted == set(found), name
        assert min(found.values()) >= 0.01 * sum(found.values()), name


def _assume_clear(scene: Scene, prepared: PreparedScene, log: DrawnLog) -> None:
    """Give the example up where rounding could decide."""
    edges = KnifeEdges()
    slow_score(scene, _reference(scene, prepared), log.poses_now.numpy(), log.interval_s, edges)
    assume(not edges.close)


def _assert_equal(scores: SceneScores, expected: SceneScores, rows: Sequence[int]) -> None:
    """``rows`` of ``scores`` are all of ``expected``."""
    index = list(rows)
    for got, wanted in ((scores.sub_scores, expected.sub_scores), (scores.unfiltered, expected.unfiltered)):
        for name in DISCRETE:
            assert getattr(got, name)[index].equal(getattr(wanted, name)), name
        assert _near(got.ep[index], wanted.ep, ROUNDING)
    assert _near(scores.states[index], expected.states, ROUNDING)


def _discrete(scores: SceneScores) -> torch.Tensor:
    parts = [getattr(some, name) for some in (scores.unfiltered, scores.sub_scores) for name in DISCRETE]
    return torch.stack(parts)


def _near(a: torch.Tensor, b: torch.Tensor, within: float) -> bool:
    return torch.allclose(a, b, rtol=0.0, atol=within, equal_nan=True)
