"""From the store to a receiver, while processes die at any moment and what they need is away: nothing is lost, and
nothing comes twice to a receiver that acts once on each key."""

import json
import random
from contextlib import ExitStack, suppress
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import connection

from alerts.delivery.letters import Letter
from alerts.delivery.outcomes import Outcome
from alerts.delivery.sender import Sender
from alerts.domain.delivering import GROUP_SECONDS, LONGEST_WAIT
from alerts.models import Alert, Delivery, Message
from alerts.watching.lease import LEASE_SECONDS
from metrics.store.reader import StoreReader, get_reader
from tests.alerts.factories import saved, saved_channel
from tests.alerts.watching.watchers import TICK, Market, watcher
from tests.configuration.outage import database_away
from tests.factories import Clock

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
SYMBOLS = ("BTCUSDT", "ETHUSDT")
WIDE, NARROW = 20.0, 5.0


class Receiver:
    """What was told, and what becomes of the sender then."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, list[str]]] = []
        self.afterwards: Any = None

    async def __call__(self, target: Any, letter: Letter, at: float) -> Outcome:
        self.heard.append((letter.key, [each["key"] for each in json.loads(letter.body)["alerts"]]))
        if self.afterwards:
            await sync_to_async(self.afterwards)()
        return Outcome(True, "")

    def told(self) -> list[str]:
        """As one has it that acts once on each key of a message."""
        return sorted(each for keys in dict(self.heard).values() for each in keys)


class Process:
    """One that watches and tells, moved on by hand."""

    def __init__(self, name: str, reader: StoreReader, clock: Clock, market: Market, send: Receiver) -> None:
        self._watcher, self._sender = watcher(reader, clock, name), Sender(30, clock, send)
        self._clock, self._market = clock, market

    def live(self, seconds: float, bps: float) -> None:
        """While the spread of all symbols is so wide."""
        for _ in range(round(seconds / TICK)):
            for symbol in SYMBOLS:
                self._market.spread(bps, symbol)
            self.go_on()
            self._clock.advance(TICK)

    def go_on(self) -> None:
        """A look at what there is."""
        self._watcher.tick()
        if self._watcher.is_watching:
            async_to_sync(self._tell)()

    async def _tell(self) -> None:
        await self._sender.look()
        results = [*self._sender._busy.values()]
        await self._sender.settle()
        for each in results:
            each.result()


@pytest.fixture
def receiver() -> Receiver:
    saved(symbols=list(SYMBOLS), for_seconds=0.0, channels=[saved_channel().pk])
    return Receiver()


def all_that_happened() -> list[str]:
    """Both symbols were wide once, and are back."""
    alerts = Alert.objects.values_list("pk", "symbol", "resolved_because")
    assert sorted((symbol, because) for _, symbol, because in alerts) == [(each, "back") for each in SYMBOLS]
    return sorted(f"{key}.{state}" for key, *_ in alerts for state in ("firing", "resolved"))


class Killed(BaseException):
    """In the middle of what it did."""


def dies_at(moment: int) -> Any:
    """Before the statement of this number; afterwards it says nothing to the database any more."""
    statements = iter(range(moment))

    def die(execute: Any, *arguments: Any) -> Any:
        if next(statements, None) is None:
            raise Killed
        return execute(*arguments)

    return connection.execute_wrapper(die)


@pytest.mark.parametrize("about", range(1, 110, 10))
def test_wherever_a_process_dies_nothing_is_lost_and_nothing_comes_twice(
    about: int, reader: StoreReader, clock: Clock, market: Market, receiver: Receiver
):
    moment = random.randrange(about, about + 10)
    with suppress(Killed), dies_at(moment):
        first = Process("host:1", reader, clock, market, receiver)
        first.live(0.5, WIDE)
        clock.advance(GROUP_SECONDS)
        first.live(0.5, NARROW)
    clock.advance(LEASE_SECONDS)
    second = Process("host:2", reader, clock, market, receiver)
    if not Alert.objects.exists():  # it died before it had seen anything
        second.live(1.5, WIDE)
    for _ in range(3):
        second.live(1.5, NARROW)
        clock.advance(GROUP_SECONDS)
    assert receiver.told() == all_that_happened(), moment
    assert not Message.objects.filter(delivered_at=None).exists(), moment


def test_of_an_outage_of_the_database_after_each_sending_only_repetitions_remain(
    reader: StoreReader, clock: Clock, market: Market, receiver: Receiver
):
    one = Process("host:1", reader, clock, market, receiver)
    one.live(0.5, NARROW)
    with ExitStack() as outage:
        receiver.afterwards = lambda: outage.enter_context(database_away())
        one.live(0.5, WIDE)  # it is sent, and that it was cannot be marked
        receiver.afterwards = None
        one.live(2.0, NARROW)
    assert len(receiver.heard) == 1
    clock.advance(GROUP_SECONDS)
    one.live(8.0, NARROW)
    assert receiver.told() == all_that_happened()
    assert receiver.heard[0] == receiver.heard[1]
    assert len(dict(receiver.heard)) == 2
    assert not Delivery.objects.filter(message__delivered_at=None).exists()


def test_of_an_outage_of_redis_nobody_is_told_anything(
    own_store: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
):
    market = Market(redis.Redis.from_url(settings.REDIS_URL), clock)
    monkeypatch.setattr(get_reader(), "clock", clock)
    one = Process("host:1", get_reader(), clock, market, receiver)
    one.live(0.5, WIDE)
    own_store.kill()
    for _ in range(20):
        clock.advance(LONGEST_WAIT / 20)
        one.go_on()
    assert len(receiver.heard) == 1
    own_store.start()
    one.live(0.5, WIDE)
    one.live(6.0, NARROW)
    assert receiver.told() == all_that_happened()
    assert len(receiver.heard) == 2
