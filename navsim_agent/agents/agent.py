"""What can be evaluated. Two kinds: agents that only observe, and references that know the truth."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from driving.observation import Observation
from driving.plan import Plan
from reward_wm.epdms import PreparedScene


@runtime_checkable
class Agent(Protocol):
    """Plans from what a car can see. The plan lies on the CPU, whatever the agent computes on."""

    @property
    def name(self) -> str:
        """As it appears in tables."""
        ...

    def plan(self, observation: Observation) -> Plan:
        """Candidates and their confidence; every call gives the same number of candidates."""
        ...


@runtime_checkable
class PrivilegedAgent(Protocol):
    """A reference that reads the truth of a scene; another type, so that no policy becomes one."""

    @property
    def name(self) -> str: ...

    def plan_scenes(self, scenes: Sequence[PreparedScene]) -> Plan:
        """One candidate a scene."""
        ...
