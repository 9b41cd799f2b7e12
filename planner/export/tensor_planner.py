"""Planners as functions of tensors, which is what other runtimes can hold: same numbers, no text.

Inputs are the tensors of an ``Observation`` by name, outputs the poses (B, P, F, 3) of every candidate
and its logit (B, P), as ``plan`` gives them.
"""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn

from driving.context import ContextTokens
from driving.observation import TENSOR_FIELDS, Observation
from driving.observation_config import ObservationConfig
from planner.bev.encoder import Sight, look, look_up_pillars
from planner.ego_status import EgoStatusPlanner
from planner.export.fixed_prompt import FixedPrompt
from planner.model import VlaPlanner, with_wrapped_heading

LookUp = Callable[[Tensor, Sight], Tensor]
Answer = tuple[Float[Tensor, "B P F 3"], Float[Tensor, "B P"]]


class TensorPlanner(nn.Module):
    """The vision-language-action planner for one rig and picture size.

    ``look_up`` finds image features at pillar points. Raises ValueError for a planner that needs
    more than tensors, or another rig.
    """

    inputs = TENSOR_FIELDS

    def __init__(
        self, planner: VlaPlanner, observation: ObservationConfig, look_up: LookUp = look_up_pillars
    ) -> None:
        super().__init__()
        if max(planner.config.encoder.vlm.views) >= len(observation.cameras):
            raise ValueError(f"views {planner.config.encoder.vlm.views} of cameras {observation.cameras}")
        encoder = planner.encoder
        self.backbone, self.bev, self.heads, self.ego = (
            encoder.backbone,
            encoder.bev,
            encoder.heads,
            encoder.ego,
        )
        self.prompt = FixedPrompt(encoder.vlm, (observation.image_height, observation.image_width))
        self.decoder = planner.decoder
        self.look_up = look_up
        self.eval()

    def forward(
        self,
        images: Tensor,
        intrinsics: Tensor,
        camera_to_ego: Tensor,
        ego_poses: Tensor,
        ego_velocity: Tensor,
        ego_acceleration: Tensor,
        command: Tensor,
    ) -> Answer:
        ego = (ego_poses, ego_velocity, ego_acceleration, command)
        observation = Observation((), images, intrinsics, camera_to_ego, *ego)
        context = self._perceive(observation)
        schedule, batch = self.decoder.schedule, observation.command.shape[0]
        state = self.decoder.start(self.decoder.all_modes(batch), None)
        logits = state[..., 0]
        for step in range(schedule.steps, 0, -1):
            denoised = self.decoder.denoise(context, state, schedule.levels[step].expand(batch))[-1]
            state, logits = schedule.step_mean(state, denoised.latents, step), denoised.logits
        return with_wrapped_heading(self.decoder.codec.decode(state)), logits

    def _perceive(self, observation: Observation) -> ContextTokens:
        features = self.backbone(observation.images)
        bev = self.bev.fill(self.look_up(features, look(self.bev.points, observation)))
        percepts = self.heads(bev)
        return ContextTokens(
            meta=self.prompt(observation),
            bev=bev,
            map=percepts.map_tokens,
            object=percepts.object_tokens,
            ego=self.ego(observation),
            area=self.bev.config.area,
        )


class TensorEgoStatus(nn.Module):
    """The blind baseline: three inputs and a single candidate."""

    inputs = ("ego_velocity", "ego_acceleration", "command")

    def __init__(self, planner: EgoStatusPlanner) -> None:
        super().__init__()
        self.planner = planner
        self.eval()

    def forward(self, ego_velocity: Tensor, ego_acceleration: Tensor, command: Tensor) -> Answer:
        unseen = command.new_zeros(0)
        observation = Observation((), unseen, unseen, unseen, unseen, ego_velocity, ego_acceleration, command)
        poses = with_wrapped_heading(self.planner(observation))[:, None]
        return poses, poses[:, :, 0, 0] * 0.0
