"""The market before and after a change, from the minutes that are kept."""

from collections import Counter
from collections.abc import Sequence

from effects.domain.market import MarketInSpan, Minute, market_in, mean_of, shown
from effects.domain.spans import Span
from effects.signals import Counted
from metrics.domain.choice import FOLLOWED
from metrics.kept_minutes import meant_now, minutes_of
from metrics.store.reader import get_reader

MOST_MARKETS = 5
"""Of a change for all symbols: those of the symbols with the most signals."""
COLUMNS = (
    "minute",
    "updates",
    "pressure_mean",
    "spread_bps_mean",
    "cost_samples",
    "cost_bps_mean",
    "mid_close",
)
Kept = Sequence[Sequence[Minute]]
"""The minutes of some markets, each in order of time."""


def busiest(sides: Sequence[Counted]) -> list[str]:
    """The symbols with the most signals, by their names."""
    signals = sum((Counter(side.by_symbol) for side in sides), Counter[str]())
    return sorted(sorted(signals, key=lambda symbol: (-signals[symbol], symbol))[:MOST_MARKETS])


def kept(symbols: Sequence[str], span: Span) -> Kept:
    """Of the markets that these symbols mean now."""
    return [_minutes(symbol, span) for symbol in symbols]


def seen(minutes: Kept, span: Span) -> MarketInSpan:
    """What they were like in a part of it."""
    return shown(mean_of([market_in(span, each) for each in minutes]))


def _minutes(symbol: str, span: Span) -> list[Minute]:
    """Of two of one minute the named market's, which comes last."""
    markets = meant_now(symbol, FOLLOWED, get_reader())
    rows = minutes_of(markets, *span).values_list(*COLUMNS)
    return list({row[0]: Minute(*row) for row in rows}.values())
