"""Rows of heat maps on their way from a feed through the store: at most one a second, none of what was not live."""

import struct
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
import redis
from django.conf import settings
from numpy.typing import NDArray

from metrics.domain.full_books import FullBooks
from metrics.domain.liquidity.heat import HeatRow, heat_row
from metrics.domain.liquidity.known import known_book
from metrics.feed.runner import DepthFeed
from metrics.feed.wire import BOOKS_AND_REFERENCES, FULL_BOOKS, WireDecoder
from metrics.store.keys import HISTORY_KEY_SECONDS, Keys
from metrics.store.reader import StoreReader
from metrics.store.values import HEAT_BYTES
from metrics.store.writer import StoreWriter
from stored import left_out
from tests.factories import ASKS, BIDS, START, Clock, market_id, mixed_books, spot_book, trade
from tests.metrics.feed.test_full_books import change, snapshot

KEYS = Keys(settings.STORE_PREFIX)
BTC = market_id()
FIRST_MINUTE = int(START // 60)
Publish = Callable[..., None]


@pytest.fixture
def feed(make_feed: Callable[[], DepthFeed]) -> DepthFeed:
    """One that hears trades as well, and keeps books whole."""
    feed = make_feed()
    feed.full_books = FullBooks(levels=20, max_books=10)
    feed.analyzer.whole = feed.full_books.known
    feed.decoder = WireDecoder(reads=BOOKS_AND_REFERENCES | FULL_BOOKS)
    return feed


@pytest.fixture
def rows(
    reader: StoreReader, writer: StoreWriter, run: Callable[..., Any], clock: Clock
) -> Callable[..., NDArray[np.void]]:
    """What stands in the store of BTCUSDT once everything is written."""

    def read() -> NDArray[np.void]:
        run(lambda: writer.write_history(clock()))
        return reader.heat(BTC, START - 900, clock())

    return read


def at(rows: NDArray[np.void]) -> list[float]:
    return [round(each - START, 2) for each in rows["time"].tolist()]


def row_of(rows: NDArray[np.void], place: int) -> HeatRow:
    """A stored row as the domain has it."""
    row = rows[place]
    mid = (float(row["bid"]) + float(row["ask"])) / 2
    return HeatRow(mid, float(row["bid_reach_bps"]), float(row["ask_reach_bps"]), row["cells"].tobytes())


def test_of_four_books_a_second_the_first_has_a_row(publish: Publish, rows: Callable[[], Any], clock: Clock):
    for number in range(9):
        publish(spot_book(bids=[(100.0, 1.0 + number)], update_id=number + 1))
        clock.advance(0.25)
    found = rows()
    assert at(found) == [0.0, 1.0, 2.0]
    assert (found["bid"] == 100.0).all()
    assert (found["ask"] == 100.5).all()
    for place, number in enumerate((0, 4, 8)):
        book = known_book([(100.0, 1.0 + number)], ASKS)
        assert book
        assert row_of(found, place) == heat_row(book)


def test_what_has_not_changed_has_no_other_row(publish: Publish, rows: Callable[[], Any], clock: Clock):
    publish(spot_book())
    clock.advance(1.5)
    publish()
    assert at(rows()) == [0.0]


def test_what_was_traded_is_counted_with_the_next_row__each_trade_once(
    publish: Publish, rows: Callable[[], Any], clock: Clock
):
    publish(spot_book())
    clock.advance(0.5)
    publish(trade(price="100", quantity="2", trade_id=1, at=clock()))
    clock.advance(0.5)
    publish(trade(price="100", quantity="3", trade_id=2, at=clock()), spot_book(update_id=2))
    clock.advance(1)
    publish(spot_book(update_id=3))
    clock.advance(60)
    publish(trade(price="100", quantity="5", trade_id=3, at=clock()))
    clock.advance(30)
    publish(spot_book(update_id=4))
    found = rows()
    assert np.isnan(found["bought"][0]), "no trade was ever heard before"
    assert found["sold"][1:].tolist() == [500.0, 0.0, 0.0], "the last was longer ago than a row holds"
    assert found["bought"][1:].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "not_live", [[spot_book(asks=[], update_id=2)], [spot_book(bids=[(101.0, 1.0)], update_id=2)]]
)
def test_a_book_that_is_not_live_has_no_row(
    publish: Publish, rows: Callable[[], Any], clock: Clock, not_live: list[bytes]
):
    """Neither of one side nor crossed."""
    publish(spot_book())
    clock.advance(1)
    publish(*not_live)
    clock.advance(1)
    publish(spot_book(update_id=3))
    assert at(rows()) == [0.0, 2.0]


def test_a_book_that_turns_out_false_takes_its_rows_along(
    publish: Publish, rows: Callable[[], Any], clock: Clock, store: redis.Redis
):
    """What is stored and what waits."""
    for raw in mixed_books():
        publish(raw)
        clock.advance(1)
    assert at(rows()) == []
    assert not store.exists(KEYS.heat(BTC, FIRST_MINUTE))


def test_of_a_book_that_is_kept_whole_all_that_is_known_is_in_the_row(
    publish: Publish, feed: DepthFeed, rows: Callable[[], Any], clock: Clock
):
    bids = [(100.0 - number / 100, 1.0) for number in range(1, 101)]
    asks = [(100.0 + number / 100, 1.0) for number in range(1, 101)]
    publish(snapshot(bids=bids, asks=asks), change(11, 11, [(99.4, 7.0)]))
    book = known_book([*bids[:59], (99.4, 7.0), *bids[60:]], asks)
    assert book
    found = rows()
    assert row_of(found, 0) == heat_row(book)
    assert row_of(found, 0)[1:3] == (50.0, 50.0), "and not the twenty that twenty levels reach"


def test_rows_expire_with_the_history(publish: Publish, rows: Callable[[], Any], store: redis.Redis):
    publish(spot_book())
    rows()
    ttl = int(str(store.ttl(KEYS.heat(BTC, FIRST_MINUTE))))
    assert HISTORY_KEY_SECONDS - 2 <= ttl <= HISTORY_KEY_SECONDS


def test_what_was_written_twice_or_cannot_be_is_left_out(
    publish: Publish, rows: Callable[[], Any], store: redis.Redis, clock: Clock
):
    publish(spot_book())
    clock.advance(1)
    publish(spot_book(update_id=2, bids=BIDS[:1]))
    assert at(rows()) == [0.0, 1.0]
    key = KEYS.heat(BTC, FIRST_MINUTE)
    whole = cast(bytes, store.get(key))
    store.append(key, whole)
    sound = (START + 2, 100.0, 101.0, 50.0, 50.0, 1.0, 0.0)
    forged: list[dict[int, float]] = [
        {0: START + 60}, {1: -1.0}, {2: 99.0}, {3: 0.0}, {4: 51.0}, {5: -1.0}, {6: float("inf")},
        {3: float("nan")}, {0: float("nan")},
    ]  # fmt: skip
    for wrong in forged:
        store.append(
            key, struct.pack("7d", *(wrong.get(n, good) for n, good in enumerate(sound))) + bytes(128)
        )
    store.append(key, b"half a row")
    clock.advance(60)
    assert at(rows()) == [0.0, 1.0]
    assert left_out["heat"] == len(forged) + 1
    assert len(whole) == 2 * HEAT_BYTES
