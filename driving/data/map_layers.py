"""Layers of a nuPlan GeoPackage as data frames, indexed by the map's own ids. Map frame, metres."""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from shapely.geometry.base import BaseGeometry

from driving.errors import DataError

LOCATIONS = (
    "us-ma-boston",
    "us-nv-las-vegas-strip",
    "us-pa-pittsburgh-hazelwood",
    "sg-one-north",
)
"""The map names that NAVSIM knows."""

MAP_INDEX = "nuplan-maps-v1.0.json"


def find_map(maps_root: Path, location: str) -> Path:
    """The GeoPackage of a location.

    Raises DataError where the root, the index of versions, its entry or the file is missing.
    """
    index_path = maps_root / MAP_INDEX
    if not index_path.is_file():
        raise DataError(f"{index_path}: no such file; does NUPLAN_MAPS_ROOT name the maps?")
    try:
        version = json.loads(index_path.read_text(encoding="utf-8"))[location]["version"]
    except json.JSONDecodeError as error:
        raise DataError(f"{index_path}: not JSON ({error})") from None
    except (KeyError, TypeError):
        raise DataError(f"{index_path}: no version of location {location!r}") from None
    path = maps_root / location / str(version) / "map.gpkg"
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    return path


def projected_crs(path: Path) -> str:
    """The coordinate system that the map is used in, e.g. ``EPSG:32611``."""
    meta = _read(path, "meta", ["key", "value"])
    value = meta.loc[meta["key"] == "projectedCoordSystem", "value"]
    if value.empty:
        raise DataError(f"{path}: layer meta lacks projectedCoordSystem")
    return str(value.iloc[0])


def read_layer(path: Path, layer: str, columns: list[str], crs: str) -> gpd.GeoDataFrame:
    """A layer with its FID as string index, its geometry flat and projected to ``crs``.

    Raises DataError naming the file and the layer or column that is not there.
    """
    frame = _read(path, layer, columns)
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise DataError(f"{path}: layer {layer} has no geometry, or no coordinate system")
    frame = frame.to_crs(crs)
    return frame.set_geometry(shapely.force_2d(frame.geometry.values), crs=crs)


def read_areas(path: Path, layer: str, crs: str) -> dict[str, BaseGeometry]:
    """The geometries of a layer by id."""
    frame = read_layer(path, layer, [], crs)
    return dict(zip(frame.index, frame.geometry, strict=True))


def ids(column: pd.Series) -> list[str]:
    """A column of feature ids as strings; '' where there is none."""
    return ["" if pd.isna(value) else str(int(value)) for value in column]


def _read(path: Path, layer: str, columns: list[str]) -> pd.DataFrame:
    try:
        frame = pyogrio.read_dataframe(path, layer=layer, columns=columns, fid_as_index=True)
    except (DataSourceError, DataLayerError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: layer {layer} cannot be read ({reason})") from None
    missing = sorted(set(columns) - set(frame.columns))
    if missing:
        raise DataError(f"{path}: layer {layer} lacks column {missing[0]}")
    frame.index = frame.index.map(str)
    return frame
