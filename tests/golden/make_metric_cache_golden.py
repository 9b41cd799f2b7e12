"""Metric caches of the official NAVSIM devkit v2.2: a few scenes of both golden worlds.

In the same Python as ``make_epdms_golden.py``, of which the scores of the first log are, in log replay;
those in reactive traffic are in ``traffic_golden.npz``, those of the synthetic scene in ``two_stage_*.csv``:

    cd tests/golden
    python make_metric_cache_golden.py epdms_world.tar.xz two_stage_world.tar.xz metric_caches.tar.xz

The devkit's own processor, a fresh one a scene, computes and saves them. What it saves is an lzma stream
a scene; packed here are the pickles inside, which takes half the space together. ``unpack_metric_caches``
of ``metric_caches.py`` makes the devkit's folder of it again.
"""

import lzma
import os
import sys
import tarfile
import tempfile
from pathlib import Path

from make_epdms_golden import _complete_maps
from make_two_stage_golden import _cache

LOG = "stirred_01"
"""Two scenes half a second apart; a red light; an agent that overlaps the ego at the start of one."""
SYNTHETIC = "000c570c862437960"


def main(epdms_world: str, two_stage_world: str, target: str) -> None:
    """Unpack, cache, pack."""
    with tempfile.TemporaryDirectory() as folder:
        roots = [Path(folder) / name for name in ("epdms", "two_stage")]
        for archive, root in zip((epdms_world, two_stage_world), roots, strict=True):
            with tarfile.open(archive) as tar:
                tar.extractall(root, filter="data")
            _complete_maps(root / "maps")
            places = ("NUPLAN_MAPS_ROOT", "OPENSCENE_DATA_ROOT", "NAVSIM_EXP_ROOT")
            os.environ.update(zip(places, (str(root / "maps"), str(root), str(root)), strict=True))
            (_cache_log if root == roots[0] else _cache)(root)
        kept = [
            *roots[0].glob("metric_cache/*/*/*/*.pkl"),
            *roots[1].glob(f"**/{SYNTHETIC}/metric_cache.pkl"),
        ]
        with tarfile.open(target, "w:xz", preset=9 | lzma.PRESET_EXTREME) as tar:
            for path in sorted(kept):
                path.write_bytes(lzma.decompress(path.read_bytes()))
                tar.add(path, str(path).split("/metric_cache/", 1)[1], filter=_without_owner)


def _cache_log(root: Path) -> None:
    from navsim.common.dataclasses import SceneFilter, SensorConfig
    from navsim.common.dataloader import SceneLoader
    from navsim.planning.metric_caching.metric_cache_processor import MetricCacheProcessor
    from navsim.planning.scenario_builder.navsim_scenario import NavSimScenario
    from nuplan.planning.simulation.trajectory.trajectory_sampling import TrajectorySampling

    chosen = SceneFilter(
        num_history_frames=4, num_future_frames=10, frame_interval=1, has_route=True, log_names=[LOG]
    )
    loader = SceneLoader(root / "navsim_logs", None, chosen, sensor_config=SensorConfig.build_no_sensors())
    for token in loader.tokens:
        sampling = TrajectorySampling(num_poses=40, interval_length=0.1)
        processor = MetricCacheProcessor(str(root / "metric_cache"), True, sampling)
        scene = loader.get_scene_from_token(token)
        processor.compute_and_save_metric_cache(NavSimScenario(scene, str(root / "maps"), "nuplan-maps-v1.0"))


def _without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    return member


if __name__ == "__main__":
    main(*sys.argv[1:4])
