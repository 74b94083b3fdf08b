"""Books that are kept whole, in the store."""

from collections.abc import Callable
from dataclasses import dataclass
from struct import pack
from typing import Any

import msgspec
import pytest
import redis
from django.conf import settings
from hypothesis import given

from metrics.domain.analyzer import Current
from metrics.domain.liquidity.known import KnownBook
from metrics.store.keys import Keys
from metrics.store.reader import Known, StoreReader
from metrics.store.wholes import WHOLES, packed, unpacked
from metrics.store.writer import StoreWriter
from stored import left_out
from tests.books import books
from tests.factories import START, market_id, market_row, stored_book
from tests.metrics.domain.liquidity.books import WireBook, known, read

BTC, ETH = market_id(), market_id("ETHUSDT")
WHOLE = known([(99.0, 1.0), (98.0, 2.0)], [(101.0, 0.5)])
Run = Callable[..., Any]


@given(book=books())
def test_a_book_comes_back_as_it_was(book: WireBook):
    found, *_ = read(book)
    stored = packed(BTC, START, found)
    ((way, prices, quantities, edge), *_) = back = unpacked(
        WHOLES.read(msgspec.msgpack.encode(stored)) or stored
    )
    assert (way, [*prices], [*quantities], edge) == (-1, [*found.bids[1]], [*found.bids[2]], found.bids.edge)
    assert [*back.asks.prices] == [*found.asks.prices]
    assert back.mid == found.mid


@dataclass
class Store:
    """The feed's side and the readers' side."""

    write: Callable[..., None]
    reader: StoreReader

    def known(self, **changes: Any) -> dict[Any, Known]:
        """Of the books of both markets, which say that a whole one was handed out."""
        return self.reader.known(
            stored_book(symbol=symbol, whole_at=START, **changes) for symbol in ("BTCUSDT", "ETHUSDT")
        )


@pytest.fixture
def both(writer: StoreWriter, reader: StoreReader, run: Run) -> Store:
    def write(whole: KnownBook | None, at: float = START, removed: Any = ()) -> None:
        changed = [
            (symbol, [Current(market_row(symbol=symbol), stored_book(symbol=symbol, received_at=at), whole)])
            for symbol in ("BTCUSDT", "ETHUSDT")
        ]
        run(lambda: writer.write_current([] if removed else changed, removed))

    return Store(write, reader)


def test_what_was_handed_out_whole_stays__while_levels_in_use_come_without(both: Store):
    both.write(WHOLE)
    both.write(None, START + 0.5)
    found = both.known()
    assert found.keys() == {BTC, ETH}
    assert ([*found[BTC].book.bids.prices], found[BTC].received_at) == ([99.0, 98.0], START)


def test_an_older_one_than_the_book_names_is_not_taken_for_it(both: Store):
    both.write(WHOLE, START - 1)
    assert [*both.known()[BTC].book.bids.prices] == [price for price, _ in stored_book().ladder.bids]


def test_it_goes_with_its_market(both: Store, store: redis.Redis):
    both.write(WHOLE)
    both.write(None, removed=[BTC])
    assert store.hkeys(Keys(settings.STORE_PREFIX).wholes) == [b"ETHUSDT@binance"]


def forged(**changes: Any) -> bytes:
    side = {"edge": 98.0, "prices": pack("2d", 99.0, 98.0), "quantities": pack("2d", 1.0, 2.0)}
    return msgspec.msgpack.encode(
        ["BTCUSDT", "binance/spot", START, [*(side | changes).values()], [*packed(BTC, START, WHOLE).asks]]
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"prices": pack("2d", 98.0, 99.0)},
        {"prices": pack("2d", 99.0, 99.0)},
        {"prices": pack("2d", 102.0, 98.0)},
        {"prices": pack("2d", float("nan"), 98.0)},
        {"quantities": pack("2d", 1.0, float("inf"))},
        {"quantities": pack("2d", 1.0, 0.0)},
        {"quantities": pack("2d", 1.0, -1.0)},
        {"quantities": pack("3d", 1.0, 1.0, 1.0)},
        {"prices": b"", "quantities": b""},
        {"prices": b"123"},
        {"edge": 98.5},
        {"edge": -1.0},
    ],
    ids=repr,
)
def test_what_is_no_book_is_left_out__and_levels_in_use_are_what_is_known(
    both: Store, store: redis.Redis, changes: dict[str, Any]
):
    store.hset(Keys(settings.STORE_PREFIX).wholes, BTC.name, forged(**changes))
    assert [*both.known()[BTC].book.bids.prices] == [price for price, _ in stored_book().ladder.bids]
    assert left_out["whole_books"] == 1


def test_what_is_one_is_believed(both: Store, store: redis.Redis):
    store.hset(Keys(settings.STORE_PREFIX).wholes, BTC.name, forged())
    assert [*both.known()[BTC].book.bids.prices] == [99.0, 98.0]
