"""Imported before every test module."""

import torch

import driving  # noqa: F401  (declares torchvision's operators before lightning or timm import it)

torch.set_num_threads(1)
