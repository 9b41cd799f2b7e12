"""The shared vocabulary: geometry, scenes, observations, data on disk, the synthetic world."""

from driving.torch_setup import declare_missing_torchvision_operators

declare_missing_torchvision_operators()
