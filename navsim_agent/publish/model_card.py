"""README.md of a published checkpoint: front matter as the Hugging Face hub reads it, then the page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from driving.observation_config import ObservationConfig
from driving.scores import OFFICIAL_COLUMNS
from driving.training.checkpoint import Card
from navsim_agent.evaluation.ladder import percent
from navsim_agent.publish.evaluations import Evaluation, Score

TEMPLATE = "model_card.md"
TAGS = ("autonomous-driving", "navsim", "trajectory-planning")
WHAT = {
    "planner": "A vision-language-action planner: cameras and ego status in, candidate trajectories with "
    "confidences and a sentence out.",
    "ego_status_planner": "A blind baseline: an MLP that sees speed, acceleration and command of the ego "
    "and nothing of the world.",
}


@dataclass(frozen=True)
class ModelCard:
    """All that the page tells."""

    name: str
    address: str
    """What ``planner.load`` takes."""
    kind: str
    card: Card
    stage: str
    """How it was trained."""
    pretrained: tuple[str, ...]
    """Weights of others that training began with."""
    observation: ObservationConfig
    parameters: int
    license: str | None
    """The hub's identifier, such as apache-2.0."""
    data: str | None
    """What it was trained on, in words."""
    data_license: str | None
    evaluations: tuple[Evaluation, ...]


def render(card: ModelCard) -> str:
    """The whole of README.md."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    training = {key: card.card.get(key) for key in ("scenes", "steps", "seed", "code_version")}
    page = environment.get_template(TEMPLATE).render(
        model=card,
        what=WHAT[card.kind],
        training=training,
        sees=card.observation.cameras,
        score_table=score_table(card.evaluations),
        intervals=" or ".join(sorted({f"{100 * one.confidence:g}" for one in card.evaluations})),
        scored_by=sorted({one.code_version for one in card.evaluations}),
        rewards=sorted({one.reward_sha256 for one in card.evaluations if one.reward_sha256 is not None}),
    )
    return f"---\n{front_matter(card)}---\n\n{page}"


def training_stage(card: Card) -> str:
    """The last stage of a planner's training, from the card that it was saved with."""
    if card.get("stage") == "imitation":
        return "imitation of logged driving"
    if card.get("stage") == "ppo":
        judge = "the exact scorer" if card.get("reward") == ["exact"] else "a learned reward world model"
        return f"imitation of logged driving, then PPO over the denoising chain against {judge}"
    return "not stated"


def pretrained_parts(card: Card) -> tuple[str, ...]:
    """Image backbone and language model, where their weights are not from scratch."""
    config: Any = card.get("config", {})
    encoder = config.get("encoder", {})
    backbone, language = encoder.get("backbone", {}), encoder.get("vlm", {})
    names = (backbone.get("name") if backbone.get("pretrained") else None, language.get("model"))
    return tuple(name for name in names if name)


def front_matter(card: ModelCard) -> str:
    """YAML for the hub: license, tags, and the scores as a model index."""
    from huggingface_hub import EvalResult, ModelCardData

    results = [
        EvalResult(
            task_type="robotics",
            dataset_type="navsim",
            dataset_name=f"NAVSIM-format split {one.split!r}",
            metric_type="epdms",
            metric_name=f"EPDMS v2.2, {score.stage}, {one.traffic} traffic",
            metric_value=round(100 * score.epdms, 2),
        )
        for one in card.evaluations
        for score in one.scores[:1]
    ]
    data = ModelCardData(
        license=card.license or "unknown",
        library_name="irl-vla",
        pipeline_tag="robotics",
        tags=list(TAGS),
        model_name=card.name,
        eval_results=results or None,
    )
    return data.to_yaml() + "\n"


def score_table(evaluations: Sequence[Evaluation]) -> str:
    """A Markdown table in percent, a row a stage; empty without evaluations."""
    if not evaluations:
        return ""
    heads = ["split", "stage", "traffic", "human filter", "chosen by", "scenes", "failed", "EPDMS"]
    heads += [name.upper() for name in OFFICIAL_COLUMNS]
    rows = [_cells(one, score) for one in evaluations for score in one.scores]
    lines = [heads, ["---"] * 5 + ["---:"] * (len(heads) - 5), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(one: Evaluation, score: Score) -> list[str]:
    sub_scores = score.sub_scores or (math.nan,) * len(OFFICIAL_COLUMNS)
    bounds = (
        "" if score.low is None or score.high is None else f" ({percent(score.low)} to {percent(score.high)})"
    )
    described = [one.split, score.stage, one.traffic, "on" if one.human_filter else "off", one.chosen_by]
    counted = [str(one.scenes), str(one.failed), percent(score.epdms) + bounds]
    return [cell.replace("|", "\\|") for cell in (*described, *counted, *map(percent, sub_scores))]
