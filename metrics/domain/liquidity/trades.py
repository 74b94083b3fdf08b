"""What trades say: how much was bought and sold by those who did not wait, and what that cost them.

With D = 1 where the aggressor bought and -1 where he sold, price p, mid price m at the trade and m5 five seconds later,
all in basis points of m (R. Huang, H. Stoll, "Dealer versus auction markets", Journal of Financial Economics 41, 1996):

    effective spread  2 D (p - m) / m      what the aggressor paid
    realised spread   2 D (p - m5) / m     what was left of it to who had waited
    impact            effective - realised
"""

from typing import Annotated, NamedTuple

import numpy as np
from msgspec import Meta

from metrics.domain.bounds import Count, Real
from metrics.domain.holding import held
from metrics.domain.liquidity.flow import SPANS
from metrics.domain.liquidity.known import BPS
from metrics.domain.ticks import Column, Indices

LATER_SECONDS = 5.0


class Trades(NamedTuple):
    """Trades of one market in columns, oldest first; times in seconds. `signs` are 1 where bought, -1 where sold."""

    times: Column
    prices: Column
    quantities: Column
    signs: Column

    def between(self, since: float, until: float) -> "Trades":
        """Those with since < time <= until."""
        first, after = np.searchsorted(self.times, (since, until), side="right")
        return Trades(*(column[first:after] for column in self))


class TradeFlow(NamedTuple):
    """Some trades together: how many they are, what aggressors bought and sold in the quote asset, and the mean price
    weighted by quantity, None without any."""

    number: int
    bought: float
    sold: float
    vwap: float | None

    @property
    def imbalance(self) -> float | None:
        """(bought - sold) / (bought + sold), in [-1, 1]; None where nothing was traded."""
        traded = self.bought + self.sold
        return (self.bought - self.sold) / traded if traded else None


NOTHING_TRADED = TradeFlow(0, 0.0, 0.0, None)


class Spreads(NamedTuple):
    """Of each of some trades, in basis points, NaN where no mid price was known: as the module says."""

    effective: Column
    realised: Column

    @property
    def impact(self) -> Column:
        """How far the mid price followed the trade."""
        return self.effective - self.realised


class TradeSpan(NamedTuple):
    """The trades of a span: as TradeFlow has them, and the means of their effective and realised spreads and impacts.

    The latter two are of those trades that are LATER_SECONDS old, and so the impact is not the difference of the means.
    None where there is nothing to take the mean of.
    """

    number: Count
    bought: Real
    sold: Real
    vwap: Real | None
    effective_spread_bps: Real | None
    realised_spread_bps: Real | None
    impact_bps: Real | None

    @property
    def imbalance(self) -> float | None:
        """(bought - sold) / (bought + sold), in [-1, 1]."""
        return TradeFlow(*self[:4]).imbalance


TradeSpans = Annotated[list[TradeSpan], Meta(max_length=len(SPANS))]
"""Of each of SPANS, or none at all."""


def in_spans(trades: Trades, times: Column, mids: Column, now: float, stale_after: float) -> TradeSpans:
    """What the trades of each of SPANS say, by mid prices that were told at `times`."""
    cost = spreads(trades, times, mids, now, stale_after)
    found = []
    for seconds in SPANS:
        first = np.searchsorted(trades.times, now - seconds, side="right")
        flow = trade_flow(trades.between(now - seconds, now))
        means = (mean(column[first:]) for column in (cost.effective, cost.realised, cost.impact))
        found.append(TradeSpan(*flow, *means))
    return found


def trade_flow(trades: Trades) -> TradeFlow:
    """All of some trades."""
    return _flows(trades, np.zeros(len(trades.times), dtype=np.intp), 1)[0]


def flow_in_steps(trades: Trades, since: float, step: float, steps: int) -> list[TradeFlow]:
    """The trades of each of some steps of time from `since` on; one between two steps is of the later."""
    return _flows(trades, np.floor((trades.times - since) / step).astype(np.intp), steps)


def _flows(trades: Trades, places: Indices, count: int) -> list[TradeFlow]:
    """The trades of each place from 0 to `count`; those of others are left out."""
    is_in = (places >= 0) & (places < count)
    _, prices, quantities, signs = (column[is_in] for column in trades)
    notionals = prices * quantities

    def totals(values: Column) -> list[float]:
        found: list[float] = np.bincount(places[is_in], values, count).tolist()
        return found

    return [
        TradeFlow(int(number), bought, sold, (bought + sold) / quantity if number else None)
        for number, bought, sold, quantity in zip(
            totals(np.ones(len(prices))),
            totals(np.where(signs > 0, notionals, 0.0)),
            totals(np.where(signs < 0, notionals, 0.0)),
            totals(quantities),
            strict=True,
        )
    ]


def spreads(trades: Trades, times: Column, mids: Column, until: float, stale_after: float) -> Spreads:
    """What each trade cost, by mid prices that were told at `times` (rising) up to now, which is `until`.

    A mid price holds until the next, for `stale_after` seconds at most. What comes later than now is not known.
    """
    _, prices, _, signs = trades
    later = trades.times + LATER_SECONDS
    before = held(mids, times, trades.times, stale_after)
    after = np.where(later <= until, held(mids, times, later, stale_after), np.nan)
    return Spreads(*(2 * BPS * signs * (prices - mid) / before for mid in (before, after)))


def mean(values: Column) -> float | None:
    """Of those that are known; None where none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
