"""From the devkit's ``AgentInput`` to an Observation: the one that the raw log gives, bit for bit."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from jaxtyping import Float
from PIL import Image

from driving.data.assemble import CameraView, EgoHistory, observe
from driving.errors import DataError
from driving.observation import Observation
from driving.observation_config import ObservationConfig
from driving.types import HISTORY_FRAMES


class EgoStatusLike(Protocol):
    """The devkit's ``EgoStatus``; poses of an agent input are relative to the current one."""

    ego_pose: np.ndarray
    ego_velocity: np.ndarray
    ego_acceleration: np.ndarray
    driving_command: np.ndarray


class CameraLike(Protocol):
    """The devkit's ``Camera``; one that was not asked for has no picture."""

    image: np.ndarray | None
    intrinsics: np.ndarray | None
    sensor2lidar_rotation: np.ndarray | None
    sensor2lidar_translation: np.ndarray | None


class AgentInputLike(Protocol):
    """The devkit's ``AgentInput``: four frames, oldest first."""

    ego_statuses: Sequence[EgoStatusLike]
    cameras: Sequence[object]


def observe_agent_input(
    agent_input: AgentInputLike, config: ObservationConfig, token: str = ""
) -> Observation:
    """The observation (B = 1) that a planner makes its plan from.

    The devkit does not tell an agent which scene it is in, so ``token`` is for messages only. Raises
    DataError where frames or pictures are missing.
    """
    statuses = agent_input.ego_statuses
    if len(statuses) != HISTORY_FRAMES:
        raise DataError(f"agent input of {len(statuses)} frames, expected {HISTORY_FRAMES}")
    current = agent_input.cameras[-1]
    views = [_view(getattr(current, name.lower()), name) for name in config.cameras]
    return observe(token, views, ego_of_statuses(statuses), config)


def ego_of_statuses(statuses: Sequence[EgoStatusLike]) -> EgoHistory:
    """What four statuses say of the ego, whose poses are relative to the last one."""
    return EgoHistory(
        poses=_rows([status.ego_pose for status in statuses]),
        velocity=_rows([status.ego_velocity for status in statuses]),
        acceleration=_rows([status.ego_acceleration for status in statuses]),
        command=np.asarray(statuses[-1].driving_command, dtype=np.float32),
    )


def _view(camera: CameraLike, name: str) -> CameraView:
    if camera.image is None:
        raise DataError(f"agent input without a picture of {name}: is the sensor config the agent's own?")
    mount = camera.intrinsics, camera.sensor2lidar_rotation, camera.sensor2lidar_translation
    intrinsics, rotation, translation = (np.asarray(part, dtype=np.float64) for part in mount)
    return CameraView(
        np.asarray(Image.fromarray(camera.image).convert("RGB")), intrinsics, rotation, translation
    )


def _rows(values: Sequence[np.ndarray]) -> Float[np.ndarray, "n fields"]:
    return np.stack([np.asarray(value) for value in values])
