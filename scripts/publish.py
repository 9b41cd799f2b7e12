"""Write a planner's checkpoint as others need it: model.safetensors, card.json, README.md.

README.md is a model card as the Hugging Face hub reads it. Its scores come from evaluations=, folders of
`irl-vla evaluate` made with these very weights; without any it says "not evaluated". Paths of this machine
are left out. With hub=owner/name the folder is uploaded, too; others then load it by
planner.load("hub://owner/name").
"""

from dataclasses import dataclass, field
from pathlib import Path

from navsim_agent.publish.publish import Publication, publish
from navsim_agent.publish.push import push


@dataclass
class Config:
    """Keys of ``irl-vla publish``."""

    checkpoint: str = "???"
    """Folder of a planner's checkpoint."""
    out: str = "???"
    """Folder to write."""
    evaluations: list[str] = field(default_factory=list)
    """Folders of `irl-vla evaluate` for this checkpoint."""
    name: str | None = None
    """Name of the model; default: that on the hub, or of out=."""
    license: str | None = None
    """Licence of the weights as the hub names it, such as apache-2.0 or cc-by-nc-sa-4.0."""
    data: str | None = None
    """What it was trained on, in words."""
    data_license: str | None = None
    """Licence of that data."""
    hub: str | None = None
    """owner/name on the hub to upload to; the token comes from the environment."""
    public: bool = False
    """Whether everybody may see a new repository on the hub."""


def run(config: Config) -> None:
    out = Path(config.out)
    told = Publication(
        name=config.name or (config.hub or str(out.resolve())).split("/")[-1],
        license=config.license,
        data=config.data,
        data_license=config.data_license,
        address=None if config.hub is None else f"hub://{config.hub}",
    )
    publish(Path(config.checkpoint), out, [Path(folder) for folder in config.evaluations], told)
    print(out / "README.md")
    if config.hub is not None:
        print(push(out, config.hub, config.public))
