"""How far PDM-Closed gets, by which EP is measured."""

from jaxtyping import Float64
from torch import Tensor

from driving.scores import SubScores
from reward_wm.epdms.metrics.no_at_fault_collision import no_at_fault_collision
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.rollout import Rollout
from reward_wm.epdms.traffic import Traffic


def reference_progress(prepared: PreparedScene, traffic: Traffic) -> Float64[Tensor, "#P"]:
    """PDM-Closed's masked progress: the traffic that a proposal is judged in can be in its way too."""
    if traffic is prepared.world.traffic:
        return prepared.reference_progress_m[None]
    drive = Rollout.of(prepared.reference_states[None], prepared.world)
    many = drive if traffic.poses.ndim == 3 else drive.repeat(len(traffic.poses))
    scores = SubScores(*prepared.reference_scores)
    nc = no_at_fault_collision(many.within(traffic)).score
    return prepared.reference_raw_progress_m * nc * scores.dac * scores.ddc * scores.tlc
