"""nuPlan's maps: all four locations, and in each the layers and columns that scoring reads."""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from driving.data.map_layers import LOCATIONS, MAP_INDEX, find_map, projected_crs
from driving.errors import DataError
from navsim_agent.doctor.finding import Finding, error, first_of, ok, warning

CONTENT: Mapping[str, tuple[str, ...]] = {
    "lanes_polygons": ("lane_group_fid", "speed_limit_mps", "lane_index"),
    "lane_connectors": ("exit_lane_fid", "entry_lane_fid", "lane_group_connector_fid", "speed_limit_mps"),
    "gen_lane_connectors_scaled_width_polygons": ("lane_connector_fid",),
    "baseline_paths": ("lane_fid", "lane_connector_fid"),
    "lane_groups_polygons": (),
    "lane_group_connectors": ("from_lane_group_fid", "to_lane_group_fid"),
    "intersections": (),
    "carpark_areas": (),
    "crosswalks": (),
    "walkways": (),
    "stop_polygons": (),
}
"""Layer -> columns, as ``driving.data.read_map`` reads them."""
NEVER_EMPTY = ("lanes_polygons", "baseline_paths", "lane_groups_polygons")
"""A map without crossings is a map; one without lanes is not."""
DEVKIT_ONLY = ("boundaries",)
DOWNLOAD = "fetch the maps again (download/download_maps.sh of the devkit)"
_SQLITE_HEADER = struct.Struct(">16sH10xI")
"""Magic, bytes a page, and at byte 28 the number of pages."""


def map_findings(root: Path) -> Iterator[Finding]:
    """Every location below a maps root. The devkit opens all four at start, whichever a scene needs."""
    if not (root / MAP_INDEX).is_file():
        yield error("maps", f"{root / MAP_INDEX}: no such file", f"{DOWNLOAD}, and name their folder")
        return
    found = [_location(root, location) for location in LOCATIONS]
    whole = [location for location, finding in zip(LOCATIONS, found, strict=True) if finding is None]
    yield from (finding for finding in found if finding is not None)
    if whole:
        layers = f"{len(CONTENT)} layers each, with their columns and a coordinate system"
        yield ok("maps", f"{len(whole)} of {len(LOCATIONS)} locations are whole ({layers}) in {root}")


def _location(root: Path, location: str) -> Finding | None:
    """What is wrong with one location, first of all; None where nothing is."""
    try:
        path = find_map(root, location)
        cut = cut_short(path)
        if cut is not None:
            return error(location, f"{path}: {cut}", DOWNLOAD)
        layers = {str(name) for name, _ in pyogrio.list_layers(path)}
        missing = [name for name in CONTENT if name not in layers]
        if missing:
            return error(
                location, f"{path} lacks {first_of([f'layer {name}' for name in missing])}", DOWNLOAD
            )
        projected_crs(path)
        for layer, columns in CONTENT.items():
            wrong = _layer(pyogrio.read_info(path, layer=layer), columns, layer in NEVER_EMPTY)
            if wrong is not None:
                return error(location, f"{path}: layer {layer} {wrong}", DOWNLOAD)
    except DataError as reason:
        return error(location, str(reason), DOWNLOAD)
    except (DataSourceError, DataLayerError) as reason:
        return error(location, f"{path}: cannot be opened ({' '.join(str(reason).split())})", DOWNLOAD)
    unread = [name for name in DEVKIT_ONLY if name not in layers]
    if unread:
        return warning(location, f"{path} lacks layer {unread[0]}, which only the devkit reads", DOWNLOAD)
    return None


def _layer(info: Mapping[str, Any], columns: tuple[str, ...], must_have_rows: bool) -> str | None:
    missing = sorted(set(columns) - set(info["fields"]))
    if missing:
        return f"lacks column {missing[0]}"
    if info["crs"] is None:
        return "has no coordinate system"
    if must_have_rows and info["features"] == 0:
        return "is empty"
    return None


def cut_short(path: Path) -> str | None:
    """What a GeoPackage's own header says against its length; None where they fit. It is an SQLite file."""
    with path.open("rb") as file:
        header = file.read(_SQLITE_HEADER.size)
    if len(header) < _SQLITE_HEADER.size or not header.startswith(b"SQLite format 3"):
        return f"{path.stat().st_size:,} bytes that are no GeoPackage"
    _, page, pages = _SQLITE_HEADER.unpack(header)
    whole, size = (65536 if page == 1 else page) * pages, path.stat().st_size
    return f"cut short: {size:,} of {whole:,} bytes are there" if size < whole else None
