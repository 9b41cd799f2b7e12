"""Write a planner as one file that plans without this project.

format=TORCH_EXPORT is a program of torch.export (.pt2; it needs torch of this version and nothing else):
the same bits as `plan` on the same machine. format=ONNX (.onnx) agrees within rounding. Inputs are the
tensors of an Observation by name, with the cameras and picture size of the checkpoint and any number of
scenes; outputs are poses (B, P, 8, 3) and logits (B, P). No randomness, no sentence. The file is read back
and compared with the planner before it is written.
"""

from dataclasses import dataclass
from pathlib import Path

import planner as planners
from driving.training.checkpoint import read_card
from planner.export import Format, export_planner
from planner.hub import local_folder


@dataclass
class Config:
    """Keys of ``irl-vla export``."""

    checkpoint: str = "???"
    """Folder of a planner's checkpoint, or hub://owner/name@revision."""
    out: str = "???"
    """File to write; its name ends in .pt2 or .onnx."""
    format: Format = Format.TORCH_EXPORT
    """What to write; ONNX needs `pip install 'irl-vla[export]'`."""


def run(config: Config) -> None:
    folder, out = local_folder(config.checkpoint), Path(config.out)
    card = {name: read_card(folder).get(name) for name in ("kind", "code_version", "observation")}
    agreement = export_planner(planners.load(folder), planners.observes(folder), out, config.format, card)
    print(
        f"{out}: {out.stat().st_size / 1e6:.1f} MB; largest difference from plan(): "
        f"{agreement.poses:.1e} in poses (m, rad), {agreement.logits:.1e} in logits"
    )
