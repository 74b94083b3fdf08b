"""What a market was like in a span, by its whole minutes that lie in it.

The minute in which a change was made belongs to neither side, unless it was made as it began. Means are weighted by the
updates, or samples, of each minute. Volatility is the realised one of a minute, in basis points:

    sqrt(mean of r^2), r = 10,000 * ln(mid at the end of a minute / mid at the end of the minute before)
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import log, sqrt
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from effects.domain.spans import Span
from metrics.domain.rounding import price_ratio, rounded

MINUTE = timedelta(minutes=1)


class Minute(NamedTuple):
    """As much of a kept minute as is compared; None is unknown."""

    at: datetime
    updates: int
    pressure: float | None
    spread_bps: float | None
    cost_samples: int
    cost_bps: float | None
    mid: float | None


class MarketInSpan(msgspec.Struct, frozen=True, kw_only=True):
    """Of one market; or of several, the mean of those of which it is known."""

    minutes: Annotated[int, Meta(description="Of how many minutes this is, of all its markets.")]
    pressure: Annotated[float | None, Meta(description="Mean net pressure, in percent.")]
    spread_bps: Annotated[float | None, Meta(description="Mean spread.")]
    cost_bps: Annotated[float | None, Meta(description="Mean cost of the size that rows are about.")]
    volatility_bps: Annotated[
        float | None, Meta(description="Of a minute: root of the mean of squared log returns.")
    ]


FIGURES = ("pressure", "spread_bps", "cost_bps", "volatility_bps")


def market_in(span: Span, minutes: Iterable[Minute]) -> MarketInSpan:
    """Of one market, whose `minutes` are in order of time."""
    found = [each for each in minutes if span.start <= each.at and each.at + MINUTE <= span.end]
    return MarketInSpan(
        minutes=len(found),
        pressure=_mean((each.pressure, each.updates) for each in found),
        spread_bps=_mean((each.spread_bps, each.updates) for each in found),
        cost_bps=_mean((each.cost_bps, each.cost_samples) for each in found),
        volatility_bps=_volatility(found),
    )


def mean_of(markets: Sequence[MarketInSpan]) -> MarketInSpan:
    """Of several, each counting alike."""
    means = {name: _mean((getattr(each, name), 1) for each in markets) for name in FIGURES}
    return MarketInSpan(minutes=sum(each.minutes for each in markets), **means)


def shown(market: MarketInSpan) -> MarketInSpan:
    """As it leaves the product."""
    ratios = {
        name: None if (value := getattr(market, name)) is None else price_ratio(value)
        for name in ("spread_bps", "cost_bps", "volatility_bps")
    }
    pressure = None if market.pressure is None else rounded(market.pressure, 2)
    return MarketInSpan(minutes=market.minutes, pressure=pressure, **ratios)


def _mean(weighted: Iterable[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in weighted if value is not None and weight > 0]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None


def _volatility(minutes: Sequence[Minute]) -> float | None:
    squares = [
        (10_000 * log(now.mid / before.mid)) ** 2
        for before, now in pairwise(minutes)
        if now.at - before.at == MINUTE and before.mid and now.mid
    ]
    return sqrt(sum(squares) / len(squares)) if squares else None
