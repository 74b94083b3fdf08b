"""What was shown and turns out false is taken back everywhere: rows, books, histories, minutes."""

from collections.abc import Callable

import pytest
import redis
from django.conf import settings

from metrics.answers.book import depth_answer
from metrics.answers.pressure import pressure_answer
from metrics.feed.runner import DepthFeed
from metrics.models import MinuteRollup
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from tests.factories import ASKS, BIDS, START, Clock, market_id, spot_book, trade, usdm_book

KEYS = Keys(settings.STORE_PREFIX)
pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def carry_out(feed: DepthFeed, run: Callable) -> Callable[[], None]:
    """What the feed does by itself as time passes, minutes saved included."""

    def once() -> None:
        run(feed.publish_once)
        run(feed.record_once)
        run(feed.minute_writer.save_once)

    return once


def take_minutes(feed: DepthFeed, clock: Clock, carry_out: Callable, minutes: int, price: float) -> None:
    """A book a second under the name of BTCUSDT, for so long."""
    for _ in range(60 * minutes):
        number = round(10 * (clock() - START)) + 1
        feed.process(spot_book(update_id=number, bids=[(price, 1.0)], asks=[(price + 1, 1.0)]))
        clock.advance(1)
        if clock() % 20 == 0:
            carry_out()


def test_books_of_another_coin__leave_nothing_once_a_trade_tells(
    feed: DepthFeed, store: redis.Redis, reader: StoreReader, clock: Clock, carry_out: Callable
):
    take_minutes(feed, clock, carry_out, 3, price=2683.0)
    carry_out()
    assert depth_answer(reader, "BTCUSDT", 20) is not None
    assert MinuteRollup.objects.filter(symbol="BTCUSDT").count() == 2
    feed.process(trade(price="61829.76", at=clock()))
    carry_out()
    assert store.hkeys(KEYS.rows) == store.hkeys(KEYS.books) == []
    assert depth_answer(reader, "BTCUSDT", 20) is None
    times, _ = reader.history(market_id(), START - 1, clock())
    assert len(times) == 0
    assert MinuteRollup.objects.count() == 0
    assert feed.analyzer.withdrawals == 1


def test_what_was_true_before__stays(feed: DepthFeed, reader: StoreReader, clock: Clock, carry_out: Callable):
    """Trades have confirmed what came until the last of them, and were too old to when the other coin's came."""
    feed.process(trade(price="2683.00", trade_id=1, at=clock()))
    take_minutes(feed, clock, carry_out, 1, price=2683.0)
    confirmed_until = clock()
    take_minutes(feed, clock, carry_out, 2, price=2683.0)
    feed.process(trade(price="61829.76", trade_id=2, at=clock()))
    carry_out()
    times, _ = reader.history(market_id(), START - 1, clock())
    assert len(times) == pytest.approx(60, abs=2)
    assert max(times) <= confirmed_until + 1
    assert [row.minute.timestamp() for row in MinuteRollup.objects.all()] in ([START], [START, START + 60])


def test_a_market_that_jumps__loses_its_row_and_no_history(
    feed: DepthFeed, reader: StoreReader, clock: Clock, carry_out: Callable
):
    feed.process(trade(price="100.25", trade_id=1, at=clock()))
    feed.process(spot_book(update_id=1))
    clock.advance(0.1)
    feed.process(spot_book(update_id=2))
    clock.advance(1.0)
    feed.process(trade(price="130", trade_id=2, at=clock()))
    carry_out()
    assert depth_answer(reader, "BTCUSDT", 20) is None
    feed.process(spot_book(update_id=3, bids=[(129.5, 1.0)], asks=[(130.5, 1.0)]))
    carry_out()
    shown = depth_answer(reader, "BTCUSDT", 20)
    assert shown is not None
    assert (shown["state"], shown["spread"]["mid_price"]) == ("live", 130.0)
    answer = pressure_answer(reader, "BTCUSDT", "1m", 100)
    assert answer is not None
    assert answer["data_points"] == 3
    assert feed.refused == {}


def test_diffs_of_contracts_that_passed_for_thin_books__leave_nothing(
    feed: DepthFeed, store: redis.Redis, reader: StoreReader, clock: Clock, carry_out: Callable
):
    def thin(number: int, bids: list[tuple[float, float]]) -> bytes:
        raw = usdm_book(bids=bids, asks=ASKS, update_id=number, event_time=clock())
        return raw.replace(b"depth3@", b"depth20@")

    for number in range(1, 30):
        feed.process(thin(number, BIDS))
        clock.advance(0.1)
    carry_out()
    assert depth_answer(reader, "BTCUSDT", 20) is not None
    feed.process(thin(30, [(100.0, 0.0), *BIDS[1:]]))
    carry_out()
    assert depth_answer(reader, "BTCUSDT", 20) is None
    assert len(reader.history(market_id(), START - 1, clock())[0]) == 0
    assert store.hkeys(KEYS.rows) == []
    assert feed.ignored == {"diff_depth": 1}


def test_two_coins_under_one_name__suspect_without_a_number_and_without_history_of_it(
    feed: DepthFeed, reader: StoreReader, clock: Clock, carry_out: Callable
):
    for number in range(1, 40):
        is_bitcoin = number % 2 == 0
        price, update_id = (61000.0, 50_000 + number) if is_bitcoin else (2683.0, 35_000 + number)
        feed.process(spot_book(update_id=update_id, bids=[(price, 1.0)], asks=[(price + 1, 1.0)]))
        clock.advance(0.1)
    carry_out()
    shown = depth_answer(reader, "BTCUSDT", 20)
    assert shown is not None
    assert (shown["state"], shown["reason"]) == ("suspect", "mixed_ids")
    assert shown["spread"]["mid_price"] is shown["liquidity"]["total"] is None
    (report,) = reader.feeds()
    assert [each[:3] for each in report.not_live] == [("BTCUSDT", "suspect", "mixed_ids")]
    times, _ = reader.history(market_id(), START - 1, clock())
    assert len(times) <= 2


def test_a_symbol_that_is_back_before_anybody_knew__is_gone_first_and_comes_with_the_next_batch(
    feed: DepthFeed, reader: StoreReader, clock: Clock, run: Callable
):
    """Who follows the batches must not draw on from what was false."""
    feed.process(spot_book(update_id=7, bids=[(2683.0, 1.0)], asks=[(2684.0, 1.0)]))
    run(feed.publish_once)
    feed.process(trade(price="61829.76", at=clock()))
    feed.process(spot_book(update_id=3, bids=[(61829.0, 1.0)], asks=[(61830.0, 1.0)]))
    run(feed.publish_once)
    assert depth_answer(reader, "BTCUSDT", 20) is None
    run(feed.publish_once)
    shown = depth_answer(reader, "BTCUSDT", 20)
    assert shown is not None
    assert shown["spread"]["mid_price"] == 61829.5
