"""The semantic branch on tensors alone: no tokenizer, no picture processor, no branch on data.

Within a checkpoint a prompt varies in two words, speed and command. So all prompts are written
beforehand and become a table; pictures are resized by matrices; the pictures' tokens have fixed
places. What remains is the vision-language model itself, whose parts are called one by one, because
its own ``forward`` drops padded pictures and builds masks from the data. Nothing is padded here.
"""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from transformers import Idefics3ForConditionalGeneration, Idefics3Model
from transformers.models.idefics3.image_processing_idefics3 import get_resize_output_image_size
from transformers.models.idefics3.modeling_idefics3 import Idefics3VisionEmbeddings

from driving.observation import Observation
from driving.types import COMMANDS
from planner.export.integer_resize import IntegerResize
from planner.semantic.prompts import ego_sentence
from planner.semantic.vlm import DrivingVlm

FASTEST_MPS = 99
"""Largest speed with a word of its own; a faster one is read as this."""


class FixedPrompt(nn.Module):
    """Meta tokens of a ``DrivingVlm`` for pictures of one size, in evaluation mode.

    Raises ValueError for a vision-language model other than the tiny one: theirs cut pictures into
    pieces and prompts into tokens in ways that depend on the data.
    """

    model: Idefics3Model
    prompts: Tensor
    places: Tensor
    normal: Tensor

    def __init__(self, vlm: DrivingVlm, picture: tuple[int, int]) -> None:
        super().__init__()
        if not isinstance(vlm.model, Idefics3ForConditionalGeneration) or vlm.config.model:
            raise ValueError(
                f"a planner with the vision-language model {vlm.config.model!r} cannot be exported, "
                "only one with the tiny model from scratch"
            )
        self.views = list(vlm.config.views)
        self.meta_tokens = vlm.config.meta_tokens
        self.model = vlm.model.model
        self.adaptor = vlm.adaptor
        edge = vlm.config.tiny.image_size
        shrunk = get_resize_output_image_size(torch.empty(3, *picture), edge)
        self.resize = IntegerResize(picture, shrunk, (edge, edge))
        prompts, is_picture = write_prompts(vlm)
        self.register_buffer("prompts", prompts, persistent=False)
        self.register_buffer("places", _places(is_picture), persistent=False)
        normal = torch.tensor(
            [vlm.processor.image_processor.image_mean, vlm.processor.image_processor.image_std]
        )
        self.register_buffer("normal", (normal * 255).view(2, 3, 1, 1), persistent=False)

    def forward(self, observation: Observation) -> Float[Tensor, "B n_meta D"]:
        speed = observation.ego_velocity[:, -1].norm(dim=-1).round().long().clamp(0, FASTEST_MPS)
        words = self.model.text_model.embed_tokens(self.prompts[speed, observation.command.argmax(dim=-1)])
        pictures = self._look(observation).reshape(words.shape[0], -1, words.shape[-1])
        prompt = torch.cat([words, pictures], dim=1).index_select(1, self.places)
        return self.adaptor(self._read(prompt)[:, -self.meta_tokens :])

    def _look(self, observation: Observation) -> Float[Tensor, "pictures tokens D"]:
        """Tokens of every picture, scene after scene."""
        vision, embed = self.model.vision_model, self.model.vision_model.embeddings
        assert isinstance(embed, Idefics3VisionEmbeddings)
        mean, std = self.normal.unbind()
        pixels = (self.resize(observation.images[:, self.views]).float() - mean) / std
        patches = embed.patch_embedding(pixels.flatten(0, 1)).flatten(2).transpose(1, 2)
        tokens = patches + embed.position_embedding.weight
        tokens = vision.encoder(inputs_embeds=tokens, attention_mask=None).last_hidden_state
        return self.model.connector(vision.post_layernorm(tokens))

    def _read(self, tokens: Float[Tensor, "B prompt D"]) -> Float[Tensor, "B prompt D"]:
        """The language model's last hidden states; without a mask its attention is causal."""
        language = self.model.text_model
        positions = torch.arange(tokens.shape[1], device=tokens.device)[None]
        rotary = language.rotary_emb(tokens, position_ids=positions)
        for layer in language.layers:
            tokens = layer(
                tokens,
                attention_mask=None,
                position_embeddings=rotary,
                position_ids=positions,
                use_cache=False,
            )
        return language.norm(tokens)


def write_prompts(vlm: DrivingVlm) -> tuple[Int64[Tensor, "speeds commands prompt"], Bool[Tensor, "prompt"]]:
    """Token ids of the prompt for every speed and command; which of them stand for pictures.

    Raises ValueError where prompts differ in length, for then they would need padding.
    """
    egos = [ego_sentence(speed, command) for speed in range(FASTEST_MPS + 1) for command in COMMANDS]
    blank = torch.zeros(len(egos), len(vlm.config.views), 3, 32, 32, dtype=torch.uint8)
    inputs = vlm.prompt_inputs(egos, blank)
    ids = inputs["input_ids"]
    is_picture = ids == vlm.processor.image_token_id
    if not inputs["attention_mask"].all() or not (is_picture == is_picture[0]).all():
        raise ValueError("a planner whose prompts differ in length cannot be exported")
    return ids.unflatten(0, (-1, len(COMMANDS))), is_picture[0]


def _places(is_picture: Bool[Tensor, "prompt"]) -> Int64[Tensor, "prompt"]:
    """For every place of the prompt, where its token lies in (words, then picture tokens)."""
    places = torch.arange(len(is_picture))
    places[is_picture] = len(is_picture) + torch.arange(int(is_picture.sum()))
    return places
