"""A planner as one file: traced, written, read back, and compared with ``plan`` before it is there.

A ``torch.export`` program runs the planner's own operations: the same bits on the same machine. An ONNX
model looks image features up in another order and runs on other kernels: it agrees within
``ONNX_TOLERANCE``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor
from torch.export import Dim, ExportedProgram

from driving.errors import DataError
from driving.observation_config import ObservationConfig
from driving.replacing import replacing
from planner.bev.encoder import look_up_pillars
from planner.ego_status import EgoStatusPlanner
from planner.export.dense_pillars import look_up_densely
from planner.export.drawn import draw_observation
from planner.export.formats import Format, Program, program_bytes, read_program
from planner.export.tensor_planner import TensorEgoStatus, TensorPlanner
from planner.model import VlaPlanner

ONNX_TOLERANCE = 1e-3
"""Metres, radians and logits by which an ONNX model may differ from ``plan``."""
TRACED_BATCH = 3
TRIED_BATCHES = (1, 4)


@dataclass(frozen=True)
class Agreement:
    """Largest absolute differences from ``plan`` on drawn observations."""

    poses: float
    """Metres and radians."""
    logits: float


def export_planner(
    planner: VlaPlanner | EgoStatusPlanner,
    observation: ObservationConfig,
    path: Path,
    kind: Format,
    card: Mapping[str, object],
) -> Agreement:
    """Write a planner for the rig and pictures of ``observation``; the number of scenes stays free.

    The program plans as ``plan`` does: means only, and no sentence. ``card`` holds JSON values to keep
    in the file. Raises ValueError for a planner that is no function of tensors, DataError for a
    wrong ending, a missing package, or a program that plans otherwise; nothing is written then.
    """
    if path.suffix != kind.value:
        raise DataError(f"{path}: the name of a {kind.name} file must end in {kind.value}")
    module = as_tensors(planner, observation, kind)
    told = {**card, **describe_program(module, observation)}
    with replacing(path) as partial:
        partial.write_bytes(program_bytes(trace(module, observation), kind, told))
        agreement = compare(planner, module.inputs, read_program(partial, kind), observation)
        within = ONNX_TOLERANCE if kind is Format.ONNX else 0.0
        if not (agreement.poses <= within and agreement.logits <= within):  # NaN is not
            raise DataError(f"{path}: would plan otherwise than the planner ({agreement}); not written")
    return agreement


def as_tensors(
    planner: VlaPlanner | EgoStatusPlanner, observation: ObservationConfig, kind: Format
) -> TensorPlanner | TensorEgoStatus:
    """The planner as a module of tensors that a file of this kind can hold."""
    if isinstance(planner, EgoStatusPlanner):
        return TensorEgoStatus(planner)
    look_up = look_up_densely if kind is Format.ONNX else look_up_pillars
    return TensorPlanner(planner, observation, look_up)


def trace(module: TensorPlanner | TensorEgoStatus, config: ObservationConfig) -> ExportedProgram:
    """The graph of a module; its first dimension is free."""
    tensors = _tensors(module.inputs, config, TRACED_BATCH)
    free = {name: {0: Dim("batch")} for name in tensors}
    with torch.no_grad():
        program = torch.export.export(module, (), tensors, dynamic_shapes=free)
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # paths of this machine
    program.example_inputs = None
    return program


def describe_program(module: TensorPlanner | TensorEgoStatus, config: ObservationConfig) -> dict[str, object]:
    """Inputs and outputs, for those who have nothing but the file."""
    return {
        "inputs": {
            name: {"shape": ["batch", *tensor.shape[1:]], "dtype": str(tensor.dtype).removeprefix("torch.")}
            for name, tensor in _tensors(module.inputs, config, 1).items()
        },
        "outputs": {
            "poses": "(batch, candidates, 8, 3): x [m], y [m], heading [rad] of the rear axle, 0.5 s apart, "
            "without t = 0; in the ego frame of now, x forward, y left",
            "logits": "(batch, candidates): the candidate with the largest is the plan",
        },
    }


@torch.no_grad()
def compare(
    planner: VlaPlanner | EgoStatusPlanner,
    inputs: tuple[str, ...],
    program: Program,
    config: ObservationConfig,
) -> Agreement:
    """How far a program is from ``plan``, in batches of several sizes."""
    poses, logits = [], []
    for batch in TRIED_BATCHES:
        plan = planner.plan(draw_observation(config, batch, seed=batch))
        found = program(_tensors(inputs, config, batch, seed=batch))
        poses.append(_difference(found[0], plan.trajectories.poses))
        logits.append(_difference(found[1], plan.logits))
    return Agreement(float(torch.stack(poses).max()), float(torch.stack(logits).max()))


def _difference(found: Tensor, expected: Tensor) -> Float[Tensor, ""]:
    """The largest; infinite for other shapes, NaN where something is."""
    if found.shape != expected.shape:
        return torch.tensor(torch.inf)
    return (found - expected).abs().max()


def _tensors(
    names: tuple[str, ...], config: ObservationConfig, batch: int, seed: int = 0
) -> dict[str, Tensor]:
    drawn = draw_observation(config, batch, seed)
    return {name: getattr(drawn, name) for name in names}
