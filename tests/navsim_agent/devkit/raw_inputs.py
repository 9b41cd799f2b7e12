"""What the devkit hands to agents and builders, made from raw log frames in its own way, step by step."""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pyquaternion import Quaternion

from tests.navsim_agent.devkit.stand_ins import (
    AgentInput,
    Annotations,
    Camera,
    Cameras,
    EgoStatus,
    Frame,
    Scene,
    SceneMetadata,
    SensorConfig,
)

HISTORY = 4


def raw_frames(path: Path) -> list[dict[str, Any]]:
    """A log of the tests' own making."""
    with path.open("rb") as file:
        return pickle.load(file)


def agent_input(window: Sequence[dict[str, Any]], sensor_root: Path, config: SensorConfig) -> AgentInput:
    """Of a window whose fourth frame is the current one."""
    history = window[:HISTORY]
    poses = relative_poses(np.stack([global_pose(raw) for raw in history]))
    statuses = [ego_status(raw, pose.astype(np.float32)) for raw, pose in zip(history, poses, strict=True)]
    cameras = [load_cameras(raw, sensor_root, config, step) for step, raw in enumerate(history)]
    return AgentInput(statuses, cameras, [None] * HISTORY)


def scene(window: Sequence[dict[str, Any]], annotated: bool = True) -> Scene:
    """With the future, without pictures."""
    current = window[HISTORY - 1]
    metadata = SceneMetadata(
        current["log_name"],
        current["scene_token"],
        current["map_location"],
        current["token"],
        HISTORY,
        len(window) - HISTORY,
    )
    return Scene(metadata, None, [_frame(raw, annotated) for raw in window])


def _frame(raw: dict[str, Any], annotated: bool) -> Frame:
    boxes = raw["anns"]
    annotations = Annotations(
        boxes["gt_boxes"],
        boxes["gt_names"],
        boxes["gt_velocity_3d"],
        boxes["instance_tokens"],
        boxes["track_tokens"],
    )
    return Frame(
        raw["token"],
        raw["timestamp"],
        raw["roadblock_ids"],
        raw["traffic_lights"],
        annotations if annotated else None,
        ego_status(raw, global_pose(raw)),
        None,
        Cameras(),
    )


def global_pose(raw: dict[str, Any]) -> np.ndarray:
    x, y = raw["ego2global_translation"][:2]
    return np.array([x, y, Quaternion(*raw["ego2global_rotation"]).yaw_pitch_roll[0]])


def relative_poses(poses: np.ndarray) -> np.ndarray:
    """In the frame of the last one."""
    angle = -poses[-1, 2]
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = poses - poses[-1:]
    moved[..., :2] = moved[..., :2] @ rotation.T
    moved[:, 2] = np.arctan2(np.sin(moved[:, 2]), np.cos(moved[:, 2]))
    return moved


def ego_status(raw: dict[str, Any], pose: np.ndarray) -> EgoStatus:
    state = np.array(raw["ego_dynamic_state"], dtype=np.float32)
    return EgoStatus(pose, state[:2], state[2:], raw["driving_command"])


def load_cameras(raw: dict[str, Any], sensor_root: Path, config: SensorConfig, step: int) -> Cameras:
    """Only those that the config asks for at that step of the history."""
    loaded = {}
    for name, wanted in vars(config).items():
        if name.startswith("cam_") and (wanted is True or (wanted and step in wanted)):
            record = raw["cams"][name.upper()]
            loaded[name] = Camera(
                np.array(Image.open(sensor_root / record["data_path"])),
                record["sensor2lidar_rotation"],
                record["sensor2lidar_translation"],
                record["cam_intrinsic"],
            )
    return Cameras(**loaded)
