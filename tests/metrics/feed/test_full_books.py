"""Full books in the feed: what is shown of a market that sends changes."""

from collections.abc import Callable
from typing import Any

import pytest

from metrics.domain.full_books import FullBooks
from metrics.feed.runner import DepthFeed
from metrics.feed.wire import BOOKS_AND_REFERENCES, FULL_BOOKS, WireDecoder
from metrics.store.reader import StoreReader
from tests.factories import START, Clock, frame, market_id, spot_book, wire_levels

BIDS, ASKS = [(99.0, 1.0), (98.0, 2.0)], [(101.0, 1.0), (102.0, 4.0)]


@pytest.fixture
def feed(make_feed: Callable[[], DepthFeed]) -> DepthFeed:
    """One that keeps full books."""
    feed = make_feed()
    feed.full_books = FullBooks(levels=20, max_books=10)
    feed.analyzer.whole = feed.full_books.known
    feed.decoder = WireDecoder(reads=BOOKS_AND_REFERENCES | FULL_BOOKS)
    return feed


def change(first: int, last: int, bids: Any = (), asks: Any = (), symbol: str = "BTCUSDT") -> bytes:
    data = {"e": "depthUpdate", "E": round(1_000 * START), "s": symbol, "U": first, "u": last}
    sides = {"b": wire_levels(list(bids)), "a": wire_levels(list(asks))}
    return frame(f"{symbol.lower()}@depth@100ms", data | sides)


def snapshot(update_id: int = 10, symbol: str = "BTCUSDT", bids: Any = BIDS, asks: Any = ASKS) -> bytes:
    data = {"lastUpdateId": update_id, "bids": wire_levels(bids), "asks": wire_levels(asks)}
    return frame(f"{symbol.lower()}@depthSnapshot", data)


def shown(reader: StoreReader, symbol: str = "BTCUSDT") -> tuple[str, float | None, str]:
    row = reader.rows()[symbol]
    return row.book, row.mid_price, row.reason


def test_changes_alone__are_warming_and_no_number(publish: Callable[..., None], reader: StoreReader) -> None:
    publish(change(11, 12, [(100.0, 1.0)]))

    assert shown(reader) == ("warming", None, "awaiting_snapshot")
    book = reader.book("BTCUSDT")
    assert book
    assert (book.ladder.bids, book.ladder.asks) == ([], [])


def test_a_snapshot_and_the_changes_behind_it__are_a_book_like_any(
    publish: Callable[..., None], reader: StoreReader
) -> None:
    publish(change(10, 11, [(100.0, 1.0)]), snapshot(), change(12, 13, [], [(101.0, 0.0)]))

    assert shown(reader) == ("live", 101.0, "")
    row = reader.rows()["BTCUSDT"]
    assert row.total_liquidity == 1.0 + 1.0 + 2.0 + 4.0
    assert row.imbalance_ratio == 0.0


def test_a_missing_change__shows_a_gap_at_once_and_the_next_snapshot_brings_the_book_back(
    publish: Callable[..., None], reader: StoreReader
) -> None:
    publish(snapshot(), snapshot(symbol="ETHUSDT"), change(11, 11), change(11, 11, symbol="ETHUSDT"))

    publish(change(13, 13, [(100.0, 1.0)]))
    assert shown(reader) == ("gap", None, "missing_change")
    assert shown(reader, "ETHUSDT")[0] == "live"

    publish(snapshot(13))
    assert shown(reader) == ("live", 100.0, "")


def test_history__goes_on_across_a_gap(
    publish: Callable[..., None], reader: StoreReader, clock: Clock
) -> None:
    publish(snapshot(), change(11, 11))
    clock.now += 1
    publish(change(13, 13), snapshot(13))

    times, _ = reader.history(market_id(), START - 60, START + 60)
    assert len(times) == 3


def test_partial_books_of_a_market__are_left_while_its_full_book_is_whole_and_take_over_when_it_is_not(
    publish: Callable[..., None], reader: StoreReader, feed: DepthFeed
) -> None:
    publish(snapshot(), change(11, 11))
    publish(spot_book(update_id=12))
    assert feed.refused["other_depth"] == 1
    assert shown(reader)[1] == 100.0

    publish(change(14, 14), spot_book(update_id=14))

    assert shown(reader)[0] == "live"
    assert shown(reader)[1] != 100.0


