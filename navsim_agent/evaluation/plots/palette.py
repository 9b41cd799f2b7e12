"""Colours shared by the pictures and the legend beside them."""

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.colors import LinearSegmentedColormap

PAPER = "#f4f2ed"
WALKWAY = "#e7e3d9"
CARPARK = "#dfe0da"
ROAD = "#d3d6da"
CENTRE_LINE = "#aeb4bb"
CROSSWALK = "#f7f7f5"
RED_LIGHT = "#e5484d"
EGO = "#111827"
HUMAN = "#a21caf"
AGENTS = {"vehicle": "#5b6675", "pedestrian": "#8b5e34", "bicycle": "#6b4f8a"}
CULPRIT = "#d01f1f"
STATIC_OBJECT = "#8f8a80"

SCORE_COLOURS = LinearSegmentedColormap.from_list(
    "epdms", matplotlib.colormaps["turbo"](np.linspace(0.95, 0.12, 256))
)
"""EPDMS in [0, 1]: red is bad, blue is good."""


def score_rgb(epdms: float) -> tuple[int, int, int]:
    """The colour of a score, 0 to 255."""
    red, green, blue, _ = SCORE_COLOURS(float(np.clip(epdms, 0.0, 1.0)), bytes=True)
    return int(red), int(green), int(blue)


def score_rgba(epdms: Float[np.ndarray, "P"]) -> Float[np.ndarray, "P 4"]:
    """The colours of scores, 0 to 1."""
    return SCORE_COLOURS(np.clip(epdms, 0.0, 1.0))
