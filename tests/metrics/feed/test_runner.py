"""The feed driven by hand over a real store: what it writes, tells and counts."""

from array import array
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import redis
from channels.layers import get_channel_layer
from django.conf import settings

from metrics.answers import Body
from metrics.answers.book import depth_answer
from metrics.answers.pressure import pressure_answer
from metrics.domain.analyzer import StoredBook
from metrics.domain.liquidity.resilience import Resilience
from metrics.domain.market import MarketRow
from metrics.feed.runner import DepthFeed, pause_after
from metrics.store.keys import MARKET_GROUP, Keys
from metrics.store.reader import StoreReader
from tests.factories import (
    ASKS,
    BIDS,
    START,
    Clock,
    diff_depth,
    feed_report,
    frame,
    market_id,
    spot_book,
    stored_book,
    trade,
    usdm_book,
)
from tests.metrics.domain.test_depth import EXAMPLE

KEYS = Keys(settings.STORE_PREFIX)
Run = Callable[..., Any]
Publish = Callable[..., None]


# -- Rows, books, history --------------------------------------------------------------------


@pytest.mark.parametrize("form", [spot_book, usdm_book])
def test_contract_example__from_either_form(
    publish: Publish, reader: StoreReader, clock: Clock, form: Callable[..., bytes]
):
    publish(form())
    clock.advance(0.041)
    answer: Body | None = depth_answer(reader, "BTCUSDT", 20)
    assert answer is not None
    assert {name: answer[name] for name in EXAMPLE} == EXAMPLE
    assert (answer["timestamp"], answer["age_ms"]) == ("2023-11-14T22:14:00.000Z", 41)
    assert answer["event_time"] == (None if form is spot_book else answer["timestamp"])


