"""A callback for the devkit's training: what was learned is left as a checkpoint folder of ours.

Importable only where the devkit is installed, whose Lightning is the package ``pytorch_lightning``.
"""

from pathlib import Path

import pytorch_lightning

from driving.observation_config import ObservationConfig
from planner import VlaPlanner
from planner.checkpoint import save_planner
from planner.ego_status import EgoStatusPlanner


class KeepCheckpoint(pytorch_lightning.Callback):
    """Writes ``<default_root_dir>/checkpoint`` at the end of every training epoch, whole or not at all."""

    def __init__(
        self, planner: VlaPlanner | EgoStatusPlanner, observation: ObservationConfig, initial: str
    ) -> None:
        self._planner = planner
        self._observation = observation
        self._initial = initial

    def on_train_epoch_end(
        self, trainer: pytorch_lightning.Trainer, pl_module: pytorch_lightning.LightningModule
    ) -> None:
        """Save on the first process."""
        del pl_module
        if trainer.is_global_zero:
            save_planner(
                self._planner,
                Path(trainer.default_root_dir) / "checkpoint",
                self._observation,
                trained_by="navsim run_training",
                initial=self._initial,
                steps=trainer.global_step,
            )
