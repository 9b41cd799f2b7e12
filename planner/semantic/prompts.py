"""What the vision-language model is asked, as a chat message.

The ego's history and acceleration stay out of the words on purpose: see ``planner.ego_encoder``.
"""

from driving.observation import Observation
from driving.types import COMMANDS

QUESTION = "What should the car do in the next 4 seconds?"

Message = dict[str, object]
"""A chat message in the form transformers' ``apply_chat_template`` takes."""


def ego_words(observation: Observation) -> tuple[str, ...]:
    """Speed and command of every scene, such as "Speed 8 m/s, command straight."."""
    speeds = observation.ego_velocity[:, -1].norm(dim=-1).round().int().tolist()
    commands = observation.command.argmax(dim=-1).tolist()
    return tuple(
        ego_sentence(speed, COMMANDS[command]) for speed, command in zip(speeds, commands, strict=True)
    )


def ego_sentence(speed_mps: int, command: str) -> str:
    """Speed and command in words."""
    return f"Speed {speed_mps} m/s, command {command}."


def user_message(ego: str, n_images: int) -> Message:
    """The pictures, the ego status in words, the question."""
    images: list[Message] = [{"type": "image"} for _ in range(n_images)]
    return {"role": "user", "content": [*images, {"type": "text", "text": f"{ego} {QUESTION}"}]}
