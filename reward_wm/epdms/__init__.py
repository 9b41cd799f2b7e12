"""The exact EPDMS v2.2, batched: the official devkit's numbers, thousands of trajectories a second.

``prepare_scene`` works out a scene's constants once, ``score_scene`` and ``score`` judge any number
of trajectories of it. How: ``simulate`` drives them, ``judge`` asks ``metrics``, ``score`` compares
with PDM-Closed (``pdm_closed``) and filters by the human.
"""

from reward_wm.epdms.config import Normalisation, ScorerConfig, TrafficPolicy
from reward_wm.epdms.exact_reward import ExactReward
from reward_wm.epdms.metrics.extended_comfort import extended_comfort
from reward_wm.epdms.packed import PackedScenes, pack_scenes
from reward_wm.epdms.prepare import prepare_scene
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.prepared_file import load_prepared, save_prepared
from reward_wm.epdms.score import SceneScores, score, score_scene

__all__ = [
    "ExactReward",
    "Normalisation",
    "PackedScenes",
    "PreparedScene",
    "SceneScores",
    "ScorerConfig",
    "TrafficPolicy",
    "extended_comfort",
    "load_prepared",
    "pack_scenes",
    "prepare_scene",
    "save_prepared",
    "score",
    "score_scene",
]
