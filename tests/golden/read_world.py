"""An unpacked golden world: its scenes and the table of trajectories that were scored in them."""

from pathlib import Path

import numpy as np

from driving.data.assemble import load_log
from driving.data.splits import SceneFilter
from driving.scene import Scene


def read_world(root: Path) -> tuple[list[Scene], dict[str, np.ndarray]]:
    """Every scene of every log below ``root``, and ``trajectories.npz``."""
    every = SceneFilter(frame_interval=1)
    logs = sorted((root / "navsim_logs").glob("*.pkl"))
    scenes = [scene for log in logs for scene in load_log(log, root / "maps", every)]
    return scenes, dict(np.load(root / "trajectories.npz"))
