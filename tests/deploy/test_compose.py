"""The example for containers: its Valkey lets nobody in without a password, which no command line shows."""

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "VALKEY_PASSWORD"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    return read


def test_without_the_password_nothing_starts(compose: dict[str, Any]):
    assert f"${{{PASSWORD}:?" in compose["x-app"]["environment"]["REDIS_URL"]


def test_every_process_knows_it(compose: dict[str, Any]):
    ours = [each for each in compose["services"].values() if each.get("image") == "realtime-strategies"]
    assert len(ours) == 7
    assert all(PASSWORD in each["environment"]["REDIS_URL"] for each in ours)


def test_valkey_asks_for_it_and_no_command_line_shows_it(compose: dict[str, Any]):
    valkey = compose["services"]["valkey"]
    (given,) = valkey["configs"]
    assert compose["configs"][given["source"]]["content"] == f"requirepass ${{{PASSWORD}}}"
    assert valkey["command"][:2] == ["valkey-server", given["target"]]
    assert not [each for each in compose["services"].values() if PASSWORD in str(each.get("command"))]
