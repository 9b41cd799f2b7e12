"""Three sizes of the planner: for tests, for two CPU cores, and for NAVSIM."""

from planner.bev.backbone import BackboneConfig
from planner.bev.encoder import BevConfig
from planner.bev.heads import QueryConfig
from planner.context_encoder import ContextEncoderConfig
from planner.diffusion.denoiser import DenoiserConfig
from planner.diffusion.sampler import DiffusionConfig
from planner.model import PlannerConfig
from planner.semantic.tiny_vlm import TinyVlmConfig
from planner.semantic.vlm import VlmConfig


def debug() -> PlannerConfig:
    """As small as it goes, for tests."""
    return PlannerConfig(
        ContextEncoderConfig(
            width=16,
            backbone=BackboneConfig(name="test_byobnet", strides=(8, 16)),
            bev=BevConfig(cells=8, heights_m=(0.0, 2.0), convolutions=1),
            queries=QueryConfig(objects=4, map_elements=4, map_points=4, layers=1, heads=2),
            vlm=VlmConfig(
                tiny=TinyVlmConfig(image_size=32, width=16, vision_layers=1, language_layers=1, heads=2),
                meta_tokens=3,
                answer_tokens=16,
            ),
        ),
        DiffusionConfig(anchors=5, denoiser=DenoiserConfig(blocks=1, heads=2, pooled_cells=4)),
    )


def tiny() -> PlannerConfig:
    """The default: trains on two CPU cores with three 128 x 224 cameras."""
    return PlannerConfig()


def base() -> PlannerConfig:
    """For recorded NAVSIM data and GPUs: V2-99, 256 x 704 images, a pretrained language model."""
    return PlannerConfig(
        ContextEncoderConfig(
            width=256,
            backbone=BackboneConfig(name="ese_vovnet99b", pretrained=True, strides=(8, 16, 32)),
            bev=BevConfig(cells=128, heights_m=(0.0, 1.0, 2.0, 3.0, 4.0, 5.0), convolutions=4),
            queries=QueryConfig(objects=100, map_elements=60, map_points=20, layers=6, heads=8),
            vlm=VlmConfig(model="HuggingFaceTB/SmolVLM-256M-Instruct", meta_tokens=16),
        ),
        DiffusionConfig(anchors=20, denoiser=DenoiserConfig(blocks=4, heads=8, pooled_cells=16)),
    )
