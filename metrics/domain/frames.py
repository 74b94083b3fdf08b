"""What arrives beside books, each kind a typed value: checked numbers, named venue, no wire spelling left.

Times are seconds since the epoch by the sender's clock, None where the wire has none. `symbol` is in
upper case. Every number is finite, and within bounds that keep products and quotients of them finite.
"""

from typing import Literal

import msgspec

from metrics.domain.book import BookUpdate, Level

Flow = Literal["inflow", "outflow"]
"""Onto an exchange, or off it."""
TradeStream = Literal["trade", "aggTrade"]


class _OfMarket(msgspec.Struct, frozen=True, gc=False):
    """Of one market: `market` is its venue and its form ("binance/spot"), as it is of books."""

    symbol: str
    market: str

    @property
    def venue(self) -> str:
        """The exchange, whatever the form."""
        return self.market.partition("/")[0]


class Trade(_OfMarket, frozen=True, gc=False):
    """One trade, or one aggregated trade. `sold`: the aggressor was the seller (the buyer was the maker).

    `stream` is which of the two it came on, both of which tell of every trade; `trade_id` is its number there.
    """

    trade_id: int
    price: float
    quantity: float
    sold: bool
    event_time: float
    traded_at: float
    stream: TradeStream = "trade"


class Ticker(_OfMarket, frozen=True, gc=False):
    """The rolling 24 hours: last price, volumes in the base and the quote asset, number of trades.

    Best bid and ask are None where the venue does not say (or there is none), and so is the time of the last trade.
    """

    last: float
    base_volume: float
    quote_volume: float
    trades: int
    change_percent: float
    event_time: float
    bid: float | None = None
    ask: float | None = None
    last_trade_at: float | None = None

    def prices_now(self, seconds: float) -> tuple[float, float] | None:
        """Lowest and highest price it stands for: the touch, else a last trade that is not older than `seconds`."""
        if self.bid and self.ask and self.bid < self.ask:
            return self.bid, self.ask
        if self.last_trade_at is not None and self.event_time - self.last_trade_at <= seconds:
            return self.last, self.last
        return None


class BookTicker(_OfMarket, frozen=True, gc=False):
    """The touch alone: best prices and what rests there. Never crossed, never empty.

    `update_id` is the number of the change, as it is of books. Spot has no `event_time`.
    """

    update_id: int
    bid: float
    bid_quantity: float
    ask: float
    ask_quantity: float
    event_time: float | None = None


class BookChange(_OfMarket, frozen=True, gc=False):
    """What changed of a book from `first_id` to `last_id`: absolute quantities, 0 where nothing rests any more.

    `previous_id` is the last id of the change before, which contracts alone tell.
    """

    first_id: int
    last_id: int
    previous_id: int | None
    event_time: float | None
    bids: list[Level]
    asks: list[Level]


class BookSnapshot(_OfMarket, frozen=True, gc=False):
    """A whole book, or as much of it as an exchange tells at once: what changes are applied to."""

    update_id: int
    bids: list[Level]
    asks: list[Level]


class MarkPrice(_OfMarket, frozen=True, gc=False):
    """Mark and index price of a perpetual contract, and its funding rate (a fraction)."""

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


Heard = Trade | Ticker | BookTicker | MarkPrice | Dominance | OnchainFlow
"""What is no book, and nothing that one is made of."""
Frame = BookUpdate | BookChange | BookSnapshot | Heard


def kind_of(frame: Heard) -> str:
    """The name of a frame's kind, as streams have it."""
    return frame.stream if isinstance(frame, Trade) else _KINDS[type(frame)]


_KINDS: dict[type[Heard], str] = {
    Ticker: "ticker",
    BookTicker: "bookTicker",
    MarkPrice: "markPrice",
    Dominance: "dominance",
    OnchainFlow: "onchain",
}
