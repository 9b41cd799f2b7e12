"""Straight on, bit for bit as the devkit does it."""

import numpy as np
import torch

from navsim_agent.agents.agent import Agent, PrivilegedAgent
from navsim_agent.agents.constant_velocity import ConstantVelocityAgent
from tests.planner.examples import random_observation


def test_equals_the_devkits_arithmetic_bit_for_bit():
    observation = random_observation(64)
    observation.ego_velocity[..., 1] = torch.randn(64, 4)
    poses = ConstantVelocityAgent().plan(observation).best().poses.numpy()
    for row, velocity in enumerate(observation.ego_velocity[:, -1].numpy()):
        speed = (velocity**2).sum(-1) ** 0.5
        expected = np.array([[(k + 1) * 0.5 * speed, 0.0, 0.0] for k in range(8)], np.float32)
        np.testing.assert_array_equal(poses[row], expected)


def test_is_an_honest_agent():
    agent = ConstantVelocityAgent()
    assert isinstance(agent, Agent)
    assert not isinstance(agent, PrivilegedAgent)
