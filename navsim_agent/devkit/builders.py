"""The devkit's feature and target builders: what its dataset caching and its training ask for.

Importable only where the devkit is installed.
"""

# pyright: reportMissingImports=false

from dataclasses import asdict
from pathlib import Path

from navsim.common.dataclasses import AgentInput, Scene
from navsim.planning.training.abstract_feature_target_builder import (
    AbstractFeatureBuilder,
    AbstractTargetBuilder,
)
from torch import Tensor

from driving.data.cache_files import fingerprint
from driving.data.data_config import DataConfig
from driving.data.make_targets import make_lesson
from driving.data.splits import root_of_environment
from driving.observation_config import ObservationConfig
from navsim_agent.devkit.agent_input import observe_agent_input
from navsim_agent.devkit.scene import scene_of
from navsim_agent.devkit.tensors import to_features, to_targets


class ObservationBuilder(AbstractFeatureBuilder):
    """What the planner sees."""

    def __init__(self, config: ObservationConfig) -> None:
        super().__init__()
        self._config = config

    def get_unique_name(self) -> str:
        """Changes with cameras and picture size, so that a cache made for others is not taken."""
        return f"irl_vla_observation_{_fingerprint(self._config)}"

    def compute_features(self, agent_input: AgentInput) -> dict[str, Tensor]:
        """Tensors of an Observation without batch dimension."""
        return to_features(observe_agent_input(agent_input, self._config))


class LessonBuilder(AbstractTargetBuilder):
    """What a scene teaches; needs the maps in NUPLAN_MAPS_ROOT."""

    def __init__(self, config: DataConfig) -> None:
        super().__init__()
        self._config = config

    def get_unique_name(self) -> str:
        """Changes with the sizes of the targets."""
        return f"irl_vla_lesson_{_fingerprint(self._config)}"

    def compute_targets(self, scene: Scene) -> dict[str, Tensor]:
        """Tensors of a Lesson without batch dimension. DataError where the scene can't teach."""
        maps_root: Path = root_of_environment("NUPLAN_MAPS_ROOT")
        return to_targets(make_lesson(scene_of(scene, maps_root), self._config))


def _fingerprint(config: ObservationConfig) -> str:
    return fingerprint(asdict(config))[:8]
