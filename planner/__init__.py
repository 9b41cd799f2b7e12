"""The driving policy. ``planner.load(folder).plan(observation)`` is all it takes to drive."""

import driving  # noqa: F401, first of all: it makes torchvision importable (see driving.torch_setup)
from planner.checkpoint import load_planner as load
from planner.model import PlannerConfig, VlaPlanner

__all__ = ["PlannerConfig", "VlaPlanner", "load"]
