"""What a shell learns when its word does not reach NATS."""

import socket

import pytest

from halts.domain import HaltRecord
from halts.without_database import Outcome, publish_on_nats
from realtime.stack.servers import LOCALHOST, free_port

RECORD = HaltRecord(halted=True, reason="r", actor="a", at=1.0)


def outcome(seconds: float = 60.0) -> Outcome:
    found = Outcome([RECORD])
    publish_on_nats(found, seconds)
    return found


def test_a_server_that_is_away_is_named_at_once(settings):
    settings.NATS_URL = f"nats://{LOCALHOST}:{free_port()}"
    assert outcome() == Outcome(
        [RECORD], problems=["NATS: not reached (nats: no servers available for connection)"]
    )


def test_a_server_that_keeps_silent_is_not_waited_for_long(settings):
    with socket.create_server((LOCALHOST, 0)) as silent:
        settings.NATS_URL = f"nats://{LOCALHOST}:{silent.getsockname()[1]}"
        assert outcome(0.2) == Outcome([RECORD], problems=["NATS: no answer within 0.2 s"])


@pytest.mark.parametrize("away", ["before", "after"])
def test_one_server_of_several_is_enough(settings, away):
    servers = [f"nats://{LOCALHOST}:{free_port()}", settings.NATS_URL]
    settings.NATS_URL = ",".join(servers if away == "before" else reversed(servers))
    assert outcome() == Outcome([RECORD], ways=["NATS"])
