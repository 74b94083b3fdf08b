"""The trades of one market in the last minute, each once, and the mid prices to hold them against."""

from array import array
from bisect import bisect_right
from typing import NamedTuple

import numpy as np

from metrics.domain.admission.following import Turn
from metrics.domain.admission.trades import TradeOrder
from metrics.domain.book import Refused
from metrics.domain.frames import Trade
from metrics.domain.liquidity.flow import SPANS
from metrics.domain.liquidity.trades import (
    LATER_SECONDS,
    NOTHING_TRADED,
    TradeFlow,
    Trades,
    TradeSpans,
    in_spans,
    trade_flow,
)
from metrics.domain.market import MarketId
from metrics.domain.window import SpanWindow

KEPT_SECONDS = SPANS[-1] + LATER_SECONDS
FIELDS = 3
"""Of a trade beside its time: price, quantity, and 1 where it was bought or -1 where it was sold."""


class Traded(NamedTuple):
    """One trade of a market, when it was received, in seconds since the epoch, and whether the aggressor sold."""

    market: MarketId
    received_at: float
    price: float
    quantity: float
    sold: bool


class TradeTape:
    """40 bytes a trade, 16 a mid price. Times are those of receipt, in seconds since the epoch.

    Trades come on two streams that each tell of all of them: one is followed. Copies are passed over.
    """

    __slots__ = ("_orders", "_rest", "_stream", "_times", "mids", "stale_after")

    def __init__(self, stale_after: float) -> None:
        self.stale_after = stale_after
        self.mids = SpanWindow(KEPT_SECONDS)
        self._stream = Turn()
        self._orders: dict[str, TradeOrder] = {}
        self._times: array[float] = array("d")
        self._rest: array[float] = array("d")

    def take(self, trade: Trade, now: float) -> bool:
        """Take in a trade, unless it was told before. Is it news?"""
        if not self._stream.hears(trade.stream, now, SPANS[-1]):
            return False
        order = self._orders.get(trade.stream)
        if order is None:
            order = self._orders[trade.stream] = TradeOrder()
        try:
            order.take(trade.trade_id, trade.traded_at)
        except Refused:
            return False
        self._times.append(now)
        self._rest.extend((trade.price, trade.quantity, -1.0 if trade.sold else 1.0))
        return True

    def over_spans(self, now: float) -> TradeSpans:
        """What the trades of each of SPANS say; nothing where no trade was ever heard."""
        if not self._orders:
            return []
        prices, quantities, signs = np.array(self._rest).reshape(-1, FIELDS).T
        trades = Trades(np.array(self._times), prices, quantities, signs)
        mids = np.array(self.mids.times), np.array(self.mids.values)
        return in_spans(trades, *mids, now, self.stale_after)

    def between(self, since: float, until: float) -> TradeFlow | None:
        """The trades with since < time <= until, as far as they are kept; None where none was ever heard."""
        if not self._orders:
            return None
        first, after = bisect_right(self._times, since), bisect_right(self._times, until)
        if first == after:
            return NOTHING_TRADED
        rest = np.array(self._rest[FIELDS * first : FIELDS * after]).reshape(-1, FIELDS).T
        return trade_flow(Trades(np.array(self._times[first:after]), *rest))

    def expire(self, now: float) -> None:
        """Forget what is too old for any span."""
        old = bisect_right(self._times, now - SPANS[-1])
        del self._times[:old]
        del self._rest[: FIELDS * old]
        self.mids.expire(now)
