"""Labels by the exact scorer: candidates fail often enough, and none of them depends on the others."""

import pytest
import torch

from reward_wm.epdms.config import ScorerConfig, TrafficPolicy
from reward_wm.epdms.prepare import prepare_scene
from reward_wm.labels.exact_judge import exact_judge
from reward_wm.labels.label_file import SceneLabels, label_scene
from reward_wm.labels.proposals import Candidates, ProposalConfig, propose
from reward_wm.labels.scene_facts import scene_facts
from tests import worlds
from tests.reward_wm.labels.test_proposals import SCENES, vocabulary

MULTIPLIED = slice(0, 4)
PROGRESS = 4


def labels_of(scene: worlds.Scene) -> SceneLabels:
    judge = exact_judge({scene.token: prepare_scene(scene)}, ScorerConfig())
    candidates = propose(scene_facts(scene), vocabulary(), ProposalConfig())
    return label_scene(scene.token, candidates, judge)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.log_name)
def test_a_third_of_all_candidates_lose_a_multiplied_score(scene: worlds.Scene) -> None:
    filtered = labels_of(scene).filtered
    assert 0.3 < (filtered[:, MULTIPLIED] < 1).any(dim=1).float().mean() < 0.9
    assert (filtered[0, MULTIPLIED] == 1).all()


def test_progress_is_labelled_against_the_reference_alone() -> None:
    """The batch holds faster candidates than PDM-Closed; they must not lower anybody's progress."""
    scene = worlds.stopped_car_ahead()
    labels = labels_of(scene)
    assert labels.raw_progress_m.max() > labels.reference_progress_m > 5
    expected = (labels.raw_progress_m / labels.reference_progress_m).clamp(max=1).float()
    torch.testing.assert_close(labels.unfiltered[:, PROGRESS], expected)


def test_a_candidate_is_judged_alike_alone_and_among_others() -> None:
    scene = worlds.stopped_car_ahead()
    judge = exact_judge({scene.token: prepare_scene(scene)}, ScorerConfig())
    together = labels_of(scene)
    for k in range(0, len(together.candidates.source), 13):
        one = Candidates(together.candidates.poses[k : k + 1], together.candidates.source[k : k + 1])
        alone = label_scene(scene.token, one, judge)
        torch.testing.assert_close(
            alone.filtered, together.filtered[k : k + 1], equal_nan=True, rtol=0.0, atol=1e-6
        )


def test_an_unknown_scene_is_named() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        exact_judge({}, ScorerConfig())("nowhere", torch.zeros(1, 8, 3).double())


def test_reactive_traffic_is_refused() -> None:
    with pytest.raises(ValueError, match="IDM"):
        exact_judge({}, ScorerConfig(traffic=TrafficPolicy.IDM))
