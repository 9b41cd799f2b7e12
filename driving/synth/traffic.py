"""One SUMO run of a town as arrays: where everybody was, ten times a second, and what the signals showed.

Frame: town metres, headings in radians counter-clockwise from +x. SUMO's own position of a vehicle is the
middle of its front bumper and stays that here (`front_xy`); a person's is its middle.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from driving.synth.config import TrafficConfig
from driving.synth.demand import make_demand
from driving.synth.fleet import VehicleType
from driving.synth.sumo import run_sumo_program
from driving.synth.town import TownGeometry

STEP_S = 0.1


@dataclass(frozen=True)
class Track:
    """One road user's life, gapless from step `first`; all arrays have one entry a step."""

    id: str
    type_id: str
    first: int
    xy: Float64[np.ndarray, "T 2"]
    """Vehicles: front bumper. Persons: middle."""
    heading: Float64[np.ndarray, " T"]
    speed: Float64[np.ndarray, " T"]
    acceleration: Float64[np.ndarray, " T"]
    lane: tuple[str, ...]

    def index(self, step: int) -> int | None:
        """Position in the arrays at a step of the run, None where the track doesn't exist."""
        k = step - self.first
        return k if 0 <= k < len(self.speed) else None


@dataclass(frozen=True)
class TrafficRecord:
    """All tracks and signal colours of one run."""

    types: dict[str, VehicleType]
    vehicles: dict[str, Track]
    persons: dict[str, Track]
    signals: dict[str, tuple[str, ...]]
    """Traffic light -> its state string at every step (one letter a link)."""

    @cached_property
    def steps(self) -> int:
        return max(track.first + len(track.speed) for track in self.vehicles.values())

    def colour(self, signal: str, step: int) -> str:
        """'r', 'y' or 'g' of a link named `"<traffic light>:<link index>"`."""
        light, index = signal.rsplit(":", 1)
        states = self.signals[light]
        letter = states[min(step, len(states) - 1)][int(index)].lower()
        return letter if letter in "gy" else "r"


def run_traffic(
    net_file: Path, town: TownGeometry, config: TrafficConfig, seed: int, directory: Path
) -> TrafficRecord:
    """Simulates `config.duration_s` seconds; leaves SUMO's files in the directory. Same seed, same record."""
    demand = make_demand(town, config, seed)
    names = {key: directory / name for key, name in OUTPUTS.items()}
    names["routes"].write_text(demand.xml)
    names["extra"].write_text(
        f'<additional><timedEvent type="SaveTLSStates" dest="{names["signals"]}"/></additional>\n'
    )
    options = {
        "net-file": net_file, "route-files": names["routes"], "additional-files": names["extra"],
        "fcd-output": names["vehicles"], "person-fcd-output": names["persons"],
        "fcd-output.attributes": "x,y,angle,type,speed,lane,acceleration", "precision": "4",
        "step-length": STEP_S, "end": config.duration_s, "seed": seed % 2**31, "lanechange.duration": "3.5",
        "time-to-teleport": "-1", "collision.action": "none", "pedestrian.model": "striping",
        "max-depart-delay": "20", "device.rerouting.probability": "0",
        "no-step-log": "true", "no-warnings": "true", "xml-validation": "never",
    }  # fmt: skip
    run_sumo_program("sumo", [word for key, value in options.items() for word in (f"--{key}", str(value))])
    return TrafficRecord(
        types=demand.types,
        vehicles=_read_tracks(names["vehicles"], "vehicle"),
        persons=_read_tracks(names["persons"], "person"),
        signals=_read_signals(names["signals"]),
    )


OUTPUTS = {
    "routes": "traffic.rou.xml",
    "extra": "traffic.add.xml",
    "vehicles": "vehicles.csv",
    "persons": "persons.csv",
    "signals": "signals.csv",
}


def _read_tracks(path: Path, kind: str) -> dict[str, Track]:
    """SUMO's floating-car table, one track an id, in order of first appearance."""
    if path.stat().st_size < 2:
        return {}
    table = pd.read_csv(path, sep=";", dtype={f"{kind}_id": str, f"{kind}_type": str, f"{kind}_lane": str})
    table.columns = [name.removeprefix(f"{kind}_") for name in table.columns]
    tracks = {}
    for id_, rows in table.groupby("id", sort=False):
        steps: Int64[np.ndarray, " T"] = np.rint(rows["timestep_time"].to_numpy() / STEP_S).astype(np.int64)
        assert np.all(np.diff(steps) == 1), f"{path}: {id_} comes and goes"
        acceleration = rows["acceleration"].to_numpy() if "acceleration" in rows else np.zeros(len(rows))
        tracks[str(id_)] = Track(
            id=str(id_),
            type_id=str(rows["type"].iloc[0]),
            first=int(steps[0]),
            xy=rows[["x", "y"]].to_numpy(np.float64),
            heading=np.radians(90.0 - rows["angle"].to_numpy(np.float64)),
            speed=rows["speed"].to_numpy(np.float64),
            acceleration=acceleration,
            lane=tuple(rows["lane"].fillna("")),
        )
    return tracks


def _read_signals(path: Path) -> dict[str, tuple[str, ...]]:
    if path.stat().st_size < 2:
        return {}
    table = pd.read_csv(path, sep=";", dtype=str)
    return {
        str(light): tuple(rows["tlsState_state"]) for light, rows in table.groupby("tlsState_id", sort=False)
    }
