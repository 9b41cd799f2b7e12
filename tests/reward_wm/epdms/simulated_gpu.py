"""Score packed scenes twice, in loops and by kernels in numba's simulator, and compare to the last bit.

NUMBA_ENABLE_CUDASIM=1 python -m tests.reward_wm.epdms.simulated_gpu FILE_OF_PREPARED_SCENES
"""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

import driving  # noqa: F401, first of all: it makes torchvision importable (see driving.torch_setup)
from driving.trajectory import Trajectory
from reward_wm.epdms import ScorerConfig, load_prepared, pack_scenes, score
from reward_wm.epdms.launch import as_arrays
from reward_wm.epdms.launch_cuda import THREADS, kernel

LAUNCHING = ("centreline", "profile", "red_lights", "roads", "simulate", "traffic")
"""Modules that launch something."""


def main(path: Path) -> None:
    """Exit with an error where a score differs."""
    packed = pack_scenes(list(load_prepared(path).values()), "cpu")
    way = torch.linspace(0.5, 4.0, 8, dtype=torch.float64)[:, None] * torch.tensor([9.0, 0.3, 0.02])
    poses = torch.stack([way, 0.5 * way, 1.2 * way]).double().expand(len(packed.tokens), -1, -1, -1)
    in_loops = score(packed, Trajectory(poses), ScorerConfig()).stacked().nan_to_num()
    launched = []

    def launch(loop: Callable[..., None], function: Callable[..., None], count: int, *arguments: Any) -> None:
        launched.append(function)
        if count:
            kernel(function)[-(-count // THREADS), THREADS](count, as_arrays(arguments))

    for name in LAUNCHING:
        vars(importlib.import_module(f"reward_wm.epdms.{name}"))["launch"] = launch
    in_threads = score(packed, Trajectory(poses), ScorerConfig()).stacked().nan_to_num()
    assert torch.equal(in_loops, in_threads)
    print(f"{len(set(launched))} kernels, {len(launched)} launches, the same scores")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
