"""The driving policy. ``planner.load(folder).plan(observation)`` is all it takes to drive.

``planner.observes(folder)`` tells which cameras the observation must hold, in which size.
"""

import driving  # noqa: F401, first of all: it makes torchvision importable (see driving.torch_setup)
from planner.checkpoint import load, observes
from planner.ego_status import EgoStatusPlanner
from planner.model import PlannerConfig, VlaPlanner

__all__ = ["EgoStatusPlanner", "PlannerConfig", "VlaPlanner", "load", "observes"]
