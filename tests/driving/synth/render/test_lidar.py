import numpy as np

from driving.synth.actors import Actor, Category
from driving.synth.render import TownRenderer
from driving.synth.render.lidar import as_pcd
from driving.synth.render.rig import LIDAR_MOUNT

EGO = (-32.0, -1.75, 0.0)
TRUCK = Actor("one", Category.VEHICLE, "truck", EGO[0] + 15.0, EGO[1], 0.0, 8.0, 2.5, 3.4)


def test_the_ground_is_flat_and_a_truck_stands_on_it(renderer: TownRenderer) -> None:
    points = renderer.lidar_sweep(EGO, [TRUCK])
    assert points.shape[1] == 6
    assert len(points) > 20_000
    assert points[:, 2].min() > -1e-3
    on_truck = (np.abs(points[:, 0] - 15.0) < 4.1) & (np.abs(points[:, 1]) < 1.3)
    above_ground = points[:, 2] > 0.1
    assert (on_truck & above_ground).sum() > 100
    behind = (points[:, 0] > 19.5) & (np.abs(points[:, 1]) < 0.8) & (points[:, 2] < LIDAR_MOUNT[2])
    assert not behind[points[:, 0] < 40.0].any(), "the truck hides the road behind it"


def test_a_pcd_holds_what_was_written(renderer: TownRenderer) -> None:
    points = renderer.lidar_sweep(EGO, [])
    header, data = as_pcd(points).split(b"DATA binary\n", maxsplit=1)
    assert b"FIELDS x y z intensity ring lidar_info\n" in header
    np.testing.assert_array_equal(np.frombuffer(data, "<f4").reshape(-1, 6), points)
