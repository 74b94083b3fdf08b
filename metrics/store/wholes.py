"""Books that are kept whole, as they stand in the store: all known levels of both sides, as packed doubles."""

from array import array
from typing import NamedTuple

import msgspec
import numpy as np

from metrics.domain.book import HIGHEST, LOWEST, Price
from metrics.domain.bounds import Moment, Symbol
from metrics.domain.liquidity.known import ASKS, BIDS, KnownBook, KnownSide
from metrics.domain.market import Market, MarketId
from metrics.domain.ticks import Column
from stored import Values


class PackedSide(NamedTuple):
    """The known levels of a side, the best first, and the price up to which they are all."""

    edge: Price
    prices: bytes
    quantities: bytes


class StoredWhole(msgspec.Struct, frozen=True, array_like=True):
    """All that was known of a market's book when the one that came at `received_at` was the newest."""

    symbol: Symbol
    market: Market
    received_at: Moment
    bids: PackedSide
    asks: PackedSide

    @property
    def id(self) -> MarketId:
        """Which market it is of."""
        return MarketId(self.symbol, self.market)


def packed(market: MarketId, received_at: float, book: KnownBook) -> StoredWhole:
    """As it is stored."""
    return StoredWhole(*market, received_at, _packed(book.bids), _packed(book.asks))


def unpacked(stored: StoredWhole) -> KnownBook:
    """As it was; ValueError where that is no book."""
    bids, asks = _unpacked(BIDS, stored.bids), _unpacked(ASKS, stored.asks)
    if bids.best >= asks.best:
        raise ValueError("crossed")
    return KnownBook(bids, asks)


WHOLES = Values(
    "whole_books",
    msgspec.msgpack.Decoder(StoredWhole).decode,
    name=lambda stored: stored.id.name,
    time=lambda stored: stored.received_at,
    check=unpacked,
)


def _packed(side: KnownSide) -> PackedSide:
    return PackedSide(side.edge, array("d", side.prices).tobytes(), array("d", side.quantities).tobytes())


def _unpacked(way: int, side: PackedSide) -> KnownSide:
    prices, quantities = (np.frombuffer(column, dtype=np.float64) for column in side[1:])
    if not len(prices) == len(quantities) > 0:
        raise ValueError("not as many quantities as prices, or none")
    if not (_are_KnownBook(prices, LOWEST) and _are_KnownBook(quantities, 0.0) and quantities.all()):
        raise ValueError("a number out of bounds")
    if not (way * np.diff(prices) > 0).all() or way * side.edge < way * prices[-1]:
        raise ValueError("levels out of order, or beyond what is known")
    return KnownSide(way, array("d", side.prices), array("d", side.quantities), side.edge)


def _are_KnownBook(numbers: Column, lowest: float) -> bool:
    return bool(((numbers >= lowest) & (numbers < HIGHEST)).all())
