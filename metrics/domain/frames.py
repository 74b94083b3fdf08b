"""What arrives beside books, each kind a typed value: checked numbers, named venue, no wire spelling left.

Times are seconds since the epoch by the sender's clock, None where the wire has none. `symbol` is in
upper case. Every number is finite, and within bounds that keep products and quotients of them finite.
"""

from typing import Literal

import msgspec

from metrics.domain.book import BookUpdate

Flow = Literal["inflow", "outflow"]
"""Onto an exchange, or off it."""


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One trade, or one aggregated trade. `sold`: the aggressor was the seller (the buyer was the maker).

    `aggregated`: it came on the other of the two streams that both tell of every trade.
    """

    symbol: str
    venue: str
    price: float
    quantity: float
    sold: bool
    event_time: float
    aggregated: bool = False


class Ticker(msgspec.Struct, frozen=True, gc=False):
    """The rolling 24 hours: last price, volumes in the base and the quote asset, number of trades."""

    symbol: str
    venue: str
    last: float
    base_volume: float
    quote_volume: float
    trades: int
    change_percent: float
    event_time: float


class BookTicker(msgspec.Struct, frozen=True, gc=False):
    """The touch alone: best prices and what rests there. Never crossed, never empty.

    `market` is the venue and the form, and `update_id` the number of the change, as they are of books.
    """

    symbol: str
    market: str
    update_id: int
    bid: float
    bid_quantity: float
    ask: float
    ask_quantity: float

    @property
    def venue(self) -> str:
        """The exchange, whatever the form."""
        return self.market.partition("/")[0]


class MarkPrice(msgspec.Struct, frozen=True, gc=False):
    """Mark and index price of a perpetual contract, and its funding rate (a fraction)."""

    symbol: str
    venue: str
    price: float
    index_price: float | None
    funding_rate: float | None
    event_time: float


class Dominance(msgspec.Struct, frozen=True, gc=False):
    """Share of Bitcoin in the value of the whole market, in percent."""

    percent: float
    event_time: float


class OnchainFlow(msgspec.Struct, frozen=True):
    """Coins of one asset that moved onto and off exchanges in one period, and its largest transfers."""

    asset: str
    inflow: float
    outflow: float
    transfers: list[tuple[float, Flow]]
    event_time: float


Frame = BookUpdate | Trade | Ticker | BookTicker | MarkPrice | Dominance | OnchainFlow
