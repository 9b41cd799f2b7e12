"""Runs the official NAVSIM devkit v2.2, as it is, on ``two_stage_world.tar.xz``.

Step two of two (step one is ``make_two_stage_world.py``), in the same Python as ``make_epdms_golden.py``:

    python tests/golden/make_two_stage_golden.py tests/golden/two_stage_world.tar.xz tests/golden

The devkit's two-stage script scores its human and its constant-velocity agent; its own CSV files, rows sorted
by token, become ``two_stage_<agent>.csv``. One scene, cut off at the present, with its future as the devkit's
own objects, is saved by the devkit as ``synthetic_scene.pkl.xz``. Metric caches are computed by a fresh
processor a scene, as in ``make_epdms_golden.py``.
"""

import csv
import gc
import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from make_epdms_golden import _complete_maps

SPLIT = "test_two_stage"
AGENTS = {"human": "human_agent", "constant_velocity": "constant_velocity_agent"}


def main(archive: str, target: str) -> None:
    """Unpack, cache, score, write."""
    with tempfile.TemporaryDirectory() as folder:
        root = unpack(archive, Path(folder))
        cache(root)
        _save_as_recorded(root, Path(target) / "synthetic_scene.pkl.xz")
        for name, agent in AGENTS.items():
            sort_rows(score(root, name, agent=agent), Path(target) / f"two_stage_{name}.csv")


def unpack(archive: str, root: Path) -> Path:
    """The world, with all maps that the devkit insists on, where its environment variables say."""
    with tarfile.open(archive) as tar:
        tar.extractall(root, filter="data")
    _complete_maps(root / "maps")
    places = ("NUPLAN_MAPS_ROOT", "OPENSCENE_DATA_ROOT", "NAVSIM_EXP_ROOT")
    os.environ.update(zip(places, (str(root / "maps"), str(root), str(root)), strict=True))
    return root


def cache(root: Path) -> None:
    """Metric caches of both stages in the devkit's own layout."""
    import yaml
    from navsim.common.dataclasses import SceneFilter, SensorConfig
    from navsim.common.dataloader import SceneLoader
    from navsim.planning.metric_caching.metric_cache_processor import MetricCacheProcessor
    from navsim.planning.scenario_builder.navsim_scenario import NavSimScenario
    from nuplan.planning.simulation.trajectory.trajectory_sampling import TrajectorySampling
    from nuplan.planning.training.experiments.cache_metadata_entry import save_cache_metadata

    chosen = yaml.safe_load((root / f"train_test_split/scene_filter/{SPLIT}.yaml").read_text())
    loader = SceneLoader(
        data_path=root / "navsim_logs/test",
        original_sensor_path=None,
        scene_filter=SceneFilter(**{key: value for key, value in chosen.items() if key[0] != "_"}),
        synthetic_scenes_path=root / SPLIT / "synthetic_scene_pickles",
        sensor_config=SensorConfig.build_no_sensors(),
    )
    sampling, entries = TrajectorySampling(num_poses=40, interval_length=0.1), []
    for token in loader.tokens:
        processor = MetricCacheProcessor(str(root / "metric_cache"), True, sampling)
        scene = loader.get_scene_from_token(token)
        scenario = NavSimScenario(scene, str(root / "maps"), "nuplan-maps-v1.0")
        entries.append(processor.compute_and_save_metric_cache(scenario))
        gc.enable()  # the devkit's planner turns it off
    save_cache_metadata(entries, root / "metric_cache", 0)


def _save_as_recorded(root: Path, target: Path) -> None:
    """The first synthetic scene as recorded ones are: what others do next is known, but not the ego."""
    from navsim.common.dataclasses import Scene, SensorConfig
    from navsim.planning.scenario_builder.navsim_scenario import NavSimScenario
    from nuplan.common.maps.maps_datatypes import TrafficLightStatuses

    path = min((root / SPLIT / "synthetic_scene_pickles").iterdir())
    scene = Scene.load_from_disk(path, None, SensorConfig.build_no_sensors())
    scenario = NavSimScenario(scene, str(root / "maps"), "nuplan-maps-v1.0")
    moments = range(1, 9)
    tracks = [scenario.get_tracked_objects_at_iteration(moment) for moment in moments]
    tracks[0].tracked_objects.tracked_objects[0].box.geometry  # noqa: B018  (remembered, and saved with it)
    lights = [list(scenario.get_traffic_light_status_at_iteration(moment)) for moment in moments]
    scene.extended_detections_tracks = tracks
    scene.extended_traffic_light_data = [TrafficLightStatuses(moment) for moment in lights]
    scene.frames, scene.scene_metadata.num_future_frames = scene.frames[:4], 0
    scene.save_to_disk(root)
    target.write_bytes(lzma.compress((root / path.name).read_bytes()))


def score(root: Path, name: str, **settings: object) -> Path:
    """The CSV that the official two-stage script writes."""
    caches = {"worker": "sequential", "metric_cache_path": root / "metric_cache"}
    return next(run(root, "run_pdm_score", name, **caches, **settings).glob("*.csv"))


def run(root: Path, script: str, name: str, **settings: object) -> Path:
    """Call a script of the devkit on the two-stage split; the folder of its results."""
    import navsim

    out = root / "out" / name
    settings = {
        "train_test_split": SPLIT,
        "experiment_name": name,
        "output_dir": out,
        "synthetic_scenes_path": root / SPLIT / "synthetic_scene_pickles",
        "synthetic_sensor_path": root / SPLIT / "sensor_blobs",
        "hydra.searchpath": f"[pkg://navsim.planning.script.config.common,file://{root}]",
        **settings,
    }
    program = Path(next(iter(navsim.__path__))) / "planning" / "script" / f"{script}.py"
    arguments = [f"{key}={value}" for key, value in settings.items()]
    subprocess.run([sys.executable, program, *arguments], check=True)
    return out


def sort_rows(source: Path, target: Path) -> None:
    """The scenes by token, then the devkit's last three rows."""
    with source.open(newline="") as file:
        header, *rows = csv.reader(file)
    scenes, summary = sorted(rows[:-3], key=lambda row: row[1]), rows[-3:]
    with target.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([index, *row[1:]] for index, row in enumerate([*scenes, *summary]))


if __name__ == "__main__":
    main(*sys.argv[1:3])
