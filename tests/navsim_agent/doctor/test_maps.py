"""Maps: whole, truncated, without a layer, a column, a location."""

import json
import shutil
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest

from driving.data import read_map
from driving.data.map_layers import MAP_INDEX, find_map
from navsim_agent.doctor.finding import Level
from navsim_agent.doctor.maps import CONTENT, map_findings
from tests.navsim_agent.doctor.conftest import DataSet
from tests.navsim_agent.doctor.findings import levels, told

BOSTON = "us-ma-boston"


def maps(data_set: DataSet):
    return list(map_findings(data_set.maps))


def rewritten(path: Path, change) -> None:
    """Write every layer of a GeoPackage anew, as ``change`` (layer, frame) returns it; None leaves it out."""
    layers = {str(name): pyogrio.read_dataframe(path, layer=name) for name, _ in pyogrio.list_layers(path)}
    path.unlink()
    for layer, frame in layers.items():
        changed = change(layer, frame)
        if changed is not None:
            kind = "Unknown" if isinstance(changed, gpd.GeoDataFrame) and changed.empty else None
            pyogrio.write_dataframe(changed, path, layer=layer, geometry_type=kind, append=path.exists())


def test_whole_maps_are_ok(data_set: DataSet) -> None:
    assert levels(maps(data_set)) == {Level.OK}
    told(maps(data_set), Level.OK, "4 of 4 locations are whole")


def test_a_layer_that_only_the_devkit_reads_is_a_warning(data_set: DataSet) -> None:
    rewritten(find_map(data_set.maps, BOSTON), lambda layer, frame: None if layer == "boundaries" else frame)
    assert levels(maps(data_set)) == {Level.WARNING, Level.OK}
    told(maps(data_set), Level.WARNING, BOSTON, "lacks layer boundaries", "only the devkit")


def test_it_asks_for_what_the_reader_reads(data_set: DataSet, monkeypatch: pytest.MonkeyPatch) -> None:
    read: dict[str, set[str]] = {}
    layer, areas = read_map.read_layer, read_map.read_areas

    def recorded_layer(path, name, columns, crs):
        read.setdefault(name, set()).update(columns)
        return layer(path, name, columns, crs)

    def recorded_areas(path, name, crs):
        read.setdefault(name, set())
        return areas(path, name, crs)

    monkeypatch.setattr(read_map, "read_layer", recorded_layer)
    monkeypatch.setattr(read_map, "read_areas", recorded_areas)
    read_map.read_map.__wrapped__(data_set.maps, BOSTON)
    assert {name: set(columns) for name, columns in CONTENT.items()} == read


def test_a_truncated_map(data_set: DataSet) -> None:
    path = find_map(data_set.maps, BOSTON)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    told(maps(data_set), Level.ERROR, BOSTON, "cut short", f"{len(content):,}", "download_maps.sh")
    path.write_bytes(b"<html>not found</html>")
    told(maps(data_set), Level.ERROR, BOSTON, "no GeoPackage")
    path.write_bytes(content[:100] + bytes(len(content) - 100))
    told(maps(data_set), Level.ERROR, str(path))


def test_a_map_without_a_layer_a_column_or_rows(data_set: DataSet) -> None:
    path = find_map(data_set.maps, BOSTON)
    whole = path.read_bytes()
    rewritten(path, lambda layer, frame: None if layer == "baseline_paths" else frame)
    told(maps(data_set), Level.ERROR, BOSTON, "lacks layer baseline_paths")
    path.write_bytes(whole)
    rewritten(path, lambda layer, frame: frame.drop(columns="speed_limit_mps", errors="ignore"))
    told(maps(data_set), Level.ERROR, BOSTON, "lanes_polygons lacks column speed_limit_mps")
    path.write_bytes(whole)
    rewritten(path, lambda layer, frame: frame.iloc[:0] if layer == "lanes_polygons" else frame)
    told(maps(data_set), Level.ERROR, BOSTON, "layer lanes_polygons is empty")
    path.write_bytes(whole)
    rewritten(path, lambda layer, frame: frame.iloc[:0] if layer == "meta" else frame)
    told(maps(data_set), Level.ERROR, BOSTON, "lacks projectedCoordSystem")


def test_a_missing_location_is_an_error_since_the_devkit_opens_all(data_set: DataSet) -> None:
    shutil.rmtree(data_set.maps / "sg-one-north")
    told(maps(data_set), Level.ERROR, "sg-one-north", "map.gpkg: no such file")
    index = json.loads((data_set.maps / MAP_INDEX).read_text())
    del index[BOSTON]
    (data_set.maps / MAP_INDEX).write_text(json.dumps(index))
    told(maps(data_set), Level.ERROR, "no version of location 'us-ma-boston'")


def test_no_maps_at_all(data_set: DataSet) -> None:
    (data_set.maps / MAP_INDEX).unlink()
    assert len(maps(data_set)) == 1
    told(maps(data_set), Level.ERROR, MAP_INDEX, "no such file")
