"""The agent under the calls that the devkit's scripts make, on stand-ins of the devkit's classes."""

import gzip
import pickle
from importlib import import_module
from pathlib import Path
from typing import Any

import huggingface_hub
import hydra
import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from torch.utils.data import default_collate

from driving.data.assemble import load_scenes, observe_scene
from driving.data.splits import DataFolders, Split
from driving.errors import DataError
from driving.observation_config import ObservationConfig
from driving.training.checkpoint import read_card, read_observation_config
from navsim_agent.rewards import load_learned_reward
from planner.checkpoint import load_planner
from planner.imitation.losses import LossTerms
from planner.imitation.module import augmented_losses
from tests.navsim_agent.devkit import raw_inputs
from tests.navsim_agent.devkit.conftest import OBSERVED
from tests.navsim_agent.devkit.test_agent_input import windows
from tests.navsim_agent.rewards import save_random_reward

CONFIG = Path(__file__).resolve().parents[3] / "navsim_agent" / "devkit" / "config"


def agent(checkpoint: Path | str, *overrides: str) -> Any:
    """As the devkit's scripts make one: from the YAML, by Hydra."""
    with hydra.initialize_config_dir(str(CONFIG / "agent"), version_base=None):
        values = [f"checkpoint_path={checkpoint}", *overrides]
        return instantiate(hydra.compose("irl_vla_agent", overrides=values))


def batch_of(driver: Any, folders: DataFolders) -> tuple[dict, dict]:
    """Features and targets as the devkit caches, reads and stacks them."""
    pairs = []
    for window in windows(folders).values():
        given = raw_inputs.agent_input(window, folders.sensors, driver.get_sensor_config())
        features: dict = {}
        targets: dict = {}
        for builder in driver.get_feature_builders():
            features |= through_a_file(builder.compute_features(given))
        for builder in driver.get_target_builders():
            targets |= through_a_file(builder.compute_targets(raw_inputs.scene(window)))
        pairs.append((features, targets))
    features, targets = default_collate(pairs)
    return features, targets


def through_a_file(tensors: dict) -> dict:
    return pickle.loads(gzip.decompress(gzip.compress(pickle.dumps(tensors))))


