"""The dimension legend of the whole project. Every shape annotation uses these letters.

====  =====================================================================
B     scenes in a batch
P     proposals (candidate trajectories) of a scene
M     anchors of the planner
T     simulated samples, 41 at 10 Hz: 0.0, 0.1, ... 4.0 s
F     poses of a planned trajectory, 8 at 2 Hz: 0.5, 1.0, ... 4.0 s
A     agents (other road users and static objects)
L     polygons or polylines of the map
V     vertices of a polygon or polyline
K     denoising steps
S     fields of a simulated ego state (see ``reward_wm.epdms.simulate``)
N     cameras
C H W channels, rows and columns of an image or of a BEV grid
D     width of a token
====  =====================================================================

Frames
------
map     metres, the projected (UTM) coordinates of the map; heading from +x, counter-clockwise.
ego     metres, origin on the rear axle at the *current* frame, x forward, y left.
camera  x right, y down, z along the optical axis.
"""

HISTORY_FRAMES = 4
"""Observed 2 Hz frames of a scene; the last one (index 3) is the current frame."""
HISTORY_INTERVAL_S = 0.5

SYNTHETIC_TOKEN_LENGTH = 17
"""A token of this length names a synthetic scene; those of logs have 16 characters."""

PLAN_POSES = 8
PLAN_INTERVAL_S = 0.5
SIMULATED_SAMPLES = 41
SIMULATION_INTERVAL_S = 0.1

CAMERA_NAMES = ("CAM_F0", "CAM_L0", "CAM_L1", "CAM_L2", "CAM_R0", "CAM_R1", "CAM_R2", "CAM_B0")
"""The eight cameras of NAVSIM; a log frame names all of them, a rig renders or loads some."""

COMMANDS = ("left", "straight", "right", "unknown")
"""Meaning of the one-hot driving command."""

AGENT_CLASSES = (
    "vehicle",
    "pedestrian",
    "bicycle",
    "traffic_cone",
    "barrier",
    "czone_sign",
    "generic_object",
)
"""Annotated classes of NAVSIM, in the order of our integer codes."""
