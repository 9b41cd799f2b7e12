"""A very small vision-language model of a real transformers class, from scratch and offline.

Network and processor are Idefics3's; only the sizes are ours, and the tokenizer, which is built
here from the words a driver needs. A word outside the list is spelled letter by letter.
"""

from dataclasses import dataclass

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessor,
    Idefics3Processor,
    PreTrainedTokenizerFast,
)

from driving.targets import DETECTION_CLASSES, LATERAL_ACTIONS, LONGITUDINAL_ACTIONS
from driving.types import COMMANDS
from planner.semantic.prompts import QUESTION

PAD, END, UNKNOWN = "<pad>", "<end>", "<unk>"
IMAGE_TOKENS = ("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>")

INITIAL_STD = 0.08
"""Transformers' 0.02 suits wide networks; at width 64 it makes the first hundred steps idle."""

DRIVER_WORDS = """
a about after ahead an and approaching are as at away because before behind brake braking bus but
car careful changing clear close closing coming continue corner crossing crosswalk cyclist distance
driver drives driving far fast faster follow following for free from front gap gently give go going green
halt hard has have hold in intersection into is it junction keeping lamp lane lead leading light
lights line maintain me merge meters metres moving my near nearby no not nothing now object obstacle
of off on oncoming one open opposite or other our out over parked passing path pedestrians people
person please proceed reason red road route safe side signal slow slower slowing so soon speed
standing stands starting static stay stays steer steering stopped stopping straight street than that the
their then there this through to toward towards traffic truck turning two unknown until vehicles
very wait waiting walking walkway way we while will with yellow amber yield you command m s second
seconds none one-way left right Speed What should do next User Assistant
"""

CHAT_TEMPLATE = (
    "{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<end_of_utterance>{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)


@dataclass
class TinyVlmConfig:
    """Sizes of the model from scratch."""

    image_size: int = 64
    """Every view is resized to a square of this many pixels."""
    patch_size: int = 16
    width: int = 64
    """Width of the vision encoder and of the language model."""
    vision_layers: int = 2
    language_layers: int = 3
    heads: int = 4

    def __post_init__(self) -> None:
        if self.image_size % (2 * self.patch_size):
            raise ValueError(
                f"image_size {self.image_size} is not a multiple of twice patch_size {self.patch_size}"
            )
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not divisible by {self.heads} heads")

    @property
    def tokens_per_image(self) -> int:
        """Idefics3's connector joins 2 x 2 patches."""
        return (self.image_size // self.patch_size // 2) ** 2


def build_tiny_model(config: TinyVlmConfig, processor: Idefics3Processor) -> Idefics3ForConditionalGeneration:
    """Random weights, from the global torch generator."""
    tokenizer = processor.tokenizer
    network = {
        "hidden_size": config.width,
        "intermediate_size": 2 * config.width,
        "num_attention_heads": config.heads,
        "initializer_range": INITIAL_STD,
    }
    return Idefics3ForConditionalGeneration(
        Idefics3Config(
            image_token_id=processor.image_token_id,
            tie_word_embeddings=True,
            vision_config={
                **network,
                "num_hidden_layers": config.vision_layers,
                "image_size": config.image_size,
                "patch_size": config.patch_size,
            },
            text_config={
                **network,
                "model_type": "llama",
                "num_hidden_layers": config.language_layers,
                "num_key_value_heads": config.heads,
                "vocab_size": len(tokenizer),
                "max_position_embeddings": 1024,
                "pad_token_id": tokenizer.pad_token_id,
                "bos_token_id": None,
                "eos_token_id": tokenizer.eos_token_id,
            },
        )
    )


def build_tiny_processor(config: TinyVlmConfig) -> Idefics3Processor:
    """Idefics3's own processor around our tokenizer; one square picture a view, no splitting."""
    edge = {"longest_edge": config.image_size}
    return Idefics3Processor(
        Idefics3ImageProcessor(size=edge, max_image_size=edge, do_image_splitting=False),
        build_tokenizer(),
        image_seq_len=config.tokens_per_image,
        chat_template=CHAT_TEMPLATE,
    )


def build_tokenizer() -> PreTrainedTokenizerFast:
    """Whole words of the closed list, letters for the rest; the same on every machine."""
    vocabulary = {piece: index for index, piece in enumerate(_pieces())}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.WordPiece(prefix="##", cleanup=True),
            decoders.Replace(" :", ":"),
            decoders.Replace(" ;", ";"),
        ]
    )
    tokenizer.add_special_tokens(
        [AddedToken(name, special=True, normalized=False) for name in (PAD, END, *IMAGE_TOKENS)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def _pieces() -> list[str]:
    """The vocabulary in its fixed order: special tokens, words, capitalised words, characters."""
    sentences = (*LONGITUDINAL_ACTIONS, *LATERAL_ACTIONS, *COMMANDS, *DETECTION_CLASSES, QUESTION)
    words = sorted({word for text in (*sentences, DRIVER_WORDS) for word in _words(text)})
    characters = [chr(code) for code in range(33, 127)]
    numbers = [str(number) for number in range(10, 100)]
    pieces = [
        *(PAD, END, UNKNOWN, *IMAGE_TOKENS),
        *words,
        *(word.capitalize() for word in words),
        *numbers,
        *characters,
        *(f"##{character}" for character in characters),
    ]
    return list(dict.fromkeys(pieces))


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text).split()
