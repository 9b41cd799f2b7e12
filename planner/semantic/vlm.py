"""The vision-language model in the driving stack: meta tokens, meta-actions, and a sentence.

The prompt (pictures, ego status, question) is run on its own; its last hidden states become the
meta tokens. The answer is read afterwards, from the key-value cache of the prompt, so that no
answer can reach the meta tokens, whatever attention mask the model uses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModelForImageTextToText, AutoProcessor, BatchEncoding, BatchFeature, Cache

from driving.observation import Observation
from driving.targets import LATERAL_ACTIONS, LONGITUDINAL_ACTIONS
from planner.semantic.prompts import ego_words, user_message
from planner.semantic.tiny_vlm import TinyVlmConfig, build_tiny_model, build_tiny_processor


@dataclass
class VlmConfig:
    """Which vision-language model, what it sees, and how much the planner takes from it."""

    model: str = ""
    """Hub id or folder of any image-text-to-text model; empty: the tiny one from scratch."""
    tiny: TinyVlmConfig = field(default_factory=TinyVlmConfig)
    """Used where ``model`` is empty."""
    frozen: bool = False
    """Train only the adaptor and the two classifiers, not the model itself."""
    views: tuple[int, ...] = (1,)
    """Cameras it looks at, as indices into the observation (1 is the front one of the default rig)."""
    meta_tokens: int = 8
    """How many of the prompt's last hidden states the planner gets."""
    answer_tokens: int = 40
    """The longest answer."""

    def __post_init__(self) -> None:
        self.views = tuple(self.views)
        if not self.views or min(self.views) < 0:
            raise ValueError(f"views must name at least one camera, got {self.views}")
        if self.meta_tokens < 1 or self.answer_tokens < 1:
            raise ValueError(f"{self.meta_tokens} meta tokens, {self.answer_tokens} answer tokens")


@dataclass(frozen=True)
class ReadPrompt:
    """What remains of a prompt once it was run: enough to read or write the answer."""

    mask: Tensor
    """(B, prompt length), 0 is padding."""
    cache: Cache
    next_logits: Float[Tensor, "B vocabulary"]
    """Logits of the first token of the answer."""


@dataclass(frozen=True)
class Reasoning:
    """What the semantic branch makes of a scene."""

    meta: Float[Tensor, "B n_meta D"]
    longitudinal_logits: Float[Tensor, "B longitudinal"]
    lateral_logits: Float[Tensor, "B lateral"]
    prompt: ReadPrompt


class DrivingVlm(nn.Module):
    """A transformers vision-language model with a driving adaptor."""

    def __init__(self, config: VlmConfig, width: int) -> None:
        super().__init__()
        self.config = config
        if config.model:
            self.processor = AutoProcessor.from_pretrained(config.model)
            self.model = AutoModelForImageTextToText.from_pretrained(config.model, use_safetensors=True)
        else:
            self.processor = build_tiny_processor(config.tiny)
            self.model = build_tiny_model(config.tiny, self.processor)
        self.processor.tokenizer.padding_side = "left"
        self.model.requires_grad_(not config.frozen)
        hidden = self.model.config.get_text_config().hidden_size
        self.adaptor = nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, width))
        self.longitudinal = nn.Linear(width, len(LONGITUDINAL_ACTIONS))
        self.lateral = nn.Linear(width, len(LATERAL_ACTIONS))

    def forward(self, observation: Observation) -> Reasoning:
        inputs = self._inputs(observation)
        output = self.model(**inputs, output_hidden_states=True, use_cache=True, logits_to_keep=1)
        last = output.hidden_states[-1][:, -self.config.meta_tokens :]
        meta = self.adaptor(last)
        prompt = ReadPrompt(inputs["attention_mask"], output.past_key_values, output.logits[:, -1])
        summary = meta.mean(dim=1)
        return Reasoning(meta, self.longitudinal(summary), self.lateral(summary), prompt)

    def answer_loss(self, prompt: ReadPrompt, answers: tuple[str, ...]) -> Float[Tensor, ""]:
        """Mean cross-entropy of the answers' tokens after the prompt; extends the prompt's cache."""
        tokenizer = self.processor.tokenizer
        told = tokenizer(
            [answer + tokenizer.eos_token for answer in answers],
            padding=True,
            padding_side="right",
            truncation=True,
            max_length=self.config.answer_tokens,
            add_special_tokens=False,
            return_tensors="pt",
        ).to(prompt.mask.device)
        output = self.model(
            input_ids=told["input_ids"][:, :-1],
            attention_mask=torch.cat([prompt.mask, told["attention_mask"][:, :-1]], dim=1),
            past_key_values=prompt.cache,
            use_cache=True,
        )
        logits = torch.cat([prompt.next_logits[:, None], output.logits], dim=1)
        wanted = told["input_ids"].masked_fill(told["attention_mask"] == 0, -100)
        return functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())

    @torch.no_grad()
    def speak(self, observation: Observation) -> tuple[str, ...]:
        """The most likely answer to the question, one sentence a scene (greedy)."""
        inputs = self._inputs(observation)
        tokenizer = self.processor.tokenizer
        written = self.model.generate(  # type: ignore[attr-defined]
            **inputs,
            max_new_tokens=self.config.answer_tokens,
            do_sample=False,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
        answers = written[:, inputs["input_ids"].shape[1] :]
        texts = self.processor.batch_decode(answers, skip_special_tokens=True)
        return tuple(text.strip() for text in texts)

    def prompt_inputs(
        self, egos: Sequence[str], pictures: UInt8[Tensor, "B views 3 H W"]
    ) -> BatchEncoding | BatchFeature:
        """The processor's tensors for a prompt a scene: its ego status in words and its pictures."""
        template = self.processor.apply_chat_template
        texts = [
            template([user_message(ego, pictures.shape[1])], add_generation_prompt=True)  # type: ignore[arg-type]
            for ego in egos
        ]
        return self.processor(
            text=texts,
            images=[list(scene) for scene in pictures],  # type: ignore[arg-type]
            padding=True,
            return_tensors="pt",
        )

    def _inputs(self, observation: Observation) -> BatchEncoding | BatchFeature:
        """The processor's tensors for the prompt of every scene.

        Raises ValueError where the observation lacks a camera of ``views``.
        """
        views = list(self.config.views)
        if max(views) >= observation.images.shape[1]:
            raise ValueError(f"views {views} of {observation.images.shape[1]} cameras")
        inputs = self.prompt_inputs(ego_words(observation), observation.images[:, views])
        return inputs.to(observation.images.device)
