"""Published folders to the Hugging Face hub, private unless told otherwise."""

from pathlib import Path

from driving.errors import DataError
from navsim_agent.publish.publish import FILES


def push(folder: Path, name: str, public: bool = False) -> str:
    """Upload the files of a published folder to the model repository ``owner/name``; returns its address.

    A repository that is not there is made; one that is keeps its visibility. The token comes from the
    environment (HF_TOKEN, or `hf auth login`). DataError where token or network are wanting.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError

    try:
        api = HfApi()
        api.create_repo(name, private=not public, exist_ok=True)
        api.upload_folder(
            repo_id=name,
            folder_path=folder,
            allow_patterns=list(FILES),
            commit_message="irl-vla publish",
        )
    except (OSError, ValueError, HTTPError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"hub {name}: cannot be written ({reason}); {folder} is complete") from error
    return f"hub://{name}"
