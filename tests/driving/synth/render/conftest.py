import pytest

from driving.synth.render import CameraRig, TownRenderer
from tests.driving.synth.render.crossing_town import crossing_town


@pytest.fixture(scope="session")
def renderer() -> TownRenderer:
    rig = CameraRig(width=320, height=180, cameras=("CAM_F0", "CAM_B0"))
    return TownRenderer(crossing_town(), rig, seed=0)
