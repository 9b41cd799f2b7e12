"""The golden worlds: unpacked, and their scenes with the trajectories that were scored in them."""

import tarfile
from pathlib import Path

import numpy as np

from driving.data.assemble import load_log
from driving.data.splits import SceneFilter
from driving.scene import Scene


def unpack_world(name: str, folder: Path) -> Path:
    """``folder``, into which ``name``.tar.xz of this folder was unpacked."""
    with tarfile.open(Path(__file__).with_name(f"{name}.tar.xz")) as tar:
        tar.extractall(folder, filter="data")
    return folder


def read_world(root: Path) -> tuple[list[Scene], dict[str, np.ndarray]]:
    """Every scene of every log below ``root``, and ``trajectories.npz``."""
    every = SceneFilter(frame_interval=1)
    logs = sorted((root / "navsim_logs").glob("*.pkl"))
    scenes = [scene for log in logs for scene in load_log(log, root / "maps", every)]
    return scenes, dict(np.load(root / "trajectories.npz"))
