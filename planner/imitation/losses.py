"""What imitation minimises: the expert's trajectory, perception, meta-actions and the sentence."""

from dataclasses import dataclass, fields

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional

from driving.bev_area import BevArea
from driving.context import ContextTokens
from driving.targets import Example, PerceptionTargets
from planner.bev.heads import Percepts
from planner.context_encoder import Perception
from planner.diffusion.anchors import HEADING_LENGTH_M
from planner.diffusion.denoiser import Denoised
from planner.diffusion.sampler import DiffusionDecoder
from planner.imitation.matching import SHAPE_COST, class_targets, match
from planner.model import VlaPlanner
from planner.semantic.vlm import Reasoning

MODE_SOFTNESS_M = 1.0
"""A mode this much further from the expert than the nearest one is e times less wanted."""
NOTHING_WEIGHT = 0.2
"""Weight of the class "nothing" among the queries' classes."""
OCCUPIED_WEIGHT = 2.0
"""Weight of occupied cells in the segmentation."""
BOX_SCALE_M, SPEED_SCALE_MPS = 5.0, 10.0


@dataclass
class LossWeights:
    """Weights of the terms, in the order of ``LossTerms``."""

    trajectory: float = 1.0
    mode: float = 1.0
    bev: float = 2.0
    objects: float = 0.5
    map: float = 0.5
    meta_action: float = 0.2
    language: float = 0.5


@dataclass(frozen=True)
class LossTerms:
    """Each term of the imitation loss, a scalar."""

    trajectory: Float[Tensor, ""]
    """L1 of the winning mode's poses [m], mean over blocks."""
    mode: Float[Tensor, ""]
    """Cross-entropy of the modes' softmax with how near each anchor is to the expert."""
    bev: Float[Tensor, ""]
    objects: Float[Tensor, ""]
    map: Float[Tensor, ""]
    meta_action: Float[Tensor, ""]
    language: Float[Tensor, ""]

    def total(self, weights: LossWeights) -> Float[Tensor, ""]:
        """The weighted sum."""
        parts = [getattr(self, f.name) * getattr(weights, f.name) for f in fields(self)]
        return torch.stack(parts).sum()


def imitation_losses(planner: VlaPlanner, perception: Perception, example: Example) -> LossTerms:
    """All terms for one batch. Reading the answer comes last and cannot touch the tokens."""
    first, second = noised_passes(planner.decoder, perception.tokens, example.expert)
    outputs = [*first, *second]
    gaps = anchor_gaps(planner.decoder.anchors, example.expert)
    winner = gaps.argmin(dim=-1)
    decoded = [planner.decoder.codec.decode(output.latents) for output in outputs]
    return LossTerms(
        trajectory=torch.stack([winner_l1(p, example.expert, winner) for p in decoded]).mean(),
        mode=torch.stack([mode_loss(output.logits, gaps) for output in outputs]).mean(),
        bev=bev_loss(perception.percepts, example.targets),
        objects=object_loss(perception.percepts, example.targets, perception.tokens.area),
        map=map_loss(perception.percepts, example.targets, perception.tokens.area),
        meta_action=meta_action_loss(perception.reasoning, example.targets),
        language=planner.encoder.vlm.answer_loss(perception.reasoning.prompt, example.answers),
    )


def noised_passes(
    decoder: DiffusionDecoder, context: ContextTokens, expert: Float[Tensor, "B F 3"]
) -> tuple[list[Denoised], list[Denoised]]:
    """Denoise noised anchors, then the state that DDIM moves to from there, at random levels.

    The second pass is what later denoising steps see: inference starts from an anchor but goes on
    from the planner's own answer. (DiffusionDrive trains the first pass only.) Noise comes from the
    global generator.
    """
    batch, schedule = len(expert), decoder.schedule
    anchors = decoder.codec.encode(decoder.anchors)[decoder.all_modes(batch)]
    level = torch.randint(1, schedule.config.truncation + 1, (batch,), device=expert.device)
    noisy = schedule.add_noise(anchors, level, torch.randn_like(anchors))
    first = decoder.denoise(context, noisy, level)
    lower = (level * torch.rand(batch, device=expert.device)).long() + 1
    mean = schedule.move_mean(noisy, first[-1].latents.detach(), level, lower)
    moved = mean + schedule.move_std(level, lower) * torch.randn_like(mean)
    return first, decoder.denoise(context, moved, lower)


