"""Processes that report nothing else say that they are there."""

import time
from collections.abc import Callable

import msgspec
import pytest
import redis
from django.conf import settings

import presence
from presence import FORGOTTEN_AFTER_SECONDS, Presence, Register, key_of, present
from stored import left_out
from tests.factories import START

KEY = key_of(settings.STORE_PREFIX)
WEB = Presence("web host", START - 10, START, 2)


@pytest.fixture
def register(store: redis.Redis) -> Register:
    return Register(store, settings.STORE_PREFIX)


def until(holds: Callable[[], object]) -> None:
    """Raises AssertionError where it does not hold within five seconds."""
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_who_says_so_is_there_until_it_ends_in_good_order(register: Register):
    register.say(WEB)
    assert register.present(START) == [WEB]
    register.withdraw(WEB.name)
    assert register.present(START) == []


def test_who_died_is_shown_for_an_hour_and_then_dropped(register: Register, store: redis.Redis):
    register.say(WEB)
    assert 0 < int(str(store.ttl(KEY))) <= FORGOTTEN_AFTER_SECONDS
    assert register.present(START + FORGOTTEN_AFTER_SECONDS - 1) == [WEB]
    assert register.present(START + FORGOTTEN_AFTER_SECONDS) == []
    register.tidy(START + FORGOTTEN_AFTER_SECONDS)
    assert not store.exists(KEY)


def test_what_somebody_else_wrote_there_is_not_believed_and_gives_way(register: Register, store: redis.Redis):
    store.hset(KEY, "web host", b"\xff")
    store.hset(KEY, "other", msgspec.msgpack.encode(WEB))
    store.hset(KEY, "ahead", msgspec.msgpack.encode(Presence("ahead", START, START + 3600, 0)))
    assert register.present(START) == []
    register.tidy(START)
    assert not store.exists(KEY)
    store.set(KEY, "not a hash")
    assert register.present(START) == []
    register.say(WEB)
    assert register.present(START) == [WEB]
    assert left_out["presences"]
    assert left_out["keys"]


def test_a_process_says_so_again_and_again_and_is_not_missed_at_its_end(
    register: Register, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(presence, "EVERY_SECONDS", 0.01)
    with present("web"):
        until(lambda: register.present(time.time()))
        first = register.present(time.time())[0].reported_at
        until(lambda: register.present(time.time())[0].reported_at > first)
    assert register.present(time.time()) == []


def test_a_store_that_is_away_holds_nobody_up_and_is_noticed_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    nowhere = redis.Redis(port=1, socket_connect_timeout=1)
    monkeypatch.setattr(presence, "get_register", lambda: Register(nowhere, "nowhere"))
    monkeypatch.setattr(presence, "EVERY_SECONDS", 0.01)
    with present("web"):
        until(lambda: caplog.messages)
    assert [message.split()[0] for message in caplog.messages] == ["store_away"]