def test_store__holds_the_row_the_book_and_the_history(publish: Publish, store: redis.Redis, clock: Clock):
    publish(spot_book(update_id=1))
    clock.advance(0.5)
    publish(spot_book(update_id=2, bids=[(100.0, 2.3)]))

    def held(raw: Any) -> bytes:
        assert isinstance(raw, bytes)
        return raw

    [row] = msgspec.msgpack.decode(held(store.hget(KEYS.rows, "BTCUSDT")), type=list[MarketRow])
    assert (row.received_at, row.imbalance_ratio, row.total_liquidity) == (START + 0.5, 0.0, 4.6)
    book = msgspec.msgpack.decode(held(store.hget(KEYS.books, "BTCUSDT@binance")), type=StoredBook)
    assert [flow.ofi for flow in book.flow] == [pytest.approx(1.3)] * 3
    assert book == stored_book(
        bids=[(100.0, 2.3)],
        update_id=2,
        received_at=START + 0.5,
        flow=book.flow,
        resilience=Resilience(0, None),
    )
    packed = array("d", held(store.get(KEYS.history(market_id(), int(START // 60)))))
    assert packed.tolist() == [START, pytest.approx(2.2 / 6.8), 100.0, 100.5, START + 0.5, 0.0, 100.0, 100.5]
    assert 0 < int(str(store.ttl(KEYS.rows))) <= settings.METRICS_TTL_SECONDS + 1


def test_hundred_books_between_two_publications__one_row_a_hundred_points(
    publish: Publish, reader: StoreReader
):
    publish(*(spot_book(update_id=number) for number in range(100)))
    assert list(reader.rows()) == ["BTCUSDT"]
    answer = pressure_answer(reader, "BTCUSDT", "1m", 100)
    assert answer is not None
    assert answer["data_points"] == 100


def test_diffs_and_trades__change_nothing(
    publish: Publish, reader: StoreReader, feed: DepthFeed, clock: Clock
):
    publish(usdm_book(update_id=1))
    before = reader.book("BTCUSDT"), reader.rows()
    clock.advance(1)
    publish(diff_depth(bids=[(90.0, 1.0)], update_id=2), trade(), diff_depth(asks=[], update_id=3))
    assert (reader.book("BTCUSDT"), reader.rows()) == before
    assert feed.ignored == {"diff_depth": 2, "trade": 1}


def test_crossed_book__shown_as_crossed_with_the_last_good_numbers(publish: Publish, reader: StoreReader):
    publish(spot_book(update_id=1))
    publish(spot_book(update_id=2, asks=[(99.0, 1.0)]))
    answer: Body | None = depth_answer(reader, "BTCUSDT", 20)
    assert answer is not None
    assert answer["state"] == "crossed"
    assert {name: answer[name] for name in EXAMPLE} == EXAMPLE


def test_one_sided_book__unknown_numbers_are_null(publish: Publish, reader: StoreReader):
    publish(spot_book(asks=[]))
    answer: Body | None = depth_answer(reader, "BTCUSDT", 20)
    assert answer is not None
    assert answer["state"] == "one_sided"
    assert answer["imbalance"] == {"ratio": None, "percent": None, "bid_volume": 4.5, "ask_volume": None}
    assert answer["spread"]["mid_price"] is None


def test_silent_symbol__goes_stale_and_then_from_the_store(
    publish: Publish, reader: StoreReader, store: redis.Redis, clock: Clock
):
    publish(spot_book("OLDUSDT"))
    clock.advance(5.5)
    publish(spot_book("NEWUSDT"))
    answer = depth_answer(reader, "OLDUSDT", 20)
    assert answer is not None
    assert answer["state"] == "stale"
    clock.advance(55)
    publish()  # forgets it
    publish()  # tells everybody
    assert (store.hkeys(KEYS.rows), store.hkeys(KEYS.books)) == ([b"NEWUSDT"], [b"NEWUSDT@binance"])
    assert depth_answer(reader, "OLDUSDT", 20) is None


# -- Counting --------------------------------------------------------------------------------


def test_report__says_what_came_and_why_it_was_refused(publish: Publish, reader: StoreReader, clock: Clock):
    clock.advance(10)
    publish(
        spot_book(update_id=5),
        spot_book(update_id=5),
        spot_book(update_id=4),
        usdm_book(update_id=6),
        spot_book(update_id=7, asks=[(1.0, 1.0)]),
        spot_book(update_id=8, bids=BIDS[::-1]),
        spot_book("ETHUSDT"),
        b"hello",
        trade(price="100.25", at=clock()),
        diff_depth(),
        frame("!ticker@arr", []),
    )
    [report] = reader.feeds()
    assert report.refused == {
        "repeated": 1, "out_of_date": 1, "crossed": 1, "unordered_levels": 1, "not_json": 1,
    }  # fmt: skip
    assert report.ignored == {"trade": 1, "diff_depth": 1, "unnamed": 1}
    assert (report.messages, report.accepted, report.symbols, report.markets) == (11, 3, 2, 3)
    assert report.messages == report.accepted + sum(report.refused.values()) + sum(report.ignored.values())
    assert report.rate_per_second == pytest.approx(1.1)
    assert (report.started_at, report.last_message_at, report.reported_at) == (START, clock(), clock())
    assert (report.new_runs, report.evicted, report.errors, report.connected) == (0, 0, {}, False)
    clock.advance(2)
    publish(trade(), trade())
    assert reader.feeds()[0].rate_per_second == pytest.approx(1.0)


@pytest.mark.parametrize("skew", [-1.274, 0.0, 2.5])
def test_lag__may_be_negative(publish: Publish, reader: StoreReader, clock: Clock, skew: float):
    publish(usdm_book(event_time=clock() - skew))
    assert reader.feeds()[0].lag_ms == pytest.approx(1000 * skew, abs=0.51)


def test_lag__unknown_where_books_carry_no_time(publish: Publish, reader: StoreReader):
    publish(spot_book())
    assert reader.feeds()[0].lag_ms is None


# -- Telling the web processes ---------------------------------------------------------------


def test_batches__changed_rows_then_heartbeats_then_removals(feed: DepthFeed, run: Run, clock: Clock):
    batches: list[dict[str, Any]] = []

    async def scenario() -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(MARKET_GROUP, channel)

        async def next_batch() -> dict[str, Any]:
            return await layer.receive(channel)

        for name in ("AAAUSDT", "BBBUSDT"):
            feed.process(spot_book(name))
        await feed.publish_once()
        batches.append(await next_batch())
        clock.advance(0.25)
        await feed.publish_once()  # nothing changed and the last batch is fresh: silence
        clock.advance(0.8)
        await feed.publish_once()
        batches.append(await next_batch())
        clock.advance(60)
        feed.process(spot_book("BBBUSDT", update_id=2))
        await feed.record_once()
        await feed.publish_once()
        batches.append(await next_batch())
        await layer.group_discard(MARKET_GROUP, channel)

    run(scenario)
    rows = [
        [msgspec.msgpack.decode(raw, type=list[MarketRow])[0].symbol for raw in batch["rows"]]
        for batch in batches
    ]
    assert rows == [["AAAUSDT", "BBBUSDT"], [], ["BBBUSDT"]]
    assert [batch["removed"] for batch in batches] == [[], [], ["AAAUSDT"]]
    assert [batch["seq"] for batch in batches] == [1, 2, 3]
    assert {(batch["feed"], batch["epoch"]) for batch in batches} == {("test/0/1", feed.epoch)}
    assert batches[1]["sent_at"] == pytest.approx(START + 1.05)


def test_publish__says_how_long_it_was_busy(feed: DepthFeed, run: Run):
    feed.process(spot_book(bids=BIDS, asks=ASKS))
    assert 0 < run(feed.publish_once) < 5


# -- What others left behind -----------------------------------------------------------------


def test_restart__rows_of_symbols_that_never_come_again_leave_the_store(
    make_feed: Callable[[], DepthFeed], run: Run, store: redis.Redis, clock: Clock
):
    """Living symbols keep the whole hash alive, so that those of a former run would stay in it for ever."""

    def minutes(feed: DepthFeed, count: int, *symbols: str) -> None:
        async def scenario() -> None:
            for _ in range(count * 2):
                for symbol in symbols:
                    feed.process(spot_book(symbol, update_id=int(clock())))
                await feed.publish_once()
                await feed.record_once()
                clock.advance(30)

        run(scenario)

    minutes(make_feed(), 1, "OLDUSDT", "NEWUSDT")
    minutes(make_feed(), 3, "NEWUSDT")
    assert (store.hkeys(KEYS.rows), store.hkeys(KEYS.books)) == ([b"NEWUSDT"], [b"NEWUSDT@binance"])


def test_feeds_that_are_long_gone__are_forgotten(
    feed: DepthFeed, reader: StoreReader, store: redis.Redis, publish: Publish, clock: Clock
):
    for name, silent in (("gone/0/1", 90_000.0), ("late/0/1", 3_000.0)):
        report = feed_report(instance=name, reported_at=START - silent)
        store.hset(KEYS.feeds, name, msgspec.msgpack.encode(report))
    store.hset(KEYS.feeds, "other/0/1", b"of another version")
    publish()
    assert [report.instance for report in reader.feeds()] == ["late/0/1", "test/0/1"]


@pytest.mark.parametrize(("busy", "pause"), [(0.0, 0.0), (0.01, 0.09), (0.1, 0.9), (0.2, 1.0), (5.0, 1.0)])
def test_pause_after_publishing__leaves_time_to_others_and_never_seems_silent(busy: float, pause: float):
    assert pause_after(busy) == pytest.approx(pause)


# -- Origins ---------------------------------------------------------------------------------


def test_a_feed_tells_what_the_books_that_may_still_be_shown_say_of_themselves(
    publish: Publish, feed: DepthFeed, clock: Clock
):
    publish(spot_book())
    assert feed.report(clock(), []).origins == []
    publish(spot_book(update_id=2, origin="simulated"))
    publish(spot_book("ETHUSDT", origin="replayed"))
    assert feed.report(clock.advance(60), []).origins == ["replayed", "simulated"]
    assert feed.report(clock.advance(1), []).origins == []


def test_what_a_former_run_left_is_marked_for_as_long_as_it_may_be_shown(
    make_feed: Callable[[], DepthFeed], run: Run, reader: StoreReader, clock: Clock
):
    """A simulated book is no less invented where a feed of an exchange was started after it."""

    def told(feed: DepthFeed, seconds: float) -> list[str]:
        clock.advance(seconds)
        run(feed.record_once)
        return reader.feeds()[0].origins

    former, feed = make_feed(), make_feed()
    former.process(spot_book(origin="simulated"))
    assert told(former, 0.0) == ["simulated"]
    feed.process(spot_book("ETHUSDT", origin="replayed"))
    assert told(feed, 1.0) == ["replayed", "simulated"]
    assert told(feed, 58.0) == ["replayed", "simulated"]
    assert told(feed, 2.0) == []


def test_a_former_run_is_read_before_its_report_is_written_over(
    make_feed: Callable[[], DepthFeed], run: Run, reader: StoreReader, monkeypatch: pytest.MonkeyPatch
):
    former, feed = make_feed(), make_feed()
    former.process(spot_book(origin="simulated"))
    run(former.record_once)

    async def away(*_: object) -> dict[str, float]:
        raise redis.ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(feed.writer, "read_origins", away)
        run(feed.record_once)
    assert reader.feeds()[0].epoch == former.epoch
    run(feed.record_once)
    assert (reader.feeds()[0].epoch, reader.feeds()[0].origins) == (feed.epoch, ["simulated"])


# -- Another feed's symbols ------------------------------------------------------------------


def test_worth_of_a_quote_asset__from_what_another_feed_has_written__until_that_is_stale(
    make_feed: Callable[[], DepthFeed], publish: Publish, reader: StoreReader, run: Run, clock: Clock
):
    """As where a symbol and the one that its prices are in fall to different partitions."""
    publish(spot_book("BTCUSDT"))
    other = make_feed()

    def cost(update_id: int) -> float | None:
        other.process(spot_book("ETHBTC", [(100.0, 2_000.0)], [(100.5, 2_000.0)], update_id))
        run(other.publish_once)
        run(other.record_once)
        return reader.rows()["ETHBTC"].cost_bps

    assert (cost(1), cost(2)) == (None, pytest.approx(24.9377, rel=1e-4))
    clock.advance(settings.STALE_AFTER_SECONDS + 1)
    assert (cost(3) is None, cost(4)) == (False, None)
