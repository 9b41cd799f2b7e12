"""A vocabulary of trajectories that experts drove, and which of it a scene is asked about."""

import torch
from jaxtyping import Float64, Int64
from sklearn.cluster import KMeans
from torch import Tensor

from driving.types import PLAN_INTERVAL_S

METRES_PER_RADIAN = 4.0
"""How much a difference of heading counts beside one of place when experts are grouped."""
SPEED_SIGMA_MPS = 2.0


def fit_vocabulary(experts: Float64[Tensor, "n F 3"], size: int, seed: int) -> Float64[Tensor, "K F 3"]:
    """``size`` experts that stand for all: of every K-means group the one nearest its centre.

    Real trajectories, not means, so each of them can be driven. Sorted by initial speed.

    Raises ValueError where there are fewer distinct experts than ``size``.
    """
    features = (experts * experts.new_tensor([1.0, 1.0, METRES_PER_RADIAN])).flatten(1)
    distinct = len(torch.unique(features, dim=0))
    if distinct < size:
        raise ValueError(f"a vocabulary of {size} wants as many distinct experts, got {distinct}")
    groups = KMeans(n_clusters=size, random_state=seed).fit(features.numpy())
    centres = torch.from_numpy(groups.cluster_centers_)
    chosen = experts[torch.cdist(centres, features).argmin(dim=1)]
    return chosen[initial_speeds(chosen).argsort()]


def initial_speeds(poses: Float64[Tensor, "n F 3"]) -> Float64[Tensor, "n"]:
    """Mean speed of the first interval, m/s."""
    return poses[:, 0, :2].norm(dim=-1) / PLAN_INTERVAL_S


def choose_entries(
    vocabulary: Float64[Tensor, "K F 3"],
    speed_mps: float,
    near: int,
    anywhere: int,
    generator: torch.Generator,
) -> Int64[Tensor, "n"]:
    """``near`` entries that begin about as fast as the ego drives, and ``anywhere`` others at random.

    No entry twice. Raises ValueError where the vocabulary is smaller than ``near + anywhere``.
    """
    if near + anywhere > len(vocabulary):
        raise ValueError(f"{near} + {anywhere} entries asked of a vocabulary of {len(vocabulary)}")
    distance = (initial_speeds(vocabulary) - speed_mps) / SPEED_SIGMA_MPS
    weights = torch.exp(-0.5 * distance**2) + 1e-6
    rest = torch.ones_like(weights)
    chosen = weights.new_zeros(0, dtype=torch.int64)
    if near:
        chosen = torch.multinomial(weights, near, generator=generator)
        rest[chosen] = 0.0
    if anywhere:
        chosen = torch.cat([chosen, torch.multinomial(rest, anywhere, generator=generator)])
    return chosen
