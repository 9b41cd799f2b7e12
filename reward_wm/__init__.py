"""The judges of a trajectory: the exact EPDMS, labels made with it, the reward world model."""

import driving  # noqa: F401, first of all: it makes torchvision importable (see driving.torch_setup)
