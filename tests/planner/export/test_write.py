"""What another runtime reads plans as the planner does."""

import json
import sys
import zipfile
from pathlib import Path

import pytest
import torch

from driving.errors import DataError
from driving.observation import Observation
from driving.observation_config import ObservationConfig
from planner.ego_status import EgoStatusConfig, EgoStatusPlanner
from planner.export import Format, export_planner, read_program, write
from planner.export.formats import CARD
from planner.model import VlaPlanner
from tests.planner.conftest import awake_planner
from tests.planner.examples import random_observation

SEES = ObservationConfig(["CAM_F0", "CAM_L0", "CAM_R0"], 32, 64)
BLIND = ObservationConfig(cameras=[])
ONNX_DIFFERENCE = 1e-4
"""Metres, radians, logits; ten times what was ever seen."""


def need(kind: Format) -> None:
    if kind is Format.ONNX:
        pytest.importorskip("onnxscript")
        pytest.importorskip("onnxruntime")


def inputs_of(observation: Observation, names: tuple[str, ...]) -> dict[str, torch.Tensor]:
    return {name: getattr(observation, name) for name in names}


@pytest.fixture(scope="module")
def seeing() -> VlaPlanner:
    return awake_planner()


@pytest.fixture(scope="module")
def torch_file(seeing: VlaPlanner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "planner.pt2"
    export_planner(seeing, SEES, path, Format.TORCH_EXPORT, {"kind": "planner"})
    return path


@pytest.fixture(scope="module")
def onnx_file(seeing: VlaPlanner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    need(Format.ONNX)
    path = tmp_path_factory.mktemp("export") / "planner.onnx"
    export_planner(seeing, SEES, path, Format.ONNX, {"kind": "planner"})
    return path


def test_a_torch_program_gives_the_same_bits_for_any_number_of_scenes(
    seeing: VlaPlanner, torch_file: Path
) -> None:
    program = read_program(torch_file, Format.TORCH_EXPORT)
    for batch in (1, 2, 7):
        observation = random_observation(batch, seed=batch)
        plan = seeing.plan(observation)
        poses, logits = program(inputs_of(observation, write.TensorPlanner.inputs))
        assert torch.equal(poses, plan.trajectories.poses)
        assert torch.equal(logits, plan.logits)


def test_an_onnx_model_agrees_for_any_number_of_scenes(seeing: VlaPlanner, onnx_file: Path) -> None:
    program = read_program(onnx_file, Format.ONNX)
    for batch in (1, 2, 7):
        observation = random_observation(batch, seed=batch)
        plan = seeing.plan(observation)
        poses, logits = program(inputs_of(observation, write.TensorPlanner.inputs))
        assert torch.allclose(poses, plan.trajectories.poses, rtol=0, atol=ONNX_DIFFERENCE)
        assert torch.allclose(logits, plan.logits, rtol=0, atol=ONNX_DIFFERENCE)


def test_a_torch_program_knows_what_it_sees_and_no_path_of_this_machine(torch_file: Path) -> None:
    with zipfile.ZipFile(torch_file) as archive:
        files = {name.split("/")[-1]: archive.read(name) for name in archive.namelist()}
    card = json.loads(files[CARD])
    assert card["kind"] == "planner"
    assert card["inputs"]["images"] == {"shape": ["batch", 3, 3, 32, 64], "dtype": "uint8"}
    assert set(card["outputs"]) == {"poses", "logits"}
    assert not any(str(Path(__file__).parents[3]).encode() in content for content in files.values())


def test_an_onnx_model_knows_what_it_sees_and_no_path_of_this_machine(onnx_file: Path) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load(onnx_file)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(metadata[CARD])["inputs"]["command"]["shape"] == ["batch", 4]
    assert str(Path(__file__).parents[3]).encode() not in onnx_file.read_bytes()
    onnx.checker.check_model(model, full_check=True)
    values = {value.name: value for value in (*model.graph.input, *model.graph.output)}
    assert set(values) == {*write.TensorPlanner.inputs, "poses", "logits"}
    assert all(value.type.tensor_type.shape.dim[0].dim_param == "batch" for value in values.values())


@pytest.mark.parametrize("kind", Format)
def test_the_blind_planner_takes_what_it_reads(kind: Format, tmp_path: Path) -> None:
    need(kind)
    torch.manual_seed(0)
    blind, path = EgoStatusPlanner(EgoStatusConfig(8)), tmp_path / f"blind{kind.value}"
    export_planner(blind, BLIND, path, kind, {})
    observation = random_observation(3)
    poses, logits = read_program(path, kind)(inputs_of(observation, write.TensorEgoStatus.inputs))
    assert torch.allclose(poses, blind.plan(observation).trajectories.poses, rtol=0, atol=ONNX_DIFFERENCE)
    assert torch.equal(logits, torch.zeros(3, 1))


def test_a_program_that_plans_otherwise_is_not_written(
    seeing: VlaPlanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(*_: object) -> write.Program:
        return lambda tensors: (torch.zeros(len(tensors["command"]), 5, 8, 3), torch.zeros(1, 5))

    monkeypatch.setattr(write, "read_program", other)
    monkeypatch.setattr(write, "program_bytes", lambda *_: b"")
    monkeypatch.setattr(write, "trace", lambda *_: None)
    with pytest.raises(DataError, match="would plan otherwise than the planner"):
        export_planner(seeing, SEES, tmp_path / "planner.pt2", Format.TORCH_EXPORT, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("spoil", ["nan", "shape"])
def test_answers_that_cannot_be_compared_are_another_plan(
    spoil: str, seeing: VlaPlanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def program(tensors: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        poses, logits = write.TensorPlanner(seeing, SEES)(**tensors)
        return poses, logits * torch.nan if spoil == "nan" else logits[:1]

    monkeypatch.setattr(write, "read_program", lambda *_: torch.no_grad()(program))
    monkeypatch.setattr(write, "program_bytes", lambda *_: b"")
    monkeypatch.setattr(write, "trace", lambda *_: None)
    with pytest.raises(DataError, match="would plan otherwise than the planner"):
        export_planner(seeing, SEES, tmp_path / "planner.pt2", Format.TORCH_EXPORT, {})
    assert not list(tmp_path.iterdir())


def test_a_rig_without_the_cameras_of_the_language_model_is_refused(
    seeing: VlaPlanner, tmp_path: Path
) -> None:
    front = ObservationConfig(["CAM_F0"], 32, 64)
    with pytest.raises(ValueError, match=r"views \(1,\) of cameras \['CAM_F0'\]"):
        export_planner(seeing, front, tmp_path / "planner.pt2", Format.TORCH_EXPORT, {})


def test_a_wrong_ending_is_named(seeing: VlaPlanner, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"planner.onnx: the name of a TORCH_EXPORT file must end in .pt2"):
        export_planner(seeing, SEES, tmp_path / "planner.onnx", Format.TORCH_EXPORT, {})


def test_without_the_packages_of_onnx_it_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    blind = EgoStatusPlanner(EgoStatusConfig(8))
    with pytest.raises(DataError, match=r"pip install 'irl-vla\[export\]'"):
        export_planner(blind, BLIND, tmp_path / "blind.onnx", Format.ONNX, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", Format)
def test_a_broken_file_is_one_line(kind: Format, tmp_path: Path) -> None:
    need(kind)
    path = tmp_path / f"broken{kind.value}"
    path.write_bytes(b"half a file")
    with pytest.raises(DataError, match="broken.* not a program that can be read") as caught:
        read_program(path, kind)
    assert "\n" not in str(caught.value)
