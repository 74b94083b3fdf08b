"""What is looked at, how often, and what is known where it cannot be read."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
import redis
from redis.exceptions import RedisError

from alerts.domain.entities import Thing
from alerts.domain.watched.halts import HaltSeen
from alerts.watching.seen.look import Look
from alerts.watching.source import LOOK_SECONDS, RETRY_SECONDS, Source, Things
from metrics.domain.analyzer import StoredBook
from metrics.domain.book import Ladder
from metrics.domain.liquidity.trades import TradeSpan
from metrics.domain.market import LIVE
from metrics.store.reader import StoreReader
from tests.alerts.watching.watchers import KEYS, Market, readers
from tests.factories import Clock, market_row

WANTED = {"halted_seconds"}


class Halted:
    """Reads one halt, as long as it can, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked, self.is_away = 0, False

    def __call__(self, look: Look) -> list[HaltSeen]:
        self.asked += 1
        if self.is_away:
            raise RedisError("away")
        return [HaltSeen(name="everything", is_halted=True, is_resumed=False, halted_seconds=7.0)]


@pytest.fixture
def look(reader: StoreReader, clock: Clock) -> Callable[[], Look]:
    return lambda: Look(readers(reader), {}, clock(), clock())


def test_what_is_no_market_is_looked_at_once_a_second_and_at_once_where_more_is_watched(
    look: Any, clock: Clock
):
    halted = Halted()
    things = Things(halted)
    scene = things.look(look(), WANTED)
    assert scene
    assert scene.entities.ids == [Thing("everything")]
    assert things.look(look(), WANTED) is None
    assert things.look(look(), {*WANTED, "is_halted"})
    clock.advance(LOOK_SECONDS)
    assert things.look(look(), WANTED)
    clock.advance(-3_600)  # somebody puts the clock back
    assert things.look(look(), WANTED)
    assert halted.asked == 4


def test_what_cannot_be_read_stays_as_it_was_until_it_would_be_stale_and_is_asked_seldom(
    look: Any, clock: Clock
):
    halted = Halted()
    things = Things(halted)
    known = things.look(look(), WANTED)
    halted.is_away = True
    clock.advance(LOOK_SECONDS)
    assert things.look(look(), WANTED) is None
    clock.advance(LOOK_SECONDS)
    assert things.look(look(), WANTED) is None
    assert halted.asked == 2
    clock.advance(RETRY_SECONDS)
    unknown = things.look(look(), WANTED)
    assert known
    assert unknown
    assert not unknown.is_known
    assert unknown.entities is known.entities


def test_only_kinds_of_which_something_is_watched_are_looked_at(reader: StoreReader, market: Market):
    market.spread(12.0)
    source = Source(readers(reader))
    assert set(source.look({"spread_bps_10s"})) == {"market"}
    scenes = source.look({"spread_bps_10s", "symbols_tracked", "silent_seconds", "is_unjudged"})
    assert set(scenes) == {"market", "summary", "part"}
    np.testing.assert_array_equal(scenes["summary"].column("symbols_tracked"), [1, np.nan])


def test_books_are_read_where_something_of_them_is_watched(
    reader: StoreReader, market: Market, store: redis.Redis, clock: Clock
):
    row, trades = market_row(), [TradeSpan(2, 300.0, 100.0, 100.0, None, None, None)] * 3
    book = StoredBook(row.symbol, row.market, clock(), None, 1, LIVE, Ladder([], []), trades=trades)
    store.hset(KEYS.books, row.id.name, msgspec.msgpack.encode(book))
    market.spread(12.0)
    scene = Source(readers(reader)).look({"traded_usd_60s"})["market"]
    np.testing.assert_array_equal(scene.column("traded_usd_60s"), [400, np.nan])
