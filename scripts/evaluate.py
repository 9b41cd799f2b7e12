"""Score an agent on a cached split with the exact EPDMS (v2.2).

agent=CONSTANT_VELOCITY | EGO_STATUS | VLA | PDM_CLOSED | HUMAN; the second and third need
checkpoint=FOLDER, and VLA a cache of the pictures it was trained on. Writes scores.csv in the devkit's
columns, summary.json, and plans.npz for the report.
On a two-stage split (test_two_stage of a world, navhard_two_stage) scores.csv is laid out as by the devkit's
two-stage script, with its three last rows; scorer.traffic=IDM is what that script always has. The report
does not show two-stage evaluations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from driving.data.cached_dataset import CachedDataset
from driving.data.two_stage import TwoStageMapping, load_mappings
from navsim_agent.agents.agent import Agent, PrivilegedAgent
from navsim_agent.evaluation.bootstrap import BootstrapConfig
from navsim_agent.evaluation.evaluate import EvaluationConfig, evaluate
from navsim_agent.evaluation.evaluate_two_stage import evaluate_two_stage
from navsim_agent.evaluation.result import save_result
from navsim_agent.evaluation.two_stage_files import save_two_stage
from reward_wm.epdms.config import ScorerConfig, TrafficPolicy
from reward_wm.epdms.prepared import PreparedScene
from reward_wm.epdms.prepared_logs import load_prepared_logs
from scripts.agents import AgentKeys, build_agent, check_pictures, fetched, observation_of, weights_of
from scripts.run_folder import claim_folder


@dataclass
class Config(AgentKeys):
    """Keys of ``irl-vla evaluate``."""

    cache: str = "???"
    """Cached split, see `irl-vla cache`."""
    out: str = "???"
    """Folder to write."""
    speak: bool = True
    """Keep the planner's sentence for every scene."""
    scorer: ScorerConfig = field(default_factory=ScorerConfig)
    run: EvaluationConfig = field(default_factory=EvaluationConfig)
    bootstrap: BootstrapConfig = field(default_factory=BootstrapConfig)


def run(config: Config) -> None:
    if (Path(config.out) / "summary.json").exists():
        _claim(config)
        print(f"{config.out}: evaluated already")
        return
    keys, cache = fetched(config), Path(config.cache)
    dataset = CachedDataset(cache)
    check_pictures(dataset, observation_of(keys))
    agent, weights = build_agent(keys, config.speak), weights_of(keys)
    prepared, mappings = load_prepared_logs(cache / "scorer"), load_mappings(cache)
    out = _claim(config)
    if mappings:
        _run_two_stage(config, agent, weights, out, dataset, prepared, mappings)
        return
    result = evaluate(agent, dataset, prepared, config.scorer, config.run)
    save_result(result, out, config.bootstrap, weights)
    interval = result.interval(config.bootstrap)
    print(
        f"{result.agent}: EPDMS {interval.mean:.4f} ({interval.low:.4f} to {interval.high:.4f}) "
        f"on {len(result)} scenes, {result.failed} failed"
    )


def _claim(config: Config) -> Path:
    """Once the keys are known to be usable: a folder keeps to the first ones it was claimed with."""
    return claim_folder(config.out, config, may_change=("device",))


def _run_two_stage(
    config: Config,
    agent: Agent | PrivilegedAgent,
    weights: Mapping[str, str],
    out: Path,
    dataset: CachedDataset,
    prepared: Mapping[str, PreparedScene],
    mappings: Sequence[TwoStageMapping],
) -> None:
    result = evaluate_two_stage(agent, dataset, prepared, mappings, config.scorer, config.run)
    save_two_stage(result, out, config.scorer, config.bootstrap, weights)
    scores = result.scores
    print(
        f"{result.scenes.agent}: EPDMS {scores.score:.4f} in two stages (one {scores.stage_one.score:.4f}, "
        f"two {scores.stage_two.score:.4f}) on {len(mappings)} mappings, {result.scenes.failed} failed"
    )
    if config.scorer.traffic is not TrafficPolicy.IDM:
        print("the official two-stage score has reactive traffic: scorer.traffic=IDM")
