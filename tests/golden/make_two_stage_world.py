"""Makes the two-stage world in which scores, and our planner as an agent, are compared with the devkit.

Step one of two, in this project's environment (step two is ``make_two_stage_golden.py``):

    python -m tests.golden.make_two_stage_world tests/golden/two_stage_world.tar.xz

A small town, seen by one small camera: of its test logs with a second stage only the frames that the split
needs. The planner, of the smallest size, has looked at the training town for some hundred steps; the reward
model was drawn.
"""

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from driving.data.read_log import read_log
from driving.data.splits import find_data, read_split
from driving.data.write_log import write_log
from driving.observation_config import ObservationConfig
from driving.synth.build_world import build_world
from driving.synth.config import TwoStageConfig, WorldConfig, WorldSize, preset
from scripts.cli import main as irl_vla
from tests.navsim_agent.rewards import save_random_reward

SPLIT = "test_two_stage"
KEPT = (f"train_test_split/{SPLIT}.yaml", f"train_test_split/scene_filter/{SPLIT}.yaml", SPLIT)
OBSERVED = ObservationConfig(cameras=["CAM_F0"], image_height=32, image_width=64)


def config() -> WorldConfig:
    """Two logs, four starts after a first-stage scene of each."""
    world = preset(WorldSize.TOY)
    world.seed, world.workers, world.logs_per_town = 3, 1, 2
    world.two_stage = TwoStageConfig(starts=4, scenes_per_log=1)
    world.sensors.cameras, world.sensors.history = list(OBSERVED.cameras), False
    world.sensors.width_px, world.sensors.height_px = 128, 72
    return world


def main(archive: Path) -> None:
    """Build, cut down, train, pack."""
    with tempfile.TemporaryDirectory() as folder:
        built, out = Path(folder) / "built", Path(folder) / "out"
        print(build_world(config(), built, quiet=True).summary())
        for name in KEPT:
            source, target = built / name, out / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
        for location in set(_cut_logs(built, out)):
            shutil.copytree(built / "maps" / location, out / "maps" / location)
        index = out / "maps" / "nuplan-maps-v1.0.json"
        shutil.copy(built / "maps" / index.name, index)
        _copy_pictures(built, out)
        shutil.copytree(_train(built, Path(folder)), out / "planner")
        save_random_reward(out / "reward", OBSERVED)
        with tarfile.open(archive, "w:xz") as tar:
            for path in sorted(out.iterdir()):
                tar.add(path, path.name)


def _cut_logs(built: Path, out: Path) -> list[str]:
    """Write the logs of the split from the first scene's first frame to the last one's last; their maps."""
    chosen = read_split(built / "train_test_split" / f"{SPLIT}.yaml").scene_filter
    locations = []
    for name in chosen.log_names or ():
        frames = read_log(built / "navsim_logs" / "test" / f"{name}.pkl")
        places = [place for place, frame in enumerate(frames) if frame.token in set(chosen.tokens or ())]
        first, last = places[0] - chosen.num_history_frames + 1, places[-1] + chosen.num_future_frames
        write_log(frames[first : last + 1], out / "navsim_logs" / "test" / f"{name}.pkl")
        locations.append(frames[0].location)
    return locations


def _copy_pictures(built: Path, out: Path) -> None:
    """Those of the current frames of first-stage scenes; the second stage is copied whole."""
    split = read_split(built / "train_test_split" / f"{SPLIT}.yaml")
    sensors = find_data(split, built, built / "maps").sensors
    for token in split.scene_filter.tokens or ():
        for picture in sensors.rglob(f"*{token}*"):
            target = out / "sensor_blobs" / "test" / picture.relative_to(sensors)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, target)


def _train(built: Path, folder: Path) -> Path:
    """A checkpoint."""
    cache, run = folder / "cache", folder / "imitation"
    size = [f"examples.image_height={OBSERVED.image_height}", f"examples.image_width={OBSERVED.image_width}"]
    cameras = f"examples.cameras=[{','.join(OBSERVED.cameras)}]"
    arguments = [f"data={built}", "split=train", f"out={cache}", cameras, *size, "examples.bev_cells=16"]
    assert irl_vla(["cache", *arguments]) == 0
    planner = ["planner=debug", "planner.encoder.vlm.views=[0]"]
    steps = ["steps=300", "batch_size=16", "imitation.optimiser.learning_rate=3e-3"]
    assert irl_vla(["imitate", f"cache={cache}", f"out={run}", *planner, *steps]) == 0
    return run / "checkpoint"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
