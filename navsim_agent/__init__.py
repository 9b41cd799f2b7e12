"""Agents, their evaluation, and the one door to the official devkit."""

import driving  # noqa: F401, first of all: it makes torchvision importable (see driving.torch_setup)
