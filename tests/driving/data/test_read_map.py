"""A map survives the official file format; what is missing is one line."""

from pathlib import Path

import numpy as np
import pyogrio
import pytest

from driving.data.read_map import read_map
from driving.errors import DataError
from driving.map_data import MapData
from tests.driving.data.conftest import DiskWorld
from tests.driving.data.official_files import CRS, write_maps
from tests.world_maps import crossing_map, straight_map


@pytest.mark.parametrize("original", [crossing_map(), straight_map()], ids=["crossing", "straight"])
def test_write_then_read_is_identity(tmp_path: Path, original: MapData) -> None:
    write_maps(tmp_path / "maps", [original])
    read = read_map(tmp_path / "maps", original.location)
    assert read.lanes.keys() == original.lanes.keys()
    for lane in read.lanes.values():
        other = original.lanes[lane.id]
        assert np.array_equal(lane.baseline, other.baseline)
        assert lane.polygon.equals_exact(other.polygon)
        assert set(lane.incoming) == set(other.incoming)
        assert set(lane.outgoing) == set(other.outgoing)
        for name in ("roadblock_id", "speed_limit_mps", "is_connector", "lane_index"):
            assert getattr(lane, name) == getattr(other, name)
    assert read.roadblocks.keys() == original.roadblocks.keys()
    for block in read.roadblocks.values():
        other = original.roadblocks[block.id]
        assert set(block.lane_ids) == set(other.lane_ids)
        assert set(block.incoming) == set(other.incoming)
        assert set(block.outgoing) == set(other.outgoing)
        assert block.is_connector == other.is_connector
    for layer in ("intersections", "carparks", "crosswalks", "walkways"):
        assert getattr(read, layer).keys() == getattr(original, layer).keys()


def test_one_object_a_process(disk_world: DiskWorld) -> None:
    maps = disk_world.folders.maps
    assert read_map(maps, "us-ma-boston") is read_map(maps, "us-ma-boston")


def test_a_map_in_degrees_is_projected(tmp_path: Path) -> None:
    write_maps(tmp_path / "maps", [straight_map()])
    path = tmp_path / "maps" / "us-ma-boston" / "1.0" / "map.gpkg"
    lanes = pyogrio.read_dataframe(path, layer="lanes_polygons", fid_as_index=True)
    lanes = lanes.translate(330_000, 4_690_000).to_frame("geometry").join(lanes.drop(columns="geometry"))
    in_degrees = lanes.set_crs(CRS, allow_override=True).to_crs("EPSG:4326").reset_index()
    pyogrio.write_dataframe(
        in_degrees, path, layer="lanes_polygons", layer_options={"FID": "fid", "OVERWRITE": "YES"}
    )
    read = read_map(tmp_path / "maps", "us-ma-boston")
    x, y = read.lanes["2"].polygon.centroid.coords[0]
    assert (x, y) == pytest.approx((330_090, 4_690_000), abs=1e-3)


def test_a_missing_root_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere.*NUPLAN_MAPS_ROOT"):
        read_map(tmp_path / "nowhere", "us-ma-boston")


def test_an_unknown_location_is_one_line(disk_world: DiskWorld) -> None:
    with pytest.raises(DataError, match="no version of location 'sg-one-north'"):
        read_map(disk_world.folders.maps, "sg-one-north")


def test_a_missing_or_broken_geopackage_is_one_line(disk_world: DiskWorld) -> None:
    path = disk_world.folders.maps / "us-ma-boston" / "1.0" / "map.gpkg"
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(DataError, match="map.gpkg") as error:
        read_map(disk_world.folders.maps, "us-ma-boston")
    assert "\n" not in str(error.value)
    path.unlink()
    with pytest.raises(DataError, match="no such file"):
        read_map(disk_world.folders.maps, "us-ma-boston")


def test_a_lane_without_centre_line_is_left_out_with_a_warning(tmp_path: Path) -> None:
    write_maps(tmp_path / "maps", [straight_map()])
    path = tmp_path / "maps" / "us-ma-boston" / "1.0" / "map.gpkg"
    rows = pyogrio.read_dataframe(path, layer="baseline_paths", fid_as_index=True).reset_index()
    pyogrio.write_dataframe(
        rows[rows["lane_fid"] != 3],
        path,
        layer="baseline_paths",
        layer_options={"FID": "fid", "OVERWRITE": "YES"},
    )
    with pytest.warns(UserWarning, match="1 lanes lack"):
        read = read_map(tmp_path / "maps", "us-ma-boston")
    assert set(read.lanes) == {"1", "2"} and read.roadblocks["101"].lane_ids == ()
