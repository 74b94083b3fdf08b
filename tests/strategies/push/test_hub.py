"""The hub of configuration events, step by step: signs of life, what is not known, readers that are too slow."""

import asyncio
import json

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as StoreAway

from configuration import reading
from live.hub import HEARTBEAT_SECONDS
from strategies.push import hub as hub_module
from strategies.push.frames import Overview
from strategies.push.hub import ConfigurationHub, get_hub
from tests.factories import Clock
from tests.strategies.push.test_frames import overview
from tests.strategies.reports import receipt, report

pytestmark = (
    pytest.mark.django_db
)  # what is read is given by hand, but in a thread that looks after connections


class Socket:
    def __init__(self) -> None:
        self.needs_snapshot = False
        self.is_congested = False
        self.is_over = False
        self.heard: list[str] = []
        self.closed: list[int] = []

    async def send_frame(self, frame: str) -> None:
        self.heard.append(json.loads(frame)["type"])

    async def close(self, code: int) -> None:
        self.closed.append(code)


class State:
    """What the hub reads."""

    def __init__(self) -> None:
        self.overview = overview(report(receipt()))
        self.is_away = False

    def __call__(self) -> Overview:
        if self.is_away:
            raise StoreAway
        return self.overview


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture
def hub(state: State, clock: Clock) -> ConfigurationHub:
    return ConfigurationHub(Redis.from_url(settings.REDIS_URL), state, clock)


def do(step, *arguments):
    return async_to_sync(step)(*arguments)


def test_signs_of_life_when_nothing_was_sent_for_a_while(hub, state, clock):
    socket = Socket()
    do(hub.join, socket)
    for _ in range(2):
        clock.advance(HEARTBEAT_SECONDS - 0.1)
        do(hub.pass_time)
        assert socket.heard == ["snapshot"]
        state.overview = overview(report(receipt(), connected=False))
        do(hub.pass_time)
        assert socket.heard.pop() == "process"
        state.overview = overview(report(receipt()))
        do(hub.pass_time)
        assert socket.heard.pop() == "process"
    clock.advance(HEARTBEAT_SECONDS)
    do(hub.pass_time)
    do(hub.pass_time)
    assert socket.heard == ["snapshot", "heartbeat"]


def test_what_is_not_known_is_reported_as_such_once_and_a_snapshot_follows(hub, state, clock):
    early, late = Socket(), Socket()
    do(hub.join, early)
    state.is_away = True
    do(hub.pass_time)
    do(hub.pass_time)
    do(hub.join, late)
    assert (early.heard, late.heard) == (["snapshot", "error"], ["error"])
    clock.advance(HEARTBEAT_SECONDS)
    do(hub.pass_time)  # the connection lives all the same
    assert early.heard.pop() == late.heard.pop() == "heartbeat"
    state.is_away = False
    do(hub.pass_time)
    do(hub.pass_time)
    assert (early.heard, late.heard) == (["snapshot", "error", "snapshot"], ["error", "snapshot"])


def test_the_first_socket_hears_it_once_too(hub, state):
    socket = Socket()
    state.is_away = True
    do(hub.join, socket)
    assert socket.heard == ["error"]


def test_whoever_asks_gets_a_fresh_snapshot_and_nobody_else_does(hub, state):
    asking, other = Socket(), Socket()
    for socket in (asking, other):
        do(hub.join, socket)
    do(hub.resync, asking)
    assert (asking.heard, other.heard) == (["snapshot"] * 2, ["snapshot"])
    state.is_away = True
    do(hub.resync, asking)
    do(hub.resync, asking)
    assert (asking.heard[2:], other.heard[1:]) == (["error"] * 2, ["error"])


def test_a_slow_reader_who_asks_does_not_get_what_is_wrong_by_then(hub, state):
    socket = Socket()
    do(hub.join, socket)
    state.is_away = True
    do(hub.pass_time)
    state.is_away, socket.is_congested = False, True
    do(hub.resync, socket)
    assert socket.heard == ["snapshot", "error"]
    socket.is_congested = False
    do(hub.pass_time)
    assert socket.heard == ["snapshot", "error", "snapshot"]


def test_whose_time_is_over_is_let_go_unless_he_could_not_come_back(hub, monkeypatch):
    old, young = Socket(), Socket()
    for socket in (old, young):
        do(hub.join, socket)
    old.is_over = True
    monkeypatch.setattr(reading.reader, "_away_since", 0.0)
    do(hub.pass_time)
    assert old.closed == []
    monkeypatch.setattr(reading.reader, "_away_since", None)
    do(hub.pass_time)
    assert (old.closed, young.closed) == ([1000], [])


def test_a_reader_who_is_too_slow_gets_a_snapshot_when_he_has_caught_up(hub, state, clock):
    slow, quick = Socket(), Socket()
    for socket in (slow, quick):
        do(hub.join, socket)
    slow.is_congested = True
    state.overview = overview(report(receipt(hash="other")))
    do(hub.pass_time)
    assert (slow.heard, quick.heard) == (["snapshot"], ["snapshot", "applied"])
    slow.is_congested = False
    do(hub.pass_time)
    assert (slow.heard, quick.heard) == (["snapshot", "snapshot"], ["snapshot", "applied"])


def has_connections(redis: Redis) -> bool:
    pool = redis.connection_pool
    return any(
        connection.is_connected for connection in (*pool._available_connections, *pool._in_use_connections)
    )


def test_a_hub_that_fails_lets_every_socket_go_and_is_replaced(monkeypatch, caplog):
    monkeypatch.setattr(hub_module, "_hub", None)
    socket = Socket()

    def fail() -> Overview:
        raise AssertionError

    async def story():
        hub = get_hub()
        hub._read = State()
        await hub.join(socket)
        await hub._redis.ping()
        assert has_connections(hub._redis)
        hub._read = fail
        async with asyncio.timeout(5):
            while hub.is_running:
                await asyncio.sleep(0.01)
        assert not has_connections(hub._redis)
        assert get_hub() is not hub

    do(story)
    assert socket.closed == [1011]
    assert "hub_failed configuration-hub" in caplog.text
