"""The tokenizer tells a driver's sentence back word for word."""

import pytest

from planner.semantic.prompts import QUESTION
from planner.semantic.tiny_vlm import TinyVlmConfig, build_tiny_processor, build_tokenizer

SENTENCES = [
    "slow down, keep lane: the light is red; a vehicle stands ahead",
    "speed up, turn left: the road is clear",
    "stop, change lane right: a pedestrian is near the path; a cyclist drives ahead",
    QUESTION,
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_survive_the_round_trip_in_whole_words(sentence: str) -> None:
    tokenizer = build_tokenizer()
    tokens = tokenizer(sentence)["input_ids"]
    assert tokenizer.decode(tokens) == sentence
    assert not any(piece.startswith("##") for piece in tokenizer.convert_ids_to_tokens(tokens))


def test_an_unknown_word_is_spelled() -> None:
    tokenizer = build_tokenizer()
    tokens = tokenizer("a zebra ahead")["input_ids"]
    assert tokenizer.unk_token_id not in tokens
    assert tokenizer.decode(tokens) == "a zebra ahead"


def test_an_image_becomes_its_tokens() -> None:
    processor = build_tiny_processor(TinyVlmConfig(image_size=32))
    text = processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Go?"}]}],
        add_generation_prompt=True,
    )
    assert text == "<image>Go?<end_of_utterance>Assistant:"
    assert processor.image_seq_len == 1
