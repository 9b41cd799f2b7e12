"""The demo is a list of commands that one can type by hand."""

from scripts.compose import compose_config
from scripts.demo import AGENTS, VERB_MODULES, Config, demo_steps


def test_every_command_of_the_demo_is_accepted_by_its_verb() -> None:
    for step in demo_steps(Config(out="runs/elsewhere")):
        module = VERB_MODULES[step.verb]
        config = compose_config(step.verb, module.Config, step.overrides, getattr(module, "GROUPS", None))
        assert config.out.startswith("runs/elsewhere")


def test_the_test_town_is_never_learned_from() -> None:
    for step in demo_steps(Config(out="x")):
        if step.verb in ("imitate", "ppo"):
            assert not any("cache/test" in key or "split=test" in key for key in step.overrides)
        if step.verb == "evaluate":
            assert "cache=x/cache/test" in step.overrides


def test_all_agents_are_evaluated() -> None:
    outs = {key for step in demo_steps(Config(out="x")) if step.verb == "evaluate" for key in step.overrides}
    assert {f"out=x/evaluation/{name}" for name, _ in AGENTS} <= outs