@pytest.fixture
def maps_root(hand_made: tuple[Split, DataFolders], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NUPLAN_MAPS_ROOT", str(hand_made[1].maps))
    return hand_made[1].maps


def test_nothing_of_the_project_needs_the_devkit() -> None:
    with pytest.raises(ModuleNotFoundError):
        import_module("navsim_agent.devkit.agent")


def test_it_asks_for_the_cameras_of_its_checkpoint_at_the_current_frame(
    devkit: None, checkpoint: Path, blind_checkpoint: Path
) -> None:
    asked = vars(agent(checkpoint).get_sensor_config())
    assert {name for name, steps in asked.items() if steps} == {"cam_f0", "cam_l0"}
    assert asked["cam_f0"] == [3]
    assert not any(vars(agent(blind_checkpoint).get_sensor_config()).values())


def test_its_trajectory_is_the_plan_of_our_own_evaluation(
    devkit: None, checkpoint: Path, hand_made: tuple[Split, DataFolders]
) -> None:
    split, folders = hand_made
    driver, planner = agent(checkpoint), load_planner(checkpoint)
    driver.initialize()
    raw = windows(folders)
    for scene in load_scenes(split, folders):
        given = raw_inputs.agent_input(raw[scene.token], folders.sensors, driver.get_sensor_config())
        trajectory = driver.compute_trajectory(given)
        own = planner.plan(observe_scene(scene, folders.sensors, OBSERVED)).best()
        assert isinstance(trajectory.poses, np.ndarray) and trajectory.poses.dtype == np.float32
        assert np.array_equal(trajectory.poses, own.poses[0].numpy())
        assert trajectory.trajectory_sampling.num_poses == 8
    assert driver.name() == "irl_vla_agent" and not driver.requires_scene


def test_the_default_path_of_the_devkit_gives_the_same(
    devkit: None, checkpoint: Path, hand_made: tuple[Split, DataFolders]
) -> None:
    """Features, a batch of one, forward, numpy: what an agent does that overrides nothing."""
    driver = agent(checkpoint)
    driver.initialize()
    driver.eval()
    window = next(iter(windows(hand_made[1]).values()))
    given = raw_inputs.agent_input(window, hand_made[1].sensors, driver.get_sensor_config())
    features = driver.get_feature_builders()[0].compute_features(given)
    with torch.no_grad():
        poses = driver.forward({name: value.unsqueeze(0) for name, value in features.items()})["trajectory"]
    assert np.array_equal(poses.squeeze(0).numpy(), driver.compute_trajectory(given).poses)


def test_a_reward_model_may_choose(
    devkit: None, checkpoint: Path, tmp_path: Path, hand_made: tuple[Split, DataFolders]
) -> None:
    reward = save_random_reward(tmp_path / "reward", OBSERVED)
    driver = agent(checkpoint, "select=reward_model", f"reward_checkpoint_path={reward}")
    driver.initialize()
    split, folders = hand_made
    raw, differs = windows(folders), False
    for scene in load_scenes(split, folders):
        given = raw_inputs.agent_input(raw[scene.token], folders.sensors, driver.get_sensor_config())
        observation = observe_scene(scene, folders.sensors, OBSERVED)
        plan = load_planner(checkpoint).plan(observation)
        with torch.no_grad():
            wanted = load_learned_reward(reward).score(observation, plan.trajectories).epdms()[0].argmax()
        assert np.array_equal(
            driver.compute_trajectory(given).poses, plan.trajectories.poses[0, wanted].numpy()
        )
        differs |= bool(wanted != plan.logits[0].argmax())
    assert differs


def test_a_reward_model_of_other_cameras_is_refused(devkit: None, checkpoint: Path, tmp_path: Path) -> None:
    reward = save_random_reward(tmp_path / "reward", ObservationConfig(cameras=["CAM_B0"]))
    driver = agent(checkpoint, "select=reward_model", f"reward_checkpoint_path={reward}")
    with pytest.raises(DataError, match="CAM_B0"):
        driver.initialize()


def test_planner_and_reward_model_may_come_from_the_hub(
    devkit: None, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = {"me/planner": checkpoint, "me/reward": save_random_reward(tmp_path / "reward", OBSERVED)}
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda name, **_: str(folders[name]))
    keys = ["select=reward_model", "reward_checkpoint_path=hub://me/reward"]
    driver = agent("hub://me/planner", *keys)
    driver.initialize()
    wanted = load_learned_reward(folders["me/reward"]).state_dict()
    assert all(torch.equal(value, wanted[name]) for name, value in driver._driver.reward.state_dict().items())


def test_a_plan_of_nothing_is_no_trajectory(
    devkit: None, checkpoint: Path, hand_made: tuple[Split, DataFolders]
) -> None:
    driver = agent(checkpoint)
    with torch.no_grad():
        for weights in driver.parameters():
            weights.fill_(torch.nan)
    window = next(iter(windows(hand_made[1]).values()))
    given = raw_inputs.agent_input(window, hand_made[1].sensors, driver.get_sensor_config())
    with pytest.raises(ValueError, match="pose value nan"):
        driver.compute_trajectory(given)


def test_training_minimises_our_imitation_loss(
    devkit: None, checkpoint: Path, hand_made: tuple[Split, DataFolders], maps_root: Path
) -> None:
    driver = agent(checkpoint, "+learning.weights.language=0.25")
    features, targets = batch_of(driver, hand_made[1])
    assert all(isinstance(value, torch.Tensor) for value in (features | targets).values())
    torch.manual_seed(3)
    loss = driver.compute_loss(features, targets, driver.forward(features))
    planner = load_planner(checkpoint).train()
    tensors = import_module("navsim_agent.devkit.tensors")
    torch.manual_seed(3)
    terms: LossTerms = augmented_losses(
        planner, tensors.to_example(features, targets), driver._learning.augment
    )
    assert driver._learning.weights.language == 0.25
    assert torch.equal(loss, terms.total(driver._learning.weights))


def test_steps_of_the_optimiser_lower_the_loss(
    devkit: None, checkpoint: Path, hand_made: tuple[Split, DataFolders], maps_root: Path
) -> None:
    driver = agent(checkpoint, "learning.optimiser.learning_rate=1e-3")
    features, targets = batch_of(driver, hand_made[1])
    optimisers = driver.get_optimizers()
    losses = []
    for _ in range(15):
        torch.manual_seed(0)
        loss = driver.compute_loss(features, targets, driver.forward(features))
        optimisers["optimizer"].zero_grad()
        loss.backward()
        optimisers["optimizer"].step()
        optimisers["lr_scheduler"]["scheduler"].step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.1, losses
    without = [name for name, value in driver.named_parameters() if value.grad is None]
    assert without == [], "such parameters stop a distributed training"


def test_validation_measures_the_plan(
    devkit: None, checkpoint: Path, hand_made: tuple[Split, DataFolders], maps_root: Path
) -> None:
    driver = agent(checkpoint)
    features, targets = batch_of(driver, hand_made[1])
    driver.eval()
    with torch.no_grad():
        predictions = driver.forward(features)
        loss = driver.compute_loss(features, targets, predictions)
    off = predictions["trajectory"][..., :2] - targets["expert"][..., :2]
    assert loss.item() == pytest.approx(off.norm(dim=-1).mean().item())


def test_the_blind_baseline_learns_and_drives_too(
    devkit: None, blind_checkpoint: Path, hand_made: tuple[Split, DataFolders], maps_root: Path
) -> None:
    driver = agent(blind_checkpoint)
    features, targets = batch_of(driver, hand_made[1])
    loss = driver.compute_loss(features, targets, driver.forward(features))
    loss.backward()
    assert torch.isfinite(loss)
    window = next(iter(windows(hand_made[1]).values()))
    given = raw_inputs.agent_input(window, hand_made[1].sensors, driver.get_sensor_config())
    assert driver.compute_trajectory(given).poses.shape == (8, 3)


def test_training_leaves_a_checkpoint_that_drives(
    devkit: None, checkpoint: Path, hand_made: tuple[Split, DataFolders], maps_root: Path, tmp_path: Path
) -> None:
    driver = agent(checkpoint)
    (callback,) = driver.get_training_callbacks()

    class Trainer:
        is_global_zero, default_root_dir, global_step = True, str(tmp_path), 7

    class OtherProcess(Trainer):
        is_global_zero, default_root_dir = False, str(tmp_path / "other")

    with torch.no_grad():
        next(driver.parameters()).add_(1.0)
    for trainer in (Trainer(), OtherProcess()):
        callback.on_train_epoch_end(trainer, driver)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]
    left = load_planner(tmp_path / "checkpoint").state_dict()
    assert all(torch.equal(value, left[name]) for name, value in driver._planner.state_dict().items())
    assert read_observation_config(tmp_path / "checkpoint").cameras == OBSERVED.cameras
    told = read_card(tmp_path / "checkpoint")
    assert (told["initial"], told["steps"]) == (str(checkpoint), 7)


def test_a_cache_of_other_pictures_is_not_taken(
    devkit: None, checkpoint: Path, blind_checkpoint: Path
) -> None:
    names = set()
    for folder in (checkpoint, blind_checkpoint):
        driver = agent(folder)
        builders = [*driver.get_feature_builders(), *driver.get_target_builders()]
        names |= {builder.get_unique_name() for builder in builders}
    assert len(names) == 4


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["device=gpu"], "device must be one of auto, cpu, cuda"),
        (["select=best"], "select must be one of planner, reward_model"),
        (["select=reward_model"], "needs reward_checkpoint_path"),
        (["trajectory_sampling.interval_length=0.1"], "40 poses every 0.1 s"),
        (["+learning.weight=2"], "no \\['weight'\\]"),
        (["learning.optimiser.learning_rate=-1"], "learning_rate"),
    ],
)
def test_a_wrong_option_is_named(devkit: None, checkpoint: Path, overrides: list[str], message: str) -> None:
    with pytest.raises(Exception, match=message) as caught:
        agent(checkpoint, *overrides)
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_missing_checkpoint_is_named(devkit: None, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no such file") as caught:
        agent(tmp_path / "nowhere")
    assert isinstance(caught.value.__cause__, DataError)