def anchor_gaps(anchors: Float[Tensor, "M F 3"], expert: Float[Tensor, "B F 3"]) -> Float[Tensor, "B M"]:
    """Mean distance between the positions of each anchor and the expert's [m]."""
    return (anchors[None, ..., :2] - expert[:, None, :, :2]).norm(dim=-1).mean(dim=-1)


def winner_l1(
    poses: Float[Tensor, "B M F 3"], expert: Float[Tensor, "B F 3"], winner: Int64[Tensor, "B"]
) -> Float[Tensor, ""]:
    """Mean absolute error of the winning mode; the heading counts ``HEADING_LENGTH_M`` a radian."""
    chosen = poses[torch.arange(len(winner), device=winner.device), winner]
    scale = poses.new_tensor([1.0, 1.0, HEADING_LENGTH_M])
    return ((chosen - expert) * scale).abs().mean()


def mode_loss(logits: Float[Tensor, "B M"], gaps: Float[Tensor, "B M"]) -> Float[Tensor, ""]:
    """Cross-entropy with a softmax over the modes' gaps to the expert: almost right is almost right.

    (DiffusionDrive's focal loss wants the nearest anchor alone, however close the next one; on few
    scenes that is learned by heart.) The logits stay a distribution over modes, which PPO samples from.
    """
    wanted = (-gaps / MODE_SOFTNESS_M).softmax(dim=-1)
    return -(wanted * logits.log_softmax(dim=-1)).sum(dim=-1).mean()


def bev_loss(percepts: Percepts, targets: PerceptionTargets) -> Float[Tensor, ""]:
    """Weighted binary cross-entropy, at the resolution of the targets."""
    logits = functional.interpolate(
        percepts.bev_logits, size=targets.bev.shape[-2:], mode="bilinear", align_corners=False
    )
    weight = logits.new_tensor(OCCUPIED_WEIGHT)
    return functional.binary_cross_entropy_with_logits(
        logits, targets.bev.to(logits.dtype), pos_weight=weight
    )


def object_loss(percepts: Percepts, targets: PerceptionTargets, area: BevArea) -> Float[Tensor, ""]:
    """Class and box of matched queries."""
    boxes = targets.boxes
    code = torch.cat(
        [
            area.to_unit(boxes[..., :2]),
            boxes[..., 2:3].cos(),
            boxes[..., 2:3].sin(),
            boxes[..., 3:5] / BOX_SCALE_M,
            boxes[..., 5:6] / SPEED_SCALE_MPS,
        ],
        dim=-1,
    )
    return _query_loss(percepts.object_logits, percepts.boxes, targets.box_classes, code)


def map_loss(percepts: Percepts, targets: PerceptionTargets, area: BevArea) -> Float[Tensor, ""]:
    """Class and points of matched queries; target polylines are resampled by vertex number."""
    points = percepts.map_points
    lines = area.to_unit(targets.polylines).transpose(2, 3).flatten(0, 1)
    resampled = functional.interpolate(lines, points.shape[2], mode="linear", align_corners=True)
    resampled = resampled.unflatten(0, targets.polylines.shape[:2]).transpose(2, 3)
    return _query_loss(percepts.map_logits, points.flatten(2), targets.polyline_classes, resampled.flatten(2))


def meta_action_loss(reasoning: Reasoning, targets: PerceptionTargets) -> Float[Tensor, ""]:
    """Cross-entropy of the two meta-actions."""
    along = functional.cross_entropy(reasoning.longitudinal_logits, targets.longitudinal)
    return along + functional.cross_entropy(reasoning.lateral_logits, targets.lateral)


def _query_loss(
    logits: Float[Tensor, "B Q classes"],
    shapes: Float[Tensor, "B Q code"],
    true_classes: Int64[Tensor, "B things"],
    true_shapes: Float[Tensor, "B things code"],
) -> Float[Tensor, ""]:
    """Class and shape; of more things than queries the first ones count, which are the nearest."""
    queries = logits.shape[1]
    true_classes, true_shapes = true_classes[:, :queries], true_shapes[:, :queries]
    matches = match(logits, shapes, true_classes, true_shapes)
    weight = logits.new_ones(logits.shape[-1])
    weight[-1] = NOTHING_WEIGHT
    wanted = class_targets(matches, true_classes, logits)
    classes = functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), weight=weight)
    found = shapes[matches.scene, matches.query]
    gap = (found - true_shapes[matches.scene, matches.thing]).abs().mean(dim=-1)
    return classes + SHAPE_COST * gap.sum() / max(len(gap), 1)
