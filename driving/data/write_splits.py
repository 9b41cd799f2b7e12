"""Writes which scenes a split has, in the YAML that NAVSIM's own configuration reads."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from driving.data.two_stage import TwoStageMapping
from driving.replacing import replacing
from driving.types import HISTORY_FRAMES

FUTURE_FRAMES = 10
TWO_STAGE_FUTURE_FRAMES = 8
"""As in navhard: the last frame of a first-stage scene is the moment at which its second stage starts."""


def write_scene_filter(split: str, scenes: Mapping[str, Sequence[str]], root: Path) -> None:
    """Writes `train_test_split/<split>.yaml` and `train_test_split/scene_filter/<split>.yaml` under a
    directory.

    scenes: log name -> tokens of its scenes' current frames. Copied into (or put on the search path of) the
    devkit's `train_test_split` configuration group, they select exactly these scenes.
    """
    tokens = [token for log in sorted(scenes) for token in scenes[log]]
    content = _scene_filter(sorted(scenes), tokens, FUTURE_FRAMES, include_synthetic_scenes=False)
    _write_yaml(root / "train_test_split" / "scene_filter" / f"{split}.yaml", content)
    header = {"defaults": [{"scene_filter": split}], "data_split": split}
    _write_yaml(root / "train_test_split" / f"{split}.yaml", header)


def write_two_stage_filter(
    split: str, data_split: str, mappings: Mapping[str, Sequence[TwoStageMapping]], root: Path
) -> None:
    """The same two files for a two-stage split of the logs of ``data_split``.

    mappings: log name -> its first-stage scenes, each with its second stage.
    """
    logs = sorted(log for log in mappings if mappings[log])
    ordered = [mapping for log in logs for mapping in mappings[log]]
    tokens = [token for mapping in ordered for token in (mapping.now, mapping.before)]
    content = _scene_filter(logs, tokens, TWO_STAGE_FUTURE_FRAMES, include_synthetic_scenes=True)
    content["reactive_synthetic_initial_tokens"] = [token for m in ordered for token in m.second_stage_tokens]
    _write_yaml(root / "train_test_split" / "scene_filter" / f"{split}.yaml", content)
    header = {
        "defaults": [{"scene_filter": split}],
        "data_split": data_split,
        "reactive_all_mapping": [[m.now, m.before, [list(pair) for pair in m.pairs]] for m in ordered],
    }
    _write_yaml(root / "train_test_split" / f"{split}.yaml", header)


def _scene_filter(
    log_names: list[str], tokens: list[str], future_frames: int, include_synthetic_scenes: bool
) -> dict[str, object]:
    return {
        "_target_": "navsim.common.dataclasses.SceneFilter",
        "_convert_": "all",
        "num_history_frames": HISTORY_FRAMES,
        "num_future_frames": future_frames,
        "frame_interval": 1,
        "has_route": True,
        "max_scenes": None,
        "log_names": log_names,
        "tokens": tokens,
        "include_synthetic_scenes": include_synthetic_scenes,
    }


class _Dumper(yaml.SafeDumper):
    """Quotes every text that some reader could take for a number: OmegaConf reads 12e34 as one."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    looks_like_number = re.fullmatch(r"[\d_.+-]+([eE][\d_+-]+)?", text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if looks_like_number else None)


_Dumper.add_representer(str, _text)


def _write_yaml(path: Path, content: Mapping[str, object]) -> None:
    with replacing(path) as partial:
        partial.write_text(yaml.dump(dict(content), Dumper=_Dumper, sort_keys=False))
