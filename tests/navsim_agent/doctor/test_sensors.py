"""Pictures of a split: missing, broken, shrunk, misplaced."""

import shutil

from PIL import Image

from navsim_agent.doctor.finding import Level
from navsim_agent.doctor.sensors import picture_findings
from tests.driving.data.conftest import hand_made_logs
from tests.navsim_agent.doctor.conftest import CAMERAS, DataSet
from tests.navsim_agent.doctor.findings import levels, told


def pictures(data_set: DataSet):
    return list(picture_findings(data_set.survey(), data_set.folders.sensors, CAMERAS))


def picture(data_set: DataSet, frame: int, log: str = "stopped_car", camera: str = "CAM_F0"):
    return data_set.folders.sensors / hand_made_logs()[log][frame].cameras[camera].path


def test_whole_pictures_are_ok(data_set: DataSet) -> None:
    found = pictures(data_set)
    assert levels(found) == {Level.OK}
    told(found, Level.OK, "CAM_L0, CAM_F0, CAM_R0", "all 6 scenes that were read")
    told(found, Level.OK, "480 x 270")


def test_a_missing_picture_of_the_current_frame_costs_its_scene(data_set: DataSet) -> None:
    missing = picture(data_set, 3)
    missing.unlink()
    told(pictures(data_set), Level.ERROR, "5 of 6 scenes", str(missing), "md5")


def test_missing_earlier_pictures_are_a_warning(data_set: DataSet) -> None:
    missing = picture(data_set, 0)
    missing.unlink()
    found = pictures(data_set)
    assert Level.ERROR not in levels(found)
    told(found, Level.WARNING, "5 of 6 scenes", "3 frames before", missing.name, "navtrain_history")


def test_missing_later_pictures_are_no_fault_but_are_told(data_set: DataSet) -> None:
    picture(data_set, 13).unlink()  # frames 13 and 14 share it: both scenes of this log look for it
    found = pictures(data_set)
    assert levels(found) == {Level.OK}
    told(found, Level.OK, "4 of 6 scenes", "every later frame", "[0, 1, 2, 3]")


def test_no_folder_of_pictures(data_set: DataSet) -> None:
    shutil.rmtree(data_set.folders.sensors)
    told(pictures(data_set), Level.ERROR, "no such folder", "cameras=[]")


def test_pictures_one_level_too_deep_are_found(data_set: DataSet) -> None:
    sensors = data_set.folders.sensors
    sensors.rename(sensors.with_name("current_split_1"))
    sensors.mkdir()
    shutil.move(sensors.with_name("current_split_1"), sensors / "current_split_1")
    told(pictures(data_set), Level.ERROR, "one level too deep", str(sensors / "current_split_1"), "rsync")


def test_a_picture_that_was_cut_short(data_set: DataSet) -> None:
    path = picture(data_set, 3, "red_light", "CAM_L0")
    path.write_bytes(path.read_bytes()[:2000])
    told(pictures(data_set), Level.ERROR, str(path), "does not open")


def test_a_shrunk_picture_no_longer_fits_its_intrinsics(data_set: DataSet) -> None:
    path = picture(data_set, 3, "red_light", "CAM_L0")
    Image.open(path).resize((240, 135)).save(path)
    told(pictures(data_set), Level.ERROR, "240 x 135", "480 x 270", "lands elsewhere")


def test_without_cameras_nothing_is_said(data_set: DataSet) -> None:
    assert list(picture_findings(data_set.survey(), data_set.folders.sensors, ())) == []
