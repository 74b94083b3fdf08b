"""What a market was like in a span."""

from datetime import UTC, datetime, timedelta
from math import isclose, log, sqrt

from effects.domain.market import MarketInSpan, Minute, market_in, mean_of, shown
from effects.domain.spans import Span

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
UNKNOWN = {"pressure": None, "spread_bps": None, "cost_bps": None, "volatility_bps": None}


def minute(number: int, mid: float | None = 100.0, **changed) -> Minute:
    values = {"updates": 10, "pressure": 5.0, "spread_bps": 2.0, "cost_samples": 4, "cost_bps": 3.0} | changed
    return Minute(at=AT + timedelta(minutes=number), mid=mid, **values)


def span(start: float, end: float) -> Span:
    return Span(AT + timedelta(minutes=start), AT + timedelta(minutes=end))


def test_only_minutes_that_lie_wholly_in_it_count():
    minutes = [minute(number) for number in range(-5, 5)]
    assert [market_in(span(*each), minutes).minutes for each in ((-2, 0), (-2.5, 0.5), (0, 3), (0.5, 3.5))] == [
        2, 2, 3, 2,
    ]  # fmt: skip


def test_means_are_weighted_by_what_each_minute_is_made_of():
    busy = minute(0, pressure=20.0, updates=30, spread_bps=4.0, cost_bps=9.0, cost_samples=2)
    market = market_in(span(0, 2), [busy, minute(1)])
    assert (market.pressure, market.spread_bps, market.cost_bps) == (16.25, 3.5, 5.0)


def test_volatility_is_the_root_of_the_mean_of_squared_returns_of_neighbouring_minutes():
    minutes = [minute(0, 100.0), minute(1, 101.0), minute(2, 100.0), minute(5, 400.0), minute(6, None)]
    known = market_in(span(0, 7), minutes).volatility_bps
    assert known is not None
    assert isclose(known, 1e4 * sqrt((log(1.01) ** 2 + log(1 / 1.01) ** 2) / 2))


def test_what_is_not_known_is_none():
    assert market_in(span(0, 1), []) == MarketInSpan(minutes=0, **UNKNOWN)
    silent = minute(0, None, updates=0, pressure=None, spread_bps=None, cost_samples=0, cost_bps=None)
    assert market_in(span(0, 1), [silent]) == MarketInSpan(minutes=1, **UNKNOWN)


def test_of_several_markets_each_counts_alike_where_it_is_known():
    known = MarketInSpan(minutes=10, pressure=10.0, spread_bps=1.0, cost_bps=4.0, volatility_bps=2.0)
    other = MarketInSpan(minutes=1, pressure=-20.0, spread_bps=2.0, cost_bps=None, volatility_bps=None)
    assert mean_of([known, other]) == MarketInSpan(
        minutes=11, pressure=-5.0, spread_bps=1.5, cost_bps=4.0, volatility_bps=2.0
    )
    assert mean_of([]) == MarketInSpan(minutes=0, **UNKNOWN)


def test_figures_leave_as_all_of_their_kind_do():
    market = MarketInSpan(
        minutes=3, pressure=1.23456, spread_bps=0.123456789, cost_bps=12.345678, volatility_bps=None
    )
    assert shown(market) == MarketInSpan(
        minutes=3, pressure=1.23, spread_bps=0.123457, cost_bps=12.3457, volatility_bps=None
    )
