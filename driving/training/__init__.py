"""How every trainer of the project runs: one loop, exact resume, plain checkpoints."""

from driving.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from driving.training.fit import RunConfig, fit

__all__ = ["Checkpoint", "RunConfig", "fit", "load_checkpoint", "save_checkpoint"]
