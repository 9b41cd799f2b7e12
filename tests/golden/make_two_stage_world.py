"""Makes the two-stage world in which the two-stage score is compared with the official devkit.

Step one of two, in this project's environment (step two is ``make_two_stage_golden.py``):

    python -m tests.golden.make_two_stage_world tests/golden/two_stage_world.tar.xz

A small town without pictures: of its test logs with a second stage only the frames that the split needs.
"""

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from driving.data.read_log import read_log
from driving.data.splits import read_split
from driving.data.write_log import write_log
from driving.synth.build_world import build_world
from driving.synth.config import TwoStageConfig, WorldConfig, WorldSize, preset

SPLIT = "test_two_stage"
KEPT = (f"train_test_split/{SPLIT}.yaml", f"train_test_split/scene_filter/{SPLIT}.yaml", SPLIT)


def config() -> WorldConfig:
    """Two logs, four starts after a first-stage scene of each."""
    world = preset(WorldSize.TOY)
    world.seed, world.workers, world.logs_per_town = 3, 1, 2
    world.two_stage = TwoStageConfig(starts=4, scenes_per_log=1)
    return world


def main(archive: Path) -> None:
    """Build, cut down, pack."""
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


if __name__ == "__main__":
    main(Path(sys.argv[1]))
