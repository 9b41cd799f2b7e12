"""Maps have the layers, ids and types that nuPlan's map code reads."""

import json

import numpy as np
import pyogrio
import pytest

from driving.data.map_rows import LAYERS, District, number_features
from driving.data.write_map import MAP_VERSION, PROJECTIONS


@pytest.fixture(scope="module")
def layers(toy_world):
    order = toy_world.orders[0]
    path = toy_world.out / "maps" / order.location / MAP_VERSION / "map.gpkg"
    return {layer: pyogrio.read_dataframe(path, layer=layer, fid_as_index=True) for layer in LAYERS}


def test_all_four_locations_exist(toy_world):
    index = json.loads((toy_world.out / "maps" / "nuplan-maps-v1.0.json").read_text())
    assert set(index) == set(PROJECTIONS)
    for location, entry in index.items():
        path = toy_world.out / "maps" / location / entry["version"] / "map.gpkg"
        meta = pyogrio.read_dataframe(path, layer="meta")
        assert dict(zip(meta["key"], meta["value"]))["projectedCoordSystem"] == PROJECTIONS[location]
        assert set(LAYERS) <= set(pyogrio.list_layers(path)[:, 0])


def test_ids_are_unique_integers(layers):
    fids = np.concatenate([layer.index.to_numpy() for layer in layers.values()])
    assert len(set(fids)) == len(fids)
    assert (layers["lanes_polygons"].index == layers["lanes_polygons"]["lane_fid"]).all()
    for layer, column in [
        ("lanes_polygons", "lane_group_fid"),
        ("lane_connectors", "exit_lane_fid"), ("lane_connectors", "entry_lane_fid"),
        ("lane_connectors", "lane_group_connector_fid"), ("lane_group_connectors", "from_lane_group_fid"),
    ]:  # fmt: skip
        assert np.issubdtype(layers[layer][column].dtype, np.integer)


def test_references_lead_somewhere(layers):
    lanes, groups = set(layers["lanes_polygons"].index), set(layers["lane_groups_polygons"].index)
    connectors = layers["lane_connectors"]
    assert set(connectors["exit_lane_fid"]) | set(connectors["entry_lane_fid"]) <= lanes
    assert set(layers["lanes_polygons"]["lane_group_fid"]) == groups
    assert set(connectors["lane_group_connector_fid"]) == set(layers["lane_group_connectors"].index)
    assert connectors["traffic_light_stop_line_fids"].notna().all()
    stops = {
        int(fid) for text in connectors["traffic_light_stop_line_fids"] if text for fid in text.split(",")
    }
    assert stops <= set(layers["stop_polygons"].index)


def test_every_lane_and_connector_has_one_baseline(layers):
    baselines = layers["baseline_paths"]
    assert sorted(fid for fid in baselines["lane_fid"] if fid) == sorted(layers["lanes_polygons"].index)
    assert sorted(fid for fid in baselines["lane_connector_fid"] if fid) == sorted(
        layers["lane_connectors"].index
    )


def test_districts_of_a_location_are_far_apart_and_share_no_id(toy_stage):
    town = toy_stage.stage.town
    near, far = District("sg-one-north", 0), District("sg-one-north", 1)
    assert np.hypot(*np.subtract(near.origin, far.origin)) > 3000.0
    first, second = (set(number_features(town, district).lane.values()) for district in (near, far))
    assert not first & second
