"""A planner of ours as an agent of the official devkit, whose scripts run it as they are.

    python run_pdm_score_one_stage.py agent=irl_vla_agent agent.checkpoint_path=FOLDER \\
        'hydra.searchpath=[pkg://navsim.planning.script.config.common,pkg://navsim_agent.devkit.config]' ...

Importable only where the devkit is installed. The plan is the one that ``irl-vla evaluate`` makes: same
observation, same candidates, same choice. It always lies on the CPU, whatever the network runs on.
"""

# pyright: reportMissingImports=false

from collections.abc import Mapping
from typing import Any

import numpy as np
from navsim.agents.abstract_agent import AbstractAgent
from navsim.common.dataclasses import AgentInput, SensorConfig, Trajectory
from nuplan.planning.simulation.trajectory.trajectory_sampling import TrajectorySampling
from torch import Tensor

import planner as planners
from driving.data.data_config import DataConfig
from driving.training.checkpoint import read_observation_config
from driving.trajectory import check_poses
from driving.types import CAMERA_NAMES, HISTORY_FRAMES, PLAN_INTERVAL_S, PLAN_POSES
from navsim_agent.agents.device import choose_device
from navsim_agent.agents.planner_agent import PlannerAgent, Select
from navsim_agent.devkit.agent_input import observe_agent_input
from navsim_agent.devkit.builders import LessonBuilder, ObservationBuilder
from navsim_agent.devkit.keep_checkpoint import KeepCheckpoint
from navsim_agent.devkit.learning import LearningConfig, example_loss, plan_error_m
from navsim_agent.devkit.tensors import from_features, to_example
from navsim_agent.rewards import check_same_view, load_learned_reward
from planner import VlaPlanner
from planner.hub import local_folder
from planner.imitation.optimiser import adamw_with_cosine


class IrlVlaAgent(AbstractAgent):
    """Drives, and learns on, by the devkit's rules."""

    def __init__(
        self,
        trajectory_sampling: TrajectorySampling,
        checkpoint_path: str,
        select: str = "planner",
        reward_checkpoint_path: str | None = None,
        device: str = "auto",
        learning: Mapping[str, Any] | None = None,
    ) -> None:
        """``checkpoint_path``: a folder of `irl-vla imitate`, `ppo` or `publish`, or hub://owner/name@revision;
        weights are read at once.

        ``select``: who chooses among the planner's candidates, ``planner`` or ``reward_model`` (which
        needs ``reward_checkpoint_path``, of the same forms). ``device``: where planning runs in
        evaluation, ``cpu``, ``cuda``, or ``auto``, which takes a GPU that the process can see.
        ``learning``: fields of ``LearningConfig``.

        Raises DataError where a checkpoint is missing or broken, ValueError for a wrong option.
        """
        super().__init__(trajectory_sampling)
        _check_sampling(trajectory_sampling)
        self._select = _selection(select, reward_checkpoint_path)
        self._checkpoint, self._reward_checkpoint = checkpoint_path, reward_checkpoint_path
        self._device = choose_device(device)
        self._learning = LearningConfig.of(learning or {})
        folder = local_folder(checkpoint_path)
        self._observed = read_observation_config(folder)
        self._planner = planners.load(folder)
        self._driver: PlannerAgent | None = None
        self.train()  # a planner comes ready to drive; Lightning trains modules in the mode it finds them in

    def name(self) -> str:
        """In the names of the devkit's result files."""
        return "irl_vla_agent"

    def get_sensor_config(self) -> SensorConfig:
        """The cameras that the checkpoint was trained with, at the current frame; nothing else."""
        now = [HISTORY_FRAMES - 1]
        cameras = {name.lower(): now if name in self._observed.cameras else False for name in CAMERA_NAMES}
        return SensorConfig(lidar_pc=False, **cameras)

    def initialize(self) -> None:
        """Get ready to drive: planner, and reward model where that chooses, on their device.

        Raises DataError where the reward model is missing, broken, or was trained on other pictures.
        """
        reward = None
        if self._select is Select.REWARD_MODEL and self._reward_checkpoint is not None:
            folder = local_folder(self._reward_checkpoint)
            check_same_view(folder, self._observed)
            reward = load_learned_reward(folder).to(self._device)
        driver = self._planner.to(self._device).eval()
        self._driver = PlannerAgent(self.name(), driver, self._select, reward, device=self._device)

    def compute_trajectory(self, agent_input: AgentInput) -> Trajectory:
        """The chosen candidate: 8 poses at 2 Hz, rear axle, ego frame, float32 on the CPU.

        Raises ValueError for one with NaN or infinite values.
        """
        if self._driver is None:
            self.initialize()
        assert self._driver is not None
        poses = self._driver.plan(observe_agent_input(agent_input, self._observed)).best().poses[0]
        check_poses(poses, self._checkpoint)
        return Trajectory(poses.numpy().astype(np.float32), self._trajectory_sampling)

    def get_feature_builders(self) -> list[ObservationBuilder]:
        return [ObservationBuilder(self._observed)]

    def get_target_builders(self) -> list[LessonBuilder]:
        return [LessonBuilder(self._taught())]

    def forward(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """``trajectory`` (B, 8, 3) outside of training.

        In training nothing: the loss looks at all candidates, and runs the network itself.
        """
        if self.training:
            return {}
        return {"trajectory": self._planner.plan(from_features(features)).best().poses}

    def compute_loss(
        self,
        features: Mapping[str, Tensor],
        targets: Mapping[str, Tensor],
        predictions: Mapping[str, Tensor],
    ) -> Tensor:
        """In training the imitation loss of `irl-vla imitate`; else how far the plan is off, in metres."""
        if not self.training:
            return plan_error_m(predictions["trajectory"], targets["expert"])
        return example_loss(self._planner, to_example(features, targets), self._learning)

    def get_optimizers(self) -> Any:
        """AdamW with warm-up and a cosine over ``learning.optimiser.steps`` steps."""
        return adamw_with_cosine(self._planner, self._learning.optimiser)

    def get_training_callbacks(self) -> list[KeepCheckpoint]:
        """One that leaves a checkpoint folder of ours in the run's folder after every epoch."""
        return [KeepCheckpoint(self._planner, self._observed, self._checkpoint)]

    def _taught(self) -> DataConfig:
        """What is observed, and targets that cover the planner's own grid."""
        if not isinstance(self._planner, VlaPlanner):
            return DataConfig(**vars(self._observed))
        area = self._planner.config.encoder.bev.area
        return DataConfig(**vars(self._observed), bev_extent_m=area.extent_m, bev_ahead_m=area.ahead_m)


def _check_sampling(sampling: TrajectorySampling) -> None:
    if sampling.num_poses != PLAN_POSES or sampling.interval_length != PLAN_INTERVAL_S:
        raise ValueError(
            f"trajectory_sampling of {sampling.num_poses} poses every {sampling.interval_length} s: "
            f"the planner makes {PLAN_POSES} every {PLAN_INTERVAL_S} s"
        )


def _selection(select: str, reward: str | None) -> Select:
    values = [one.value for one in Select]
    if select not in values:
        raise ValueError(f"select must be one of {', '.join(values)}, got {select!r}")
    if Select(select) is Select.REWARD_MODEL and reward is None:
        raise ValueError("select=reward_model needs reward_checkpoint_path")
    return Select(select)
