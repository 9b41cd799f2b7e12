"""Agents that Hypothesis draws: in the ego's way, beside it, on top of it, honestly annotated or not."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from driving.frames import local_to_map, map_to_local
from driving.types import AGENT_CLASSES, HISTORY_FRAMES
from tests.worlds import SIZES_M

FRAMES = 15
"""Of a log: two scenes of 14, one frame apart."""
NOW = HISTORY_FRAMES - 1
ROAD_USERS = ("vehicle", "pedestrian", "bicycle")


@dataclass(frozen=True)
class Actor:
    """An agent that goes straight on, or stands, and where it is at frame ``meeting``."""

    kind: str
    meeting: int
    place: np.ndarray
    """Relative to the ego at that frame."""
    speed_mps: float
    claimed: float
    """What its annotated velocity is, of the true one."""
    scale: float
    growth: float
    """Of its annotated size, a frame."""
    shaking: float
    """Its annotated heading is off by this, twice this, by nothing, and so on."""
    seen: tuple[bool, ...]
    """In which frames."""

    def annotation(self, index: int, poses: np.ndarray) -> list[float]:
        """Box and velocity in the ego frame of frame ``index``."""
        start = local_to_map(self.place, poses[self.meeting])
        moved = local_to_map(np.array([self.speed_mps * 0.5 * (index - self.meeting), 0.0, 0.0]), start)
        x, y, heading = map_to_local(moved, poses[index])
        vx, vy = self.claimed * self.speed_mps * np.array([np.cos(heading), np.sin(heading)])
        length, width, height = np.array(SIZES_M[self.kind]) * self.scale * (1 + self.growth * index)
        return [x, y, height / 2, length, width, height, heading + self.shaking * (index % 3), vx, vy, 0.0]


@st.composite
def drawn_actors(draw: st.DrawFn) -> Actor:
    """Seen throughout, from some frame on, once, or on and off."""
    kind = draw(st.sampled_from(AGENT_CLASSES))
    meeting = draw(st.integers(NOW - 1, FRAMES - 3))
    aside = draw(st.floats(-2.0, 2.0) | st.floats(-2.0, 2.0) | st.floats(-12.0, 12.0))
    turn = draw(st.sampled_from((0.0, 0.0, np.pi, np.pi / 2, -np.pi / 2))) + draw(st.floats(-0.5, 0.5))
    place = np.array(
        [draw(st.floats(-8.0, 25.0) | st.floats(2.0, 12.0)) + 0.0173, aside + 0.0071, turn + 0.0031]
    )
    speed = draw(st.just(0.0) | st.floats(0.0, 1.0) | st.floats(0.0, 12.0) | st.floats(-3.0, 0.0))
    speed *= kind in ROAD_USERS
    claimed = draw(st.sampled_from((1.0, 1.0, 1.0, 0.0, 0.3)))
    growth = draw(st.sampled_from((0.0, 0.0, 0.15)))
    scale, shaking = draw(st.floats(0.6, 1.6)), draw(st.just(0.0) | st.floats(-3.5, 3.5))
    seen = draw(
        st.just((True,) * FRAMES)
        | st.integers(0, FRAMES - 1).map(lambda first: tuple(i >= first for i in range(FRAMES)))
        | st.integers(NOW, FRAMES - 2).map(lambda only: tuple(i == only for i in range(FRAMES)))
        | st.lists(st.booleans(), min_size=FRAMES, max_size=FRAMES).map(tuple)
    )
    return Actor(kind, meeting, place, speed, claimed, scale, growth, shaking, seen)
