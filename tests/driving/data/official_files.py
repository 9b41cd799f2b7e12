"""Write hand-made scenes and maps the way NAVSIM stores them, to be read back."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from PIL import Image
from shapely.geometry import LineString

from driving.data.write_log import write_log
from driving.log_frame import LogFrame
from driving.map_data import MapData

CAMERAS = ("CAM_L0", "CAM_F0", "CAM_R0")
CRS = "EPSG:32619"


def write_data(root: Path, logs: dict[str, list[LogFrame]], maps: list[MapData]) -> None:
    """Logs, pictures, maps and a split called ``hand_made`` below ``root``."""
    for name, frames in logs.items():
        write_log(frames, root / "navsim_logs" / "test" / f"{name}.pkl")
        for number, frame in enumerate(frames):
            write_pictures(root / "sensor_blobs" / "test", frame, seed=number)
    write_maps(root / "maps", maps)
    folder = root / "train_test_split"
    (folder / "scene_filter").mkdir(parents=True)
    (folder / "hand_made.yaml").write_text("defaults:\n- scene_filter: all\ndata_split: test\n")
    (folder / "scene_filter" / "all.yaml").write_text(
        "_target_: navsim.common.dataclasses.SceneFilter\n_convert_: 'all'\n"
        "num_history_frames: 4\nnum_future_frames: 10\nframe_interval: 1\nhas_route: true\n"
        "max_scenes: null\nlog_names: null\ntokens: null\n"
    )


def write_pictures(sensor_root: Path, frame: LogFrame, seed: int) -> None:
    """Coarse random pictures of 480 x 270 pixels."""
    rng = np.random.default_rng(seed)
    for camera in CAMERAS:
        path = sensor_root / frame.cameras[camera].path
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (27, 48, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((480, 270)).save(path, quality=90)


def write_maps(maps_root: Path, maps: list[MapData]) -> None:
    """A GeoPackage a map, and the index of versions."""
    versions = ", ".join(f'"{m.location}": {{"version": "1.0", "layers": {{}}}}' for m in maps)
    maps_root.mkdir(parents=True)
    (maps_root / "nuplan-maps-v1.0.json").write_text(f"{{{versions}}}")
    for map_data in maps:
        path = maps_root / map_data.location / "1.0" / "map.gpkg"
        path.parent.mkdir(parents=True)
        for layer, rows in _layers(map_data).items():
            frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)
            options = {"layer_options": {"FID": "fid"}, "append": path.exists()}
            if frame.empty:
                options["geometry_type"] = "Unknown"
            pyogrio.write_dataframe(frame.astype({"fid": int}), path, layer=layer, **options)
        meta = pd.DataFrame({"key": ["projectedCoordSystem"], "value": [CRS]})
        pyogrio.write_dataframe(meta, path, layer="meta", append=True)


def _layers(map_data: MapData) -> dict[str, pd.DataFrame]:
    lanes = [lane for lane in map_data.lanes.values() if not lane.is_connector]
    connectors = [lane for lane in map_data.lanes.values() if lane.is_connector]
    groups = [block for block in map_data.roadblocks.values() if not block.is_connector]
    group_connectors = [block for block in map_data.roadblocks.values() if block.is_connector]
    areas = {
        "intersections": map_data.intersections,
        "carpark_areas": map_data.carparks,
        "crosswalks": map_data.crosswalks,
        "walkways": map_data.walkways,
        "stop_polygons": map_data.stop_polygons,
    }
    return {
        "lanes_polygons": _table(
            ("fid", "lane_group_fid", "speed_limit_mps", "lane_index", "geometry"),
            [(x.id, int(x.roadblock_id), x.speed_limit_mps, x.lane_index, x.polygon) for x in lanes],
        ),
        "lane_connectors": _table(
            (
                "fid",
                "exit_lane_fid",
                "entry_lane_fid",
                "lane_group_connector_fid",
                "speed_limit_mps",
                "geometry",
            ),
            [
                (
                    x.id,
                    int(x.incoming[0]),
                    int(x.outgoing[0]),
                    int(x.roadblock_id),
                    x.speed_limit_mps,
                    LineString(x.baseline),
                )
                for x in connectors
            ],
        ),
        "gen_lane_connectors_scaled_width_polygons": _table(
            ("fid", "lane_connector_fid", "geometry"),
            [(7000 + int(x.id), int(x.id), x.polygon) for x in connectors],
        ),
        "baseline_paths": _table(
            ("fid", "lane_fid", "lane_connector_fid", "geometry"),
            [(8000 + int(x.id), float(x.id), np.nan, LineString(x.baseline)) for x in lanes]
            + [(8000 + int(x.id), np.nan, float(x.id), LineString(x.baseline)) for x in connectors],
        ),
        "lane_groups_polygons": _table(("fid", "geometry"), [(b.id, b.polygon) for b in groups]),
        "lane_group_connectors": _table(
            ("fid", "from_lane_group_fid", "to_lane_group_fid", "geometry"),
            [(b.id, int(b.incoming[0]), int(b.outgoing[0]), b.polygon) for b in group_connectors],
        ),
        **{name: _table(("fid", "geometry"), list(area.items())) for name, area in areas.items()},
    }


def _table(columns: tuple[str, ...], rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))
