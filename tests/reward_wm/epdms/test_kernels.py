"""What can be known of the GPU's side without a GPU.

That the kernels compile for it, that their threads fill every cell, and that all tensors of a score stay on
the device. The rules themselves are those of the CPU, see ``test_packed``.
"""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numba
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from benchmarks.kernels import SIGNATURES, has_compiler, ptx
from driving.trajectory import Trajectory
from reward_wm.epdms import Normalisation, ScorerConfig, launch_cuda, pack_scenes, save_prepared, score
from reward_wm.epdms.launch import as_arrays
from tests.reward_wm.epdms.golden_scenes import golden_scenes
from tests.reward_wm.epdms.simulated_gpu import LAUNCHING

PROPOSALS = 3


@pytest.mark.skipif(not has_compiler(), reason="numba finds no libNVVM")
@pytest.mark.parametrize("capability", [(8, 0), (9, 0)])
@pytest.mark.parametrize("function", SIGNATURES, ids=lambda function: function.__name__)
def test_kernels_compile_for_gpus(function: Callable[..., None], capability: tuple[int, int]) -> None:
    code = ptx(function, capability)
    assert f".target sm_{capability[0]}{capability[1]}" in code
    assert ".visible .entry" in code
    assert "f32" not in code  # nothing falls to single precision


def test_kernels_are_compiled_for_what_is_launched(monkeypatch: pytest.MonkeyPatch) -> None:
    launched: dict[Callable[..., None], tuple[Any, ...]] = {}

    def launch(loop: Callable[..., None], function: Callable[..., None], count: int, *arguments: Any) -> None:
        launched[function] = tuple(numba.typeof(argument) for argument in as_arrays(arguments))
        loop(count, *as_arrays(arguments))

    for name in LAUNCHING:
        monkeypatch.setattr(importlib.import_module(f"reward_wm.epdms.{name}"), "launch", launch)
    scenes = golden_scenes()[:2]
    score(pack_scenes(scenes, "cpu"), Trajectory(torch.rand(2, PROPOSALS, 8, 3)), ScorerConfig())
    assert launched == SIGNATURES


def test_threads_do_what_loops_do(tmp_path: Path) -> None:
    """In numba's simulator of a GPU, which is chosen when numba is imported: hence a process of its own."""
    save_prepared(golden_scenes()[:2], tmp_path / "scenes.safetensors")
    command = [
        sys.executable,
        "-m",
        "tests.reward_wm.epdms.simulated_gpu",
        str(tmp_path / "scenes.safetensors"),
    ]
    environment = os.environ | {"NUMBA_ENABLE_CUDASIM": "1"}
    root = Path(__file__).parents[3]
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert f"{len(SIGNATURES)} kernels" in run.stdout


@pytest.mark.parametrize("normalisation", Normalisation)
def test_scores_stay_on_the_device(monkeypatch: pytest.MonkeyPatch, normalisation: Normalisation) -> None:
    """On the device ``meta``, whose tensors have no values, and on which nothing compiled runs."""
    launched = []

    def check(
        function: Callable[..., None], count: int, device: torch.device, arguments: tuple[Any, ...]
    ) -> None:
        launched.append(function)
        for tensor in _tensors(arguments):
            assert tensor.device == device and tensor.is_contiguous()

    monkeypatch.setattr(launch_cuda, "launch_threads", check)
    monkeypatch.setattr("reward_wm.epdms.score_packed.check_trajectories", lambda *_: None)  # reads values
    packed, config = pack_scenes(golden_scenes(), "cpu"), ScorerConfig(normalisation=normalisation)
    on_meta = replace(_on_meta(packed), _weights={})
    poses = torch.empty(len(packed.tokens), PROPOSALS, 8, 3, device="meta")
    with _OneDevice():
        scores = score(on_meta, Trajectory(poses), config).stacked()
    assert scores.device.type == "meta" and scores.shape == (len(packed.tokens), PROPOSALS, 9)
    assert set(launched) == set(SIGNATURES)


class _OneDevice(TorchDispatchMode):
    """Refuses operations between devices, which on a GPU are errors, or wait for a copy."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor) and leaf.ndim]
        assert len({tensor.device for tensor in tensors}) <= 1, func
        return func(*args, **(kwargs or {}))


def _tensors(arguments: tuple[Any, ...]) -> list[Tensor]:
    tensors = [argument for argument in arguments if isinstance(argument, Tensor)]
    nested = [argument for argument in arguments if isinstance(argument, tuple)]
    return tensors + [tensor for part in nested for tensor in _tensors(part)]


def _on_meta(value: Any) -> Any:
    """A dataclass with all its tensors on the device ``meta``."""
    if isinstance(value, Tensor):
        return value.to("meta")
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _on_meta(getattr(value, one.name)) for one in fields(value)})
    return value
