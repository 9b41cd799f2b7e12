"""Observation -> context tokens: what the planner, and with its own weights the reward model, decodes."""

from dataclasses import dataclass, field

from torch import nn

from driving.context import ContextTokens
from driving.observation import Observation
from planner.bev.backbone import BackboneConfig, ImageBackbone
from planner.bev.encoder import BevConfig, BevEncoder
from planner.bev.heads import PerceptionHeads, Percepts, QueryConfig
from planner.ego_encoder import EgoEncoder, EgoEncoderConfig
from planner.semantic.vlm import DrivingVlm, Reasoning, VlmConfig


@dataclass
class ContextEncoderConfig:
    """The whole sensor side."""

    width: int = 64
    """D, width of every token."""
    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    bev: BevConfig = field(default_factory=BevConfig)
    queries: QueryConfig = field(default_factory=QueryConfig)
    ego: EgoEncoderConfig = field(default_factory=EgoEncoderConfig)
    vlm: VlmConfig = field(default_factory=VlmConfig)

    def __post_init__(self) -> None:
        if self.width < 8 or self.width % 8:
            raise ValueError(f"width must be a positive multiple of 8, got {self.width}")


@dataclass(frozen=True)
class Perception:
    """The tokens, and what the auxiliary losses look at."""

    tokens: ContextTokens
    percepts: Percepts
    reasoning: Reasoning


class ContextEncoder(nn.Module):
    """Cameras -> grid -> queries; cameras and words -> meta tokens; ego status -> one token."""

    def __init__(self, config: ContextEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = ImageBackbone(config.backbone, config.width)
        self.bev = BevEncoder(config.bev, config.width)
        self.heads = PerceptionHeads(config.queries, config.width)
        self.ego = EgoEncoder(config.ego, config.width)
        self.vlm = DrivingVlm(config.vlm, config.width)

    def forward(self, observation: Observation) -> ContextTokens:
        return self.perceive(observation).tokens

    def perceive(self, observation: Observation) -> Perception:
        """Tokens together with the outputs of the auxiliary heads."""
        bev = self.bev(self.backbone(observation.images), observation)
        percepts = self.heads(bev)
        reasoning = self.vlm(observation)
        tokens = ContextTokens(
            meta=reasoning.meta,
            bev=bev,
            map=percepts.map_tokens,
            object=percepts.object_tokens,
            ego=self.ego(observation),
            area=self.config.bev.area,
        )
        return Perception(tokens, percepts, reasoning)
