"""Cameras (and a LiDAR) of the embedded world, rendered on the CPU."""

from driving.synth.render.lidar import as_pcd
from driving.synth.render.renderer import TownRenderer
from driving.synth.render.rig import CameraRig

__all__ = ["CameraRig", "TownRenderer", "as_pcd"]
