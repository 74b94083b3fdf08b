"""What of all followed markets together can be watched."""

from collections.abc import Sequence
from functools import partial
from math import inf
from statistics import fmean

import msgspec

from alerts.domain.watched.entry import Watched, of_each
from metrics.domain.market import LIVE, Expiry, MarketRow, MarketSummary

ALL_MARKETS = "all markets"


class SummarySeen(msgspec.Struct, frozen=True):
    """The summary of the market at a moment. Means are over live books, None where there is none."""

    summary: MarketSummary
    mean_abs_net_pressure: float | None
    name: str = ALL_MARKETS

    @property
    def live(self) -> int:
        """Symbols whose book is live."""
        return self.summary.symbols_tracked - self.not_live

    @property
    def not_live(self) -> int:
        return sum(self.summary.symbols_excluded.values())

    def share_of_live(self, symbols: int) -> float | None:
        """How many of the live ones these are, in percent."""
        return 100 * symbols / self.live if self.live else None


def mean_abs_net_pressure(rows: Sequence[MarketRow], expiry: Expiry, now: float) -> float | None:
    """How one-sided live books are on average, whichever side it is, in percent; None where no book is live."""
    ratios = [
        abs(row.imbalance_ratio)
        for row in rows
        if row.imbalance_ratio is not None and expiry.state(row, now) == LIVE
    ]
    return 100 * fmean(ratios) if ratios else None


count = partial(Watched, of="summary", unit="symbols", least=0, most=inf)
share = partial(Watched, of="summary", unit="%", least=0, most=100)

SUMMARY = (
    count(
        name="symbols_tracked",
        label="Number of tracked symbols",
        description="Symbols that something has been heard of within the last minute.",
        example=10,
        read=of_each(lambda seen: seen.summary.symbols_tracked),
    ),
    count(
        name="symbols_not_live",
        label="Number of symbols not live",
        description="Tracked symbols whose followed book is stale, in doubt, one-sided, crossed or not whole.",
        example=5,
        read=of_each(lambda seen: seen.not_live),
    ),
    share(
        name="not_live_share",
        label="Share of symbols not live",
        description="The same, of all tracked symbols.",
        example=20,
        read=of_each(
            lambda seen: (
                100 * seen.not_live / seen.summary.symbols_tracked if seen.summary.symbols_tracked else None
            )
        ),
    ),
    Watched(
        of="summary",
        name="mean_net_pressure",
        label="Mean net pressure",
        description="Of all live books; below zero where more rests on the ask side.",
        unit="%",
        least=-100,
        most=100,
        example=30,
        read=of_each(lambda seen: seen.summary.avg_net_pressure),
    ),
    share(
        name="mean_abs_net_pressure",
        label="Mean net pressure, either way",
        description="How one-sided live books are on average, whichever side it is.",
        example=50,
        read=of_each(lambda seen: seen.mean_abs_net_pressure),
    ),
    share(
        name="bullish_share",
        label="Share of bullish symbols",
        description="Of live symbols, those whose net pressure is above 20 %.",
        example=80,
        read=of_each(lambda seen: seen.share_of_live(seen.summary.bullish_symbols)),
    ),
    share(
        name="bearish_share",
        label="Share of bearish symbols",
        description="Of live symbols, those whose net pressure is below -20 %.",
        example=80,
        read=of_each(lambda seen: seen.share_of_live(seen.summary.bearish_symbols)),
    ),
    Watched(
        of="summary",
        name="mean_spread_bps",
        label="Mean spread",
        description="Of all live books, in the newest of each.",
        unit="bps",
        least=0,
        most=inf,
        example=20,
        read=of_each(lambda seen: seen.summary.avg_spread_bps),
    ),
    Watched(
        of="summary",
        name="median_cost_bps",
        label="Median cost of the usual size",
        description="Of all live books in which it is known.",
        unit="bps",
        least=0,
        most=inf,
        example=20,
        read=of_each(lambda seen: seen.summary.median_cost_bps),
    ),
    Watched(
        of="summary",
        name="total_usd",
        label="Total liquidity",
        description="What rests in the levels in use of all live books whose quote asset is known in US dollars.",
        unit="USD",
        least=0,
        most=inf,
        example=1_000_000,
        read=of_each(lambda seen: seen.summary.total_usd if seen.live else None),
    ),
)
