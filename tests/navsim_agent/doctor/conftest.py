"""A small data set in NAVSIM's layout: two logs with pictures, all four maps, a split that lists scenes."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pyogrio
import pytest

from driving.data.map_layers import LOCATIONS
from driving.data.splits import DataFolders, Split, read_split
from driving.data.write_map import GDAL_OPTIONS
from driving.data.write_splits import write_scene_filter
from navsim_agent.doctor.locate import locate
from navsim_agent.doctor.logs import LogSurvey, Reading, survey_logs
from tests.driving.data.conftest import hand_made_logs
from tests.driving.data.official_files import write_data
from tests.world_maps import crossing_map, straight_map

CAMERAS = ("CAM_L0", "CAM_F0", "CAM_R0")
SCENES = {"red_light": 4, "stopped_car": 2}
"""Windows of 14 frames in each log."""


@dataclass(frozen=True)
class DataSet:
    """A data set that a test may spoil."""

    root: Path

    @property
    def maps(self) -> Path:
        return self.root / "maps"

    @property
    def split(self) -> Split:
        return read_split(self.root / "train_test_split" / "test.yaml")

    @property
    def folders(self) -> DataFolders:
        located = locate(self.split, "test", self.root, {})
        assert located is not None
        return located.folders

    def survey(self, samples: int = 5, is_thorough: bool = False) -> LogSurvey:
        return survey_logs(self.split, self.folders, CAMERAS, Reading(samples, is_thorough, workers=1))


@pytest.fixture(scope="session")
def pristine_data_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("doctor") / "data"
    pyogrio.set_gdal_config_options(GDAL_OPTIONS)
    others = [location for location in LOCATIONS if location != straight_map().location]
    logs, maps = hand_made_logs(), [replace(crossing_map(), location=location) for location in others]
    write_data(root, logs, [straight_map(), *maps])
    for path in (root / "maps").glob("*/*/map.gpkg"):
        edges = pyogrio.read_dataframe(path, layer="baseline_paths")
        pyogrio.write_dataframe(edges, path, layer="boundaries", append=True)
    scenes = {name: [frame.token for frame in logs[name][3 : 3 + count]] for name, count in SCENES.items()}
    write_scene_filter("test", scenes, root)
    return root


@pytest.fixture
def data_set(pristine_data_set: Path, tmp_path: Path) -> DataSet:
    shutil.copytree(pristine_data_set, tmp_path / "data")
    return DataSet(tmp_path / "data")
