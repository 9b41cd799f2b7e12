"""The prepared scenes of the golden world."""

import tarfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from reward_wm.epdms import PreparedScene, prepare_scene
from tests.golden.read_world import read_world

WORLD = Path(__file__).parents[2] / "golden" / "epdms_world.tar.xz"


@cache
def golden_scenes() -> tuple[PreparedScene, ...]:
    """All of them."""
    with TemporaryDirectory() as folder, tarfile.open(WORLD) as tar:
        tar.extractall(folder, filter="data")
        return tuple(prepare_scene(scene) for scene in read_world(Path(folder))[0])
