"""Names are what a stranger says: what is heard in passing leaves nothing in the store, the database or the feed."""

from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.conf import settings

from metrics.feed.runner import DepthFeed
from metrics.models import MinuteRollup
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from tests.factories import START, Clock, depth_analyzer, market_id, mixed_books, spot_book

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
Run = Callable[..., Any]
KEYS = Keys(settings.STORE_PREFIX)
MOST_SYMBOLS = 20


class Moved:
    """A feed, moved by hand: a second at a time."""

    def __init__(self, feed: DepthFeed, clock: Clock, run: Run) -> None:
        self.feed, self.clock, self._run = feed, clock, run

    def seconds(self, count: int, frames: Callable[[], list[bytes]] = list) -> None:
        async def scenario() -> None:
            for _ in range(count):
                for raw in frames():
                    self.feed.process(raw)
                await self.feed.publish_once()
                await self.feed.record_once()
                await self.feed.minute_writer.save_once()
                self.clock.advance(1)

        self._run(scenario)

    def resident(self) -> list[bytes]:
        """A book a second of a symbol that stays."""
        return [spot_book("BTCUSDT", update_id=int(self.clock() - START) + 1)]

    def flood(self) -> list[bytes]:
        """So many new symbols as are tracked at all, some with two coins under one name."""
        second = int(self.clock())
        frames = [spot_book(f"N{second}X{number}USDT") for number in range(MOST_SYMBOLS)]
        return [*self.resident(), *frames, *mixed_books(f"M{second}USDT")]


def histories(store: redis.Redis) -> set[str]:
    """Markets that have any, by their names."""
    return {key.decode().split(":")[2] for key in store.scan_iter(f"{settings.STORE_PREFIX}:touches:*")}


def updates_of(symbol: str) -> int:
    """In all of its minutes."""
    return sum(MinuteRollup.objects.filter(symbol=symbol).values_list("updates", flat=True))


@pytest.fixture
def moved(make_feed: Callable[[], DepthFeed], clock: Clock, run: Run) -> Moved:
    feed = make_feed()
    analyzer = depth_analyzer(max_symbols=MOST_SYMBOLS)
    feed.analyzer, feed._minutes._is_new = analyzer, analyzer.is_new
    return Moved(feed, clock, run)


def test_a_flood_of_new_symbols__leaves_neither_minutes_nor_keys_and_takes_nothing_from_others(
    moved: Moved, store: redis.Redis, reader: StoreReader, clock: Clock
):
    moved.seconds(70, moved.resident)
    for _ in range(12):
        moved.seconds(1, moved.flood)
        assert len(histories(store)) <= MOST_SYMBOLS
        assert store.hlen(KEYS.rows) <= MOST_SYMBOLS
    moved.seconds(122, moved.resident)
    assert {symbol for (symbol,) in MinuteRollup.objects.values_list("symbol")} == {"BTCUSDT"}
    assert list(MinuteRollup.objects.order_by("minute").values_list("updates", flat=True)) == [60, 60, 60]
    assert histories(store) == {"BTCUSDT@binance"}
    assert len(reader.history(market_id(), START - 1, clock())[0]) == 70 + 12 + 122
    assert (store.hkeys(KEYS.rows), store.hkeys(KEYS.books)) == ([b"BTCUSDT"], [b"BTCUSDT@binance"])
    feed = moved.feed
    assert list(feed.analyzer.states) == [market_id()]
    assert list(feed.analyzer.admission._symbols) == ["BTCUSDT"]
    assert list(feed._minutes._open) == [market_id()]
    assert list(feed.decoder._routes) == [b"btcusdt@depth20@100ms"]


def test_symbols_heard_once__below_the_cap__leave_nothing_after_their_time_to_live(
    moved: Moved, store: redis.Redis
):
    moved.seconds(1, lambda: [spot_book("ONCEUSDT")])
    assert histories(store) == {"ONCEUSDT@binance"}
    moved.seconds(63)
    assert not histories(store)
    moved.seconds(60)
    assert not MinuteRollup.objects.exists()


def test_a_new_symbol__its_first_minute_is_written_once_it_has_lived_for_one(moved: Moved):
    moved.clock.advance(40)
    moved.seconds(60, moved.resident)
    assert not MinuteRollup.objects.exists()
    moved.seconds(2, moved.resident)
    assert list(MinuteRollup.objects.values_list("updates", flat=True)) == [20]
    moved.seconds(22, moved.resident)
    assert list(MinuteRollup.objects.order_by("minute").values_list("updates", flat=True)) == [20, 60]


def test_a_symbol_with_minutes_in_the_database__is_not_new_to_the_next_feed(
    moved: Moved, make_feed: Callable[[], DepthFeed], clock: Clock, run: Run
):
    moved.seconds(65, moved.resident)
    before = updates_of("BTCUSDT")
    clock.advance(600)
    again = Moved(make_feed(), clock, run)
    run(again.feed.recognise_once)
    again.seconds(10, lambda: [*again.resident(), spot_book("NEWUSDT", update_id=int(clock()))])
    run(again.feed.finish)
    assert updates_of("BTCUSDT") == before + 10
    assert updates_of("NEWUSDT") == 0


def test_a_symbol_that_was_withdrawn_while_new__tells_the_database_nothing(moved: Moved):
    """Nothing of it was written: or a flood of names with two coins each would fill what waits for the database."""
    moved.seconds(1, lambda: [*mixed_books("BTCUSDT")])
    assert moved.feed.analyzer.withdrawals == 1
    assert not moved.feed.minute_writer._withdrawn
