"""Observations and labels are joined by token."""

from pathlib import Path

import pytest
import torch

from driving.errors import DataError
from driving.observation import TENSOR_FIELDS, Observation
from driving.targets import Example
from driving.trajectory import Trajectory
from reward_wm.labels.collect import CollectConfig, OpenLog, collect
from reward_wm.labels.label_dataset import LabelledDataset, LabelStore, stack_labelled
from reward_wm.labels.label_file import ExactScores, Judge
from reward_wm.labels.proposals import ProposalConfig, Source
from reward_wm.labels.scene_facts import scene_facts
from reward_wm.model.module import label_counts
from tests import worlds
from tests.reward_wm.labels.test_proposals import vocabulary
from tests.reward_wm.model.toys import toy_example, toy_observation
from tests.reward_wm.rough_judge import rough_judge

SCENES = {scene.log_name: scene for scene in (worlds.straight_road(), worlds.stopped_car_ahead())}


class Seen:
    """Three observed scenes, of which the first has no labels."""

    def __init__(self) -> None:
        self.tokens = ["unlabelled", *(scene.token for scene in SCENES.values())]
        self._observation = toy_observation(3)

    def __getitem__(self, index: int) -> Example:
        one = self._observation[index : index + 1]
        tensors = (getattr(one, name) for name in TENSOR_FIELDS)
        return toy_example(Observation((self.tokens[index],), *tensors))


def with_filter(judge: Judge) -> Judge:
    """A human that collides: the filter forgives every collision."""

    def filtered(token: str, poses: torch.Tensor) -> ExactScores:
        scores = judge(token, poses)
        forgiving = scores.unfiltered.stacked()
        forgiving[:, 0] = 1.0
        return ExactScores(
            scores.unfiltered,
            type(scores.unfiltered).from_stacked(forgiving),
            scores.raw_progress_m,
            scores.reference_progress_m,
        )

    return filtered


def labels(root: Path, names: list[str], forced_failures: int = 6) -> Path:
    def open_log(name: str) -> OpenLog:
        judge = with_filter(rough_judge(SCENES[name]))
        return OpenLog([scene_facts(SCENES[name])], judge, {})

    config = CollectConfig(ProposalConfig(2, 1, 2, forced_failures))
    return collect(root, names, open_log, vocabulary(), {}, config)


def test_scenes_with_labels_are_joined_in_the_observations_order(tmp_path: Path) -> None:
    dataset = LabelledDataset(Seen(), LabelStore([labels(tmp_path, list(SCENES))]))
    assert dataset.tokens == tuple(scene.token for scene in SCENES.values())
    item = dataset[1]
    assert item.example.observation.tokens == dataset.tokens[1:]
    assert item.labels.poses.shape == (1, 12, 8, 3)
    batch = stack_labelled([dataset[0], item])
    assert len(batch.example.observation) == 2
    assert isinstance(batch.labels.trajectories, Trajectory)
    assert torch.equal(batch.labels.poses[1:], item.labels.poses)


def test_collections_are_joined_and_padded(tmp_path: Path) -> None:
    first = labels(tmp_path, list(SCENES))
    second = labels(tmp_path, ["straight_road"], forced_failures=4)
    dataset = LabelledDataset(Seen(), LabelStore([first, second]))
    batch = stack_labelled([dataset[0], dataset[1]]).labels
    assert batch.real.sum(dim=1).tolist() == [22, 12]
    assert batch.values[1, 12:].isnan().all()
    assert (batch.source[1, 12:] == Source.PADDING).all()


def test_the_human_filter_is_a_choice(tmp_path: Path) -> None:
    folder, token = labels(tmp_path, list(SCENES)), SCENES["stopped_car_ahead"].token
    forgiven, strict = (LabelStore([folder], filtered).read(token) for filtered in (True, False))
    assert (forgiven.scores.nc == 1).all() and (strict.scores.nc == 0).any()
    assert torch.equal(forgiven.scores.hc, strict.scores.hc)
    counts = label_counts(LabelStore([folder], False), [token])
    assert counts[0].tolist() == [(strict.scores.nc == value).sum() for value in (0, 0.5, 1)]


def test_nothing_in_common_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no labels in"):
        LabelStore([tmp_path])
    store = LabelStore([labels(tmp_path, ["straight_road"])])
    seen = Seen()
    seen.tokens = ["a", "b", "c"]
    with pytest.raises(DataError, match="none of 3 observed"):
        LabelledDataset(seen, store)
