"""Traffic, lights and past as the log has them, at 10 Hz."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from driving.scene import Scene
from reward_wm.epdms.log_replay import current_state, history, logged_tracks, replay_red_lights
from reward_wm.epdms.states import AX, HEADING, SAMPLES, VX, X
from reward_wm.epdms.traffic import Traffic
from tests import worlds


def _seen_only(scene: Scene, frames: set[int]) -> Scene:
    """The scene with its agents annotated in some frames only, counted from the current one."""
    kept = []
    for index, frame in enumerate(scene.frames):
        if index - 3 in frames:
            kept.append(frame)
        else:
            blank = np.zeros((0, 7), np.float32), np.zeros((0, 3), np.float32)
            kept.append(replace(frame, boxes=blank[0], velocities=blank[1], names=(), track_tokens=()))
    return replace(scene, frames=tuple(kept))


def _replayed(scene: Scene) -> tuple[Traffic, tuple[str, ...]]:
    """Log replay, and the track of each of its rows."""
    tracks = logged_tracks(scene)
    order = tracks.kept_first().tolist()[: len(tracks.replayed.poses)]
    return tracks.replayed, tuple(tracks.tokens[row] for row in order)


def test_an_agent_moves_between_its_annotations() -> None:
    traffic, tokens = _replayed(worlds.car_in_front(gap_m=15.0, speed_mps=8.0))
    assert tokens == ("car",)
    np.testing.assert_allclose(
        traffic.poses[0, :, 0], 4.049 + 15.0 + 2.4 + 0.8 * np.arange(SAMPLES), atol=1e-5
    )
    assert traffic.present.all()
    assert (traffic.is_road_user.item(), traffic.is_stopped.item()) == (True, False)


@pytest.mark.parametrize(
    ("frames", "present"), [({0, 8}, range(41)), ({2, 4}, range(10, 21)), ({3}, range(41))]
)
def test_presence_between_first_and_last_annotation(frames: set[int], present: range) -> None:
    """Gaps are bridged; who is annotated once is there all the time."""
    traffic, _ = _replayed(_seen_only(worlds.car_in_front(), frames))
    assert traffic.present[0].nonzero().flatten().tolist() == list(present)
    assert (traffic.poses[0, ~traffic.present[0]] == 0.0).all()


def test_the_first_appearance_decides_who_is_stopped() -> None:
    scene = worlds.car_in_front()
    frames = [replace(f, velocities=f.velocities * (i > 3)) for i, f in enumerate(scene.frames)]
    traffic, _ = _replayed(replace(scene, frames=tuple(frames)))
    assert traffic.is_stopped.item()


def test_who_overlaps_the_ego_at_first_is_left_out() -> None:
    traffic, tokens = _replayed(worlds.car_in_front(gap_m=-1.0))
    assert (len(traffic.poses), tokens) == (0, ())


def test_a_scene_without_agents() -> None:
    traffic, tokens = _replayed(worlds.straight_road())
    assert (traffic.poses.shape, tokens) == ((0, SAMPLES, 3), ())


def test_lights_hold_for_half_a_second() -> None:
    scene = worlds.crossing_with_red_light()
    red = next(lane for lane, is_red in scene.current.traffic_lights if is_red)
    frames = [replace(f, traffic_lights=((red, i in (3, 5)),)) for i, f in enumerate(scene.frames)]
    lights, ids = replay_red_lights(replace(scene, frames=tuple(frames)), [red, "1"])
    assert ids == (red,)
    assert lights.is_red[0].nonzero().flatten().tolist() == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]
    assert replay_red_lights(scene, ["1"])[1] == ()


def test_the_current_state_is_the_logged_one() -> None:
    state = current_state(worlds.straight_road(speed_mps=8.0, acceleration_mps2=0.5))
    expected = torch.zeros(11, dtype=torch.float64)
    expected[VX], expected[AX] = 8.0, 0.5
    assert torch.equal(state, expected)


def test_the_past_ends_a_fifth_of_a_second_early() -> None:
    past = history(worlds.straight_road(speed_mps=8.0))
    assert past.shape == (14, 11)
    np.testing.assert_allclose(past[:, X], 8.0 * (0.1 * np.arange(14) - 1.5), atol=1e-9)


def test_a_past_that_is_a_little_longer_has_one_sample_more() -> None:
    scene = worlds.straight_road()
    first = replace(scene.frames[0], timestamp_us=scene.frames[0].timestamp_us - 5_000)
    assert history(replace(scene, frames=(first, *scene.frames[1:]))).shape == (15, 11)


def test_headings_of_the_past_are_unwrapped() -> None:
    scene = worlds.straight_road()
    headings = [np.pi - 0.1, -np.pi + 0.1, -np.pi + 0.3, -np.pi + 0.5]
    frames = [
        replace(f, ego_pose_in_map=np.array([*f.ego_pose_in_map[:2], h]))
        for f, h in zip(scene.frames[:4], headings, strict=True)
    ]
    past = history(replace(scene, frames=(*frames, *scene.frames[4:])))
    assert torch.diff(past[:, HEADING]).abs().max() < 0.05
