"""Make a CUDA build of torchvision importable beside a CPU-only torch.

PyPI's torchvision for Linux is a CUDA build. Beside a CPU-only torch its compiled operators cannot
load, and importing it (timm, transformers and lightning do) ends in "operator torchvision::nms does
not exist". Declaring the schemas before that import is all it needs; the operators themselves
(``torchvision.ops``) stay unavailable, and nothing here uses them.
"""

import importlib.util
from pathlib import Path

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_library: list[torch.library.Library] = []


def declare_missing_torchvision_operators() -> None:
    """Declare torchvision's operator schemas where its own binary cannot; otherwise do nothing."""
    if _library or torch.version.cuda is not None or not _torchvision_wants_cuda():
        return
    if hasattr(torch.ops.torchvision, "nms"):  # somebody else has declared them
        return
    library = torch.library.Library("torchvision", "DEF")
    for schema in _SCHEMAS:
        library.define(schema)
    _library.append(library)


def _torchvision_wants_cuda() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if spec is None or not spec.submodule_search_locations:
        return False
    version_file = Path(spec.submodule_search_locations[0]) / "version.py"
    return "+cu" in version_file.read_text(encoding="utf-8")
