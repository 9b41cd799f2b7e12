"""Prepare a split once, so that training and evaluation only read tensors.

Writes pictures, ego status and targets of every scene (safetensors, one file a log), and in
out=/scorer what the exact scorer needs of it: tracks, polygons, PDM-Closed and human references.
What is there and fits is kept.
"""

from dataclasses import dataclass, field

from driving.data.build_cache import build_cache
from driving.data.data_config import DataConfig
from driving.data.two_stage import save_mappings
from reward_wm.epdms.prepared_logs import prepare_logs
from scripts.data_keys import DataKeys, open_split
from scripts.run_folder import claim_folder


@dataclass
class Config(DataKeys):
    """Keys of ``irl-vla cache``."""

    out: str = "???"
    """Folder to write."""
    examples: DataConfig = field(default_factory=DataConfig)
    workers: int = 2
    """Processes."""


def run(config: Config) -> None:
    split, folders = open_split(config)
    out = claim_folder(config.out, config)
    report = build_cache(split, folders, config.examples, out, config.workers)
    print(f"{config.split}: {report.scenes} scenes of {report.logs} logs, {report.built} logs were new")
    prepare_logs(split, folders, out / "scorer", config.workers)
    save_mappings(split.two_stage, out)
