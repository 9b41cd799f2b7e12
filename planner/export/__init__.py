"""Planners for other runtimes: as a torch.export program, or as an ONNX model."""

from planner.export.formats import Format, read_program
from planner.export.write import Agreement, export_planner

__all__ = ["Agreement", "Format", "export_planner", "read_program"]
