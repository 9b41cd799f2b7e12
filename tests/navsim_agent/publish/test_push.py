"""What goes to the hub, against a stand-in of its API; nothing is sent anywhere."""

from pathlib import Path

import huggingface_hub
import pytest

from driving.errors import DataError
from navsim_agent.publish.publish import FILES
from navsim_agent.publish.push import push


class Api:
    """Remembers what it was asked; fails where told to."""

    asked: dict[str, dict[str, object]]
    failure: Exception | None = None

    def __init__(self) -> None:
        type(self).asked = {}

    def create_repo(self, name: str, **keys: object) -> None:
        if self.failure is not None:
            raise self.failure
        self.asked["create_repo"] = {"name": name, **keys}

    def upload_folder(self, **keys: object) -> None:
        self.asked["upload_folder"] = keys


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> type[Api]:
    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(Api, "failure", None)
    return Api


def test_a_new_repository_is_private_and_gets_three_files(api: type[Api], tmp_path: Path) -> None:
    assert push(tmp_path, "someone/planner") == "hub://someone/planner"
    assert api.asked["create_repo"] == {"name": "someone/planner", "private": True, "exist_ok": True}
    assert api.asked["upload_folder"]["repo_id"] == "someone/planner"
    assert api.asked["upload_folder"]["folder_path"] == tmp_path
    assert api.asked["upload_folder"]["allow_patterns"] == list(FILES)


def test_public_only_where_asked(api: type[Api], tmp_path: Path) -> None:
    push(tmp_path, "someone/planner", public=True)
    assert api.asked["create_repo"]["private"] is False


def test_no_token_in_any_call(api: type[Api], tmp_path: Path) -> None:
    """It stays in the environment, where the library finds it."""
    push(tmp_path, "someone/planner")
    assert not any("token" in keys for keys in api.asked.values())


@pytest.mark.parametrize(
    "failure",
    [
        ConnectionError("no route to host\nand a page of advice"),
        huggingface_hub.errors.LocalTokenNotFoundError("Token is required"),
        huggingface_hub.errors.HFValidationError("Repo id must be"),
        huggingface_hub.errors.HTTPError("timed out"),
    ],
)
def test_without_network_or_token_it_is_one_line(
    failure: Exception, api: type[Api], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "failure", failure)
    first_line = str(failure).splitlines()[0]
    with pytest.raises(
        DataError, match=rf"hub someone/planner: cannot be written \({first_line}\)"
    ) as caught:
        push(tmp_path, "someone/planner")
    assert "\n" not in str(caught.value)
