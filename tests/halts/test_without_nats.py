"""What a shell is told when its word does not reach NATS."""

import socket

import pytest

from halts import without_database
from halts.domain import HaltRecord
from realtime.stack.servers import LOCALHOST, free_port

RECORD = HaltRecord(halted=True, reason="r", actor="a", at=1.0)


def outcome() -> without_database.Outcome:
    found = without_database.Outcome()
    without_database._publish(RECORD, found)
    return found


def test_a_server_that_is_away_is_named_at_once(settings, monkeypatch):
    monkeypatch.setattr(without_database, "BUS_SECONDS", 60.0)
    settings.NATS_URL = f"nats://{LOCALHOST}:{free_port()}"
    assert outcome() == without_database.Outcome(
        problems=["NATS: not told (nats: no servers available for connection)"]
    )


def test_a_server_that_keeps_silent_is_not_waited_for_long(settings, monkeypatch):
    monkeypatch.setattr(without_database, "BUS_SECONDS", 0.2)
    with socket.create_server((LOCALHOST, 0)) as silent:
        settings.NATS_URL = f"nats://{LOCALHOST}:{silent.getsockname()[1]}"
        assert outcome() == without_database.Outcome(problems=["NATS: no answer within 0.2 s"])


@pytest.mark.parametrize("away", ["before", "after"])
def test_one_server_of_several_is_enough(settings, away):
    servers = [f"nats://{LOCALHOST}:{free_port()}", settings.NATS_URL]
    settings.NATS_URL = ",".join(servers if away == "before" else reversed(servers))
    assert outcome() == without_database.Outcome(ways=["NATS"])