def test_changes_that_nobody_completes__leave_partial_books_alone(
    publish: Callable[..., None], reader: StoreReader
) -> None:
    publish(spot_book(update_id=11), change(11, 12), change(15, 16))

    assert shown(reader)[0] == "live"


def test_a_touch_of_the_same_id_that_says_otherwise__is_a_gap(
    publish: Callable[..., None], reader: StoreReader
) -> None:
    touch = {"u": 11, "s": "BTCUSDT", "b": "99", "B": "7", "a": "101", "A": "1"}

    publish(snapshot(), change(11, 11), frame("btcusdt@bookTicker", touch))

    assert shown(reader)[0] == "gap"


def test_a_gap_that_nobody_mends__stays_one(
    publish: Callable[..., None], reader: StoreReader, clock: Clock
) -> None:
    publish(snapshot(), change(11, 11), change(13, 13))
    for second in range(1, 200):
        clock.now = START + second
        publish(change(20 + 2 * second, 20 + 2 * second))

    assert shown(reader) == ("gap", None, "missing_change")


@pytest.mark.parametrize("empty", ["bids", "asks"])
@pytest.mark.parametrize("count", [5, 20, 5_000])
def test_a_side_that_is_cut_and_has_nothing_but_empty_levels__is_not_known(
    publish: Callable[..., None], reader: StoreReader, feed: DepthFeed, empty: str, count: int
) -> None:
    """As many levels as an exchange answers with at most, so that more may lie behind; and none of them holds."""
    sides: dict[str, Any] = {empty: [(100.0 + place, 0.0) for place in range(count)]}
    publish(snapshot(**sides))

    assert shown(reader) == ("gap", None, "out_of_reach")
    publish(snapshot())
    assert shown(reader)[0] == "live"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (change(11, 11, [(100.0, -1.0)]), "bad_number"),
        (change(12, 11), "wrong_type"),
        (change(11, 11).replace(b'"s":"BTCUSDT"', b'"s":"ETHUSDT"'), "symbol_mismatch"),
        (change(11, 11).replace(b'"U":11,', b""), "missing_field"),
        (change(11, 11).replace(b'"U":11', b'"U":-1'), "bad_number"),
        (change(11, 11).replace(b'"b":[]', b'"b":[["nan","1"]]'), "bad_number"),
        (snapshot().replace(b'"bids":', b'"asks":'), "missing_field"),
    ],
)
def test_what_cannot_be__is_refused(
    raw: bytes, reason: str, publish: Callable[..., None], feed: DepthFeed
) -> None:
    publish(snapshot(), change(10, 10), raw)

    assert feed.refused[reason] == 1


# -- All of it -------------------------------------------------------------------------------

DEEP_BIDS = [(99.0 - place / 10, 1.0) for place in range(30)]
DEEP_ASKS = [(101.0 + place / 10, 2.0) for place in range(30)]


def known(reader: StoreReader) -> tuple[int, int, float]:
    """Levels a side, and when it came."""
    book = reader.book("BTCUSDT")
    assert book
    ((bids, asks), received_at) = reader.known([book])[book.id]
    return len(bids.prices), len(asks.prices), received_at - START


def test_all_known_levels_are_handed_on_once_a_second__the_newest_of_them_in_the_end(
    publish: Callable[..., None], feed: DepthFeed, reader: StoreReader, clock: Clock
) -> None:
    publish(snapshot(10, bids=DEEP_BIDS, asks=DEEP_ASKS))
    assert known(reader) == (30, 30, 0.0)
    clock.now += 0.25
    publish(change(11, 11, [(80.0, 1.0)]))
    assert known(reader) == (30, 30, 0.0)
    clock.now += 0.5
    feed.analyzer.expire(clock())
    publish()
    assert known(reader) == (30, 30, 0.0)
    clock.now += 0.25
    feed.analyzer.expire(clock())
    publish()
    assert known(reader) == (31, 30, 0.25)


def test_without_a_whole_book__the_levels_in_use_are_all_that_is_known(
    publish: Callable[..., None], reader: StoreReader, clock: Clock
) -> None:
    """A partial book is shown while the other is not whole; of a gap nothing is known at all."""
    publish(snapshot(10, bids=DEEP_BIDS, asks=DEEP_ASKS))
    publish(change(12, 12))
    book = reader.book("BTCUSDT")
    assert book
    assert reader.known([book]) == {}
    clock.now += 1
    publish(spot_book(bids=[(99.0, 1.0)], asks=[(101.0, 1.0)], update_id=13))
    assert known(reader) == (1, 1, 1.0)
