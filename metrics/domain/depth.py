"""What one book says: imbalance, pressure, spread, microprice, liquidity.

All formulas are the customary ones of order-book analysis; with B and A the quantities of the
bids and asks over the levels used, and p, q prices and quantities of single levels:

    imbalance ratio  (B - A) / (B + A)                                  in [-1, 1]
    net pressure     100 * ratio = buy - sell                           in [-100, 100]
    buy pressure     100 * B / (B + A)
    mid price        (best_bid + best_ask) / 2
    spread bps       10,000 * (best_ask - best_bid) / mid
    microprice       (best_bid * ask_qty + best_ask * bid_qty) / (bid_qty + ask_qty) at the touch
    vwap of a side   sum(p * q) / sum(q)

A book with one side only has no ratio, pressure, spread, mid or microprice: those are None, never 0.
"""

from decimal import Decimal
from operator import itemgetter

import msgspec

from metrics.domain.book import Level

BULLISH_ABOVE = 20.0
BEARISH_BELOW = -20.0


class SideMetrics(msgspec.Struct, frozen=True):
    """What one side says by itself; quantities in the base asset, notional in the quote asset."""

    levels: int
    volume: float
    depth_5: float
    depth_10: float
    notional: float
    best: float
    best_quantity: float
    strongest: Level

    @property
    def vwap(self) -> float:
        """Volume-weighted price."""
        return self.notional / self.volume


class DepthMetrics(msgspec.Struct, frozen=True):
    """What both sides say together over `levels_used` levels a side. Unrounded; None is unknown."""

    levels_used: int
    bid: SideMetrics | None
    ask: SideMetrics | None
    imbalance_ratio: float | None = None
    spread_abs: float | None = None
    mid_price: float | None = None
    microprice: float | None = None

    @property
    def net_pressure(self) -> float | None:
        """In [-100, 100]."""
        return None if self.imbalance_ratio is None else 100 * self.imbalance_ratio

    @property
    def buy_pressure(self) -> float | None:
        """In [0, 100]; with the sell pressure it makes 100."""
        return None if self.imbalance_ratio is None else 50 * (1 + self.imbalance_ratio)

    @property
    def sell_pressure(self) -> float | None:
        """In [0, 100]."""
        return None if self.imbalance_ratio is None else 50 * (1 - self.imbalance_ratio)

    @property
    def spread_bps(self) -> float | None:
        """The spread in hundredths of a percent of the mid price."""
        if self.spread_abs is None or self.mid_price is None:
            return None
        return 10_000 * self.spread_abs / self.mid_price

    @property
    def vwap_spread(self) -> float | None:
        """Distance of the two volume-weighted prices."""
        return None if self.bid is None or self.ask is None else self.ask.vwap - self.bid.vwap

    @property
    def total_liquidity(self) -> float:
        """Base quantity resting on both sides."""
        return sum(side.volume for side in (self.bid, self.ask) if side)


def measure(bids: list[Level], asks: list[Level], levels: int) -> DepthMetrics:
    """Metrics of an accepted book (sides ordered, not crossed, no empty level), top `levels` a side."""
    bid, ask = measure_side(bids[:levels]), measure_side(asks[:levels])
    if bid is None or ask is None:
        return DepthMetrics(levels_used=levels, bid=bid, ask=ask)
    touch = bid.best_quantity + ask.best_quantity
    return DepthMetrics(
        levels_used=levels,
        bid=bid,
        ask=ask,
        imbalance_ratio=(bid.volume - ask.volume) / (bid.volume + ask.volume),
        spread_abs=_difference(ask.best, bid.best),
        mid_price=(bid.best + ask.best) / 2,
        microprice=(bid.best * ask.best_quantity + ask.best * bid.best_quantity) / touch,
    )


def _difference(high: float, low: float) -> float:
    """Of two prices as they were written: 100000.01 - 100000.00 is 0.01, not 0.009999999995."""
    return float(Decimal(repr(high)) - Decimal(repr(low)))


def measure_side(side: list[Level]) -> SideMetrics | None:
    """Metrics of one side, best level first; None where nothing rests there."""
    if not side:
        return None
    quantities = [quantity for _, quantity in side]
    return SideMetrics(
        levels=len(side),
        volume=sum(quantities),
        depth_5=sum(quantities[:5]),
        depth_10=sum(quantities[:10]),
        notional=sum([price * quantity for price, quantity in side]),
        best=side[0][0],
        best_quantity=side[0][1],
        strongest=max(side, key=itemgetter(1)),
    )


def interpret(net_pressure: float | None) -> str | None:
    """Bullish above 20, bearish below -20, neutral between; None where the pressure is unknown."""
    if net_pressure is None:
        return None
    if net_pressure > BULLISH_ABOVE:
        return "bullish"
    return "bearish" if net_pressure < BEARISH_BELOW else "neutral"
