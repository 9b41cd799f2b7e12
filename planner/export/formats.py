"""Two kinds of file for other runtimes, written from a traced program and read as a function."""

import importlib
import io
import json
import warnings
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor
from torch.export import ExportedProgram

from driving.errors import DataError

OUTPUTS = ("poses", "logits")
CARD = "card.json"
"""Where a file tells its inputs and outputs: an extra file of the .pt2, a metadata key of the ONNX model."""
ONNX_OPSET = 20

Program = Callable[[Mapping[str, Tensor]], tuple[Tensor, Tensor]]
"""Named tensors of an observation in, poses and logits out."""


class Format(Enum):
    """What to write; the value is the ending of the file's name."""

    ONNX = ".onnx"
    TORCH_EXPORT = ".pt2"


def program_bytes(program: ExportedProgram, kind: Format, card: Mapping[str, object]) -> bytes:
    """The file. DataError where a package for it is missing."""
    told = json.dumps(card, sort_keys=True)
    return _onnx_bytes(program, told) if kind is Format.ONNX else _torch_bytes(program, told)


def read_program(path: Path, kind: Format) -> Program:
    """What ``program_bytes`` wrote, to run on the CPU.

    A .pt2 is code: open only files that you trust. Raises DataError, with the path, for a file that
    is none, or where a package is missing.
    """
    try:
        return _read_onnx(path) if kind is Format.ONNX else _read_torch(path)
    except DataError:
        raise
    except Exception as error:  # runtimes raise what they like at a broken file
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path}: not a program that can be read ({reason})") from error


def _torch_bytes(program: ExportedProgram, told: str) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No complete tensor found")  # of weights in channels-last order
        torch.export.save(program, file, extra_files={CARD: told})
    return file.getvalue()


def _onnx_bytes(program: ExportedProgram, told: str) -> bytes:
    for package in ("onnx", "onnxscript", "onnxruntime"):
        _needed(package)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        made = torch.onnx.export(
            program, output_names=OUTPUTS, opset_version=ONNX_OPSET, verbose=False, dynamo=True
        )
    assert made is not None
    free = made.model_proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param
    made.rename_axes({free: "batch"})
    for node in made.model.graph:
        node.metadata_props.clear()  # where torch had each node from: a quarter of the file
    made.model.metadata_props[CARD] = told
    return made.model_proto.SerializeToString()


def _read_torch(path: Path) -> Program:
    module = torch.export.load(io.BytesIO(path.read_bytes())).module()
    return lambda tensors: module(**tensors)


def _read_onnx(path: Path) -> Program:
    session = _needed("onnxruntime").InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])

    def run(tensors: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        poses, logits = session.run(OUTPUTS, {name: tensor.numpy() for name, tensor in tensors.items()})
        return torch.from_numpy(poses), torch.from_numpy(logits)

    return run


def _needed(package: str) -> ModuleType:
    try:
        return importlib.import_module(package)
    except ImportError:
        raise DataError(f"ONNX needs the package {package}: pip install 'irl-vla[export]'") from None
