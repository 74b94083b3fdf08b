"""The summary on top of the overview."""

from collections.abc import Callable
from itertools import accumulate
from typing import Any

from metrics.answers import Body
from metrics.domain.market import STALE, SUSPECT

MOODS = ("bullish", "neutral", "bearish")


def tiles(summary: Body, named: Callable[[Body], Body]) -> dict[str, Any]:
    """The summary of REST, counted as the tiles show it; `named` puts what a page calls a symbol to what is ranked."""
    excluded, mood = summary["symbols_excluded"], summary["market_sentiment"]
    not_live = sum(excluded.values())
    stale, suspect = (excluded.get(state, 0) for state in (STALE, SUSPECT))
    top = summary["top_pressure_symbols"]
    return {
        "summary": summary,
        "live_count": summary["symbols_tracked"] - not_live,
        "stale_count": stale,
        "suspect_count": suspect,
        "other_count": not_live - stale - suspect,
        "sentiment_shares": shares(mood),
        "notional": list(summary["liquidity"]["total_notional"].items()),
        "buyers": [named(entry) for entry in top["highest_buy_pressure"]],
        "sellers": [named(entry) for entry in top["highest_sell_pressure"]],
    }


def shares(mood: Body) -> list[dict[str, Any]]:
    """How symbols lean, side by side as parts of a hundred."""
    counts = [mood[f"{name}_symbols"] for name in MOODS]
    widths = [100 * count / (sum(counts) or 1) for count in counts]
    starts = accumulate(widths, initial=0.0)
    return [
        {"name": name, "start": start, "width": width}
        for name, start, width in zip(MOODS, starts, widths, strict=False)
    ]
