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

All but the ratio is worked out in the decimals that were sent: of the distance between two prices, or two means,
floats leave less than the prices have.
"""

from decimal import Decimal
from operator import itemgetter, mul

import msgspec

from metrics.domain.book import Level
from metrics.domain.rounding import as_sent, digits_of

BULLISH_ABOVE = 20.0
BEARISH_BELOW = -20.0


class SideMetrics(msgspec.Struct, frozen=True):
    """What one side says by itself; quantities in the base asset, notional in the quote asset.

    `price_digits` are the significant digits of its prices.
    """

    levels: int
    volume: Decimal
    depth_5: Decimal
    depth_10: Decimal
    notional: Decimal
    best: Decimal
    best_quantity: Decimal
    strongest: Level
    price_digits: int

    @property
    def vwap(self) -> Decimal:
        """Volume-weighted price."""
        return self.notional / self.volume


class DepthMetrics(msgspec.Struct, frozen=True):
    """What both sides say together over `levels_used` levels a side. Unrounded; None is unknown."""

    levels_used: int
    bid: SideMetrics | None
    ask: SideMetrics | None
    imbalance_ratio: float | None = None
    spread_abs: Decimal | None = None
    mid_price: Decimal | None = None
    microprice: Decimal | None = None

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
    def spread_bps(self) -> Decimal | None:
        """The spread in hundredths of a percent of the mid price."""
        if self.spread_abs is None or self.mid_price is None:
            return None
        return 10_000 * self.spread_abs / self.mid_price

    @property
    def vwap_spread(self) -> Decimal | None:
        """Distance of the two volume-weighted prices."""
        return None if self.bid is None or self.ask is None else self.ask.vwap - self.bid.vwap

    @property
    def total_liquidity(self) -> Decimal | None:
        """Base quantity resting on both sides; None where the book is unknown."""
        return sum((side.volume for side in self._sides), Decimal(0)) if self.bid or self.ask else None

    @property
    def price_digits(self) -> int:
        """Significant digits of the prices on both sides."""
        return max((side.price_digits for side in self._sides), default=0)

    @property
    def _sides(self) -> list[SideMetrics]:
        return [side for side in (self.bid, self.ask) if side]


def measure(bids: list[Level], asks: list[Level], levels: int) -> DepthMetrics:
    """Metrics of an accepted book (sides ordered, not crossed, no empty level), top `levels` a side."""
    bids, asks = bids[:levels], asks[:levels]
    bid, ask = measure_side(bids), measure_side(asks)
    if bid is None or ask is None:
        return DepthMetrics(levels_used=levels, bid=bid, ask=ask)
    touch = bid.best_quantity + ask.best_quantity
    return DepthMetrics(
        levels_used=levels,
        bid=bid,
        ask=ask,
        imbalance_ratio=_imbalance_ratio(bids, asks),
        spread_abs=ask.best - bid.best,
        mid_price=(bid.best + ask.best) / 2,
        microprice=(bid.best * ask.best_quantity + ask.best * bid.best_quantity) / touch,
    )


def measure_side(side: list[Level]) -> SideMetrics | None:
    """Metrics of one side, best level first; None where nothing rests there."""
    if not side:
        return None
    prices = [as_sent(price) for price, _ in side]
    quantities = [as_sent(quantity) for _, quantity in side]
    return SideMetrics(
        levels=len(side),
        volume=sum(quantities, Decimal(0)),
        depth_5=sum(quantities[:5], Decimal(0)),
        depth_10=sum(quantities[:10], Decimal(0)),
        notional=sum(map(mul, prices, quantities), Decimal(0)),
        best=prices[0],
        best_quantity=quantities[0],
        strongest=max(side, key=itemgetter(1)),
        price_digits=max(map(digits_of, prices)),
    )


def _imbalance_ratio(bids: list[Level], asks: list[Level]) -> float:
    """In floats, level by level, as the rows are: rounded where halves meet, two answers would tell two pressures."""
    bid_volume = sum([quantity for _, quantity in bids])
    ask_volume = sum([quantity for _, quantity in asks])
    return (bid_volume - ask_volume) / (bid_volume + ask_volume)


def interpret(net_pressure: float | None) -> str | None:
    """Bullish above 20, bearish below -20, neutral between; None where the pressure is unknown."""
    if net_pressure is None:
        return None
    if net_pressure > BULLISH_ABOVE:
        return "bullish"
    return "bearish" if net_pressure < BEARISH_BELOW else "neutral"
