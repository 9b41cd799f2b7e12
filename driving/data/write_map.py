"""Writes towns as a nuPlan map: one GeoPackage a location, and the index that names all four locations.

Several towns share a location: each is a district with an origin of its own in the location's UTM zone and
a block of feature ids of its own, so that a town's ids don't depend on which other towns are there. Same
towns, same bytes.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from driving.data.map_rows import LAYERS, District, town_layers
from driving.synth.town import TownGeometry

MAP_VERSION = "9.0.0"
PROJECTIONS = {
    "us-ma-boston": "EPSG:32619",
    "us-nv-las-vegas-strip": "EPSG:32611",
    "us-pa-pittsburgh-hazelwood": "EPSG:32617",
    "sg-one-north": "EPSG:32648",
}
GDAL_OPTIONS = {
    "OGR_CURRENT_DATE": "2024-01-01T00:00:00.000Z",  # else every file holds the time of its making
    "OGR_SQLITE_SYNCHRONOUS": "OFF",  # the file is moved into place when it is whole
}


def write_maps(towns: Mapping[District, TownGeometry], root: Path) -> None:
    """Writes `nuplan-maps-v1.0.json` and one `map.gpkg` for each of the four locations under a directory.

    A location without a town gets the first town of all, since the devkit opens all four.
    """
    stand_in = towns[min(towns, key=lambda district: (district.location, district.number))]
    for location in PROJECTIONS:
        here = {d: town for d, town in towns.items() if d.location == location} or {
            District(location, 0): stand_in
        }
        rows: dict[str, list[dict[str, Any]]] = {layer: [] for layer in LAYERS}
        for district in sorted(here, key=lambda d: d.number):
            for layer, found in town_layers(here[district], district).items():
                rows[layer] += found
        _write_gpkg(rows, location, root / location / MAP_VERSION / "map.gpkg")
    index = {location: {"version": MAP_VERSION, "layers": {}} for location in PROJECTIONS}
    (root / "nuplan-maps-v1.0.json").write_text(json.dumps(index, indent=1) + "\n")


def _write_gpkg(rows: dict[str, list[dict[str, Any]]], location: str, path: Path) -> None:
    """All layers and the `meta` table; written beside and moved into place."""
    pyogrio.set_gdal_config_options(GDAL_OPTIONS)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name("map.part.gpkg")
    partial.unlink(missing_ok=True)
    for layer in LAYERS:
        frame = gpd.GeoDataFrame(
            rows[layer] or {"fid": [], "geometry": []},
            geometry="geometry",
            crs=PROJECTIONS[location],
        )
        kind = None if rows[layer] else "Unknown"
        options = {"FID": "fid"}
        pyogrio.write_dataframe(
            frame.astype({"fid": int}),
            partial,
            layer=layer,
            driver="GPKG",
            layer_options=options,
            geometry_type=kind,
            append=partial.exists(),
        )
    meta = pd.DataFrame(
        {
            "key": ["projectedCoordSystem", "mapVersion"],
            "value": [PROJECTIONS[location], MAP_VERSION],
        }
    )
    pyogrio.write_dataframe(meta, partial, layer="meta", driver="GPKG", append=True)
    os.replace(partial, path)
