"""What the exact scorer can be asked to do differently."""

from dataclasses import dataclass


@dataclass
class ScorerConfig:
    """Options of the exact scorer."""

    human_filter: bool = True
    """A sub-score in which the logged driving itself is 0 counts as 1, in the product and the
    weighted sum too: the devkit after its issue 151. False gives the devkit without the filter, and
    also the number that the devkit before that fix printed, which filtered its columns only."""

    def __post_init__(self) -> None:
        if not isinstance(self.human_filter, bool):
            raise ValueError(f"human_filter must be true or false, got {self.human_filter!r}")
