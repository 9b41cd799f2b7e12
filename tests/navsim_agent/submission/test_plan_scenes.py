"""Plans are kept as they come: a stop costs one batch, and nobody's failure goes unnoticed."""

import errno
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch

from driving.errors import DataError
from driving.observation import Observation
from driving.observation_config import ObservationConfig
from driving.plan import Plan
from driving.trajectory import Trajectory
from navsim_agent.agents.constant_velocity import ConstantVelocityAgent
from navsim_agent.submission.partial_plans import PartialPlans
from navsim_agent.submission.plan_scenes import plan_scenes
from navsim_agent.submission.read_scenes import ObservedScene
from tests import worlds

BLIND = ObservationConfig(cameras=[])
FRAMES = worlds.straight_road().frames
SCENES = [ObservedScene(FRAMES[end - 4 : end], Path("nowhere")) for end in range(4, 14)]


@dataclass
class Interrupted:
    """Drives at constant velocity until somebody presses Ctrl-C in the batch that is numbered ``stop_at``."""

    stop_at: int
    seen: list[str] = field(default_factory=list)
    name: str = "interrupted"

    def plan(self, observation: Observation) -> Plan:
        if self.stop_at == 0:
            raise KeyboardInterrupt
        self.stop_at -= 1
        self.seen += observation.tokens
        return ConstantVelocityAgent().plan(observation)


@dataclass
class Constant:
    """Always the same poses."""

    poses: torch.Tensor
    interval_s: float = 0.5
    name: str = "constant"

    def plan(self, observation: Observation) -> Plan:
        poses = self.poses.expand(len(observation), 1, *self.poses.shape)
        return Plan(Trajectory(poses, self.interval_s), torch.zeros(len(observation), 1), ("",))


def test_a_run_that_was_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        plan_scenes(Interrupted(stop_at=2), SCENES, BLIND, PartialPlans(tmp_path), batch_size=3)
    kept = PartialPlans(tmp_path)
    assert len(kept.poses) == 6
    again = Interrupted(stop_at=99)
    plan_scenes(again, SCENES, BLIND, kept, batch_size=3)
    assert again.seen == [scene.token for scene in SCENES[6:]]
    in_one_go = PartialPlans(tmp_path / "in_one_go")
    plan_scenes(ConstantVelocityAgent(), SCENES, BLIND, in_one_go, batch_size=4)
    found = PartialPlans(tmp_path).poses
    assert list(found) == list(in_one_go.poses) == [scene.token for scene in SCENES]
    assert all(found[token].tobytes() == poses.tobytes() for token, poses in in_one_go.poses.items())


def test_a_full_disk_loses_nothing_that_was_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = PartialPlans(tmp_path)
    plan_scenes(ConstantVelocityAgent(), SCENES[:4], BLIND, plans, batch_size=4)

    def full(path: Path, content: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk, pytest.raises(OSError, match=r"No space left .*000001\.safetensors"):
        disk.setattr(Path, "write_bytes", full)
        plan_scenes(ConstantVelocityAgent(), SCENES, BLIND, plans, batch_size=4)
    assert [path.name for path in tmp_path.iterdir()] == ["000000.safetensors"]
    plan_scenes(ConstantVelocityAgent(), SCENES, BLIND, PartialPlans(tmp_path), batch_size=4)
    assert len(PartialPlans(tmp_path).poses) == len(SCENES)


def test_a_file_that_was_cut_short_is_planned_again(tmp_path: Path) -> None:
    plan_scenes(ConstantVelocityAgent(), SCENES, BLIND, PartialPlans(tmp_path), batch_size=4)
    cut = tmp_path / "000001.safetensors"
    cut.write_bytes(cut.read_bytes()[:40])
    again = Interrupted(stop_at=99)
    plan_scenes(again, SCENES, BLIND, PartialPlans(tmp_path), batch_size=4)
    assert again.seen == [scene.token for scene in SCENES[4:8]]
    assert len(PartialPlans(tmp_path).poses) == len(SCENES)


@pytest.mark.parametrize(
    ("agent", "message"),
    [
        (Constant(torch.full((8, 3), torch.nan)), "pose value nan"),
        (Constant(torch.zeros(6, 3)), "plans of 3 s, a leaderboard scores 4 s"),
        (Constant(torch.zeros(8, 3), interval_s=0.1), "plans of 0.8 s"),
        (Constant(torch.zeros(8, 3, dtype=torch.int64)), "must be floating point"),
    ],
)
def test_an_answer_that_no_server_could_score_ends_the_run_and_names_the_scenes(
    agent: Constant, message: str, tmp_path: Path
) -> None:
    plans = PartialPlans(tmp_path)
    with pytest.raises(DataError, match=message) as error:
        plan_scenes(agent, SCENES, BLIND, plans, batch_size=2)
    assert "agent 'constant', scene" in str(error.value) and SCENES[0].token in str(error.value)
    assert plans.poses == {} and not list(tmp_path.iterdir())


@dataclass
class Failing:
    """Drives at constant velocity, but for one scene."""

    token: str
    error: Exception | None = None
    """Raised at that scene; without, its plan is NaN."""
    name: str = "failing"

    def plan(self, observation: Observation) -> Plan:
        plan = ConstantVelocityAgent().plan(observation)
        if self.token in observation.tokens:
            if self.error is not None:
                raise self.error
            plan.trajectories.poses[observation.tokens.index(self.token), 0, 3, 2] = torch.nan
        return plan


def test_the_one_scene_without_a_plan_is_named_and_those_before_it_are_kept(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"agent 'failing', scene {SCENES[5].token}: pose value nan"):
        plan_scenes(Failing(SCENES[5].token), SCENES, BLIND, PartialPlans(tmp_path), batch_size=4)
    assert list(PartialPlans(tmp_path).poses) == [scene.token for scene in SCENES[:4]]


def test_an_agent_that_raises_is_one_line_and_what_was_planned_is_kept(tmp_path: Path) -> None:
    full = RuntimeError("CUDA out of memory.\nTried to allocate 2 GiB")
    with pytest.raises(DataError) as error:
        plan_scenes(Failing(SCENES[5].token, full), SCENES, BLIND, PartialPlans(tmp_path), batch_size=4)
    where = f"agent 'failing', scenes {SCENES[4].token} to {SCENES[7].token}"
    assert str(error.value) == f"{where}: RuntimeError: CUDA out of memory. Tried to allocate 2 GiB"
    assert len(PartialPlans(tmp_path).poses) == 4


def test_a_stranger_among_the_plans_is_in_nobodys_way(tmp_path: Path) -> None:
    plan_scenes(ConstantVelocityAgent(), SCENES[:4], BLIND, PartialPlans(tmp_path), batch_size=4)
    (tmp_path / "copy of 000000.safetensors").write_bytes(b"")
    plan_scenes(ConstantVelocityAgent(), SCENES, BLIND, PartialPlans(tmp_path), batch_size=4)
    assert len(PartialPlans(tmp_path).poses) == len(SCENES)


def test_the_chosen_candidate_is_kept_in_float32(tmp_path: Path) -> None:
    plans = PartialPlans(tmp_path)
    plan_scenes(Constant(torch.ones(8, 3, dtype=torch.float64)), SCENES[:1], BLIND, plans, batch_size=1)
    (poses,) = plans.poses.values()
    assert poses.dtype == np.float32 and poses.shape == (8, 3)


def test_a_batch_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        plan_scenes(ConstantVelocityAgent(), SCENES, BLIND, PartialPlans(tmp_path), batch_size=0)
