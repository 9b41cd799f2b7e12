"""Checkpoints on the Hugging Face hub: ``hub://owner/name``, or ``hub://owner/name@revision``.

Only the card and the safetensors file are fetched, whatever else lies there; neither can run code. The
token, the cache and the address of the hub come from the environment, as for huggingface_hub itself.
"""

import re
from pathlib import Path

from driving.errors import DataError
from driving.training.checkpoint import CARD, WEIGHTS

SCHEME = "hub://"
FILES = (CARD, WEIGHTS)
_ADDRESS = re.compile(r"hub://(?P<name>[\w.-]+/[\w.-]+)(@(?P<revision>[\w./-]+))?")


def local_folder(place: str | Path) -> Path:
    """The checkpoint folder that ``place`` names: a folder, or an address on the hub, fetched first.

    Raises DataError with the address where it is malformed or cannot be fetched.
    """
    if not str(place).startswith(SCHEME):
        return Path(place)
    found = _ADDRESS.fullmatch(str(place))
    if found is None:
        raise DataError(f"{place}: not an address of the form hub://owner/name@revision")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HTTPError

    try:
        folder = snapshot_download(found["name"], revision=found["revision"], allow_patterns=list(FILES))
    except (OSError, ValueError, HTTPError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{place}: cannot be fetched ({reason})") from error
    return Path(folder)
