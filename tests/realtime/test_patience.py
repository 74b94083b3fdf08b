"""A database that keeps silent keeps one waiting, and not everybody after him."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError

from configuration.exceptions import StoreUnavailable
from realtime.patience import Patience
from realtime.stack.servers import LOCALHOST
from tests.factories import Clock
from tests.realtime.serving.sockets import CONFIGURATION, MARKET, handshake
from tests.servers import running, web


def ask(patience: Patience, answer: Callable[[], None]) -> None:
    with patience.asking():
        answer()


def silent(clock: Clock) -> Callable[[], None]:
    def answer() -> None:
        clock.advance(3)
        raise OperationalError("connection timeout expired")

    return answer


def refuse() -> None:
    raise OperationalError("connection refused")


def asked_for_nothing() -> None:
    raise AssertionError("it was to be left alone")


def test_who_waited_in_vain_waited_for_all_who_come_within_a_second():
    clock = Clock()
    patience = Patience(clock)
    with pytest.raises(OperationalError):
        ask(patience, silent(clock))
    clock.advance(0.9)
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            ask(patience, asked_for_nothing)
    clock.advance(0.2)
    with pytest.raises(OperationalError):
        ask(patience, silent(clock))
    clock.advance(1.1)
    ask(patience, lambda: None)
    ask(patience, lambda: None)


def test_a_database_that_refuses_at_once_is_asked_every_time():
    patience = Patience(Clock())
    for _ in range(3):
        with pytest.raises(OperationalError):
            ask(patience, refuse)
    ask(patience, lambda: None)


def test_everybody_is_answered_while_the_database_keeps_silent(tmp_path, store):
    """Nobody stands in line until the server hangs up: neither who must be looked up nor who need not."""
    sessions = [{"Cookie": f"sessionid={number:032d}"} for number in range(8)]
    tokens = [{"Authorization": f"Token {number:064d}"} for number in range(8)]
    with socket.create_server((LOCALHOST, 0), backlog=100) as mute, ThreadPoolExecutor(20) as people:
        url = f"postgres://somebody:secret@{LOCALHOST}:{mute.getsockname()[1]}/desk"
        with running(web(tmp_path / "web.log", environment={"DATABASE_URL": url})) as server:
            page = f"{LOCALHOST}:{server.port}"
            known = [
                people.submit(handshake, page, CONFIGURATION, answered) for answered in sessions + tokens
            ]
            nobody = people.submit(handshake, page, CONFIGURATION, {})
            public = [people.submit(handshake, page, path, {}) for path in MARKET]
            assert [each.result() for each in public] == [101, 101]
            assert nobody.result() == 403
            assert {each.result() for each in known} == {503}
    assert "Traceback" not in server.log.read_text()
